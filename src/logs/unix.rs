//! Unix: positioned reads and writes, and pipes, sockets and terminals read without blocking.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What Linux allows an unprivileged process (`/proc/sys/fs/pipe-max-size`).
#[cfg(target_os = "linux")]
const PIPE_SIZE: usize = 1 << 20;

/// Reads up to `buffer.len()` bytes at `offset`.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

/// Writes all of `bytes` at `offset`.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}

/// The reading end of a child's output.
pub(crate) struct OwnPipe {
    fd: AsyncFd<OwnedFd>,
}

/// What the operating system calls the reading end.
pub(crate) type Raw = OwnedFd;

impl OwnPipe {
    /// Takes `fd` for the current runtime and makes it larger, where that is possible.
    pub(crate) fn new(fd: OwnedFd) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&fd, true)?;
        // Fails for terminals and sockets, and where the user's share of pipe memory is used up: no matter.
        #[cfg(target_os = "linux")]
        let _ = rustix::pipe::fcntl_setpipe_size(&fd, PIPE_SIZE);
        Ok(Self { fd: AsyncFd::register_with_interest(fd, Interest::READABLE)? })
    }

    /// Reads what there is; 0 at the end of the stream.
    pub(crate) fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.fd.poll_read_ready(cx))?;
            if let Ok(read) = guard.try_io(|fd| read(fd.get_ref(), buffer)) {
                return Poll::Ready(read);
            }
        }
    }

    /// Reads what there is at this moment, whatever the runtime knows about it; `None` if nothing.
    pub(crate) fn read_now(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match read(self.fd.get_ref(), buffer) {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn read(fd: &OwnedFd, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match rustix::io::read(fd, &mut *buffer) {
            Ok(read) => return Ok(read),
            Err(rustix::io::Errno::INTR) => {}
            // A terminal whose last user has gone ends like this on Linux.
            Err(rustix::io::Errno::IO) => return Ok(0),
            Err(error) => return Err(error.into()),
        }
    }
}
