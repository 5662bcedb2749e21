//! The terminal on Unix: its own open file, so that its mode is nobody else's, and raw input.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use rustix::termios::{OptionalActions, QueueSelector, Termios};

pub use super::input::Events;
pub(super) use super::input::listen;

/// A terminal.
#[derive(Debug)]
pub struct Tty {
    file: OwnedFd,
    /// Whether writing to it would wait for room, since its open file is shared with others.
    waits: bool,
}

/// So much fits into a terminal that says that it has room (the kernel's WAKEUP_CHARS).
const ROOM: usize = 256;

/// How a terminal treats what is typed.
#[derive(Debug)]
pub struct Modes {
    termios: Termios,
}

/// What poll says of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// There is something to read, or it has hung up, which reading says.
    Ready,
    /// The other descriptor is ready.
    Told,
    /// The time is over.
    Late,
}

impl Tty {
    /// The terminal behind standard output, else the one that controls this process.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn open() -> io::Result<Self> {
        let output = rustix::stdio::stdout();
        if rustix::termios::isatty(output) {
            return Self::of(output);
        }
        Self::reopen("/dev/tty")
    }

    /// The terminal that `file` is.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn of(file: BorrowedFd<'_>) -> io::Result<Self> {
        let name = rustix::termios::ttyname(file, Vec::new());
        match name.map_err(io::Error::from).and_then(Self::reopen) {
            Ok(tty) => Ok(tty),
            // Its name may be unknown here (a container) or belong to somebody else (su). What is shared cannot
            // be made non-blocking; it is only written to when poll says that there is room.
            Err(_) => Ok(Self { file: file.try_clone_to_owned()?, waits: true }),
        }
    }

    fn reopen(name: impl rustix::path::Arg) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::open(name, flags, Mode::empty())?;
        Ok(Self { file, waits: false })
    }

    /// Its size in cells.
    pub(super) fn size(&self) -> io::Result<Size> {
        let size = rustix::termios::tcgetwinsize(&self.file)?;
        Ok(Size { width: size.ws_col, height: size.ws_row })
    }

    /// Makes input raw and returns how it was.
    pub(super) fn make_raw(&self) -> io::Result<Modes> {
        let before = rustix::termios::tcgetattr(&self.file)?;
        let mut raw = before.clone();
        raw.make_raw();
        rustix::termios::tcsetattr(&self.file, OptionalActions::Now, &raw)?;
        Ok(Modes { termios: before })
    }

    /// Returns to `modes`. Input that was not read is dropped: it is the mouse, or an answer that comes late, and
    /// the shell would take it for a command.
    pub(super) fn set(&self, modes: &Modes) -> io::Result<()> {
        let _ = rustix::termios::tcflush(&self.file, QueueSelector::IFlush);
        Ok(rustix::termios::tcsetattr(&self.file, OptionalActions::Now, &modes.termios)?)
    }

    /// Writes what there is room for.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none.
    pub(super) fn write_some(&self, bytes: &[u8]) -> io::Result<usize> {
        if !self.waits {
            return Ok(rustix::io::write(&self.file, bytes)?);
        }
        if !self.poll_output(Duration::ZERO)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(rustix::io::write(&self.file, &bytes[..bytes.len().min(ROOM)])?)
    }

    /// Waits until there may be room, but no longer than `patience`.
    pub(super) fn wait_for_room(&self, patience: Duration) -> io::Result<()> {
        self.poll_output(patience).map(drop)
    }

    fn poll_output(&self, patience: Duration) -> io::Result<bool> {
        let mut polled = [PollFd::from_borrowed_fd(self.file.as_fd(), PollFlags::OUT)];
        let limit = timespec(patience);
        rustix::io::retry_on_intr(|| rustix::event::poll(&mut polled, Some(&limit)))?;
        Ok(!polled[0].revents().is_empty())
    }

    /// Waits until something came, `other` is ready too, or `patience` is over; without end if it is `None`.
    pub(super) fn wait_for_input(
        &self,
        other: Option<BorrowedFd<'_>>,
        patience: Option<Duration>,
    ) -> io::Result<Readiness> {
        let mut polled = vec![PollFd::from_borrowed_fd(self.file.as_fd(), PollFlags::IN)];
        polled.extend(other.map(|other| PollFd::from_borrowed_fd(other, PollFlags::IN)));
        let limit = patience.map(timespec);
        rustix::io::retry_on_intr(|| rustix::event::poll(&mut polled, limit.as_ref()))?;
        if polled.get(1).is_some_and(|other| !other.revents().is_empty()) {
            return Ok(Readiness::Told);
        }
        Ok(if polled[0].revents().is_empty() { Readiness::Late } else { Readiness::Ready })
    }

    /// Reads what has come; 0 when it has hung up.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(&self.file, buffer)?)
    }
}

/// Stops this process until somebody continues it.
pub(super) fn stop_this_process() -> io::Result<()> {
    Ok(rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?)
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()) as _,
    }
}
