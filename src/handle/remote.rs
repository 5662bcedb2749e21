//! The handle of another process: HTTP/1.1 over the control socket.

use std::error::Error;
use std::io::{self, ErrorKind};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::stack::{Accepted, EnvReport, Refusal, ServiceName, StackSnapshot};

use super::{CommandRequest, ControlSocket, HandleError, ReloadReport, connect};

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
        self.get(&format!("/v1/snapshot?after={version}")).await
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

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HandleError> {
        let body = self.call(Method::GET, path, Bytes::new()).await?;
        parse(&body)
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, HandleError> {
        let body = serde_json::to_vec(body).map_err(|error| HandleError::Broken(error.to_string()))?;
        let body = self.call(Method::POST, path, body.into()).await?;
        parse(&body)
    }

    /// One request and its whole answer. Dropping the future closes the connection; an order that was sent stands.
    async fn call(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, HandleError> {
        let stream = connect(&self.socket).await.map_err(|_| HandleError::Gone)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "portolan")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .map_err(|error| HandleError::Broken(error.to_string()))?;
        let exchange = async {
            let response = sender.send_request(request).await.map_err(broken)?;
            read(response).await
        };
        tokio::pin!(exchange);
        // The connection has to be driven while the answer is awaited; no task outlives the call.
        tokio::select! {
            answer = &mut exchange => answer,
            ended = connection => {
                ended.map_err(broken)?;
                exchange.await
            }
        }
    }
}

async fn read(response: Response<Incoming>) -> Result<Bytes, HandleError> {
    let status = response.status();
    let body = response.into_body().collect().await.map_err(broken)?.to_bytes();
    if status.is_success() {
        return Ok(body);
    }
    if status == StatusCode::CONFLICT
        && let Ok(refusal) = serde_json::from_slice::<Refusal>(&body)
    {
        return Err(HandleError::Refused(refusal));
    }
    let detail = String::from_utf8_lossy(&body).into_owned();
    Err(HandleError::Unexpected { status: status.as_u16(), detail })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, HandleError> {
    serde_json::from_slice(body).map_err(|error| HandleError::Broken(error.to_string()))
}

fn broken(error: hyper::Error) -> HandleError {
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let hung_up = system.is_some_and(|system| {
        matches!(system.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::NotConnected)
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
}
