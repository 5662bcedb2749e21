//! Opens the console: on a stack of this process (`up`), or on one of another (`attach`, and `up` where it is up).

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use etcetera::BaseStrategy;

use crate::app::{Home, Target};
use crate::handle::Handle;
use crate::logs::RunLogs;
use crate::services::process::Launcher;
use crate::stack::{ConsoleSpec, StackSnapshot};
use crate::ui::theme::{CustomTheme, Environment};
use crate::ui::{ConsoleError, ConsoleParts, Leaving, Welcome, open};

use super::args::Global;
use super::colour::ColorChoice;
use super::desktop::Desktop;
use super::failure::{Failure, complain, say};
use super::paging::Paging;
use super::plain;
use super::signals::{Signal, Signals};

/// How long a console may take to close once its stack has ended.
const CLOSING: Duration = Duration::from_secs(1);

/// What a console is opened on.
pub(super) struct Opening {
    pub(super) handle: Handle,
    pub(super) logs: RunLogs,
    pub(super) spec: ConsoleSpec,
    pub(super) welcome: Welcome,
    /// The folder of this stack's state.
    pub(super) state: PathBuf,
    /// What starts processes in this one, if the stack is its own.
    pub(super) launcher: Option<Launcher>,
}

/// A console in a thread of its own.
pub(super) struct Opened {
    thread: JoinHandle<Result<Leaving, ConsoleError>>,
    restore: Restore,
    paging: Paging,
}

/// How to give the terminal back, once the console has it.
type Restore = Arc<Mutex<Option<crate::ui::terminal::Restorer>>>;

/// Whether a console can be shown: both ends are a terminal, and one that knows more than lines.
pub(super) fn is_possible() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb" || term.is_empty());
    std::io::stdout().is_terminal() && std::io::stdin().is_terminal() && !dumb
}

/// Opens a console in a thread of its own; `closed` is called when it has closed, whatever the reason.
pub(super) fn spawn(
    opening: Opening,
    global: &Global,
    paging: Paging,
    closed: impl FnOnce(Option<Leaving>) + Send + 'static,
) -> Result<Opened, Failure> {
    let restore = Restore::default();
    let keep = Arc::clone(&restore);
    let Opening { handle, logs, spec, welcome, state, launcher } = opening;
    let parts = ConsoleParts {
        handle,
        logs,
        spec,
        welcome,
        outside: Arc::new(Desktop { paging: paging.clone(), launcher }),
        state: (Home::find().map_err(Failure::failed)?.state().to_owned(), state),
        environment: environment(global.color),
        themes: own_themes(),
        ascii: is_ascii(),
        utc_offset: plain::utc_offset(),
        restorer: Box::new(move |restorer| {
            *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(restorer);
        }),
    };
    let work = move || {
        let told = Told(Some(closed));
        let left = open(parts);
        told.tell(left.as_ref().ok().copied());
        left
    };
    let thread = thread::Builder::new().name("console".into()).spawn(work)?;
    Ok(Opened { thread, restore, paging })
}

/// Tells of the end in any case, a panic included.
struct Told<F: FnOnce(Option<Leaving>)>(Option<F>);

impl<F: FnOnce(Option<Leaving>)> Told<F> {
    fn tell(mut self, leaving: Option<Leaving>) {
        if let Some(told) = self.0.take() {
            told(leaving);
        }
    }
}

impl<F: FnOnce(Option<Leaving>)> Drop for Told<F> {
    fn drop(&mut self) {
        if let Some(told) = self.0.take() {
            told(None);
        }
    }
}

impl Opened {
    /// Waits until the console has closed, and closes it by force if its terminal does not read.
    pub(super) fn close(self) -> Result<Leaving, Failure> {
        self.paging.close();
        if !self.ends_within(CLOSING) {
            self.restore();
            if !self.ends_within(CLOSING) {
                return Ok(Leaving::Gone);
            }
        }
        match self.thread.join() {
            Ok(Ok(leaving)) => Ok(leaving),
            Ok(Err(error)) => Err(explain(&error)),
            Err(_panic) => Err(Failure::failed(
                "the console failed, which is a bug; `portolan up --plain` works without it",
            )),
        }
    }

    /// Gives the terminal back, which closes the console.
    fn restore(&self) {
        self.paging.close();
        if let Some(restorer) = &*self.restore.lock().unwrap_or_else(PoisonError::into_inner) {
            restorer.restore();
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a thread cannot be joined with a time limit")]
    fn ends_within(&self, patience: Duration) -> bool {
        let begin = Instant::now();
        while !self.thread.is_finished() {
            if begin.elapsed() > patience {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        true
    }
}

/// Runs `portolan attach`: a console on a stack that another process launched. Leaving it leaves the stack running.
pub(super) async fn attach(global: &Global) -> Result<ExitCode, Failure> {
    if !is_possible() {
        return Err(Failure::wrong("attach needs a terminal; `portolan logs -f` follows without one"));
    }
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    attach_to(global, &target).await
}

/// Opens a console on the running stack of `target`.
pub(super) async fn attach_to(global: &Global, target: &Target) -> Result<ExitCode, Failure> {
    let handle = target.handle();
    let description = handle.describe().await?;
    let before = handle.snapshot().await?;
    let opening = Opening {
        handle: handle.clone(),
        logs: RunLogs::of(&description.run_folder),
        spec: description.console,
        welcome: Welcome::Worker,
        state: target.home.state.clone(),
        launcher: None,
    };
    // Before the terminal is changed: from then on, a signal has to change it back.
    let (told, mut orders) = mpsc::unbounded_channel();
    let signals = Signals::listen(told).map_err(Failure::failed)?;
    let (closed, mut closes) = oneshot::channel();
    let closing = move |_| {
        let _ = closed.send(());
    };
    let opened = spawn(opening, global, signals.paging(), closing)?;
    let signal = tokio::select! {
        _ = &mut closes => None,
        signal = orders.recv() => signal,
    };
    if signal.is_some() {
        opened.restore();
    }
    let (code, text) = farewell(opened.close()?, &before, global);
    drop(signals);
    bid(text);
    Ok(ExitCode::from(signal.map_or(code, Signal::exit_code)))
}

/// Says `text` where the console was, unless nobody reads there: that must not hold up the end of the process.
pub(super) fn bid(text: String) {
    if text.is_empty() {
        return;
    }
    let (said, heard) = std::sync::mpsc::channel();
    let speak = move || {
        let _ = say(&text);
        let _ = said.send(());
    };
    if thread::Builder::new().name("farewell".into()).spawn(speak).is_ok() {
        let _ = heard.recv_timeout(CLOSING);
    }
}

/// What is said when the terminal is the shell's again, and the exit code.
pub(super) fn farewell(leaving: Leaving, stack: &StackSnapshot, global: &Global) -> (u8, String) {
    let name = &stack.identity.stack;
    // What is said has to work from where the user is.
    let call = global.call();
    match leaving {
        Leaving::Down { interrupted } => (if interrupted { 130 } else { 0 }, format!("{name} is down")),
        Leaving::Left => {
            let text = format!(
                "{name} runs on, launched by pid {}; `{call} attach` returns, `{call} down` stops it",
                stack.identity.pid
            );
            (0, text)
        }
        Leaving::Over => (0, format!("{name} has ended")),
        Leaving::Gone => (129, String::new()),
    }
}

/// Says why there was no console.
pub(super) fn explain(error: &ConsoleError) -> Failure {
    match error {
        ConsoleError::Settings(problems) => Failure::wrong(problems),
        ConsoleError::Screen(_) | ConsoleError::Runtime(_) | ConsoleError::Stack(_) => Failure::failed(
            format!("failed to {error}\n  = help: `portolan up --plain` works without a console"),
        ),
    }
}

/// The user's own themes: each `NAME.toml` in the folder `portolan/themes` where configuration lies. One that cannot be
/// used is told of, and left out.
fn own_themes() -> BTreeMap<String, CustomTheme> {
    let Ok(base) = etcetera::choose_base_strategy() else { return BTreeMap::new() };
    let folder = base.config_dir().join("portolan").join("themes");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files
        .filter_map(|file| {
            let name = file.file_stem()?.to_str()?.to_owned();
            let text = std::fs::read_to_string(&file).map_err(|error| error.to_string());
            let theme =
                text.and_then(|text| CustomTheme::from_toml(&text).map_err(|error| error.to_string()));
            match theme {
                Ok(theme) => Some((name, theme)),
                Err(error) => {
                    complain(&format!("warning: {}: {error}", file.display()));
                    None
                }
            }
        })
        .collect()
}

fn environment(color: ColorChoice) -> Environment {
    let text = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    Environment {
        no_color: match color {
            ColorChoice::Never => true,
            ColorChoice::Always => false,
            ColorChoice::Auto => text("NO_COLOR").is_some(),
        },
        colorterm: text("COLORTERM"),
        colorfgbg: text("COLORFGBG"),
        term: text("TERM"),
        tmux: text("TMUX").is_some(),
    }
}

/// Whether the locale says that the terminal knows no Unicode.
fn is_ascii() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match locale {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            !(locale.contains("utf-8") || locale.contains("utf8") || cfg!(windows))
        }
        // No locale at all is the "C" one, but terminals that know only ASCII are rarer than shells without one.
        None => false,
    }
}
