//! `portolan down`: ends the running stack and waits until nothing of it lives.

use std::time::Duration;

use crate::app::Target;
use crate::handle::{CommandRequest, HandleError, RemoteHandle};

use super::args::Global;
use super::failure::{Failure, complain};

/// The pause between two looks at whether the stack is still up.
const LOOK: Duration = Duration::from_millis(10);

/// Runs the verb. A stack that is not up is as good as taken down.
pub(super) async fn down(global: &Global) -> Result<(), Failure> {
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    if !take_down(&target.remote(), || target.home.is_running()).await? {
        complain("nothing is running");
    }
    Ok(())
}

/// Gives the order until it is taken on, then waits until the stack is no longer running; false if it never was.
async fn take_down(remote: &RemoteHandle, is_running: impl Fn() -> bool) -> Result<bool, HandleError> {
    let mut was_up = false;
    let mut told = false;
    loop {
        // Once is enough: a second order could meet a stack that was started after this one.
        if !told {
            match remote.command(&CommandRequest::Down {}).await {
                Ok(_) => told = true,
                // It is going down already, or has not opened its socket yet: then it has to be told later.
                Err(HandleError::Gone | HandleError::Refused(_)) => {}
                Err(error @ (HandleError::Unexpected { .. } | HandleError::Broken(_))) => return Err(error),
            }
        }
        // The lock is the last thing that a launcher lets go of.
        if !is_running() {
            return Ok(told || was_up);
        }
        was_up = true;
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::cell::Cell;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;
    use tokio::sync::Notify;

    use super::*;
    use crate::handle::ControlSocket;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_stack_that_opens_its_socket_late_is_still_told() {
        let folder = tempfile::tempdir().unwrap();
        let socket = ControlSocket::at(folder.path().join("s"));
        let remote = RemoteHandle::new(socket.clone());
        let (running, looked) = (Cell::new(true), Notify::new());
        let is_running = || {
            looked.notify_one();
            running.get()
        };
        let launcher = async {
            // The first order met nobody.
            looked.notified().await;
            let listener = UnixListener::bind(socket.path()).unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"{\"command\":\"down\"}") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "{}", request.escape_ascii());
                assert!(request.starts_with(b"POST /v1/commands "), "{}", request.escape_ascii());
            }
            running.set(false);
            let body = r#"{"services":[],"port":null}"#;
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let both = async { tokio::join!(take_down(&remote, is_running), launcher) };
        let (was_up, ()) = tokio::time::timeout(PATIENCE, both).await.expect("the order is given again");
        assert!(was_up.unwrap());
    }

    #[tokio::test]
    async fn where_nothing_runs_there_is_nothing_to_wait_for() {
        let folder = tempfile::tempdir().unwrap();
        let remote = RemoteHandle::new(ControlSocket::at(folder.path().join("s")));
        assert!(!take_down(&remote, || false).await.unwrap());
    }
}
