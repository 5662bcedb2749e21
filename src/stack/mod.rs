//! The heart of Portolan: what a stack is, what state it is in, and what to do next.
//!
//! Pure: no I/O, no clock, no async. Everything here may be called from a test without a runtime.

mod address;
mod env_report;
mod ids;
mod spec;

pub use address::{Address, reachable_host};
pub use env_report::{
    AddressField, AutomaticValue, EnvReport, EnvReportHidden, EnvReportVariable, EnvSource, EnvWarning,
    RecordField,
};
pub use ids::{Epoch, NameError, Port, PortError, PortRange, RunId, ServiceId, ServiceName};
pub use spec::{
    CommandLine, ConflictPolicy, EmbeddedKind, EnvEntry, EnvFileSpec, EnvFormat, EnvRule, HttpCheck,
    ListenerOwner, Mode, Need, Origin, PortSpec, ProbeCheck, ProbeSpec, Reserve, RestartPolicy, RestartSpec,
    Runs, ServiceSpec, StackSpec, StatusRange, StopSignal, StopSpec, Until,
};
