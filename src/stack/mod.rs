//! The heart of Portolan: what a stack is, what state it is in, and what to do next.
//!
//! Pure: no I/O, no clock, no async. Everything here may be called from a test without a runtime.

mod address;
mod exit;
mod ids;
mod spec;

pub use address::{Address, reachable_host};
pub use exit::Exit;
pub use ids::{Epoch, NameError, Port, PortError, PortRange, RunId, ServiceId, ServiceName};
pub use spec::{
    CommandLine, ConflictPolicy, EmbeddedKind, EnvEntry, EnvFileSpec, EnvFormat, EnvRule, HttpCheck,
    ListenerOwner, Mode, Need, Origin, PortSpec, ProbeCheck, ProbeSpec, Reserve, RestartPolicy, RestartSpec,
    Runs, ServiceSpec, StackSpec, StatusRange, StopSignal, StopSpec, Until,
};
