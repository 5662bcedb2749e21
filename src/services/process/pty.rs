//! A pseudo-terminal for programs that behave differently without one.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

/// How often a terminal whose input buffer is full is tried again.
const RETRY: Duration = Duration::from_millis(10);
/// So much fits into the buffer of a terminal that says it is writable (the kernel's WAKEUP_CHARS).
const CHUNK: usize = 256;

/// Opens a pseudo-terminal of 80 by 24: our side and the program's.
pub(super) fn open() -> io::Result<(OwnedFd, OwnedFd)> {
    let ours = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC)?;
    rustix::pty::grantpt(&ours)?;
    rustix::pty::unlockpt(&ours)?;
    let name = rustix::pty::ptsname(&ours, Vec::new())?;
    let theirs = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    resize(&ours, 80, 24)?;
    Ok((ours, theirs))
}

/// Tells the terminal its size, in characters; the program's group gets SIGWINCH if that is new.
pub(super) fn resize(ours: &OwnedFd, columns: u16, rows: u16) -> io::Result<()> {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    Ok(rustix::termios::tcsetwinsize(ours, size)?)
}

/// Types `bytes`. Dropping the future leaves a part of them typed.
///
/// The descriptor shares its mode with the one that the log reader blocks on, so it cannot be made non-blocking:
/// the terminal is asked before each piece, and asked again later where it has no room.
pub(super) async fn write(ours: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = match is_writable(ours)? {
            true => rustix::io::write(ours, &rest[..rest.len().min(CHUNK)]),
            false => Err(rustix::io::Errno::AGAIN),
        };
        match written {
            Ok(written) => rest = &rest[written..],
            // The log reader may have made it non-blocking, and others may have filled it since it was asked.
            Err(rustix::io::Errno::AGAIN) => tokio::time::sleep(RETRY).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_writable(ours: &OwnedFd) -> io::Result<bool> {
    let mut poll = [PollFd::from_borrowed_fd(ours.as_fd(), PollFlags::OUT)];
    rustix::event::poll(&mut poll, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    Ok(!poll[0].revents().is_empty())
}
