//! What a handle can type into a service, and how it sees the service's terminal.
//!
//! [`Handle::input`] types into any service that runs. One with `tty = true` has a terminal besides: a client calls
//! [`Handle::resize`] with the size of its pane, then [`Handle::terminal_after`] with 0, feeds the bytes to a terminal
//! emulator, and goes on with [`TerminalChunk::end`] for as long as the pane is open. Bytes are as they were printed,
//! each new process beginning with a reset; where `lost` is not 0 the emulator has to be cleared, since what it shows is
//! no longer what is there. The lines of such a service are in the log like those of any other.

use std::fmt;
use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::logs::{Terminal, TerminalChunk};
use crate::stack::{Refusal, ServiceName};

use super::{Handle, HandleError, LocalHandle, Order, RemoteHandle};

/// Headers of a piece of a terminal; its bytes are the body.
pub const OFFSET_HEADER: &str = "portolan-offset";
/// See [`TerminalChunk::lost`].
pub const LOST_HEADER: &str = "portolan-lost";

/// A piece of a terminal may be half a minute in coming.
const LONG_PATIENCE: Duration = Duration::from_secs(40);

/// Something about a service's input or terminal, on its way to the supervisor. Its `Debug` does not show what is typed,
/// which may be secret.
pub enum TerminalOrder {
    /// Type.
    Input {
        /// Into which service.
        service: ServiceName,
        /// What; all of it or nothing.
        bytes: Bytes,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<(), Refusal>>,
    },
    /// Tell a terminal its size.
    Resize {
        /// Of which service.
        service: ServiceName,
        /// The size.
        size: TerminalSize,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<(), Refusal>>,
    },
    /// Hand out what a terminal shows.
    Watch {
        /// Of which service.
        service: ServiceName,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Terminal, Refusal>>,
    },
}

impl fmt::Debug for TerminalOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, service) = match self {
            Self::Input { service, .. } => ("Input", service),
            Self::Resize { service, .. } => ("Resize", service),
            Self::Watch { service, .. } => ("Watch", service),
        };
        f.debug_struct(name).field("service", service).finish_non_exhaustive()
    }
}

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminalSize {
    /// Its width.
    pub columns: u16,
    /// Its height.
    pub rows: u16,
}

impl LocalHandle {
    /// See [`Handle::input`].
    pub async fn input(&self, service: ServiceName, bytes: Bytes) -> Result<(), HandleError> {
        self.ask_terminal(|reply| TerminalOrder::Input { service, bytes, reply }).await
    }

    /// See [`Handle::resize`].
    pub async fn resize(&self, service: ServiceName, size: TerminalSize) -> Result<(), HandleError> {
        self.ask_terminal(|reply| TerminalOrder::Resize { service, size, reply }).await
    }

    /// See [`Handle::terminal_after`].
    pub async fn terminal_after(
        &self,
        service: ServiceName,
        offset: u64,
    ) -> Result<TerminalChunk, HandleError> {
        let terminal = self.ask_terminal(|reply| TerminalOrder::Watch { service, reply }).await?;
        terminal.wait_after(offset).await.ok_or(HandleError::Gone)
    }

    async fn ask_terminal<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> TerminalOrder,
    ) -> Result<T, HandleError> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Terminal(question(reply))).await?;
        Ok(answer.await.map_err(|_| HandleError::Gone)??)
    }
}

impl RemoteHandle {
    /// See [`Handle::input`].
    pub async fn input(&self, service: &ServiceName, bytes: Bytes) -> Result<(), HandleError> {
        let path = format!("/v1/services/{service}/input");
        self.ask(Method::POST, &path, bytes, LONG_PATIENCE).await.map(drop)
    }

    /// See [`Handle::resize`].
    pub async fn resize(&self, service: &ServiceName, size: TerminalSize) -> Result<(), HandleError> {
        let body = serde_json::to_vec(&size).map_err(|error| HandleError::Broken(error.to_string()))?;
        let path = format!("/v1/services/{service}/terminal/size");
        self.ask(Method::POST, &path, body.into(), LONG_PATIENCE).await.map(drop)
    }

    /// See [`Handle::terminal_after`]; empty after half a minute in which nothing was printed.
    pub async fn terminal_after(
        &self,
        service: &ServiceName,
        offset: u64,
    ) -> Result<TerminalChunk, HandleError> {
        let path = format!("/v1/services/{service}/terminal?after={offset}");
        let (head, bytes) = self.ask_whole(Method::GET, &path, Bytes::new(), LONG_PATIENCE).await?;
        let offset = number(&head, OFFSET_HEADER)?;
        Ok(TerminalChunk { offset, bytes: bytes.into(), lost: number(&head, LOST_HEADER)? })
    }
}

fn number(head: &HeaderMap, name: &str) -> Result<u64, HandleError> {
    let text = head.get(name).and_then(|value| value.to_str().ok());
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| HandleError::Broken(format!("the answer has no {name}")))
}

impl Handle {
    /// Types `bytes` into a service, all of them or none: they are queued, not read yet. Refused if it does not run, and
    /// if what was typed before has not been read and 64 KiB wait.
    pub async fn input(&self, service: ServiceName, bytes: Bytes) -> Result<(), HandleError> {
        match self {
            Self::Local(local) => local.input(service, bytes).await,
            Self::Remote(remote) => remote.input(&service, bytes).await,
        }
    }

    /// Tells a service with `tty = true` the size of its terminal, now and at each of its starts.
    pub async fn resize(&self, service: ServiceName, size: TerminalSize) -> Result<(), HandleError> {
        match self {
            Self::Local(local) => local.resize(service, size).await,
            Self::Remote(remote) => remote.resize(&service, size).await,
        }
    }

    /// What a service with `tty = true` printed from `offset` on, of the newest 256 KiB; waits until there is something.
    /// Refused for any other service. Cancel-safe.
    pub async fn terminal_after(
        &self,
        service: ServiceName,
        offset: u64,
    ) -> Result<TerminalChunk, HandleError> {
        let remote = match self {
            Self::Local(local) => return local.terminal_after(service, offset).await,
            Self::Remote(remote) => remote,
        };
        loop {
            let chunk = remote.terminal_after(&service, offset).await?;
            // An empty one from elsewhere says where a new launcher's terminal begins.
            if !chunk.bytes.is_empty() || chunk.offset != offset {
                return Ok(chunk);
            }
        }
    }
}
