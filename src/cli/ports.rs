//! `portolan ports`: who holds which port on this machine.

use std::path::Path;

use crate::app::Target;
use crate::ports::{Holder, PortAllocator, PortsRow, machine_report};
use crate::stack::Port;

use super::args::{Global, TableArgs};
use super::failure::{Failure, say, say_json};
use super::table::{room, table};

/// What gives way on a narrow terminal.
const YIELDING: &[(&str, usize)] = &[
    ("FOLDER", 16),
    ("FOLDER", 0),
    ("LAUNCHER", 0),
    ("NOTE", 24),
    ("LISTENS", 12),
    ("STACK", 8),
    ("SERVICE", 8),
];

/// Runs the verb. It is about the whole machine, unless a stack is named.
pub(super) fn ports(global: &Global, args: TableArgs) -> Result<(), Failure> {
    let only = match &global.stack {
        Some(name) => Some(Target::find(&global.folder()?, Some(name))?),
        None => None,
    };
    let allocator = PortAllocator::open()
        .map_err(|error| Failure::failed(format!("failed to find the runtime folder: {error}")))?;
    let mut report =
        machine_report(&allocator).map_err(|error| Failure::failed(format!("failed to {error}")))?;
    if let Some(target) = &only {
        // Not by name: a lease may be of a stack whose state lies elsewhere.
        report.ports.retain(|row| target.folder() == Path::new(&row.folder));
    }
    if args.json {
        return say_json(&report);
    }
    if report.ports.is_empty() {
        return say(&match &global.stack {
            Some(name) => format!("{name} holds no port"),
            None => "no stack of yours holds a port".to_owned(),
        });
    }
    let room = room(args.wide);
    let who = |holder: &Holder| if room.is_some() { holder.short() } else { holder.to_string() };
    let header = ["PORT", "STACK", "SERVICE", "LISTENS", "NOTE", "LAUNCHER", "FOLDER"];
    say(&table(&header, &rows(&report.ports, who), room, YIELDING))
}

/// A row for each lease, and one for each preferred port that somebody has who leased none; lowest port first.
fn rows(leases: &[PortsRow], who: impl Fn(&Holder) -> String) -> Vec<Vec<String>> {
    let mut rows: Vec<(Port, Vec<String>)> =
        leases.iter().map(|lease| (lease.port, row(lease, &who))).collect();
    for lease in leases {
        let (Some(preferred), Some(holder)) = (lease.preferred, &lease.preferred_held_by) else { continue };
        if !matches!(holder, Holder::Stack(_)) && !rows.iter().any(|(port, _)| *port == preferred) {
            rows.push((preferred, held(preferred, holder, leases, &who)));
        }
    }
    rows.sort_by_key(|(port, _)| *port);
    rows.into_iter().map(|(_, cells)| cells).collect()
}

fn row(row: &PortsRow, who: impl Fn(&Holder) -> String) -> Vec<String> {
    let listens = match (&row.listening, row.conflict) {
        (None, _) => "nobody yet".to_owned(),
        (Some(holder), true) => format!("conflict: {}", who(holder)),
        (Some(holder), false) => who(holder),
    };
    let note = match (row.preferred, &row.preferred_held_by) {
        (Some(preferred), Some(holder)) => format!("wanted {preferred}, held by {}", who(holder)),
        (Some(preferred), None) => format!("wanted {preferred}, free by now"),
        (None, _) => String::new(),
    };
    vec![
        row.port.to_string(),
        row.stack.clone(),
        row.service.to_string(),
        listens,
        note,
        row.pid.to_string(),
        row.folder.clone(),
    ]
}

/// The row of a port that services would rather have had, and that is nobody's of ours.
fn held(port: Port, holder: &Holder, leases: &[PortsRow], who: impl Fn(&Holder) -> String) -> Vec<String> {
    let moved = leases.iter().filter(|lease| lease.preferred == Some(port));
    let moved: Vec<String> =
        moved.map(|lease| format!("{} of {} is on {}", lease.service, lease.stack, lease.port)).collect();
    let none = || "-".to_owned();
    let note = format!("so {}", moved.join(", "));
    vec![port.to_string(), none(), none(), who(holder), note, String::new(), String::new()]
}
