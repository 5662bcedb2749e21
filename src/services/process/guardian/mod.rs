//! The guardian: a second process that ends everything of a run if the launcher is killed.
//!
//! It is this very program, started again under another name (people type `pkill -9 portolan`), in a session of its
//! own, in `/`, without an environment, deaf to SIGHUP, SIGINT and SIGTERM. It blocks on a pipe from the launcher
//! and costs nothing until that closes. If it closes without the word that all is done, everything of the run gets
//! SIGTERM, 700 ms later SIGKILL, and two seconds after the launcher's death nothing lives, itself included.
//!
//! On Windows there is none: the job objects end their processes when the launcher's handles close.

#[cfg(unix)]
mod guard;
#[cfg(unix)]
mod message;
#[cfg(unix)]
mod sweep;

#[cfg(unix)]
#[path = "handle.rs"]
mod handle;
#[cfg(windows)]
#[path = "absent.rs"]
mod handle;

use std::ffi::OsString;
use std::process::ExitCode;

pub use handle::Guardian;

/// The guardian's name, in its command line and as the name of its process. It must not contain ours.
const NAME: &str = "harbour-guard";

/// Whether a program started with these arguments is to be the guardian. Ask before anything else in `main`.
pub fn is_guardian(mut arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.next().is_some_and(|name| name == NAME)
}

/// Is the guardian: returns when the run is over and, if the launcher was killed, nothing of it lives any more.
pub fn run() -> ExitCode {
    #[cfg(unix)]
    guard::run();
    ExitCode::SUCCESS
}
