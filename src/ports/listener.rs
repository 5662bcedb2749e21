//! Who listens on a port, and whether it is one of ours.
//!
//! The questions of the fast path look only at one port and the given processes; only [`owner_of`] may read all of /proc,
//! and only about a listener that is not ours.

use std::io;
use std::net::SocketAddr;

use super::system;
use crate::stack::Port;

/// A listening TCP socket in our network namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Listener {
    /// The address that it is bound to; `[::]` may or may not accept IPv4 as well.
    pub addr: SocketAddr,
    /// The user id that opened it; `None` where the system does not tell.
    pub user: Option<u32>,
    pub(super) key: system::SocketKey,
}

/// Whose a listener is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// One of the given processes has it.
    Ours {
        /// The first of them that has it.
        pid: u32,
    },
    /// Some other process has it.
    Stranger {
        /// One that has it.
        pid: u32,
    },
    /// It listens, and no process that we may look into has it: another user's, or one outside our container.
    Unreadable {
        /// The user id that opened it, where the system tells.
        user: Option<u32>,
    },
    /// It has stopped listening since.
    Gone,
}

/// All that listen on `port`, whatever their address.
///
/// # Errors
/// The system's, if it shows no sockets at all.
pub fn listeners_on(port: Port) -> io::Result<Vec<Listener>> {
    system::listeners(Some(port))
}

/// All that listen in our network namespace.
pub(super) fn all() -> io::Result<Vec<Listener>> {
    system::listeners(None)
}

/// All listeners of the processes `pids`: what "the app ignores PORT" is told by. A process that is gone has none.
///
/// # Errors
/// The system's, if it shows no sockets at all.
pub fn listeners_of(pids: &[u32]) -> io::Result<Vec<Listener>> {
    system::listeners_of(pids)
}

/// The first of `pids` that has the listening socket; looks at nothing but their descriptors.
pub fn owned_by(listener: &Listener, pids: &[u32]) -> Option<u32> {
    system::owned_by(listener, pids)
}

/// Whose `listener` is, looking for a stranger among all processes if it is none of `pids`.
///
/// A process that was forked after `pids` was put together shows up as a stranger: check its ancestry before acting.
///
/// # Errors
/// The system's, if it shows no sockets at all.
pub fn owner_of(listener: &Listener, pids: &[u32]) -> io::Result<Ownership> {
    system::owner_of(listener, pids)
}
