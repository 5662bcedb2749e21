//! The handle of another process: HTTP/1.1 over the control socket.

use std::error::Error;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::stack::{Accepted, EnvReport, Refusal, ServiceName, StackDescription, StackSnapshot, Vitals};

use super::events::RemoteEvents;
use super::{CommandRequest, ControlSocket, HandleError, ReloadReport, connect};

/// How long an answer may take that a launcher gives at once, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same for a snapshot that may be half a minute in coming.
const LONG_PATIENCE: Duration = Duration::from_secs(40);

/// A stack of another process. Each call is a connection of its own: cheap on a local socket, and nothing to keep alive.
#[derive(Clone, Debug)]
pub struct RemoteHandle {
    socket: ControlSocket,
}

impl RemoteHandle {
    /// A handle of whatever listens at `socket`, now or later.
    pub fn new(socket: ControlSocket) -> Self {
        Self { socket }
    }

    /// The stack as it is.
    pub async fn snapshot(&self) -> Result<StackSnapshot, HandleError> {
        self.get("/v1/snapshot").await
    }

    /// The first snapshot newer than `version`, at once if there is one. The launcher answers after half a minute in
    /// any case, then with the same one.
    pub async fn snapshot_after(&self, version: u64) -> Result<StackSnapshot, HandleError> {
        let path = format!("/v1/snapshot?after={version}");
        parse(&self.ask(Method::GET, &path, Bytes::new(), LONG_PATIENCE).await?)
    }

    /// Gives an order; the answer says that it was taken on, not that it is done.
    pub async fn command(&self, command: &CommandRequest) -> Result<Accepted, HandleError> {
        self.post("/v1/commands", command).await
    }

    /// Has portolan.toml and the environment files read again.
    pub async fn reload(&self) -> Result<ReloadReport, HandleError> {
        self.post("/v1/reload", &serde_json::Map::new()).await
    }

    /// The environment of a service; secrets masked unless `reveal`.
    pub async fn environment(&self, service: &ServiceName, reveal: bool) -> Result<EnvReport, HandleError> {
        self.get(&format!("/v1/services/{service}/env?reveal={reveal}")).await
    }

    /// The first vitals newer than `version`; measured only while somebody asks.
    pub async fn vitals_after(&self, version: u64) -> Result<Vitals, HandleError> {
        let path = format!("/v1/vitals?after={version}");
        loop {
            let body = self.ask(Method::GET, &path, Bytes::new(), LONG_PATIENCE).await?;
            // Nothing was measured within half a minute.
            if !body.is_empty() {
                return parse(&body);
            }
        }
    }

    /// What the specification says of each service.
    pub async fn describe(&self) -> Result<StackDescription, HandleError> {
        self.get("/v1/description").await
    }

    /// Begins to read the events after the one with the number `after`.
    pub(super) async fn open_events(&self, after: u64) -> Result<RemoteEvents, HandleError> {
        let path = format!("/v1/events?after={after}");
        in_time(PATIENCE, async {
            let (response, connection) = self.begin(Method::GET, &path, Bytes::new()).await?;
            if response.status().is_success() {
                return Ok(RemoteEvents::new(response.into_body(), connection));
            }
            let status = response.status().as_u16();
            Err(HandleError::Unexpected { status, detail: "no events".to_owned() })
        })
        .await
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HandleError> {
        let body = self.ask(Method::GET, path, Bytes::new(), PATIENCE).await?;
        parse(&body)
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, HandleError> {
        let body = serde_json::to_vec(body).map_err(|error| HandleError::Broken(error.to_string()))?;
        let body = self.ask(Method::POST, path, body.into(), PATIENCE).await?;
        parse(&body)
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        patience: Duration,
    ) -> Result<Bytes, HandleError> {
        Ok(self.ask_whole(method, path, body, patience).await?.1)
    }

    /// As [`ask`](Self::ask), with the answer's headers.
    pub(super) async fn ask_whole(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        patience: Duration,
    ) -> Result<(HeaderMap, Bytes), HandleError> {
        in_time(patience, self.call(method, path, body)).await
    }

    /// One request and its whole answer. Dropping the future closes the connection; an order that was sent stands.
    async fn call(&self, method: Method, path: &str, body: Bytes) -> Result<(HeaderMap, Bytes), HandleError> {
        let (response, connection) = self.begin(method, path, body).await?;
        let head = response.headers().clone();
        Ok((head, driven(read(response), connection).await?))
    }

    /// One request and the head of its answer, with what has to be polled for the rest to come.
    async fn begin(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(Response<Incoming>, Connection), HandleError> {
        let stream = connect(&self.socket).await.map_err(|error| unconnected(&error))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "portolan")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .map_err(|error| HandleError::Broken(error.to_string()))?;
        // What ends a connection early shows in the answer as well.
        let connection = async move {
            let _ = connection.await;
        };
        let mut connection: Connection = Box::pin(connection.fuse());
        let response = driven(sender.send_request(request), &mut connection).await.map_err(broken)?;
        Ok((response, connection))
    }
}

/// What drives a connection, so that no task has to. Fused: it is polled on when it has ended already.
pub(super) type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The outcome of `exchange`, with its connection driven meanwhile.
async fn driven<T>(exchange: impl Future<Output = T>, connection: impl Future<Output = ()>) -> T {
    tokio::pin!(exchange);
    tokio::select! {
        answer = &mut exchange => answer,
        () = connection => exchange.await,
    }
}

/// A launcher that was stopped still accepts connections, as many as its backlog holds, and answers none.
async fn in_time<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, HandleError>>,
) -> Result<T, HandleError> {
    let answer = tokio::time::timeout(patience, answer).await;
    answer.unwrap_or_else(|_| {
        Err(HandleError::Broken(format!(
            "no answer within {patience:?}; a launcher that was stopped with Ctrl-Z goes on with `fg`"
        )))
    })
}

/// Nobody listens there, or the connection failed for a reason of our own: no descriptors left, a backlog that is full.
fn unconnected(error: &io::Error) -> HandleError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => HandleError::Gone,
        _ => HandleError::Broken(error.to_string()),
    }
}

async fn read(response: Response<Incoming>) -> Result<Bytes, HandleError> {
    let status = response.status();
    let body = response.into_body().collect().await.map_err(broken)?.to_bytes();
    if status.is_success() {
        return Ok(body);
    }
    if status == StatusCode::GONE {
        return Err(HandleError::Gone);
    }
    if status == StatusCode::CONFLICT
        && let Ok(refusal) = serde_json::from_slice::<Refusal>(&body)
    {
        return Err(HandleError::Refused(refusal));
    }
    let detail = String::from_utf8_lossy(&body).into_owned();
    Err(HandleError::Unexpected { status: status.as_u16(), detail })
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, HandleError> {
    serde_json::from_slice(body).map_err(|error| HandleError::Broken(error.to_string()))
}

pub(super) fn broken(error: hyper::Error) -> HandleError {
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let hung_up = system.is_some_and(|system| {
        matches!(
            system.kind(),
            ErrorKind::ConnectionReset
                | ErrorKind::BrokenPipe
                | ErrorKind::NotConnected
                | ErrorKind::UnexpectedEof
        )
    });
    // The launcher went away in the middle of it.
    if error.is_closed() || error.is_incomplete_message() || error.is_canceled() || hung_up {
        return HandleError::Gone;
    }
    HandleError::Broken(match system {
        Some(system) => format!("{error}: {system}"),
        None => error.to_string(),
    })
}

#[cfg(all(test, unix))]
mod tests {
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn a_launcher_that_dies_with_the_question_unread_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let socket = ControlSocket::at(folder.path().join("s"));
        let listener = UnixListener::bind(socket.path()).unwrap();
        let remote = RemoteHandle::new(socket);
        let hang_up = async {
            let (stream, _) = listener.accept().await.unwrap();
            stream.readable().await.unwrap();
        };
        let (answer, ()) = tokio::join!(remote.snapshot(), hang_up);
        assert!(matches!(answer, Err(HandleError::Gone)), "{answer:?}");
    }

    #[test]
    fn only_a_socket_at_which_nobody_listens_is_gone() {
        for (code, gone) in [
            (libc::ENOENT, true),
            (libc::ECONNREFUSED, true),
            (libc::EMFILE, false),
            (libc::EAGAIN, false),
            (libc::EACCES, false),
        ] {
            let error = unconnected(&io::Error::from_raw_os_error(code));
            assert_eq!(matches!(error, HandleError::Gone), gone, "{error}");
        }
    }

    #[tokio::test]
    async fn a_launcher_that_never_answers_is_not_waited_for_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let socket = ControlSocket::at(folder.path().join("s"));
        let _listener = UnixListener::bind(socket.path()).unwrap();
        let remote = RemoteHandle::new(socket);
        let answer = remote.ask(Method::GET, "/", Bytes::new(), Duration::from_millis(20)).await;
        assert!(matches!(answer, Err(HandleError::Broken(_))), "{answer:?}");
    }
}
