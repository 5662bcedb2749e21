//! What stands between the allocator and a port: cheap to see while it tries, named only when it has to tell.

use std::collections::HashMap;

use super::holder;
use super::system;
use crate::stack::{Holder, LeaseRecord, Port};

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

    /// Windows forbids (10013) a port that somebody took for himself alone, too.
    fn may_have_a_socket(&self) -> bool {
        match self {
            Self::Bound(_) | Self::Forbidden => true,
            Self::Leased(_) | Self::Unsettled => false,
        }
    }
}

/// The obstacles of one scan, in the order of trying.
pub(super) type Obstacles = Vec<(Port, Obstacle)>;

/// Puts names to obstacles; one walk of /proc for all.
pub(super) fn name_all(obstacles: impl IntoIterator<Item = (Port, Obstacle)>) -> Vec<(Port, Holder)> {
    let obstacles: Obstacles = obstacles.into_iter().collect();
    let unnamed: Vec<Port> = obstacles
        .iter()
        .filter(|(_, obstacle)| obstacle.may_have_a_socket())
        .map(|(port, _)| *port)
        .collect();
    let mut named = if unnamed.is_empty() { HashMap::new() } else { holder::holders_of(&unnamed) };
    let mut name = |port: Port, obstacle: Obstacle| match obstacle {
        Obstacle::Leased(record) => Holder::Stack(record),
        Obstacle::Unsettled => Holder::Unknown,
        Obstacle::Bound(_) => named.remove(&port).unwrap_or(Holder::Unknown),
        Obstacle::Forbidden => named.remove(&port).unwrap_or(Holder::Forbidden),
    };
    obstacles.into_iter().map(|(port, obstacle)| (port, name(port, obstacle))).collect()
}
