//! The reading ends that the ingest thread is given. They are registered with its runtime on its thread, so
//! that the one who started the child needs to know nothing of it.

use std::io;
use std::pin::Pin;
use std::process::{ChildStderr, ChildStdout};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::{Stream, platform};
use crate::stack::{Epoch, ServiceId};

/// Whose output is read, and which of its streams.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The service.
    pub service: ServiceId,
    /// Which spawn of it.
    pub epoch: Epoch,
    /// Which stream.
    pub stream: Stream,
}

/// Something to read a source from, not yet opened.
pub struct PipeReader {
    open: Box<dyn FnOnce() -> io::Result<Pipe> + Send>,
}

/// An open reading end, bound to the ingest thread's runtime.
pub(crate) enum Pipe {
    /// A descriptor or handle of the operating system.
    Own(platform::OwnPipe),
    /// Whatever else can be read.
    Other(Box<dyn AsyncRead + Unpin>),
}

impl PipeReader {
    /// Reads a descriptor (a pipe, a socket, the master of a terminal) or, on Windows, a pipe's handle.
    pub fn from_raw(raw: impl Into<platform::Raw>) -> Self {
        let raw = raw.into();
        Self { open: Box::new(|| platform::OwnPipe::new(raw).map(Pipe::Own)) }
    }

    /// Reads a child's standard output.
    pub fn stdout(pipe: ChildStdout) -> Self {
        Self::from_raw(pipe)
    }

    /// Reads a child's standard error.
    pub fn stderr(pipe: ChildStderr) -> Self {
        Self::from_raw(pipe)
    }

    /// Reads what `open` makes. It is called on the ingest thread, within its runtime, so that what it makes may
    /// belong to that runtime. Blocking in it or in its reads stops the ingest of all services.
    pub fn with<R: AsyncRead + Unpin + 'static>(
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
    ) -> Self {
        Self { open: Box::new(|| Ok(Pipe::Other(Box::new(open()?)))) }
    }

    pub(crate) fn open(self) -> io::Result<Pipe> {
        (self.open)()
    }
}

impl Pipe {
    /// Reads what there is; 0 at the end of the stream.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Own(pipe) => pipe.poll_read(cx, buffer),
            Self::Other(reader) => {
                let mut buffer = ReadBuf::new(buffer);
                ready!(Pin::new(reader).poll_read(cx, &mut buffer))?;
                Poll::Ready(Ok(buffer.filled().len()))
            }
        }
    }
}
