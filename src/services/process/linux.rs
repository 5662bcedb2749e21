//! Who belongs to a service's tree on Linux, found through /proc from its leader and from our own children.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions};

use super::launcher::Claims;
use super::procfs::{self, Stat};
use super::tag::Tag;
use super::{ProcessRef, RUN_ID_VARIABLE, SERVICE_VARIABLE, ServiceMarker};

/// Finds the members of one tree.
#[derive(Debug)]
pub(crate) struct Members {
    leader: ProcessRef,
    tag: Tag,
    entries: [Vec<u8>; 2],
    claims: Arc<Claims>,
}

impl Members {
    pub(super) fn new(leader: ProcessRef, marker: &ServiceMarker, claims: Arc<Claims>) -> Self {
        let entries = [
            format!("{RUN_ID_VARIABLE}={}", marker.run_id).into_bytes(),
            format!("{SERVICE_VARIABLE}={}", marker.service).into_bytes(),
        ];
        Self { leader, tag: marker.tag(), entries, claims }
    }

    pub(super) fn leader(&self) -> ProcessRef {
        self.leader
    }

    /// The living members; the dead among the adopted are buried on the way.
    pub(super) fn list(&self) -> Vec<ProcessRef> {
        self.stats().into_iter().map(ProcessRef::from).collect()
    }

    /// Sends `signal` to every member once: to whole groups in the leader's session, to each that left it.
    pub(super) fn signal(&self, signal: Signal) {
        let mut groups = HashSet::new();
        for member in self.stats() {
            if member.session != self.leader.pid {
                signal_process(member.into(), signal);
            } else if groups.insert(member.group)
                && let Some(group) = pid(member.group)
            {
                // A group that emptied in the meantime has nobody left to signal.
                let _ = rustix::process::kill_process_group(group, signal);
            }
        }
    }

    fn stats(&self) -> Vec<Stat> {
        let mut found = Vec::new();
        if let Some(leader) =
            procfs::stat(self.leader.pid).filter(|stat| ProcessRef::from(*stat) == self.leader)
        {
            collect(leader, &mut found);
        }
        self.claims.with(|claimed| {
            for stat in adopted(claimed).filter(|stat| self.owns(stat)) {
                if stat.is_dead { bury(stat.pid) } else { collect(stat, &mut found) }
            }
        });
        found
    }

    fn owns(&self, stat: &Stat) -> bool {
        let entries = self.entries.each_ref().map(Vec::as_slice);
        stat.session == self.leader.pid
            || procfs::tag(stat.pid) == Some(self.tag)
            || procfs::environment_holds(stat.pid, &entries)
    }
}

/// `root` and all that descends from it, `root` first. About 60 µs a process: a listing, and a read for each thread
/// (a tree of five took 0.3 to 0.4 ms on two busy cores; its [`Tree::members`](super::Tree::members) twice that).
///
/// What left its parent is not among them: [`Tree::members`](super::Tree::members) has it.
pub fn descendant_pids(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(&pid) = found.get(next) {
        found.extend(procfs::children(pid));
        next += 1;
    }
    found
}

/// Whether the process was started with `entry` (`NAME=value`) in its environment.
pub(super) fn has_entry(pid: u32, entry: &[u8]) -> bool {
    procfs::environment_holds(pid, &[entry])
}

/// The soft limit of RLIMIT_RTTIME that marks the service's processes.
pub(super) fn inherited_tag(marker: &ServiceMarker) -> Option<u64> {
    Some(marker.tag().0)
}

/// Makes orphaned descendants our children.
pub(super) fn adopt_orphans() -> io::Result<()> {
    // Any pid turns it on; the call is about this process.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// Buries the dead among the adopted and says how many.
pub(super) fn reap_adopted(claims: &Claims) -> usize {
    claims.with(|claimed| adopted(claimed).filter(|stat| stat.is_dead).map(|stat| bury(stat.pid)).count())
}

/// Sends `signal` to exactly this process, never to another that got its pid later.
pub(super) fn signal_process(process: ProcessRef, signal: Signal) {
    let Some(pid) = pid(process.pid) else {
        return;
    };
    // Failures mean that it is gone already or that it is not ours to signal; the next look tells.
    match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
        // The descriptor holds on to one process: if that is the right one now, it is when the signal is sent.
        Ok(pidfd) if process.is_current() => {
            let _ = rustix::process::pidfd_send_signal(pidfd, signal);
        }
        // Kernels before 5.3 have no such descriptors.
        Err(rustix::io::Errno::NOSYS) if process.is_current() => {
            let _ = rustix::process::kill_process(pid, signal);
        }
        Ok(_) | Err(_) => {}
    }
}

/// The same: nothing stands for a group here.
pub(super) fn signal_one(process: ProcessRef, signal: Signal) {
    signal_process(process, signal);
}

impl ProcessRef {
    /// The process that has this pid now, if there is one that lives.
    pub fn of(pid: u32) -> Option<Self> {
        procfs::stat(pid).filter(|stat| !stat.is_dead).map(Self::from)
    }

    /// The process that we just started: it has this pid until we reap it.
    pub(super) fn leader(pid: u32) -> Self {
        let start_time = procfs::stat(pid).map(|stat| stat.start_time);
        Self { pid, start_time }
    }

    /// Whether the process lives.
    pub fn is_current(self) -> bool {
        Self::of(self.pid) == Some(self)
    }
}

impl From<Stat> for ProcessRef {
    fn from(stat: Stat) -> Self {
        Self { pid: stat.pid, start_time: Some(stat.start_time) }
    }
}

/// Our children that nobody waits for.
fn adopted(claimed: &HashSet<u32>) -> impl Iterator<Item = Stat> {
    let children = procfs::children(std::process::id());
    children.into_iter().filter(|pid| !claimed.contains(pid)).filter_map(procfs::stat)
}

/// Adds `root` and all that descends from it to `found`, without the dead.
fn collect(root: Stat, found: &mut Vec<Stat>) {
    let mut waiting = vec![root];
    while let Some(stat) = waiting.pop() {
        waiting.extend(procfs::children(stat.pid).into_iter().filter_map(procfs::stat));
        if !stat.is_dead && !found.iter().any(|known| known.pid == stat.pid) {
            found.push(stat);
        }
    }
}

fn bury(dead: u32) {
    // It is a zombie and our child, so this does not wait; if another thread was faster, that is as well.
    let _ = rustix::process::waitpid(pid(dead), WaitOptions::NOHANG);
}

fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}
