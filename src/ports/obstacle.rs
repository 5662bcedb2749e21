//! What stands between the allocator and a port: cheap to see while it tries, named only when it has to tell.

use super::holder::{self, Holder};
use super::lease::LeaseRecord;
use super::system;
use crate::stack::Port;

/// What stood between us and a port. Two equal sights in a row mean that it did so all the time between.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// A living launcher has the lease.
    Leased(LeaseRecord),
    /// Locked without a record: an allocation being made or given up, which tells nothing about the port.
    Unsettled,
    /// Nobody has leased it, yet it could not be bound for these sockets; none are shown if they were gone again.
    Bound(Vec<system::SocketKey>),
    /// The system lets nobody like us bind it.
    Forbidden,
}

impl Obstacle {
    /// Whether it was gone by the time that we looked what it was, or is about to become something else.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unsettled => true,
            Self::Bound(sockets) => sockets.is_empty(),
            Self::Leased(_) | Self::Forbidden => false,
        }
    }
}

/// The obstacles of one scan, in the order of trying.
pub(super) type Obstacles = Vec<(Port, Obstacle)>;

/// Puts names to obstacles; one walk of /proc for all.
pub(super) fn name_all(obstacles: impl IntoIterator<Item = (Port, Obstacle)>) -> Vec<(Port, Holder)> {
    let obstacles: Obstacles = obstacles.into_iter().collect();
    let bound: Vec<Port> =
        obstacles.iter().filter(|(_, o)| matches!(o, Obstacle::Bound(_))).map(|(port, _)| *port).collect();
    let mut named = if bound.is_empty() { Default::default() } else { holder::holders_of(&bound) };
    let mut name = |port: Port, obstacle: Obstacle| match obstacle {
        Obstacle::Leased(record) => Holder::Stack(record),
        Obstacle::Unsettled => Holder::Unknown,
        Obstacle::Bound(_) => named.remove(&port).unwrap_or(Holder::Unknown),
        Obstacle::Forbidden => Holder::Forbidden,
    };
    obstacles.into_iter().map(|(port, obstacle)| (port, name(port, obstacle))).collect()
}
