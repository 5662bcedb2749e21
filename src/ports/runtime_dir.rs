//! The user's runtime folder: where it lies, and that nobody else can have a hand in it.
//!
//! It holds the leases and the control sockets. PORTOLAN_STATE_DIR does not move it: stacks with different state
//! folders still share one machine's ports.

use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// Why there is no runtime folder; completes "failed to find the runtime folder: …".
#[derive(Debug, thiserror::Error)]
pub enum RuntimeDirError {
    /// The path exists and is a symbolic link or something else that is no folder.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// The folder belongs to somebody else.
    #[error("{} belongs to user {owner}, not to user {user}", .path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The user id that owns it.
        owner: u32,
        /// The user id that we run as.
        user: u32,
    },
    /// Other users may look into the folder or write to it.
    #[error("{} is open to other users (mode {mode:03o}, must be 700)", .path.display())]
    TooOpen {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The environment does not say where such a folder may lie.
    #[error("{0} is not set")]
    NoBase(&'static str),
    /// The system refused.
    #[error("{}: {source}", .path.display())]
    System {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Finds the user's runtime folder and creates it where it is missing.
///
/// On Unix `$XDG_RUNTIME_DIR/portolan` if that variable names an existing folder of ours, else
/// `<temporary folder>/portolan-<uid>`, either with mode 0700; on Windows `%LOCALAPPDATA%\portolan\run`.
///
/// # Errors
/// Any folder that is not safely ours is refused, never repaired: someone may have prepared it.
pub fn runtime_dir() -> Result<PathBuf, RuntimeDirError> {
    system::locate()
}

/// Creates `path`, private to the user, unless it exists and is private already.
pub(super) fn private_folder(path: &Path) -> Result<(), RuntimeDirError> {
    system::private_folder(path)
}
