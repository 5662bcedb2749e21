//! The port that a service wants, and what is to happen when it cannot have it.

use serde::{Deserialize, Serialize};

use super::{Port, PortRange};

/// The port that a service wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSpec {
    /// The port taken when it is free.
    pub prefer: Option<Port>,
    /// Where to look when it is not. Without a range, any free port.
    pub range: Option<PortRange>,
    /// The variable that tells the service; `PORT` by default.
    pub env: String,
    /// What to do when the preferred port is held by somebody else.
    pub conflict: ConflictPolicy,
    /// Whether our reservation stays bound while the service runs.
    pub reserve: Reserve,
    /// Whose listener on the port counts as the service.
    pub owner: ListenerOwner,
}

/// `conflict`: what to do when the preferred port is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConflictPolicy {
    /// Take the next free port of the range.
    #[default]
    Next,
    /// The service fails and says who holds the port.
    Fail,
    /// End the process that holds it, then take it.
    Kill,
}

/// `reserve`: whether the reservation is held beside the service's own socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reserve {
    /// Held for the service's life; servers that set SO_REUSEADDR bind beside it.
    #[default]
    Hold,
    /// Let go just before the spawn, for programs that bind without SO_REUSEADDR.
    Release,
}

/// `owner`: whose listener counts as the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListenerOwner {
    /// A process of the service's tree, or one that carries this run's marker.
    #[default]
    Tree,
    /// Anybody, for commands that only ask a daemon to listen (docker, podman, compose).
    Any,
}
