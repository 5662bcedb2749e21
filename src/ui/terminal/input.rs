//! The thread that reads what the terminal sends.

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

/// How many events wait for the console before the terminal has to. A paste is one.
const WAITING: usize = 256;

/// So much is read at once: more than a terminal's input buffer holds.
const READ: usize = 4096;

/// What the terminal sends, in order. Dropping it ends the thread that reads.
#[derive(Debug)]
pub struct Events {
    received: mpsc::Receiver<TerminalEvent>,
    resized: Signal,
    line: Arc<Line>,
    /// Closing its other end tells the thread to end.
    ending: Option<io::PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Events {
    /// The next event. After [`TerminalEvent::Gone`] there are no others but that.
    ///
    /// Cancel-safe: an event that was not returned is returned by the next call.
    pub async fn next(&mut self) -> TerminalEvent {
        tokio::select! {
            received = self.received.recv() => received.unwrap_or(TerminalEvent::Gone),
            Some(()) = self.resized.recv() => match self.line.tty().size() {
                Ok(size) => TerminalEvent::Input(Event::Resize(size.width, size.height)),
                Err(_) => TerminalEvent::Gone,
            },
        }
    }

    /// An event that has already come.
    pub fn try_next(&mut self) -> Option<TerminalEvent> {
        self.received.try_recv().ok()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.received.close();
        drop(self.ending.take());
        if let Some(thread) = self.thread.take() {
            // It ends at once: it waits for the pipe, and for room in a channel that is closed.
            let _ = thread.join();
        }
    }
}

/// Asks the terminal what it is, if it may be asked, and starts to read from it. Needs a runtime for the signal
/// that says that the size has changed.
pub(in crate::ui::terminal) fn listen(line: &Arc<Line>, ask: bool) -> io::Result<(Events, Answers)> {
    let resized = signal(SignalKind::window_change())?;
    let asked = if ask { query::ask(line)? } else { Asked::default() };
    let (ended, ending) = io::pipe()?;
    let (sender, received) = mpsc::channel(WAITING);
    let reader = Reader { line: Arc::clone(line), ended, sender, decoder: asked.decoder };
    let early = asked.early;
    let thread =
        std::thread::Builder::new().name("terminal-input".to_owned()).spawn(move || reader.run(early))?;
    let events =
        Events { received, resized, line: Arc::clone(line), ending: Some(ending), thread: Some(thread) };
    Ok((events, asked.answers))
}

struct Reader {
    line: Arc<Line>,
    ended: io::PipeReader,
    sender: mpsc::Sender<TerminalEvent>,
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
        let _ = self.sender.blocking_send(TerminalEvent::Gone);
    }

    /// `None` once nobody listens.
    fn send(&self, inputs: Vec<Input>) -> Option<()> {
        for input in inputs {
            let event = match input {
                Input::Event(event) => TerminalEvent::Input(event),
                Input::Reply(Reply::Scheme { dark }) => TerminalEvent::Scheme { dark },
                // Late, and so no longer of use.
                Input::Reply(
                    Reply::Background(_) | Reply::Synchronized(_) | Reply::Column(_) | Reply::Attributes,
                ) => continue,
            };
            self.sender.blocking_send(event).ok()?;
        }
        Some(())
    }
}

/// Whether reading again may do better. EIO of a terminal whose session has ended, or of a process group that may
/// not read from it any more, is for good.
pub(super) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
