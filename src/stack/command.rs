//! Orders to a running stack, and the answers to them.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Port, PortHolder, ServiceName, StackSpec};

/// An order to a running stack. Names that the stack does not have are refused.
#[derive(Clone, Debug)]
pub enum Command {
    /// Start these services, and what they need unless told otherwise; all of the stack when none is named.
    Start {
        /// Which.
        services: Vec<ServiceName>,
        /// Start only these and treat what they need as met.
        no_deps: bool,
    },
    /// Stop these services and keep them stopped.
    Stop {
        /// Which.
        services: Vec<ServiceName>,
    },
    /// End these services and start them again, whatever state they are in.
    Restart {
        /// Which.
        services: Vec<ServiceName>,
        /// Also everything that needs them, directly or not.
        with_dependents: bool,
    },
    /// Give a service another port and restart it, then those whose environment changed by that.
    Reassign {
        /// Which.
        service: ServiceName,
        /// The port; the next free one when `None`.
        to: Option<Port>,
    },
    /// Go on with a changed specification.
    Reload {
        /// The new one, checked.
        spec: Arc<StackSpec>,
    },
    /// Stop everything in reverse order; the run ends when nothing lives.
    Down,
    /// End everything at once; the run ends when nothing lives.
    Kill,
}

/// Identifies a command that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub u64);

/// What became of a command: it was taken on, or why not. Taken on does not mean done: watch the snapshot.
pub type Answer = Result<Accepted, Refusal>;

/// What a command that was taken on set in motion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The services that it concerns, in the order of the stack.
    pub services: Vec<ServiceName>,
    /// The port that a reassigned service moves to.
    pub port: Option<Port>,
}

/// Why a command was not taken on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Refusal {
    /// The stack has no such service.
    UnknownService {
        /// The name.
        name: String,
    },
    /// The service is disabled.
    Disabled {
        /// The name.
        name: ServiceName,
    },
    /// The service has no port of its own to reassign.
    NoPort {
        /// The name.
        name: ServiceName,
    },
    /// The port could not be had.
    PortTaken {
        /// What stood in the way.
        detail: String,
    },
    /// The stack is shutting down.
    ShuttingDown,
    /// The new specification cannot be used.
    Invalid {
        /// Every problem, rendered.
        detail: String,
    },
    /// This process does not hold the port now.
    NotHolder {
        /// The port.
        port: Port,
        /// The process that was named.
        pid: u32,
        /// Who has it instead; `None` if nobody does.
        holder: Option<PortHolder>,
    },
    /// The process is one that is not ended from here: the launcher, its guardian, or the first process.
    Protected {
        /// The process.
        pid: u32,
    },
    /// The holder belongs to a running stack, which has commands of its own for that.
    HeldByStack {
        /// The port.
        port: Port,
        /// The stack.
        stack: String,
        /// The service of that stack, where it is known.
        service: Option<ServiceName>,
    },
    /// The system does not let this user signal the process.
    NotPermitted {
        /// The process.
        pid: u32,
    },
    /// The process was told to end, and the port is held all the same.
    StillHeld {
        /// The port.
        port: Port,
        /// Who has it now.
        holder: PortHolder,
    },
    /// The service has no process that could read input.
    NotRunning {
        /// The name.
        name: ServiceName,
    },
    /// What was typed before waits to be read, and there is no room for more.
    InputFull {
        /// The name.
        name: ServiceName,
    },
    /// The service has no pseudo-terminal.
    NoTerminal {
        /// The name.
        name: ServiceName,
    },
    /// The system or a file stood in the way.
    Failed {
        /// What was tried and why it failed.
        detail: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownService { name } => write!(f, "this stack has no service {name:?}"),
            Self::Disabled { name } => write!(f, "{name} is disabled: remove mode = \"disabled\" and reload"),
            Self::NoPort { name } => write!(f, "{name} has no port of its own"),
            Self::PortTaken { detail } => f.write_str(detail),
            Self::ShuttingDown => f.write_str("the stack is shutting down"),
            Self::Invalid { detail } => f.write_str(detail),
            Self::NotHolder { port, pid, holder: Some(holder) } => {
                write!(f, "pid {pid} does not hold port {port}: it is held by {holder}")
            }
            Self::NotHolder { port, pid, holder: None } => {
                write!(f, "pid {pid} does not hold port {port}: nobody does")
            }
            Self::Protected { pid } => write!(f, "pid {pid} is not to be ended"),
            Self::HeldByStack { port, stack, service: Some(service) } => write!(
                f,
                "port {port} is held by {service} of the running stack {stack}: \
                 `portolan --stack {stack} stop {service}` frees it"
            ),
            Self::HeldByStack { port, stack, service: None } => write!(
                f,
                "port {port} is held by a process of the running stack {stack}: `portolan --stack {stack} down` ends it"
            ),
            Self::NotPermitted { pid } => write!(f, "pid {pid} cannot be ended: permission denied"),
            Self::StillHeld { port, holder } => write!(f, "port {port} is still held by {holder}"),
            Self::NotRunning { name } => write!(f, "{name} is not running"),
            Self::InputFull { name } => write!(f, "{name} does not read its input: nothing more fits"),
            Self::NoTerminal { name } => {
                write!(f, "{name} has no terminal: set tty = true in its table and reload")
            }
            Self::Failed { detail } => f.write_str(detail),
        }
    }
}

impl std::error::Error for Refusal {}
