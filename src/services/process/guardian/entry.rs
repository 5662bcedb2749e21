//! Where a program finds out that it is to be the guardian, and becomes it.

use std::ffi::OsString;
use std::process::ExitCode;

use super::NAME;

/// Whether a program started with these arguments is to be the guardian. Ask before anything else in `main`.
pub fn is_guardian(mut arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.next().is_some_and(|name| name == NAME)
}

/// Is the guardian: returns when the run is over and, if the launcher was killed, nothing of it lives any more.
pub fn run() -> ExitCode {
    #[cfg(unix)]
    super::guard::run();
    ExitCode::SUCCESS
}
