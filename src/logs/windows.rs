//! Windows: positioned reads and writes, and the pipes of children through tokio's helper threads.

use std::fs::File;
use std::io;
use std::os::windows::fs::FileExt;
use std::os::windows::io::OwnedHandle;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::process::ChildStdout;

/// Reads up to `buffer.len()` bytes at `offset`.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Writes all of `bytes` at `offset`.
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_write(bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => {
                bytes = &bytes[written..];
                offset += written as u64;
            }
        }
    }
    Ok(())
}

/// The reading end of a child's output.
pub(crate) struct OwnPipe {
    pipe: ChildStdout,
}

/// What the operating system calls the reading end.
pub(crate) type Raw = OwnedHandle;

impl OwnPipe {
    /// Takes `handle` for the current runtime.
    pub(crate) fn new(handle: OwnedHandle) -> io::Result<Self> {
        Ok(Self { pipe: ChildStdout::from_std(handle.into())? })
    }

    /// Reads what there is; 0 at the end of the stream.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(Pin::new(&mut self.pipe).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }
}
