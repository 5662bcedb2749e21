//! `portolan ports`: who holds which port on this machine.

use crate::ports::{PortAllocator, machine_report};

use super::args::JsonArgs;
use super::failure::{Failure, say, say_json};
use super::table::table;

/// Runs the verb.
pub(super) fn ports(args: JsonArgs) -> Result<(), Failure> {
    let allocator = PortAllocator::open().map_err(|error| Failure::failed(format!("failed to {error}")))?;
    let report = machine_report(&allocator).map_err(|error| Failure::failed(format!("failed to {error}")))?;
    if args.json {
        return say_json(&report);
    }
    if report.rows.is_empty() {
        return say("no stack of yours holds a port");
    }
    let rows: Vec<Vec<String>> = report.rows.iter().map(row).collect();
    say(&table(&["PORT", "STACK", "SERVICE", "FOLDER", "LAUNCHER", "LISTENS", "NOTE"], &rows))
}
