//! `--detach`: the same program again, as a daemon without a terminal.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::services::process::{Daemon, spawn_detached};

use super::home::{Home, STATE_VARIABLE};

/// Why there is no daemon.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// This program's own file cannot be found.
    #[error("failed to find this program's own file: {0}")]
    Executable(#[source] io::Error),
    /// It could not be started.
    #[error("failed to start the daemon with its words in {}: {source}", log.display())]
    Spawn {
        /// Where it would have written.
        log: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Starts this program again with `arguments`, in a session of its own, in `/`, with what it says in `log`. Its state
/// stays where it is here, even if the variable that moves it is relative.
pub fn spawn_daemon(home: &Home, arguments: &[OsString], log: &Path) -> Result<Daemon, DaemonError> {
    let program = std::env::current_exe().map_err(DaemonError::Executable)?;
    let failed = |source| DaemonError::Spawn { log: log.to_owned(), source };
    let moved =
        std::env::var_os(STATE_VARIABLE).map(|_| (STATE_VARIABLE, home.state().as_os_str().to_owned()));
    spawn_detached(&program, arguments, moved.as_slice(), log).map_err(failed)
}
