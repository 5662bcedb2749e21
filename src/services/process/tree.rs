//! A started program with everything that came of it, and its end.
//!
//! Finding the members is the platform's; this file only knows how to bring their number to zero.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::platform::{Members, kill, send};
use crate::stack::{StopSignal, StopSpec};

/// The first and the longest pause between two looks at what still lives.
const LOOK: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));
/// How long killed processes may take to vanish before they are called survivors.
const PATIENCE: Duration = Duration::from_secs(2);

/// One process, named so that a later one with the same pid is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessRef {
    /// Its process id.
    pub pid: u32,
    /// When it started, in the system's own unit; `None` where the system does not tell.
    pub start_time: Option<u64>,
}

/// A started program with everything that came of it. Clones are of the same tree.
#[derive(Clone, Debug)]
pub struct Tree {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    members: Members,
    killing: AtomicBool,
}

/// How the end of a tree went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether some did not end in their grace period and were killed.
    pub killed: bool,
    /// What did not even die of that: stuck in the kernel, or another user's.
    pub survivors: Vec<ProcessRef>,
}

impl Tree {
    pub(super) fn new(members: Members) -> Self {
        Self { inner: Arc::new(Inner { members, killing: AtomicBool::new(false) }) }
    }

    /// The process that was started.
    pub fn leader(&self) -> ProcessRef {
        self.inner.members.leader()
    }

    /// Everything of the tree that lives, found anew. Costs a few small reads of /proc for each member and for each
    /// of our own children; nothing else on the system is looked at.
    pub fn members(&self) -> Vec<ProcessRef> {
        self.inner.members.list()
    }

    /// Asks every member to end by `signal`, once, and returns at once.
    pub fn begin_stop(&self, signal: StopSignal) {
        match signal {
            StopSignal::Kill => self.kill(),
            StopSignal::Term
            | StopSignal::Int
            | StopSignal::Quit
            | StopSignal::Hup
            | StopSignal::Usr1
            | StopSignal::Usr2 => send(&self.inner.members, signal),
        }
    }

    /// Kills every member and returns; from now on [`gone`](Self::gone) kills whatever else turns up.
    pub fn kill(&self) {
        self.inner.killing.store(true, Ordering::Relaxed);
        let mut killed = HashSet::new();
        loop {
            // What has a SIGKILL to come can no longer fork: once nobody new is found, nobody will be.
            let fresh: Vec<_> = self.members().into_iter().filter(|&member| killed.insert(member)).collect();
            if fresh.is_empty() {
                return;
            }
            kill(&self.inner.members, &fresh);
        }
    }

    /// Waits until nothing of the tree lives. Dropping the future loses nothing.
    pub async fn gone(&self) {
        let (mut pause, longest) = LOOK;
        while !self.members().is_empty() {
            if self.inner.killing.load(Ordering::Relaxed) {
                self.kill();
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// Ends the tree: the signal, the grace period for all its members, then the kill. Takes at most 2 s longer
    /// than the grace period. Dropping the future leaves the rest of the work undone.
    pub async fn end(&self, stop: StopSpec) -> Ended {
        self.begin_stop(stop.signal);
        if tokio::time::timeout(stop.grace, self.gone()).await.is_ok() {
            return Ended { killed: stop.signal == StopSignal::Kill, survivors: Vec::new() };
        }
        self.kill();
        // Whether it ended in time or not, what still lives is the answer.
        let _ = tokio::time::timeout(PATIENCE, self.gone()).await;
        Ended { killed: true, survivors: self.members() }
    }
}
