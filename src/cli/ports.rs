//! `portolan ports`: who holds which port on this machine.

use std::path::Path;

use crate::app::Target;
use crate::ports::{PortAllocator, PortsRow, machine_report};

use super::args::{Global, JsonArgs};
use super::failure::{Failure, say, say_json};
use super::table::table;

/// Runs the verb. It is about the whole machine, unless a stack is named.
pub(super) fn ports(global: &Global, args: JsonArgs) -> Result<(), Failure> {
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
    let rows: Vec<Vec<String>> = report.ports.iter().map(row).collect();
    say(&table(&["PORT", "STACK", "SERVICE", "FOLDER", "LAUNCHER", "LISTENS", "NOTE"], &rows))
}

fn row(row: &PortsRow) -> Vec<String> {
    let listens = match (&row.listening, row.conflict) {
        (None, _) => "nobody yet".to_owned(),
        (Some(holder), true) => format!("conflict: {holder}"),
        (Some(holder), false) => holder.to_string(),
    };
    let note = match (row.preferred, &row.preferred_held_by) {
        (Some(preferred), Some(holder)) => format!("wanted {preferred}, held by {holder}"),
        (Some(preferred), None) => format!("wanted {preferred}, free by now"),
        (None, _) => String::new(),
    };
    let launcher = row.pid.to_string();
    vec![
        row.port.to_string(),
        row.stack.clone(),
        row.service.to_string(),
        row.folder.clone(),
        launcher,
        listens,
        note,
    ]
}
