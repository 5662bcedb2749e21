//! Reads what `portolan ports` and the console's ports view show: every lease of this user and who really listens.

use std::io;

use super::allocate::PortAllocator;
use super::lease::LeaseError;
use super::{listener, system};
use crate::stack::{Holder, LeaseRecord, Port, PortsReport, PortsRow, ProcessFacts};

/// Why there is no report; completes "failed to list ports: …".
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The leases cannot be read.
    #[error("{0}")]
    Leases(#[from] LeaseError),
    /// The system does not show its sockets.
    #[error("the system does not show its sockets: {0}")]
    Sockets(#[from] io::Error),
}

/// Reads all leases and who listens on them; reads all of /proc, so 2 ms and more.
///
/// # Errors
/// When the leases or the system's sockets cannot be read.
pub fn machine_report(allocator: &PortAllocator) -> Result<PortsReport, ReportError> {
    let leases = allocator.leases()?;
    let listened: Vec<u16> = listener::all()?.iter().map(|listener| listener.addr.port()).collect();
    let ports: Vec<Port> = leases
        .iter()
        .map(|lease| lease.port)
        .filter(|port| listened.contains(&port.get()))
        .chain(leases.iter().filter_map(|lease| lease.preferred))
        .collect();
    let holders = super::holder::holders_of(&ports);
    let rows = leases.iter().map(|lease| {
        let listening = holders.get(&lease.port).filter(|_| listened.contains(&lease.port.get())).cloned();
        let leased = |port: Port| leases.iter().find(|lease| lease.port == port).cloned();
        let held_by = |port: Port| leased(port).map(Holder::Stack).or_else(|| holders.get(&port).cloned());
        row(lease, listening, lease.preferred.and_then(held_by))
    });
    Ok(PortsReport { schema: 1, ports: rows.collect() })
}

fn row(lease: &LeaseRecord, listening: Option<Holder>, preferred_held_by: Option<Holder>) -> PortsRow {
    PortsRow {
        port: lease.port,
        stack: lease.stack.clone(),
        folder: lease.folder.clone(),
        service: lease.service.clone(),
        pid: lease.pid,
        since: lease.since,
        conflict: listening.as_ref().is_some_and(|holder| !is_of(holder, lease.pid)),
        listening,
        preferred: lease.preferred,
        preferred_held_by,
    }
}

fn is_of(holder: &Holder, launcher: u32) -> bool {
    match holder {
        Holder::Process(ProcessFacts { pid, .. }) => system::descends_from(*pid, launcher),
        Holder::Stack(record) => record.pid == launcher,
        Holder::Unreadable { .. } | Holder::Forbidden | Holder::Excluded | Holder::Unknown => false,
    }
}
