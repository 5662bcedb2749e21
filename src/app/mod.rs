//! The composition root: the only room that knows every other, and where a running stack is put together.
//!
//! Verbs live in `cli`; what they share about files, running stacks and launching lives here.

mod apply;
mod daemon;
mod demo;
mod embedded;
mod from_shell;
mod home;
mod instance;
mod launch;
mod project;
mod registry;

pub use apply::{Applied, ApplyError, apply, apply_here};
pub use daemon::{DaemonError, spawn_daemon};
pub use demo::DemoSlot;
pub use from_shell::FromShell;
pub use home::{Home, HomeError, StackHome};
pub use instance::{Target, TargetError};
pub use launch::{LaunchError, LaunchOptions, Launched, launch};
pub use project::{Project, ProjectError, ProjectRequest};
pub use registry::{RunningStack, running_stacks};
