//! Processes: how one is started, how everything that came of it is found again, and how all of it is ended.
//!
//! The only room that starts programs, and the only one with `unsafe` (in `preexec.rs`). It knows nothing of
//! ports, health or log lines: it hands out the output pipes and leaves them alone.
//!
//! - A [`Launcher`] starts programs. It is a child subreaper, so what leaves its parent becomes our child.
//! - A [`Running`] is one started program: its exit, its input, its output pipes.
//! - A [`Tree`] is that program with all that descends from it, found again whenever it is asked.
//! - A [`guardian`] is a second process that ends everything if the launcher itself is killed.
//!
//! A process belongs to a service if it descends from the service's leader; if it was adopted by the launcher
//! and is in the leader's session; or if it was adopted and carries the service's mark ([`ServiceMarker`]), of
//! which one half is in the environment and the other in a resource limit that a cleaned environment leaves.
//!
//! | | Linux | other Unix | Windows |
//! |---|---|---|---|
//! | members | walk of /proc from the leader and from our children | the process group | the job object |
//! | launcher killed | guardian and PDEATHSIG | guardian, over process groups | the job's handle closes |
//! | cpu and memory of a tree | from /proc | unknown | unknown |
//! | `tty = true` | a pseudo-terminal | a pseudo-terminal | pipes |
//! | stop signal | as asked | as asked | none: the job is ended when the grace is over |

mod detached;
mod gathered;
mod given;
pub mod guardian;
mod guest;
mod interactive;
mod launcher;
mod marker;
mod output;
mod request;
mod strays;
mod tree;
mod usage;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod members;
#[cfg(all(unix, not(target_os = "linux")))]
#[path = "other_unix.rs"]
mod members;
#[cfg(unix)]
mod preexec;
#[cfg(target_os = "linux")]
mod procfs;
#[cfg(unix)]
mod pty;
#[cfg(target_os = "linux")]
mod tag;

#[cfg(target_os = "linux")]
#[path = "sighting_linux.rs"]
mod sighting;
#[cfg(not(target_os = "linux"))]
#[path = "sighting_other.rs"]
mod sighting;

#[cfg(target_os = "linux")]
#[path = "usage_linux.rs"]
mod consumption;
#[cfg(not(target_os = "linux"))]
#[path = "usage_other.rs"]
mod consumption;

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

pub use detached::{Daemon, spawn_detached};
pub use gathered::{Gathered, run_gathered, run_shown};
pub use given::GivenEnv;
pub use interactive::{copy_with_tool, is_web_address, open_in_browser, run_in_place, show_in_pager};
pub use launcher::{Launcher, Step};
pub use marker::{RUN_ID_VARIABLE, SERVICE_VARIABLE, ServiceMarker};
pub use output::{Output, OutputPipe};
pub use platform::{HAS_TERMINALS, Input, Running, Screen, descendant_pids};
pub use request::{Program, SpawnError, SpawnRequest, resolve};
pub use sighting::{Sighting, environment_of, sightings_of};
pub use strays::end_strays;
pub use tree::{Ended, ProcessRef, Tree};
pub use usage::{Measured, MeasuredTree, UsageMeter};
