//! Systems other than Linux show no other process's environment without `unsafe`: nothing is seen. Same signatures as
//! `sighting_linux.rs`.

use super::{GivenEnv, ProcessRef, ServiceMarker};
use crate::stack::RunId;

/// A living process that carries the mark of a run.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The process.
    pub process: ProcessRef,
}

impl Sighting {
    /// Whether it came of this service.
    pub fn is_of(&self, _marker: &ServiceMarker) -> bool {
        false
    }
}

/// Every living process that carries the mark of `run`.
pub fn sightings_of(_run: &RunId) -> Vec<Sighting> {
    Vec::new()
}

/// The environment with which a process was started.
pub fn environment_of(_pid: u32) -> Option<GivenEnv> {
    None
}
