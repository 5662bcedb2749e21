//! The guardian: a second process that ends everything of a run if the launcher is killed.
//!
//! It is this very program, started again under another name (people type `pkill -9 portolan`), in a session of its
//! own, in `/`, without an environment, deaf to SIGHUP, SIGINT and SIGTERM. It blocks on a pipe from the launcher
//! and costs nothing until that closes. If it closes without the word that all is done, everything of the run gets
//! SIGTERM, 700 ms later SIGKILL, and two seconds after the launcher's death nothing lives, itself included.
//!
//! On Windows there is none: the job objects end their processes when the launcher's handles close.

mod entry;
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

pub use entry::{is_guardian, run};
pub use handle::Guardian;

/// The guardian's name, in its command line and as the name of its process. It must not contain ours.
const NAME: &str = "harbour-guard";
