//! The heart of Portolan: what a stack is, what state it is in, and what to do next.
//!
//! Pure: no I/O, no clock, no async. Everything here may be called from a test without a runtime.

mod address;
mod command;
mod console_spec;
mod description;
mod effect;
mod env_report;
mod env_spec;
mod event;
mod exit;
mod explain;
mod finding;
mod found;
mod graph;
mod holder;
mod ids;
mod machine;
mod mending;
mod notice;
mod port_options;
mod port_spec;
mod ports_report;
mod probe_history;
mod probe_spec;
mod reconcile;
mod reports;
#[cfg(test)]
pub(crate) mod samples;
mod service;
#[cfg(test)]
mod simulation;
mod snapshot;
mod spec;
mod state;
#[cfg(test)]
mod tests;
mod time;
mod timeline;
mod vitals;

pub use address::{Address, reachable_host};
pub use command::{Accepted, Answer, Command, CommandId, Refusal};
pub use console_spec::{
    ConsoleSpec, FilterSpec, HighlightColor, HighlightSpec, HighlightStyle, KeySpec, ThemeChoice,
    TimestampChoice,
};
pub use description::{NeedDescription, ServiceDescription, StackDescription};
pub use effect::{Effect, Launch, PortRequest};
pub use env_report::{
    AddressField, AutomaticValue, EnvReport, EnvReportHidden, EnvReportVariable, EnvSource, EnvWarning,
    RecordField,
};
pub use env_spec::{EnvEntry, EnvFileSpec, EnvFormat, EnvRule};
pub use event::{Event, PortReport, RunReport};
pub use exit::Exit;
pub use explain::Explanation;
pub use finding::{Finding, Severity};
pub use found::ServiceFinding;
pub use graph::{Cycle, Graph};
pub use holder::PortHolder;
pub use ids::{Epoch, NameError, Port, PortError, PortRange, RunId, ServiceId, ServiceName};
pub use machine::Stack;
pub use mending::Mending;
pub use notice::{Notice, NoticeKind};
pub use port_options::{HeldPort, HolderEnded, PortCheck, PortOptions, PortVerdict, PreferredPort};
pub use port_spec::{ConflictPolicy, ListenerOwner, PortSpec, Reserve};
pub use ports_report::{Holder, LeaseRecord, PortsReport, PortsRow, ProcessFacts};
pub use probe_history::ProbeMark;
pub use probe_spec::{HttpCheck, ProbeCheck, ProbeSpec, StatusRange};
pub use snapshot::{Identity, ServiceSnapshot, StackSnapshot};
pub use spec::{
    CommandLine, EmbeddedKind, Mode, Need, Origin, RestartPolicy, RestartSpec, Runs, ServiceSpec, StackSpec,
    StopSignal, StopSpec, Until,
};
pub use state::{EnvPrint, FailReason, State};
pub use time::{Clock, TimeError, UnixMillis};
pub use timeline::{Segment, Start, Timeline};
pub use vitals::{ServiceVitals, Usage, Vitals};
