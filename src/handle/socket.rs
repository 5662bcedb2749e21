//! Where a stack's control socket is, and how to connect to it: a Unix socket, a named pipe on Windows.

use std::io;
use std::path::{Path, PathBuf};

/// The address of one stack's control socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlSocket {
    path: PathBuf,
}

impl ControlSocket {
    /// The socket of the stack with this hash, in the user's runtime folder. On Windows the folder only gives the
    /// pipe's name its user.
    pub fn new(runtime: &Path, stack_hash: &str) -> Self {
        #[cfg(unix)]
        let path = runtime.join(format!("{stack_hash}.sock"));
        #[cfg(windows)]
        let path = {
            let _ = runtime;
            PathBuf::from(format!(r"\\.\pipe\portolan-{stack_hash}"))
        };
        Self { path }
    }

    /// A socket at a known place.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The path, as the system's calls take it.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Connects to a control socket. `ConnectionRefused` and `NotFound` both mean that no launcher listens.
#[cfg(unix)]
pub async fn connect(socket: &ControlSocket) -> io::Result<tokio::net::UnixStream> {
    tokio::net::UnixStream::connect(socket.path()).await
}

/// Connects to a control pipe. `NotFound` means that no launcher listens.
#[cfg(windows)]
pub async fn connect(socket: &ControlSocket) -> io::Result<tokio::net::windows::named_pipe::NamedPipeClient> {
    use std::time::Duration;
    use tokio::net::windows::named_pipe::ClientOptions;
    /// ERROR_PIPE_BUSY: every instance serves somebody, and a new one is made in a moment.
    const PIPE_BUSY: i32 = 231;
    for _ in 0..100 {
        match ClientOptions::new().open(socket.path()) {
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            result => return result,
        }
    }
    Err(io::Error::from_raw_os_error(PIPE_BUSY))
}
