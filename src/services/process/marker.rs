//! The mark by which a process is known as part of a service after it left its parent and its session.
//!
//! Half of it stands in the environment. A daemon that cleans its environment loses that half, so on Linux there is
//! another, in `tag.rs`.

use std::ffi::OsString;

use crate::stack::{RunId, ServiceId};

/// The variable that carries the run's identifier.
pub const RUN_ID_VARIABLE: &str = "PORTOLAN_RUN_ID";
/// The variable that carries the service, `name` or `name.replica`.
pub const SERVICE_VARIABLE: &str = "PORTOLAN_SERVICE";

/// Which run and which service a process belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServiceMarker {
    /// The run of the stack.
    pub run_id: RunId,
    /// The service; replicas are told apart.
    pub service: ServiceId,
}

impl ServiceMarker {
    /// The variables that every process of the service gets; they override what the environment says.
    pub fn variables(&self) -> [(OsString, OsString); 2] {
        [
            (RUN_ID_VARIABLE.into(), self.run_id.as_str().into()),
            (SERVICE_VARIABLE.into(), self.service.to_string().into()),
        ]
    }
}
