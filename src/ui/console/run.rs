//! The loop: waits for keys, news and time, lets `update` decide, does what it asks for, and draws.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{Event, KeyEventKind};
use ratatui::layout::{Position, Size};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::logs::Desk;
use crate::stack::{ServiceName, State, UnixMillis};
use crate::ui::facts::{Facts, Link};
use crate::ui::keymap::Keymap;
use crate::ui::keys::Key;
use crate::ui::model::{Ending, Model, Remembered, Toast};
use crate::ui::msg::{Answer, Msg, Request};
use crate::ui::terminal::{Entered, Events, Screen, ScreenOptions, TerminalEvent, copy_sequence};
use crate::ui::update::update;
use crate::ui::view::{self, Look};

use super::copying::Reading;
use super::errand::{Errand, Read};
use super::gather::{self, WatchId, Watched};
use super::looks::Looks;
use super::memory::{Memory, settings};
use super::news::{self, News};
use super::pace::{Due, Pace};
use super::parts::ConsoleParts;
use super::perform::StackLine;
use super::{ConsoleError, Leaving, Outside, desk};

/// News that are taken in before a frame may be drawn, so that a flood of them cannot keep it from being drawn.
const AT_ONCE: usize = 256;
/// Batches of lines that are read for a copy before keys are looked at again.
const READ_AT_ONCE: usize = 8;

/// Opens the console and returns when it has closed, the terminal being as before. Blocks; wants a thread of its own.
///
/// # Errors
///
/// When there is no terminal, the stack does not answer, or its settings cannot be used.
pub fn open(parts: ConsoleParts) -> Result<Leaving, ConsoleError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(ConsoleError::Runtime)?;
    let leaving = runtime.block_on(async { Console::begin(parts).await?.run().await });
    // Tasks that wait for the stack or the desktop are not waited for.
    runtime.shutdown_background();
    leaving
}

pub(super) struct Console {
    pub(super) screen: Screen,
    pub(super) events: Events,
    stack: StackLine,
    pub(super) desk: Desk,
    pub(super) outside: Arc<dyn Outside>,
    memory: Memory,
    /// What was kept last.
    kept: Remembered,
    looks: Looks,
    /// The theme in use, which may be tried only.
    theme: String,
    pub(super) look: Look,
    pub(super) facts: Facts,
    pub(super) model: Model,
    pub(super) pace: Pace,
    pub(super) news: UnboundedSender<News>,
    inbox: UnboundedReceiver<News>,
    lines: Arc<Notify>,
    watched: Option<(Watched, JoinHandle<()>)>,
    latest_watch: WatchId,
    /// Events up to this one happened before the console opened.
    old_events: UnixMillis,
    /// The next line to be printed, while plain lines are printed instead of frames drawn.
    pub(super) aside: Option<u64>,
    /// Lines that are being read to be copied, or for a pager.
    errand: Option<Errand>,
}

impl Console {
    async fn begin(parts: ConsoleParts) -> Result<Self, ConsoleError> {
        let ConsoleParts {
            handle,
            logs,
            spec,
            welcome,
            outside,
            state,
            environment,
            ascii,
            utc_offset,
            themes: parts_themes,
            restorer,
        } = parts;
        let keymap = Keymap::of(&spec).map_err(|problems| ConsoleError::Settings(problems.join("\n")))?;
        let snapshot = handle.snapshot().await?;
        let memory = Memory::in_folders(&state.0, &state.1);
        let themes = parts_themes.keys().cloned().collect();
        let settings = settings(&spec, &memory, themes);
        let lines = Arc::new(Notify::new());
        let woken = Arc::clone(&lines);
        let desk = Desk::open(logs, Arc::new(move || woken.notify_one())).map_err(ConsoleError::Runtime)?;
        let mouse = settings.mouse();
        let Entered { mut screen, events, answers } = Screen::enter(ScreenOptions { mouse, ask: true })?;
        screen.restorer().restore_on_panic();
        restorer(screen.restorer());
        let area = screen.area();
        let looks = Looks {
            environment,
            answers,
            ascii,
            motion: spec.motion,
            highlights: spec.highlights,
            themes: parts_themes,
        };
        let look = looks.of(settings.theme()).map_err(ConsoleError::Settings)?;
        let now = wall();
        let attached = !handle.is_local();
        let mut facts = Facts::new(Arc::clone(&snapshot), attached, now);
        facts.utc_offset = utc_offset;
        facts.branch = gather::branch(&snapshot.identity.folder);
        facts.timeline = gather::timeline(&snapshot);
        let model = Model::new(Size { width: area.width, height: area.height }, settings, keymap, welcome);
        let (sender, inbox) = unbounded_channel();
        let describe = news::listen(&handle, snapshot.version, &sender);
        let stack = StackLine::new(handle, sender.clone(), describe);
        memory.write(&Remembered::default(), &model.settings.remembered);
        let kept = model.settings.remembered.clone();
        Ok(Self {
            screen,
            events,
            stack,
            desk,
            outside,
            memory,
            kept,
            looks,
            theme: model.settings.theme().to_owned(),
            look,
            facts,
            model,
            pace: Pace::new(instant()),
            news: sender,
            inbox,
            lines,
            watched: None,
            latest_watch: WatchId::default(),
            old_events: if attached { now } else { UnixMillis(0) },
            aside: None,
            errand: None,
        })
    }

    async fn run(mut self) -> Result<Leaving, ConsoleError> {
        loop {
            let due = tokio::time::Instant::from_std(self.pace.next());
            tokio::select! {
                biased;
                event = self.events.next() => {
                    if !self.terminal_event(event) {
                        return Ok(Leaving::Gone);
                    }
                }
                Some(news) = self.inbox.recv() => self.take(news),
                () = self.lines.notified() => self.pace.note(Due::News),
                () = tokio::time::sleep_until(due) => {
                    if self.draw().is_err() {
                        return Ok(Leaving::Gone);
                    }
                }
                () = tokio::task::yield_now(), if self.errand.is_some() => {
                    let carried = self.carry_on(1);
                    self.tell_failure(carried);
                }
            }
            for _ in 0..AT_ONCE {
                let Ok(news) = self.inbox.try_recv() else { break };
                self.take(news);
            }
            while let Some(event) = self.events.try_next() {
                if !self.terminal_event(event) {
                    return Ok(Leaving::Gone);
                }
            }
            if self.model.ending == Ending::Over {
                return Ok(self.leaving());
            }
            // A key is answered before anything else is looked at.
            if instant() >= self.pace.next() && self.draw().is_err() {
                return Ok(Leaving::Gone);
            }
        }
    }

    fn leaving(&self) -> Leaving {
        match (self.facts.is_over(), self.model.told_down) {
            (true, true) => Leaving::Down { interrupted: self.model.interrupted },
            (true, false) => Leaving::Over,
            (false, _) => Leaving::Left,
        }
    }

    /// Takes what the terminal sent; false if that is its end.
    pub(super) fn terminal_event(&mut self, event: TerminalEvent) -> bool {
        let event = match event {
            TerminalEvent::Input(event) => event,
            TerminalEvent::Scheme { dark } => {
                self.looks.answers.prefers_dark = Some(dark);
                self.choose_theme();
                return true;
            }
            TerminalEvent::Gone => return false,
        };
        if self.aside.is_some() {
            return self.event_aside(&event);
        }
        let msg = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => Msg::Key(Key::of(&key)),
            Event::Key(_) => return true,
            Event::Mouse(event) => {
                let at = Position { x: event.column, y: event.row };
                let Some(layout) = self.facts.layout(&self.model) else { return true };
                let under = view::under(&self.facts, &self.model, &self.look, &layout, at);
                let near = view::spot_near(&self.facts, &self.model, &self.look, &layout, at);
                Msg::Mouse { event, under, near }
            }
            Event::Paste(text) => Msg::Paste(text),
            Event::Resize(width, height) => Msg::Resize(Size { width, height }),
            Event::FocusGained => Msg::Focused(true),
            Event::FocusLost => Msg::Focused(false),
        };
        self.pace.note(Due::Input);
        self.tell(msg);
        self.pace.look(self.model.focused);
        true
    }

    fn take(&mut self, news: News) {
        self.pace.note(Due::News);
        self.facts.now = wall();
        let msg = match news {
            News::Snapshot(snapshot) => {
                if gather::has_other_services(&self.facts, &snapshot) {
                    self.stack.describe_again();
                }
                gather::snapshot(&mut self.facts, snapshot);
                Msg::Tick
            }
            News::Vitals(vitals) => {
                gather::vitals(&mut self.facts, vitals);
                Msg::Tick
            }
            News::Event(entry) => {
                gather::event(&mut self.facts, &entry);
                let is_new = entry.ts > self.old_events;
                if is_new && gather::may_redefine(&entry) {
                    self.stack.describe_again();
                }
                if is_new { Msg::Event(entry) } else { Msg::Tick }
            }
            News::Described(description) => {
                self.facts.description = Some(description);
                Msg::Tick
            }
            News::Answer(answer) => {
                self.learn(&answer);
                Msg::Answered(answer)
            }
            News::Terminal(watch, chunk) => {
                // One of a watch that is over was printed for another size.
                if let Some((watched, _)) = self.watched.as_mut().filter(|(watched, _)| watched.id == watch) {
                    watched.take(&chunk);
                }
                Msg::Tick
            }
            News::Continued => {
                let _ = match self.aside {
                    Some(_) => self.screen.stay_aside(),
                    None => self.screen.reenter(),
                };
                Msg::Tick
            }
            News::Lost => {
                gather::lost(&mut self.facts, wall());
                Msg::Tick
            }
            News::Over => {
                self.facts.link = Link::Over;
                Msg::Tick
            }
        };
        self.tell(msg);
    }

    /// Keeps answers that views show.
    fn learn(&mut self, answer: &Answer) {
        match answer {
            Answer::Ports(Ok(report)) => self.facts.ports = Some(report.clone()),
            Answer::Environment(_, Ok(report)) => self.facts.environment = Some(report.clone()),
            _ => {}
        }
    }

    pub(super) fn tell(&mut self, msg: Msg) {
        self.facts.now = wall();
        let mut requests = update(&mut self.model, &self.facts, msg);
        requests.reverse();
        while let Some(request) = requests.pop() {
            let Some(request) = self.stack.ask(request) else { continue };
            let done = self.perform(request);
            self.tell_failure(done);
        }
    }

    fn tell_failure(&mut self, done: io::Result<()>) {
        if let Err(error) = done {
            self.model.toast = Some(Toast::grave(error.to_string(), self.facts.now));
        }
    }

    /// What is done here and now.
    fn perform(&mut self, request: Request) -> io::Result<()> {
        match request {
            Request::Jump(jump) => {
                let landing = desk::jump(&mut self.desk, &self.facts, &self.model, &self.look, jump)?;
                self.tell(Msg::Landed(landing));
            }
            Request::Look { looking, level } => {
                // The desk shows other lines from now on.
                if self.errand.take().is_some() {
                    let text = "not read to its end: what is shown has changed";
                    self.model.toast = Some(Toast::grave(text, self.facts.now));
                }
                self.look.query = desk::set_query(&mut self.desk, looking.as_ref(), level, &self.facts);
            }
            Request::Copy(what) => {
                let palette = &self.look.theme.palette;
                let reading = Reading::copy(&mut self.desk, &self.model.logs, palette, what)?;
                self.set_out(Errand::Copy(Box::new(reading)))?;
            }
            Request::Open(url) => self.open(url),
            Request::Apply { service, action } => self.apply(service, action),
            Request::Pager => {
                let file = tempfile::Builder::new().prefix("portolan-").suffix(".log").tempfile()?;
                let reading = Reading::all(&self.model.logs, &self.look.theme.palette);
                self.set_out(Errand::Page(Box::new(reading), file))?;
            }
            Request::Scrollback => self.step_aside()?,
            Request::Repaint => self.screen.invalidate()?,
            Request::Mouse(ours) => self.screen.capture_mouse(ours)?,
            Request::Theme(name) => {
                self.theme = name;
                self.choose_theme();
            }
            Request::Remember => self.keep(),
            Request::WatchTerminal(watched) => self.watch(watched),
            // Taken by `StackLine::ask`.
            Request::Order { .. }
            | Request::Reload
            | Request::Environment { .. }
            | Request::Ports
            | Request::PortOptions(_)
            | Request::CheckPort(..)
            | Request::EndHolder { .. }
            | Request::RememberPort(..)
            | Request::Renew(_)
            | Request::Send { .. } => {}
        }
        Ok(())
    }

    /// Reads on for what lines are read for, at most so many batches.
    fn carry_on(&mut self, batches: usize) -> io::Result<()> {
        for _ in 0..batches {
            let Some(errand) = self.errand.take() else { break };
            match errand.go_on(&mut self.desk)? {
                Read::Some(errand) => self.errand = Some(errand),
                Read::Copy(text, named) => self.copy(text, named)?,
                Read::Page(file, cut) => {
                    self.away(|console| console.outside.page(file.path()))?;
                    if let Some(cut) = cut {
                        self.model.toast = Some(Toast::said(cut, self.facts.now));
                    }
                }
            }
        }
        Ok(())
    }

    /// Begins to read lines; what few there are is read at once.
    fn set_out(&mut self, errand: Errand) -> io::Result<()> {
        self.errand = Some(errand);
        self.carry_on(READ_AT_ONCE)?;
        if self.errand.is_some() {
            self.model.toast = Some(Toast::said("reading the log…", self.facts.now));
        }
        Ok(())
    }

    /// Copies through the terminal, which reaches the user's clipboard from any host, and with a local tool too.
    fn copy(&mut self, text: String, named: String) -> io::Result<()> {
        let sequence = copy_sequence(&text, self.looks.environment.tmux);
        if let Ok(sequence) = &sequence {
            self.screen.write(sequence)?;
        }
        let outside = Arc::clone(&self.outside);
        self.beside(move || {
            let local = outside.copy(&text);
            Answer::Copied(match (sequence, local) {
                (Ok(_), Ok(_)) | (Err(_), Ok(true)) => Ok(named),
                (Ok(_), Err(_)) => Ok(named),
                (Err(error), Ok(false)) => Err(format!("failed to copy: {error}")),
                (Err(error), Err(tool)) => Err(format!("failed to copy: {error}; {tool}")),
            })
        });
        Ok(())
    }

    fn watch(&mut self, watched: Option<(ServiceName, Size)>) {
        if let Some((_, task)) = self.watched.take() {
            task.abort();
        }
        self.facts.terminal = None;
        let Some((service, size)) = watched else { return };
        let size = gather::terminal_size(size);
        self.latest_watch = self.latest_watch.next();
        let (id, handle, news) = (self.latest_watch, self.stack.handle().clone(), self.news.clone());
        let task = news::watch_terminal(handle, id, service.clone(), size, news);
        self.watched = Some((Watched::new(id, service, size), tokio::spawn(task)));
    }

    fn keep(&mut self) {
        self.memory.write(&self.kept, &self.model.settings.remembered);
        self.kept = self.model.settings.remembered.clone();
    }

    fn choose_theme(&mut self) {
        if let Ok(look) = self.looks.of(&self.theme) {
            self.look = Look { query: self.look.query.take(), ..look };
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        self.facts.now = wall();
        if let Some(from) = self.aside {
            return self.print_aside(from);
        }
        if let Some(shown) = self.watched.as_mut().and_then(|(watched, _)| watched.changed()) {
            self.facts.terminal = Some(shown);
        }
        if let Err(error) = desk::look(&mut self.desk, &mut self.facts, &self.model, &self.look) {
            let text = format!("the log cannot be read: {error}");
            self.model.toast = Some(Toast::grave(text, self.facts.now));
        }
        self.tell(Msg::Tick);
        let moving = self.look.theme.motion && is_moving(&self.facts);
        self.facts.frame = (self.facts.now.0 / 250) as usize;
        let Self { screen, facts, model, look, .. } = self;
        screen.draw(|frame| {
            let cursor = view::view(facts, model, look, frame.buffer_mut());
            if let Some(cursor) = cursor {
                frame.set_cursor_position(cursor);
            }
        })?;
        self.pace.drawn(instant(), moving);
        if self.facts.page.searching || !self.facts.counts.done {
            self.pace.note(Due::News);
        }
        Ok(())
    }
}

/// Whether the sign of a service that starts is on the screen.
fn is_moving(facts: &Facts) -> bool {
    let mut services = facts.snapshot.services.iter();
    services.any(|service| matches!(service.state, State::Starting | State::Preparing | State::Stopping))
}

#[expect(clippy::disallowed_methods, reason = "the loop is where the console's time comes from")]
pub(super) fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the loop is where the console's time comes from")]
fn wall() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    UnixMillis(since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
}
