//! What is wrong with an environment: where, why and what to do. Never with a value in it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::stack::{EnvSource, Origin, ServiceName};

/// Something that keeps services from getting a good environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvProblem {
    /// The variable, if it is about one.
    pub variable: Option<String>,
    /// The services that it concerns, in the order of the stack.
    pub services: Vec<ServiceName>,
    /// Where the fault lies.
    pub place: Place,
    /// What is wrong; completes "NAME …" or "the file …".
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// Where a fault lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An environment file as a whole, or a line of it, from 1.
    File {
        /// The file.
        path: Arc<Path>,
        /// The line, from 1; `None` for the whole file.
        line: Option<u32>,
    },
    /// A place in portolan.toml.
    Toml(Origin),
    /// The environment in which Portolan was started.
    Shell,
    /// `--set`.
    Set,
    /// The stack's state, where generated values are kept.
    Generated,
    /// A value that Portolan itself gives.
    Automatic,
}

impl Place {
    /// The line in a file, if it is one.
    pub fn line(&self) -> Option<(&Path, u32)> {
        match self {
            Self::File { path, line } => line.map(|line| (&**path, line)),
            Self::Toml(origin) => Some((&*origin.file, origin.line)),
            Self::Shell | Self::Set | Self::Generated | Self::Automatic => None,
        }
    }
}

impl From<&EnvSource> for Place {
    fn from(source: &EnvSource) -> Self {
        match source {
            EnvSource::Default { origin } | EnvSource::Toml { origin, .. } => Self::Toml(origin.clone()),
            EnvSource::File { path, line } => Self::File { path: path.clone(), line: Some(*line) },
            EnvSource::Shell => Self::Shell,
            EnvSource::Set => Self::Set,
            EnvSource::Generated => Self::Generated,
            EnvSource::Automatic { .. } | EnvSource::Record(_) => Self::Automatic,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Toml(origin) => origin.fmt(f),
            Self::Shell => f.write_str("the shell"),
            Self::Set => f.write_str("--set"),
            Self::Generated => f.write_str("the stack's state"),
            Self::Automatic => f.write_str("portolan"),
        }
    }
}

impl fmt::Display for EnvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if let Some(variable) = &self.variable {
            write!(f, "{variable} ")?;
        }
        write!(f, "{}", self.reason)?;
        for (n, service) in self.services.iter().enumerate() {
            write!(f, "{}{service}", if n == 0 { " (for " } else { ", " })?;
        }
        write!(f, "{}: {}", if self.services.is_empty() { "" } else { ")" }, self.remedy)
    }
}

impl std::error::Error for EnvProblem {}

/// The problems with equal ones made one that names all their services, in the order of their first appearance.
pub(crate) fn merged(problems: impl IntoIterator<Item = EnvProblem>) -> Vec<EnvProblem> {
    let mut merged: Vec<EnvProblem> = Vec::new();
    for problem in problems {
        let same = |other: &&mut EnvProblem| {
            other.variable == problem.variable
                && other.place == problem.place
                && other.reason == problem.reason
                && other.remedy == problem.remedy
        };
        match merged.iter_mut().find(same) {
            Some(known) => {
                for service in problem.services {
                    if !known.services.contains(&service) {
                        known.services.push(service);
                    }
                }
            }
            None => merged.push(problem),
        }
    }
    merged
}
