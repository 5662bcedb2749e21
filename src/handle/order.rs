//! What a handle can ask of a stack, and what a reload answers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::stack::{Answer, Command, EnvReport, Port, Refusal, ServiceName, StackDescription};

use super::{PortOrder, TerminalOrder};

/// An order on its way to the supervisor. Dropping the receiver of the reply does not cancel the work.
#[derive(Debug)]
pub enum Order {
    /// Do something.
    Command(Command, oneshot::Sender<Answer>),
    /// Read portolan.toml and the environment files again.
    Reload(oneshot::Sender<Result<ReloadReport, Refusal>>),
    /// Say what environment a service has, or would get now.
    Environment {
        /// Which service.
        service: ServiceName,
        /// Whether secrets are shown.
        reveal: bool,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<EnvReport, Refusal>>,
    },
    /// Say what the specification says of each service.
    Describe(oneshot::Sender<StackDescription>),
    /// Something about ports.
    Port(PortOrder),
    /// Something about the input or the terminal of a service.
    Terminal(TerminalOrder),
}

/// A command as it travels over the control socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "command", deny_unknown_fields)]
pub enum CommandRequest {
    /// See [`Command::Start`].
    Start {
        /// Which; all when empty.
        #[serde(default)]
        services: Vec<ServiceName>,
        /// Without what they need.
        #[serde(default)]
        no_deps: bool,
    },
    /// See [`Command::Stop`].
    Stop {
        /// Which.
        services: Vec<ServiceName>,
    },
    /// See [`Command::Restart`].
    Restart {
        /// Which.
        services: Vec<ServiceName>,
        /// With everything that needs them.
        #[serde(default)]
        with_dependents: bool,
    },
    /// See [`Command::Reassign`].
    Reassign {
        /// Which.
        service: ServiceName,
        /// The port; the next free one when absent.
        #[serde(default)]
        to: Option<Port>,
    },
    /// See [`Command::Down`].
    Down {},
    /// See [`Command::Kill`].
    Kill {},
}

impl From<CommandRequest> for Command {
    fn from(request: CommandRequest) -> Self {
        match request {
            CommandRequest::Start { services, no_deps } => Self::Start { services, no_deps },
            CommandRequest::Stop { services } => Self::Stop { services },
            CommandRequest::Restart { services, with_dependents } => {
                Self::Restart { services, with_dependents }
            }
            CommandRequest::Reassign { service, to } => Self::Reassign { service, to },
            CommandRequest::Down {} => Self::Down,
            CommandRequest::Kill {} => Self::Kill,
        }
    }
}

/// What a reload found and set in motion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadReport {
    /// The services that something changed for, in the order of the stack.
    pub changes: Vec<ReloadChange>,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

/// What changed for one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadChange {
    /// The service.
    pub service: ServiceName,
    /// What: `added`, `removed`, `definition`, or the names of variables. Never a value.
    pub what: Vec<String>,
    /// Whether it restarts because of that.
    pub restarts: bool,
}
