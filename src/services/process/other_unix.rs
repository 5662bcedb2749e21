//! Who belongs to a service's tree on a Unix that is not Linux: the leader's process group, and no more.
//!
//! These systems tell about descendants only through calls that need `unsafe`. A process that leaves the group is
//! lost from sight here.

use std::io;
use std::sync::Arc;

use rustix::process::{Pid, Signal};

use super::launcher::Claims;
use super::{ProcessRef, ServiceMarker};

/// Finds the members of one tree.
#[derive(Debug)]
pub(crate) struct Members {
    leader: ProcessRef,
}

impl Members {
    pub(super) fn new(leader: ProcessRef, _marker: &ServiceMarker, _claims: Arc<Claims>) -> Self {
        Self { leader }
    }

    pub(super) fn leader(&self) -> ProcessRef {
        self.leader
    }

    /// The leader, standing for its group, while anyone in the group lives or waits to be reaped.
    pub(super) fn list(&self) -> Vec<ProcessRef> {
        let alive =
            group(self.leader).is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok());
        if alive { vec![self.leader] } else { Vec::new() }
    }

    /// Sends `signal` to the group.
    pub(super) fn signal(&self, signal: Signal) {
        signal_process(self.leader, signal);
    }
}

/// `root` alone: these systems do not tell its descendants without `unsafe`.
pub fn descendant_pids(root: u32) -> Vec<u32> {
    vec![root]
}

/// False: these systems do not tell without `unsafe`; nor do they tell of descendants among whom it would matter.
pub(super) fn has_entry(_pid: u32, _entry: &[u8]) -> bool {
    false
}

/// None: nothing inherited can be read back here.
pub(super) fn inherited_tag(_marker: &ServiceMarker) -> Option<u64> {
    None
}

/// Nothing: orphans go to the first process here.
pub(super) fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// Nothing: no orphans are adopted here.
pub(super) fn reap_adopted(_claims: &Claims) -> usize {
    0
}

/// Sends `signal` to the process group that the process leads.
pub(super) fn signal_process(process: ProcessRef, signal: Signal) {
    if let Some(group) = group(process) {
        // An empty group has nobody left to signal.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

/// Sends `signal` to this process alone, and not to the group that it may lead.
pub(super) fn signal_one(process: ProcessRef, signal: Signal) {
    if let Some(pid) = group(process) {
        // One that is gone needs no signal.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

impl ProcessRef {
    /// The process that has this pid now, if there is one.
    pub fn of(pid: u32) -> Option<Self> {
        let process = Self { pid, start_time: None };
        process.is_current().then_some(process)
    }

    pub(super) fn leader(pid: u32) -> Self {
        Self { pid, start_time: None }
    }

    /// Whether a process has this pid; here it may be another than the one that was meant.
    pub fn is_current(self) -> bool {
        group(self).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
    }
}

fn group(process: ProcessRef) -> Option<Pid> {
    i32::try_from(process.pid).ok().and_then(Pid::from_raw)
}
