//! What the heart is told: commands, reports of the shell, and the passing of its deadlines.

use std::time::Duration;

use super::{Command, CommandId, EnvPrint, Epoch, Exit, Finding, Port, PortHolder, ServiceName, State};

/// Something that happened. Past facts, except for commands, which are orders.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody gave an order.
    Command(CommandId, Command),
    /// The shell answers the question of this number about a port.
    Port(ServiceName, u64, PortReport),
    /// The shell reports on one run of a service.
    Run(ServiceName, Epoch, RunReport),
    /// The shell looked into the latest run of a service while it was in this state, and found this to be wrong, the most
    /// telling first; the run may be over. Replaces what was found of it before.
    Diagnosed(ServiceName, Epoch, State, Vec<Finding>),
    /// The moment that `Stack::next_deadline` named has come.
    DeadlinePassed,
}

/// What became of a request for a port.
#[derive(Clone, Debug)]
pub enum PortReport {
    /// The port is leased and reserved.
    Allocated {
        /// The port.
        port: Port,
        /// Who holds the preferred one, if this is not it.
        held_by: Option<PortHolder>,
    },
    /// No port could be had.
    Refused {
        /// What stood in the way.
        detail: String,
    },
}

/// What happened to one run of a service. Reports of an older epoch are dropped.
#[derive(Clone, Debug)]
pub enum RunReport {
    /// Its environment is complete; comes before the spawn.
    EnvResolved(EnvPrint),
    /// Its environment breaks a rule; nothing was started.
    EnvRefused {
        /// Which, values masked.
        detail: String,
    },
    /// Its environment as it would be with the addresses of now.
    EnvCompared(EnvPrint),
    /// A one-shot command failed; nothing more was started.
    PrepareFailed {
        /// The command, and how it ended.
        detail: String,
    },
    /// The process could not be started.
    SpawnFailed {
        /// Why not.
        detail: String,
    },
    /// It runs. A shared service has no pid.
    Spawned {
        /// The leader of its process tree.
        pid: Option<u32>,
    },
    /// Its own process listens on its port.
    ListenerVerified {
        /// The host to connect to.
        host: String,
        /// The address that it bound, if other machines can reach it there.
        wide: Option<String>,
        /// False if the owner of the listener could not be read and is believed to be the service.
        owner_known: bool,
    },
    /// Somebody else listens on its port.
    ListenerForeign {
        /// Who.
        holder: PortHolder,
    },
    /// It listens on another port, and nobody on its own.
    ListenerElsewhere {
        /// Where it listens.
        port: Port,
    },
    /// Its output says that an address is in use.
    BindRefused,
    /// Who holds the port that it could not bind.
    PortDiagnosed {
        /// A stranger; `None` when nobody listens there, so that it met our own reservation.
        holder: Option<PortHolder>,
    },
    /// A probe was answered as it should be.
    ProbePassed {
        /// How long the answer took.
        latency: Duration,
    },
    /// A probe was not answered as it should be.
    ProbeFailed {
        /// In what way.
        reason: String,
    },
    /// The leader of its process tree ended.
    Exited(Exit),
    /// Nothing of it lives any more. The last report of a run.
    Gone,
}
