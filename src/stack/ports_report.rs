//! What is known of the ports of this machine, as the ports view, `portolan ports` and conflicts show it.
//!
//! Reports only: the room `ports` finds out.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Port, PortHolder, ServiceId};

/// The machine's leased ports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortsReport {
    /// The version of this form.
    pub schema: u32,
    /// One row a lease, lowest port first.
    pub ports: Vec<PortsRow>,
}

/// One leased port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortsRow {
    /// The port.
    pub port: Port,
    /// The stack that leased it.
    pub stack: String,
    /// The folder of its portolan.toml.
    pub folder: String,
    /// The service that got it.
    pub service: ServiceId,
    /// The launcher's process.
    pub pid: u32,
    /// When it was leased, in milliseconds since the Unix epoch.
    pub since: u64,
    /// Who listens there; null while nobody does.
    pub listening: Option<Holder>,
    /// Whether who listens is no descendant of the launcher: a stranger, or a process that left its tree.
    pub conflict: bool,
    /// The port that the service would rather have had, if that is another one.
    pub preferred: Option<Port>,
    /// Who has the preferred port now; null if it is free by now, or the service has what it prefers.
    pub preferred_held_by: Option<Holder>,
}

/// Who has a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Holder {
    /// A running stack of this user has leased it, whether or not its service listens yet.
    Stack(LeaseRecord),
    /// A process has a socket there.
    Process(ProcessFacts),
    /// A socket is there, and no process that we may look into has it.
    Unreadable {
        /// The user id that opened it; null where the system does not tell.
        user: Option<u32>,
    },
    /// The system keeps the port to itself: a privileged one, or an excluded range on Windows.
    Forbidden,
    /// The caller asked to leave it alone.
    Excluded,
    /// It was taken when we asked and nobody is to be seen: held for a moment, or by a socket that is not shown.
    Unknown,
}

/// What tells a person which process this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessFacts {
    /// The process.
    pub pid: u32,
    /// Its command line: shortened, printable, values that look like secrets masked.
    pub command: String,
    /// Its working folder; null where we may not see it.
    pub folder: Option<String>,
    /// The user id that it runs as; null where the system does not tell.
    pub user: Option<u32>,
}

/// What others can read about a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    /// The leased port.
    pub port: Port,
    /// The port that the service would rather have had, if that is another one.
    pub preferred: Option<Port>,
    /// The stack's name as it is displayed.
    pub stack: String,
    /// The folder of its portolan.toml; bytes that are not UTF-8 are replaced.
    pub folder: String,
    /// The service that got the port.
    pub service: ServiceId,
    /// The launcher's process, which holds the lease.
    pub pid: u32,
    /// When that process started, in clock ticks since boot; null where the system does not tell.
    pub pid_start: Option<u64>,
    /// When the port was leased, in milliseconds since the Unix epoch.
    pub since: u64,
    /// Counts the leases of one launcher, so that two leases of one port in a row can be told apart.
    pub serial: u64,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stack(record) => {
                write!(f, "stack {} ({}) in {}", record.stack, record.service, record.folder)?;
                write!(f, ", launched by pid {}", record.pid)
            }
            Self::Process(process) => process.fmt(f),
            Self::Unreadable { user: Some(user) } => write!(f, "a process of user {user}"),
            Self::Unreadable { user: None } => f.write_str("a process of another user"),
            Self::Forbidden => f.write_str("the system, which keeps this port to itself"),
            Self::Excluded => f.write_str("this stack itself"),
            Self::Unknown => f.write_str("somebody who cannot be seen"),
        }
    }
}

impl Holder {
    /// Who it is in a few words: the program and its pid, or the service and its stack.
    pub fn short(&self) -> String {
        match self {
            Self::Stack(lease) => format!("{} of stack {}", lease.service, lease.stack),
            Self::Process(process) => format!("{} (pid {})", process.program(), process.pid),
            Self::Unreadable { .. } | Self::Forbidden | Self::Excluded | Self::Unknown => self.to_string(),
        }
    }
}

impl ProcessFacts {
    /// The program of its command line, without its folder.
    fn program(&self) -> &str {
        let program = self.command.split_whitespace().next().unwrap_or(&self.command);
        program.rsplit(['/', '\\']).next().unwrap_or(program)
    }
}

impl fmt::Display for ProcessFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {} ({})", self.pid, self.command)?;
        match &self.folder {
            Some(folder) => write!(f, " in {folder}"),
            None => Ok(()),
        }
    }
}

impl From<&Holder> for PortHolder {
    fn from(holder: &Holder) -> Self {
        match holder {
            Holder::Stack(record) => Self {
                pid: Some(record.pid),
                command: None,
                folder: Some(record.folder.clone().into()),
                stack: Some(record.stack.clone()),
                service: Some(record.service.to_string()),
            },
            Holder::Process(facts) => Self {
                pid: Some(facts.pid),
                command: Some(facts.command.clone()),
                folder: facts.folder.clone().map(Into::into),
                stack: None,
                service: None,
            },
            Holder::Unreadable { .. } | Holder::Forbidden | Holder::Excluded | Holder::Unknown => {
                Self { command: Some(holder.to_string()), ..Self::default() }
            }
        }
    }
}
