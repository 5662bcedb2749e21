//! What a person can choose from when a service is to get another port, and what became of ending a holder.

use serde::{Deserialize, Serialize};

use super::{Port, PortHolder, PortRange, ServiceName};

/// What there is to choose from for the port of one service, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortOptions {
    /// The port that it has.
    pub current: Option<Port>,
    /// The port that portolan.toml prefers.
    pub preferred: Option<PreferredPort>,
    /// The range that portolan.toml gives; a port outside of it may be chosen all the same.
    pub range: Option<PortRange>,
    /// Free ones that were looked at, nearest the preferred one first; neither the current one nor those that other
    /// services of the stack prefer.
    pub free: Vec<Port>,
    /// Those looked at that somebody else has, lowest first.
    pub held: Vec<HeldPort>,
    /// The services that restart with it because they are told its address, in the order of the stack.
    pub restarts: Vec<ServiceName>,
}

/// The port that a service prefers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferredPort {
    /// The port.
    pub port: Port,
    /// Who else has it.
    pub held_by: Option<PortHolder>,
}

/// A port that somebody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPort {
    /// The port.
    pub port: Port,
    /// Who has it.
    pub by: PortHolder,
}

/// Whether a service could have one certain port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortCheck {
    /// The port.
    pub port: Port,
    /// Whether it can be had.
    pub verdict: PortVerdict,
    /// The service's range, if the port lies outside of it. No obstacle.
    pub outside_of: Option<PortRange>,
}

/// Whether a port can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PortVerdict {
    /// Nobody has it.
    Free,
    /// The service has it already.
    Current,
    /// Somebody has it.
    Held {
        /// Who.
        by: PortHolder,
    },
    /// The system lets this user not bind it: below 1024 on most systems, an excluded range on Windows.
    Privileged,
}

/// The end of a port's holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderEnded {
    /// The port, free now.
    pub port: Port,
    /// Who had it.
    pub pid: u32,
    /// Whether it did not go when asked, and was killed.
    pub killed: bool,
}
