//! What was seen of a stack in one round: everything that `judge/` goes by. Data only, and no value of any variable.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::stack::{Epoch, Notice, Port, ServiceName, ServiceSnapshot, StackSnapshot};

/// A stack at the moment of the proof, and what came before and after it.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) snapshot: StackSnapshot,
    pub(super) coming: Coming,
    /// Those that are checked, in the order of the stack.
    pub(super) services: Vec<ServiceFacts>,
    /// What happened from the start to the end, in order.
    pub(super) notices: Vec<Notice>,
    pub(super) log: LogFacts,
    /// What was left after the stop; `None` if the stack was not stopped.
    pub(super) remains: Option<Remains>,
}

/// How it came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coming {
    /// All are up.
    Up,
    /// Some are not, and nothing more can be expected.
    Never,
    /// Time is over.
    TimedOut(Duration),
    /// It ended in the middle of it.
    Ended,
}

/// One service.
#[derive(Clone, Debug)]
pub(super) struct ServiceFacts {
    pub(super) now: ServiceSnapshot,
    pub(super) env: EnvFacts,
    pub(super) health: Asked,
    pub(super) port: Option<PortFacts>,
    pub(super) addresses: Vec<AddressFact>,
}

impl ServiceFacts {
    pub(super) fn name(&self) -> &ServiceName {
        &self.now.name
    }

    /// Whether it runs so that it can be looked at. One that was started again after a crash is not asked until it is
    /// up: where it is at this moment is chance.
    pub(super) fn runs(&self) -> bool {
        self.now.started_at.is_some() && (self.now.restarts == 0 || self.now.state.is_up())
    }
}

/// A value that is not told: enough to see whether two are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    pub(super) length: usize,
    pub(super) digest: u64,
}

/// The variables that have to reach a service, and the processes in which they were sought.
#[derive(Clone, Debug, Default)]
pub(super) struct EnvFacts {
    pub(super) required: Vec<Required>,
    pub(super) seen: Vec<SeenEnv>,
    /// Why Portolan itself cannot say what the service is given.
    pub(super) refused: Option<String>,
}

/// A variable that has to reach a service.
#[derive(Clone, Debug)]
pub(super) struct Required {
    pub(super) name: String,
    /// What Portolan gives; `None` if nothing.
    pub(super) given: Option<Print>,
    pub(super) place: Option<String>,
}

/// The environment of one process, as far as it is required.
#[derive(Clone, Debug)]
pub(super) struct SeenEnv {
    pub(super) pid: u32,
    pub(super) role: Role,
    /// How long after its start it was seen; `None` if it was not seen coming.
    pub(super) after: Option<Duration>,
    pub(super) variables: BTreeMap<String, Print>,
    /// The program has written over it: what is missing may have been there.
    pub(super) overwritten: bool,
}

/// Which process of a service it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The one that was started.
    Leader,
    /// The one that listens on its port.
    Listener,
}

/// What came of asking after a service's health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It has nothing to ask.
    Nothing,
    /// It answered as it should; what was asked.
    Well(String),
    /// It did not; what came instead.
    Unwell(String),
}

/// Who listens on a service's port.
#[derive(Clone, Debug)]
pub(super) struct PortFacts {
    pub(super) port: Port,
    /// Whoever listens counts as the service.
    pub(super) any_owner: bool,
    /// The error is why that cannot be told here.
    pub(super) listeners: Result<Vec<(SocketAddr, Party)>, String>,
}

/// Who has a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Party {
    /// A service of this stack.
    Service(ServiceName),
    /// A process that is not of this stack, in words.
    Stranger(String),
    /// Nobody may see who.
    Unseen,
}

/// An address in the environment of a service.
#[derive(Clone, Debug)]
pub(super) struct AddressFact {
    pub(super) variable: String,
    pub(super) place: Option<String>,
    /// `host:port`.
    pub(super) address: String,
    /// The services of the stack that it may mean; none if it means something else.
    pub(super) meant: Vec<ServiceName>,
    /// Portolan made it from a record, or the service needs whom it means: it has to lead there.
    pub(super) needed: bool,
    pub(super) reached: Reached,
}

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// This one takes the connection, and answers if it was asked something.
    By(Party),
    /// This one takes the connection and does not answer as it should.
    Unwell(Party, String),
    /// Nobody takes the connection; why.
    Nobody(String),
}

/// What the logs hold of trouble.
#[derive(Clone, Debug, Default)]
pub(super) struct LogFacts {
    /// In the order in which they were printed; at most so many a service as are told, with their number below.
    pub(super) faults: Vec<LogFault>,
    /// Lines of all services.
    pub(super) lines: u64,
    /// Why not all of it could be read.
    pub(super) unread: Option<String>,
}

/// A fault in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogFault {
    pub(super) service: ServiceName,
    pub(super) epoch: Epoch,
    /// Which line of the service it is, from 1.
    pub(super) line: u64,
    /// What it says: the exception, or the line itself.
    pub(super) text: String,
    pub(super) place: Option<String>,
    /// It has frames.
    pub(super) is_traceback: bool,
    /// It was printed after the service was told to stop.
    pub(super) in_the_end: bool,
}

/// What is there after the stop that should not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remains {
    /// Processes of the run, in words, with the service if that can be told.
    pub(super) processes: Vec<(Option<ServiceName>, String)>,
    /// Ports on which somebody still listens, with who.
    pub(super) ports: Vec<(ServiceName, Port, String)>,
    pub(super) records: Vec<PathBuf>,
    pub(super) leases: Vec<Port>,
    /// This system does not show processes: they were not looked for.
    pub(super) unseen: bool,
}
