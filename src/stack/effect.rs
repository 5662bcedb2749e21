//! What the heart asks for. Each effect is performed in one place, `services::effects`.

use std::collections::BTreeMap;

use super::{Address, Answer, CommandId, ConflictPolicy, Epoch, Notice, Port, ServiceName};

/// A request to the shell. Effects of one event are performed in their order.
#[derive(Clone, Debug)]
#[must_use]
pub enum Effect {
    /// Lease and reserve a port; answered by a `PortReport`.
    AllocatePort {
        /// For which service.
        service: ServiceName,
        /// Which.
        request: PortRequest,
        /// The number of the question, to be repeated in the answer.
        question: u64,
    },
    /// Let go of a port that the service no longer uses.
    ReleasePort {
        /// Whose.
        service: ServiceName,
        /// Which.
        port: Port,
    },
    /// Let go of the reservation beside the lease, from now on.
    ReleaseReservation {
        /// Whose.
        service: ServiceName,
    },
    /// Resolve the environment, run the one-shot commands, start the process and probe it.
    Start {
        /// Which service.
        service: ServiceName,
        /// The number of this run.
        epoch: Epoch,
        /// What it is told.
        launch: Launch,
    },
    /// Say what the environment would be with these addresses; answered by `EnvCompared`.
    CompareEnv {
        /// Which service.
        service: ServiceName,
        /// The run that would be given them.
        epoch: Epoch,
        /// What it would be told.
        launch: Launch,
    },
    /// Say who listens on the run's port; answered by `PortDiagnosed`.
    DiagnosePort {
        /// Which service.
        service: ServiceName,
        /// Which run.
        epoch: Epoch,
        /// The port.
        port: Port,
    },
    /// Ask everything of the run to end. Harmless when repeated.
    Stop {
        /// Which service.
        service: ServiceName,
        /// Which run.
        epoch: Epoch,
    },
    /// End everything of the run at once. Harmless when repeated.
    Kill {
        /// Which service.
        service: ServiceName,
        /// Which run.
        epoch: Epoch,
    },
    /// Write the discovery record anew from the snapshot, or remove it.
    Publish {
        /// Whose.
        service: ServiceName,
    },
    /// Tell whoever watches.
    Notify(Notice),
    /// Answer a command.
    Reply {
        /// Which.
        command: CommandId,
        /// The answer.
        answer: Answer,
    },
}

/// Which port is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortRequest {
    /// The preferred port, else the next free one, as the service's specification says.
    Planned {
        /// What to do when the preferred port is taken.
        conflict: ConflictPolicy,
        /// Ports that were lost to others and are not asked for again.
        lost: Vec<Port>,
    },
    /// The next free port that is not this one.
    Next {
        /// The port to get away from.
        not: Port,
    },
    /// This port and no other.
    Exactly(Port),
}

/// What a run is told: its port and where the others are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// Its own port.
    pub port: Option<Port>,
    /// The address of each service that it needs or mentions.
    pub addresses: BTreeMap<ServiceName, Address>,
}
