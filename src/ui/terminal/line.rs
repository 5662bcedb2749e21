//! The line to the terminal: one writer that can be cut off, and the way back to how the terminal was.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::platform::{Modes, Tty};
use super::sequences;

/// How long leaving waits for a terminal that does not read.
pub const LEAVE_PATIENCE: Duration = Duration::from_millis(250);

/// How often a frame that waits for room looks whether it was cut off.
const GLANCE: Duration = Duration::from_millis(50);

/// Gives the terminal back as it was: from any thread, from a panic hook, any number of times.
#[derive(Clone, Debug)]
pub struct Restorer {
    line: Arc<Line>,
}

/// What all who write share.
#[derive(Debug)]
pub(super) struct Line {
    tty: Tty,
    /// Held for one write that does not block at most.
    state: Mutex<State>,
}

/// Whose the terminal is.
#[derive(Debug, Default)]
struct State {
    /// The modes to return to: the first that were found. Whoever had the terminal since may have left others.
    first: Option<Modes>,
    /// Whether it is ours now.
    ours: bool,
    /// Whether it was given back for good.
    closed: bool,
}

impl Restorer {
    pub(super) fn new(line: Arc<Line>) -> Self {
        Self { line }
    }

    /// Leaves the alternate screen and gives back every mode, for good: it cannot be taken over again. Does nothing if
    /// that was done already.
    ///
    /// Returns within [`LEAVE_PATIENCE`], also when the terminal does not read. Frames that are being written
    /// elsewhere end with an error.
    pub fn restore(&self) {
        self.line.close();
    }

    /// Restores the terminal before any panic's message is printed, by the hook that was there before.
    ///
    /// After a panic on any thread the console is over: what was half done cannot be drawn with confidence.
    pub fn restore_on_panic(&self) {
        let restorer = self.clone();
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restorer.restore();
            previous(panic);
        }));
    }
}

impl Line {
    pub(super) fn new(tty: Tty) -> Self {
        Self { tty, state: Mutex::default() }
    }

    pub(super) fn tty(&self) -> &Tty {
        &self.tty
    }

    /// Takes the terminal over: raw input, then `sequences`.
    ///
    /// # Errors
    ///
    /// When it has no modes, is gone, or was given back for good; it is as it was then.
    pub(super) fn enter(&self, sequences: &[u8]) -> io::Result<()> {
        {
            let mut state = self.state();
            if state.closed {
                // It was somebody else's when it was given back.
                let _ = state.first.as_ref().map(|first| self.tty.set(first));
                return Err(given_back());
            }
            let modes = self.tty.make_raw()?;
            state.first.get_or_insert(modes);
            state.ours = true;
        }
        self.write(sequences).inspect_err(|_| self.leave())
    }

    /// Writes all of `bytes`, waiting for room as long as it takes.
    ///
    /// # Errors
    ///
    /// When the terminal is gone, or was given back meanwhile.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = {
                let state = self.state();
                if !state.ours {
                    return Err(given_back());
                }
                self.tty.write_some(rest)
            };
            match written {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.tty.wait_for_room(GLANCE)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Gives the terminal back. The modes come last: until then the terminal's late answers are not echoed.
    pub(super) fn leave(&self) {
        self.give_back(&mut self.state());
    }

    /// The same, for good.
    fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        self.give_back(&mut state);
    }

    fn give_back(&self, state: &mut State) {
        if !std::mem::take(&mut state.ours) {
            return;
        }
        let mut rest = sequences::LEAVE;
        let tries = LEAVE_PATIENCE.as_millis() / GLANCE.as_millis();
        let mut tried = 0;
        while !rest.is_empty() && tried < tries {
            match self.tty.write_some(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tried += 1;
                    if self.tty.wait_for_room(GLANCE).is_err() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => tried += 1,
                Err(_) => break,
            }
        }
        // Nothing more can be done about a terminal that is gone.
        let _ = state.first.as_ref().map(|first| self.tty.set(first));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it is held leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.leave();
    }
}

fn given_back() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the terminal was given back")
}
