//! The control socket: bound so that only its user may open it, served until it is dropped.

use std::io;
use std::path::PathBuf;

use axum::Router;
use tokio::task::JoinHandle;

use crate::handle::ControlSocket;

/// Why nobody can talk to the stack.
#[derive(Debug, thiserror::Error)]
#[error("failed to open the control socket {path}: {source}")]
pub struct ListenError {
    /// The socket.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

/// A served control socket. Dropping it ends every connection and removes the socket.
#[derive(Debug)]
pub struct Listening {
    task: JoinHandle<()>,
    socket: ControlSocket,
}

impl Listening {
    /// Serves `router` at `socket` on the current runtime. The caller holds the stack's lock: a socket that is there
    /// already was left by a launcher that died, and is replaced.
    pub fn open(socket: ControlSocket, router: Router) -> Result<Self, ListenError> {
        let listener = platform::bind(&socket)
            .map_err(|source| ListenError { path: socket.path().to_owned(), source })?;
        let task = tokio::spawn(async move {
            // It only returns when accepting fails for good, and then there is nobody to tell: the stack goes on.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { task, socket })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        platform::remove(&self.socket);
    }
}

#[cfg(unix)]
mod platform {
    use std::fs;
    use std::io;
    use std::os::unix::fs::PermissionsExt;

    use tokio::net::UnixListener;

    use crate::handle::ControlSocket;

    /// Bound under another name, made private, then moved into place: it is never there with wider rights, and a
    /// client that finds it can connect.
    pub(super) fn bind(socket: &ControlSocket) -> io::Result<UnixListener> {
        let path = socket.path();
        let raw = path.with_extension("new");
        let _ = fs::remove_file(&raw);
        let listener = UnixListener::bind(&raw)?;
        fs::set_permissions(&raw, fs::Permissions::from_mode(0o600))?;
        fs::rename(&raw, path)?;
        Ok(listener)
    }

    pub(super) fn remove(socket: &ControlSocket) {
        // Gone already is as good.
        let _ = fs::remove_file(socket.path());
    }
}

#[cfg(windows)]
mod platform {
    use std::io;
    use std::time::Duration;

    use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};

    use crate::handle::ControlSocket;

    /// A pipe with always one instance that nobody has connected to yet.
    pub(super) struct PipeListener {
        name: std::path::PathBuf,
        next: NamedPipeServer,
    }

    pub(super) fn bind(socket: &ControlSocket) -> io::Result<PipeListener> {
        let next = ServerOptions::new().first_pipe_instance(true).create(socket.path())?;
        Ok(PipeListener { name: socket.path().to_owned(), next })
    }

    impl axum::serve::Listener for PipeListener {
        type Io = NamedPipeServer;
        type Addr = ();

        async fn accept(&mut self) -> (Self::Io, Self::Addr) {
            loop {
                let connected = self.next.connect().await;
                match (connected, ServerOptions::new().create(&self.name)) {
                    (Ok(()), Ok(next)) => return (std::mem::replace(&mut self.next, next), ()),
                    (_, Ok(next)) => self.next = next,
                    (_, Err(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        }

        fn local_addr(&self) -> io::Result<Self::Addr> {
            Ok(())
        }
    }

    pub(super) fn remove(_: &ControlSocket) {
        // A pipe goes with its last handle.
    }
}
