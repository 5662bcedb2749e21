//! What an environment is made from. Everything is passed in: nothing here reads the process's own environment.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use crate::env::dotenv::EnvFiles;
use crate::stack::{Address, Port, RunId, ServiceName, ServiceSpec, StackSpec};

/// Everything that the environment of one service is made from.
#[derive(Clone, Copy)]
pub struct EnvInputs<'a> {
    /// The stack: its rules and files.
    pub stack: &'a StackSpec,
    /// The service.
    pub service: &'a ServiceSpec,
    /// The files of both, read.
    pub files: &'a EnvFiles,
    /// The environment in which Portolan was started.
    pub shell: &'a Shell,
    /// `--set NAME=VALUE` for this service; a later one beats an earlier one.
    pub set: &'a [(String, String)],
    /// The values that rules asked to generate, by variable.
    pub generated: &'a BTreeMap<String, String>,
    /// The service's own port, once it is known.
    pub port: Option<Port>,
    /// The address of a service, or the fallback for it, once it is known.
    pub addresses: &'a dyn Fn(&ServiceName) -> Option<Address>,
    /// The folder of the discovery records.
    pub records: &'a Path,
    /// The run.
    pub run: &'a RunId,
    /// Whether all addresses must be known.
    pub stage: Stage,
}

/// When an environment is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// To check and to show it before anything runs: what an unknown address is part of is left open.
    BeforeStart,
    /// For a process: an unknown address is a problem.
    Start,
}

/// The environment in which Portolan was started.
#[derive(Clone, Default)]
pub struct Shell {
    pub(super) text: BTreeMap<String, String>,
    /// What is not UTF-8, or has a name that no one could set: handed on as it is.
    pub(super) opaque: Vec<(OsString, OsString)>,
}

impl Shell {
    /// Takes variables such as those of `std::env::vars_os`.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut shell = Self::default();
        for (name, value) in variables {
            match (name.to_str(), value.to_str()) {
                (Some(name), Some(value)) if is_variable_name(name) => {
                    shell.text.insert(system_name(name).into_owned(), value.to_owned());
                }
                _ => shell.opaque.push((name, value)),
            }
        }
        shell
    }

    /// The value of a variable, if it is set and text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.text.get(system_name(name).as_ref()).map(String::as_str)
    }
}

impl fmt::Debug for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.text.keys()).finish()
    }
}

/// Whether the system takes `name` as the name of a variable.
pub(super) fn is_variable_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

/// The name by which the system knows a variable: on Windows case does not count, and Python's `os.environ` has
/// upper case there.
pub(super) fn system_name(name: &str) -> Cow<'_, str> {
    if cfg!(windows) { Cow::Owned(name.to_uppercase()) } else { Cow::Borrowed(name) }
}
