//! The stack that a verb is about: a running one, found by name or by folder, or the last run of one that is not.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config;
use crate::handle::{Handle, RemoteHandle};
use crate::logs::{FoundRun, RunLogs, Runs};
use crate::stack::{StackSnapshot, State};

use super::home::{Home, HomeError, StackHome};
use super::registry::running_stacks;

/// The stack that a verb is about.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its places.
    pub home: StackHome,
    /// Its portolan.toml.
    pub file: PathBuf,
}

/// Why a verb has no stack to be about.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// No portolan.toml here or above.
    #[error("there is no portolan.toml in {} or above; `--stack NAME` reaches a running stack from any folder", from.display())]
    NoProject {
        /// Where the search began.
        from: PathBuf,
    },
    /// No running stack has that name.
    #[error("no running stack is called {name:?}{}", running(known))]
    NoSuchStack {
        /// The name.
        name: String,
        /// Those that run.
        known: Vec<String>,
    },
    /// There is no place for Portolan's files.
    #[error("failed to {0}")]
    Home(#[from] HomeError),
}

fn running(known: &[String]) -> String {
    if known.is_empty() { "; none runs".into() } else { format!("; these run: {}", known.join(", ")) }
}

impl Target {
    /// The running stack called `name`, or that of the portolan.toml in `from` or above.
    pub fn find(from: &Path, name: Option<&str>) -> Result<Self, TargetError> {
        let home = Home::find()?;
        let file = match name {
            Some(name) => {
                let stacks = running_stacks(&home);
                let found = stacks.iter().find(|stack| stack.name == name).map(|stack| stack.file.clone());
                found.ok_or_else(|| TargetError::NoSuchStack {
                    name: name.to_owned(),
                    known: stacks.into_iter().map(|stack| stack.name).collect(),
                })?
            }
            None => {
                let found =
                    config::find(from).ok_or_else(|| TargetError::NoProject { from: from.to_owned() })?;
                config::real_path(&found).unwrap_or(found)
            }
        };
        Ok(Self { home: home.stack(&file), file })
    }

    /// The folder of its portolan.toml.
    pub fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }

    /// The running stack, whether it runs or not.
    pub fn remote(&self) -> RemoteHandle {
        RemoteHandle::new(self.home.socket.clone())
    }

    /// The same as whoever shows a stack holds it.
    pub fn handle(&self) -> Handle {
        Handle::Remote(self.remote())
    }

    /// The logs of the run that goes on, or else of the last one; `None` if the stack never ran.
    pub fn run_logs(&self) -> Option<RunLogs> {
        self.runs().first().map(|run| RunLogs::of(&run.path))
    }

    /// The runs that are kept, newest first. Unreadable ones are none.
    pub fn runs(&self) -> Vec<FoundRun> {
        Runs::of(&self.home.state).list().unwrap_or_default()
    }

    /// What the last run left behind, told as what it is: over.
    pub fn last_run(&self) -> Option<StackSnapshot> {
        let run = self.runs().into_iter().next()?;
        let text = fs::read(run.path.join(SNAPSHOT)).ok()?;
        let mut snapshot: StackSnapshot = serde_json::from_slice(&text).ok()?;
        for service in &mut snapshot.services {
            service.pid = None;
            service.latency_us = None;
            service.started_at = None;
            service.waiting_for.clear();
            let rests = matches!(service.state, State::Completed | State::Failed | State::Disabled);
            if !rests {
                service.state = State::Stopped;
            }
        }
        Some(snapshot)
    }
}

/// The file of a run folder that holds the latest snapshot.
pub(super) const SNAPSHOT: &str = "snapshot.json";
