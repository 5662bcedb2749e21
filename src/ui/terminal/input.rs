//! The thread that reads what the terminal sends.

use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossterm::event::Event;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::decoder::{Decoder, Input, Reply};
use super::line::Line;
use super::platform::Readiness;
use super::query::{self, Asked};
use super::screen::TerminalEvent;
use crate::ui::theme::Answers;

/// What so many reads gave waits for the console before the terminal has to.
const WAITING: usize = 32;

/// So much is read at once: more than a terminal's input buffer holds.
const READ: usize = 4096;

/// What the terminal sends, in order. Dropping it ends the thread that reads.
#[derive(Debug)]
pub struct Events {
    /// Received, and not yet returned.
    early: VecDeque<TerminalEvent>,
    /// `None` while others may read.
    reading: Option<Reading>,
    resized: Signal,
    line: Arc<Line>,
}

/// The thread that reads.
#[derive(Debug)]
struct Reading {
    /// What one read gave comes together: of keys that were typed at once none is heard much later than the others.
    received: mpsc::Receiver<Vec<TerminalEvent>>,
    /// Closing its other end tells the thread to end.
    ending: Option<io::PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Events {
    /// The next event. After [`TerminalEvent::Gone`] there are no others but that and changes of size; while
    /// paused, none but those.
    ///
    /// Cancel-safe: an event that was not returned is returned by the next call.
    pub async fn next(&mut self) -> TerminalEvent {
        if let Some(event) = self.early.pop_front() {
            return event;
        }
        let reading = async {
            match &mut self.reading {
                Some(reading) => reading.received.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            events = reading => {
                self.early.extend(events.into_iter().flatten());
                self.early.pop_front().unwrap_or(TerminalEvent::Gone)
            }
            Some(()) = self.resized.recv() => match self.line.tty().size() {
                Ok(size) => TerminalEvent::Input(Event::Resize(size.width, size.height)),
                Err(_) => TerminalEvent::Gone,
            },
        }
    }

    /// An event that has already come. After the first of those that came together it gives all others.
    pub fn try_next(&mut self) -> Option<TerminalEvent> {
        if self.early.is_empty() {
            let received = self.reading.as_mut().and_then(|reading| reading.received.try_recv().ok());
            self.early.extend(received.into_iter().flatten());
        }
        self.early.pop_front()
    }

    /// Leaves what is typed to others, such as a pager, until [`Events::resume`]. What has come already is kept.
    pub fn pause(&mut self) {
        if let Some(mut reading) = self.reading.take() {
            reading.tell();
            // Taken out while it ends, since it may be waiting for room.
            while reading.is_running() {
                std::thread::yield_now();
                self.early.extend(std::iter::from_fn(|| reading.received.try_recv().ok()).flatten());
            }
            self.early.extend(std::iter::from_fn(|| reading.received.try_recv().ok()).flatten());
        }
    }

    /// Reads again.
    ///
    /// # Errors
    ///
    /// When the system has no room for a thread.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.reading.is_none() {
            self.reading = Some(Reading::start(&self.line, Decoder::default(), Vec::new())?);
        }
        Ok(())
    }
}

impl Reading {
    /// Starts the thread, which goes on where `decoder` is, after `early`.
    fn start(line: &Arc<Line>, decoder: Decoder, early: Vec<Input>) -> io::Result<Self> {
        let (ended, ending) = io::pipe()?;
        let (sender, received) = mpsc::channel(WAITING);
        let reader = Reader { line: Arc::clone(line), ended, sender, decoder };
        let thread =
            std::thread::Builder::new().name("terminal-input".to_owned()).spawn(move || reader.run(early))?;
        Ok(Self { received, ending: Some(ending), thread: Some(thread) })
    }

    /// Tells the thread to end, which it does at once unless it waits for room.
    fn tell(&mut self) {
        drop(self.ending.take());
    }

    fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.tell();
        self.received.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Asks the terminal what it is, if it may be asked, and starts to read from it. Needs a runtime for the signal
/// that says that the size has changed.
pub(in crate::ui::terminal) fn listen(line: &Arc<Line>, ask: bool) -> io::Result<(Events, Answers)> {
    let resized = signal(SignalKind::window_change())?;
    let asked = if ask { query::ask(line)? } else { Asked::default() };
    let reading = Some(Reading::start(line, asked.decoder, asked.early)?);
    let events = Events { early: VecDeque::new(), reading, resized, line: Arc::clone(line) };
    Ok((events, asked.answers))
}

struct Reader {
    line: Arc<Line>,
    ended: io::PipeReader,
    sender: mpsc::Sender<Vec<TerminalEvent>>,
    decoder: Decoder,
}

impl Reader {
    /// Sends `early`, which was typed while the terminal was asked, and then all that comes.
    fn run(mut self, early: Vec<Input>) {
        if self.send(early).is_none() {
            return;
        }
        let mut buffer = [0; READ];
        loop {
            let waited = self.line.tty().wait_for_input(Some(self.ended.as_fd()), self.decoder.patience());
            let mut inputs = Vec::new();
            match waited {
                Ok(Readiness::Told) => return,
                Ok(Readiness::Late) => self.decoder.expire(&mut inputs),
                Ok(Readiness::Ready) => match self.line.tty().read(&mut buffer) {
                    Ok(0) => break,
                    Ok(len) => self.decoder.take(&buffer[..len], &mut inputs),
                    Err(error) if is_passing(&error) => {}
                    Err(_) => break,
                },
                Err(_) => break,
            }
            if self.send(inputs).is_none() {
                return;
            }
        }
        // Hung up: reading again would say so for ever.
        let _ = self.sender.blocking_send(vec![TerminalEvent::Gone]);
    }

    /// `None` once nobody listens.
    fn send(&self, inputs: Vec<Input>) -> Option<()> {
        let events = inputs.into_iter().filter_map(|input| match input {
            Input::Event(event) => Some(TerminalEvent::Input(event)),
            Input::Reply(Reply::Scheme { dark }) => Some(TerminalEvent::Scheme { dark }),
            // Late, and so no longer of use.
            Input::Reply(
                Reply::Background(_) | Reply::Synchronized(_) | Reply::Column(_) | Reply::Attributes,
            ) => None,
        });
        let events: Vec<TerminalEvent> = events.collect();
        if events.is_empty() { Some(()) } else { self.sender.blocking_send(events).ok() }
    }
}

/// Whether reading again may do better. EIO of a terminal whose session has ended, or of a process group that may
/// not read from it any more, is for good.
pub(super) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
