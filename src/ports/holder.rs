//! Who has a port that we would have liked, in words that a person can act on.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::lease::LeaseRecord;
use super::system;
use crate::stack::Port;

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

/// Who has a socket on `port`; reads all of /proc, so only to be asked on conflict.
///
/// `None` if nobody is there. A lease is not looked for: see `PortAllocator::holder`.
pub fn holder_of(port: Port) -> Option<Holder> {
    holders_of(&[port]).remove(&port)
}

/// As [`holder_of`] for several ports, at the price of one.
pub(super) fn holders_of(ports: &[Port]) -> HashMap<Port, Holder> {
    system::holders(ports)
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

impl fmt::Display for ProcessFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {} ({})", self.pid, self.command)?;
        match &self.folder {
            Some(folder) => write!(f, " in {folder}"),
            None => Ok(()),
        }
    }
}
