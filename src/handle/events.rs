//! The events of a stack, one after the other, from here or from another process.

use std::collections::VecDeque;
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};

use super::remote::Connection;
use super::{Entry, HandleError, JournalReader, RemoteHandle};

/// Events in order, without end while the stack runs. Reading on after a lost connection is the caller's: ask the
/// handle for those after the last number seen.
#[derive(Debug)]
pub struct Events {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Local(JournalReader),
    /// Not connected yet.
    Asking(RemoteHandle, u64),
    Remote(Box<RemoteEvents>),
    Ended,
}

impl Events {
    pub(super) fn local(reader: JournalReader) -> Self {
        Self { source: Source::Local(reader) }
    }

    pub(super) fn remote(handle: RemoteHandle, after: u64) -> Self {
        Self { source: Source::Asking(handle, after) }
    }

    /// The next event, at once if there is one; `None` when the stack has come to its end and after an error.
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Arc<Entry>, HandleError>> {
        loop {
            let next = match &mut self.source {
                Source::Local(reader) => return reader.next().await.map(Ok),
                Source::Asking(handle, after) => match handle.open_events(*after).await {
                    Ok(events) => {
                        self.source = Source::Remote(Box::new(events));
                        continue;
                    }
                    Err(error) => Some(Err(error)),
                },
                Source::Remote(events) => events.next().await,
                Source::Ended => return None,
            };
            if !matches!(next, Some(Ok(_))) {
                self.source = Source::Ended;
            }
            return next;
        }
    }
}

/// An answer of `/v1/events`, read as it comes.
pub(super) struct RemoteEvents {
    body: Incoming,
    /// Drives the connection; `None` when that has ended. The body holds what came before.
    connection: Option<Connection>,
    /// The bytes of a line that has not come to its end.
    part: Vec<u8>,
    ready: VecDeque<Arc<Entry>>,
}

impl RemoteEvents {
    pub(super) fn new(body: Incoming, connection: Connection) -> Self {
        Self { body, connection: Some(connection), part: Vec::new(), ready: VecDeque::new() }
    }

    async fn next(&mut self) -> Option<Result<Arc<Entry>, HandleError>> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Some(Ok(entry));
            }
            match self.data().await? {
                Ok(data) => {
                    if let Err(error) = self.take_in(&data) {
                        return Some(Err(error));
                    }
                }
                Err(error) => return Some(Err(super::remote::broken(error))),
            }
        }
    }

    /// The next bytes. The connection is driven only while they are awaited: a reader that is slow slows the launcher's
    /// answer and nothing else.
    async fn data(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        loop {
            let frame = match &mut self.connection {
                None => self.body.frame().await,
                Some(connection) => tokio::select! {
                    biased;
                    frame = self.body.frame() => frame,
                    () = connection => {
                        self.connection = None;
                        continue;
                    }
                },
            };
            match frame?.map(|frame| frame.into_data()) {
                Ok(Ok(data)) => return Some(Ok(data)),
                // Trailers say nothing.
                Ok(Err(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn take_in(&mut self, data: &[u8]) -> Result<(), HandleError> {
        for piece in data.split_inclusive(|byte| *byte == b'\n') {
            self.part.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let entry = serde_json::from_slice(&self.part);
                self.part.clear();
                self.ready.push_back(entry.map_err(|error| HandleError::Broken(error.to_string()))?);
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for RemoteEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteEvents").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}
