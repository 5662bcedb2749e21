//! How a verb ends when it does not end well, and how texts get out without a panic when nobody reads them.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::app::{LaunchError, ProjectError, TargetError};
use crate::handle::HandleError;
use crate::stack::Refusal;

/// The exit codes of CONTRACTS: 0 is done.
pub(super) const FAILED: u8 = 1;
/// The configuration or the call is wrong.
pub(super) const WRONG: u8 = 2;

/// Why a verb did not do what it was asked, with the exit code that says so.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: u8,
    pub(super) text: String,
}

impl Failure {
    /// A service or a check failed: exit code 1.
    pub(super) fn failed(text: impl fmt::Display) -> Self {
        Self { code: FAILED, text: format!("error: {text}") }
    }

    /// The call is wrong: exit code 2.
    pub(super) fn wrong(text: impl fmt::Display) -> Self {
        Self { code: WRONG, text: format!("error: {text}") }
    }

    /// Ends with `code`; everything has been said.
    pub(super) fn silent(code: u8) -> Self {
        Self { code, text: String::new() }
    }

    /// With another problem of the same call, told below it.
    pub(super) fn and(self, other: &Self) -> Self {
        Self { code: self.code, text: format!("{}\n{}", self.text, other.text) }
    }

    pub(super) fn report(&self) -> ExitCode {
        if !self.text.is_empty() {
            complain(&self.text);
        }
        ExitCode::from(self.code)
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        Self { code: WRONG, text: error.to_string() }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        match &error {
            TargetError::NoSuchStack { .. } => Self::failed(error),
            TargetError::NoProject { .. } | TargetError::Home(_) => Self::wrong(error),
        }
    }
}

impl From<LaunchError> for Failure {
    fn from(error: LaunchError) -> Self {
        Self::failed(error)
    }
}

impl From<HandleError> for Failure {
    fn from(error: HandleError) -> Self {
        match &error {
            HandleError::Refused(Refusal::UnknownService { .. } | Refusal::Invalid { .. }) => {
                Self::wrong(error)
            }
            HandleError::Gone => Self::failed("the stack is not running; `portolan up` starts it"),
            HandleError::Refused(_) | HandleError::Unexpected { .. } | HandleError::Broken(_) => {
                Self::failed(error)
            }
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // Whoever read it has had enough (`portolan ps | head -1`).
            io::ErrorKind::BrokenPipe => Self::silent(0),
            _ => Self::failed(error),
        }
    }
}

/// Prints to standard output.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// A report as JSON, with the version of its form.
#[derive(serde::Serialize)]
pub(super) struct Versioned<'a, T> {
    pub(super) schema: u32,
    #[serde(flatten)]
    pub(super) report: &'a T,
}

/// Prints a value as JSON, on one line.
pub(super) fn say_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(Failure::failed)?;
    say(&text)
}

/// Prints to standard error. A closed one is nobody's loss.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Complains without waiting: a terminal that was paused (Ctrl-S) must not hold up the stack. Needs a tokio runtime.
pub(super) fn complain_aside(text: String) {
    drop(tokio::task::spawn_blocking(move || complain(&text)));
}
