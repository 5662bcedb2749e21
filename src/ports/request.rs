//! What a caller asks of the allocator, and in which order ports are tried for it.

use std::time::SystemTime;

use super::lease::LeaseOwner;
use crate::stack::{Port, PortRange};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// For whom.
    pub owner: &'a LeaseOwner,
    /// Tried first; not getting it is reported as [`Allocated::moved`](super::Allocated::moved).
    pub prefer: Option<Port>,
    /// The port that this owner had last, tried second if it lies in the range or there is no range.
    pub last: Option<Port>,
    /// Tried third, lowest port first.
    pub range: Option<PortRange>,
    /// Never given, for instance since they are another service's preferred ports.
    pub exclude: &'a [Port],
    /// What to do when all of these are taken.
    pub when_exhausted: WhenExhausted,
    /// The time to write into the lease.
    pub now: SystemTime,
}

/// What to do when every port that was named is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenExhausted {
    /// Any free port will do.
    Ephemeral,
    /// Report who has them.
    Fail,
}

impl Request<'_> {
    /// The ports to try, in order, each once.
    pub(super) fn candidates(&self) -> Vec<Port> {
        let last = self.last.filter(|last| self.range.is_none_or(|range| range.contains(*last)));
        let mut candidates: Vec<Port> = Vec::new();
        for port in self.prefer.into_iter().chain(last) {
            if !candidates.contains(&port) {
                candidates.push(port);
            }
        }
        let named = candidates.clone();
        let range = self.range.into_iter().flat_map(PortRange::iter);
        candidates.extend(range.filter(|port| !named.contains(port)));
        candidates.retain(|port| !self.exclude.contains(port));
        candidates
    }

    /// The ports that would have been tried had they not been excluded.
    pub(super) fn excluded(&self) -> impl Iterator<Item = Port> {
        self.exclude.iter().copied().filter(|port| {
            self.prefer == Some(*port) || self.range.is_some_and(|range| range.contains(*port))
        })
    }
}
