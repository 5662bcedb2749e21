//! Linux: sockets by netlink's SOCK_DIAG, their processes by /proc. Same signatures as `other.rs`.

mod process;
mod sock_diag;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::Path;

use super::listener::{Listener, Ownership};
use crate::stack::{Holder, LeaseRecord, Port, ProcessFacts};

pub use process::start_time as process_start_time;
use sock_diag::{BOUND, LISTEN, OPEN, Row, TIME_WAIT};

/// A bound socket shares its port with servers that set SO_REUSEADDR, so it may stay while they run.
pub(super) const RESERVATION_OUTLIVES_SPAWN: bool = true;

/// Identifies a socket as long as it lives: its inode.
pub(super) type SocketKey = u64;

pub(super) fn listeners(port: Option<Port>) -> io::Result<Vec<Listener>> {
    Ok(sock_diag::sockets(LISTEN, port)?.into_iter().map(Row::into_listener).collect())
}

pub(super) fn listeners_of(pids: &[u32]) -> io::Result<Vec<Listener>> {
    let held: HashSet<u64> = pids.iter().filter_map(|pid| process::sockets(*pid).ok()).flatten().collect();
    let mut listeners = listeners(None)?;
    listeners.retain(|listener| held.contains(&listener.key));
    Ok(listeners)
}

pub(super) fn owned_by(listener: &Listener, pids: &[u32]) -> Option<u32> {
    pids.iter().copied().find(|pid| process::holds_socket(*pid, listener.key))
}

pub(super) fn owner_of(listener: &Listener, pids: &[u32]) -> io::Result<Ownership> {
    if let Some(pid) = owned_by(listener, pids) {
        return Ok(Ownership::Ours { pid });
    }
    if let Some(pid) = process::holders(&HashSet::from([listener.key])).remove(&listener.key) {
        return Ok(Ownership::Stranger { pid });
    }
    // Nobody found: either we may not look, or it is closed by now. Those must not be taken for each other.
    let port = Port::new(listener.addr.port());
    let still_there = sock_diag::sockets(LISTEN, port)?.iter().any(|row| row.inode == listener.key);
    Ok(if still_there { Ownership::Unreadable { user: listener.user } } else { Ownership::Gone })
}

/// Whether what refuses `port` is only what closed servers left behind (TIME_WAIT, open connections).
pub(super) fn only_connections_hold(port: Port) -> bool {
    let is_bound = sock_diag::sockets(LISTEN | BOUND, Some(port)).is_ok_and(|rows| !rows.is_empty());
    !is_bound && sock_diag::sockets(OPEN | TIME_WAIT, Some(port)).is_ok_and(|rows| !rows.is_empty())
}

/// The sockets that keep `port` from being bound, as far as the system shows them.
pub(super) fn sockets_in_the_way(port: Port) -> Vec<SocketKey> {
    let mut keys: Vec<_> = rows_in_the_way(port).into_iter().map(|row| row.inode).collect();
    keys.sort_unstable();
    keys
}

/// Connections are looked for last: that walks the kernel's whole table of them, 0.5 ms where the others take 0.05.
fn rows_in_the_way(port: Port) -> Vec<Row> {
    let asked = [LISTEN, BOUND, OPEN].into_iter();
    let mut rows = asked.filter_map(|states| sock_diag::sockets(states, Some(port)).ok());
    rows.find(|rows| !rows.is_empty()).unwrap_or_default()
}

/// One that a process has, if any: closed connections stay for a while with no inode.
fn most_telling(port: Port) -> Option<Row> {
    rows_in_the_way(port).into_iter().min_by_key(|row| row.inode == 0)
}

/// Who has a socket on each of `ports`; one walk of /proc for all. A listener counts before a merely bound socket.
pub(super) fn holders(ports: &[Port]) -> HashMap<Port, Holder> {
    let found: HashMap<Port, Row> =
        ports.iter().filter_map(|port| Some((*port, most_telling(*port)?))).collect();
    let pids = process::holders(&found.values().map(|row| row.inode).collect());
    let name = |row: &Row| {
        if row.inode == 0 {
            return Holder::Unknown;
        }
        let process = pids.get(&row.inode).and_then(|pid| process::describe(*pid));
        process.map_or(Holder::Unreadable { user: Some(row.user) }, Holder::Process)
    };
    found.iter().map(|(port, row)| (*port, name(row))).collect()
}

/// Whether `pid` has one of the sockets that keep `port` from being bound.
pub(super) fn is_held_by(port: Port, pid: u32) -> bool {
    let held: HashSet<u64> = process::sockets(pid).unwrap_or_default().into_iter().collect();
    rows_in_the_way(port).iter().any(|row| row.inode != 0 && held.contains(&row.inode))
}

/// What a person needs to know which process this is.
pub(super) fn describe(pid: u32) -> Option<ProcessFacts> {
    process::describe(pid)
}

/// Whether `pid` is `ancestor` or one of its descendants by the chain of parents.
pub(super) fn descends_from(pid: u32, ancestor: u32) -> bool {
    process::descends_from(pid, ancestor)
}

pub(super) fn is_lease_alive(record: &LeaseRecord, _lock: &Path) -> bool {
    record.pid_start.is_some() && process::start_time(record.pid) == record.pid_start
}

/// Advisory locks need no content.
pub(super) fn prepare_locked_file(_lock: &File) -> io::Result<()> {
    Ok(())
}
