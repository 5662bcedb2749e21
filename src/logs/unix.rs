//! Unix: positioned reads and writes, and pipes, sockets and terminals read without blocking.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::task::{Context, Poll, ready};

use tokio::net::unix::pipe::Receiver;

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
    pipe: Receiver,
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
        // Unchecked, because sockets and terminals are read in the same way as pipes.
        Ok(Self { pipe: Receiver::from_owned_fd_unchecked(fd)? })
    }

    /// Reads what there is; 0 at the end of the stream.
    pub(crate) fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.pipe.poll_read_ready(cx))?;
            match end_of_terminal(self.pipe.try_read(buffer)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read),
            }
        }
    }

    /// Reads what there is at this moment, whatever the runtime knows about it; `None` if nothing.
    pub(crate) fn read_now(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match end_of_terminal(rustix::io::read(&self.pipe, buffer).map_err(Into::into)) {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A terminal whose last user has gone answers with an error on Linux, where a pipe is at its end.
fn end_of_terminal(read: io::Result<usize>) -> io::Result<usize> {
    match read {
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => Ok(0),
        read => read,
    }
}
