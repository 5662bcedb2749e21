//! Systems other than Linux: sockets and their processes by the crate `listeners`. Same signatures as `linux.rs`.
//!
//! A listener is known by its process here, and only processes that we may look into show up at all.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::listener::{Listener, Ownership};
use super::redact;
use crate::stack::{Holder, LeaseRecord, Port, ProcessFacts};

/// A bound socket would refuse every server, so it has to go before the spawn.
pub(super) const RESERVATION_OUTLIVES_SPAWN: bool = false;

/// Identifies a socket as well as the system lets us: its process.
pub(super) type SocketKey = u32;

/// When a process started, in clock ticks since boot; `None` here, where the system does not tell without unsafe code.
pub fn process_start_time(_pid: u32) -> Option<u64> {
    None
}

pub(super) fn listeners(port: Option<Port>) -> io::Result<Vec<Listener>> {
    let found =
        table()?.into_iter().map(|row| Listener { addr: row.socket, user: None, key: row.process.pid });
    Ok(found.filter(|listener| port.is_none_or(|port| listener.addr.port() == port.get())).collect())
}

pub(super) fn listeners_of(pids: &[u32]) -> io::Result<Vec<Listener>> {
    let mut found = listeners(None)?;
    found.retain(|listener| pids.contains(&listener.key));
    Ok(found)
}

pub(super) fn owned_by(listener: &Listener, pids: &[u32]) -> Option<u32> {
    pids.contains(&listener.key).then_some(listener.key)
}

pub(super) fn owner_of(listener: &Listener, pids: &[u32]) -> io::Result<Ownership> {
    Ok(match owned_by(listener, pids) {
        Some(pid) => Ownership::Ours { pid },
        None => Ownership::Stranger { pid: listener.key },
    })
}

/// Whether what refuses `port` is only what closed servers left behind: nobody listens there.
pub(super) fn only_connections_hold(port: Port) -> bool {
    cfg!(unix) && listeners(Some(port)).is_ok_and(|listeners| listeners.is_empty())
}

pub(super) fn sockets_in_the_way(port: Port) -> Vec<SocketKey> {
    let mut keys: Vec<_> = listeners(Some(port))
        .map(|listeners| listeners.into_iter().map(|listener| listener.key).collect())
        .unwrap_or_default();
    keys.sort_unstable();
    keys
}

pub(super) fn holders(ports: &[Port]) -> HashMap<Port, Holder> {
    let rows = table().unwrap_or_default();
    let of_port = |port: &Port| rows.iter().find(|row| row.socket.port() == port.get());
    let named = |row: &listeners::Listener| Holder::Process(facts(&row.process));
    ports.iter().filter_map(|port| of_port(port).map(|row| (*port, named(row)))).collect()
}

/// Whether `pid` listens on `port`.
pub(super) fn is_held_by(port: Port, pid: u32) -> bool {
    sockets_in_the_way(port).contains(&pid)
}

/// What a person needs to know which process this is; only those that listen are shown here.
pub(super) fn describe(pid: u32) -> Option<ProcessFacts> {
    table().ok()?.iter().find(|row| row.process.pid == pid).map(|row| facts(&row.process))
}

/// Whether `pid` is a descendant of `ancestor`; parents are not to be had here, so only `ancestor` itself counts.
pub(super) fn descends_from(pid: u32, ancestor: u32) -> bool {
    pid == ancestor
}

#[cfg(windows)]
pub(super) fn is_lease_alive(_record: &LeaseRecord, lock: &Path) -> bool {
    use std::io::Read;

    // Locks are mandatory here: a byte that somebody has locked cannot be read, which asks without locking.
    const ERROR_LOCK_VIOLATION: i32 = 33;
    let read = File::open(lock).and_then(|mut lock| lock.read(&mut [0; 1]));
    read.is_err_and(|error| error.raw_os_error() == Some(ERROR_LOCK_VIOLATION))
}

#[cfg(unix)]
pub(super) fn is_lease_alive(record: &LeaseRecord, _lock: &Path) -> bool {
    let pid = i32::try_from(record.pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

/// Puts a byte into the lock file, for [`is_lease_alive`] to be refused.
pub(super) fn prepare_locked_file(lock: &File) -> io::Result<()> {
    if cfg!(windows) && lock.metadata()?.len() == 0 { (&mut &*lock).write_all(b"\n") } else { Ok(()) }
}

fn table() -> io::Result<Vec<listeners::Listener>> {
    let all = listeners::get_all().map_err(|error| io::Error::other(error.to_string()))?;
    let listens = |row: &listeners::Listener| {
        row.protocol == listeners::Protocol::TCP && row.state == listeners::SocketState::Listen
    };
    Ok(all.into_iter().filter(listens).collect())
}

fn facts(process: &listeners::Process) -> ProcessFacts {
    let named = if process.path.is_empty() { &process.name } else { &process.path };
    ProcessFacts {
        pid: process.pid,
        command: redact::command(std::slice::from_ref(named)),
        folder: None,
        user: None,
    }
}
