//! Asks the system who has a port that we would have liked.

use std::collections::HashMap;

use super::system;
use crate::stack::{Holder, Port, ProcessFacts};

/// Who has a socket on `port`; reads all of /proc, so only to be asked on conflict.
///
/// `None` if nobody is there. A lease is not looked for: see `PortAllocator::holder`.
pub fn holder_of(port: Port) -> Option<Holder> {
    holders_of(&[port]).remove(&port)
}

/// Whether the process `pid` has a socket that keeps others off `port`. Looks at nothing but its descriptors.
pub fn is_held_by(port: Port, pid: u32) -> bool {
    system::is_held_by(port, pid)
}

/// Whether the process `pid` is `ancestor` or came of it, as far as the system tells.
pub fn descends_from(pid: u32, ancestor: u32) -> bool {
    system::descends_from(pid, ancestor)
}

/// What tells a person which process this is; `None` if it is gone or the system does not tell.
pub fn facts_of(pid: u32) -> Option<ProcessFacts> {
    system::describe(pid)
}

/// As [`holder_of`] for several ports, at the price of one.
pub(super) fn holders_of(ports: &[Port]) -> HashMap<Port, Holder> {
    system::holders(ports)
}
