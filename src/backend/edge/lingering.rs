//! A connection that ends politely: what a client still sends is read and forgotten before the socket is closed. Closing
//! with unread bytes resets the connection, and the answer that says why ("too large") may never be seen.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// What is read at most, and for how long; then the client has to see for itself.
const MOST_BYTES: usize = 8 << 20;
const LONGEST: Duration = Duration::from_secs(2);

/// How long a client that sends nothing is waited for: most connections that end are idle ones.
const SILENCE: Duration = Duration::from_millis(50);

/// A stream whose shutdown drains.
pub(super) struct Lingering {
    stream: TcpStream,
    ending: Option<Ending>,
}

struct Ending {
    shut: bool,
    drained: usize,
    patience: Pin<Box<Sleep>>,
}

impl Lingering {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, ending: None }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, ending } = &mut *self;
        let ending = ending.get_or_insert_with(|| Ending {
            shut: false,
            drained: 0,
            patience: Box::pin(sleep(SILENCE)),
        });
        if !ending.shut {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
            ending.shut = true;
        }
        let mut scrap = [0; 16 << 10];
        while ending.drained < MOST_BYTES {
            let mut buffer = ReadBuf::new(&mut scrap);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => break,
                Poll::Ready(Ok(())) => {
                    if ending.drained == 0 {
                        ending.patience = Box::pin(sleep(LONGEST));
                    }
                    ending.drained += buffer.filled().len();
                }
                // It is gone, which is what was waited for.
                Poll::Ready(Err(_)) => break,
                Poll::Pending => {
                    ready!(ending.patience.as_mut().poll(cx));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
