//! The heart of Portolan: what a stack is, what state it is in, and what to do next.
//!
//! Pure: no I/O, no clock, no async. Everything here may be called from a test without a runtime.

mod ids;

pub use ids::{Epoch, NameError, Port, PortError, PortRange, RunId, ServiceId, ServiceName};
