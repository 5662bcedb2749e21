//! The user's own programs that are started from a console: a browser, a clipboard's tool, a pager. They are marked, so
//! that the end of a run spares them and all that comes of them, however often that forks and whoever its parent is.

use std::process::Command;

use super::platform::{self, descendant_pids};
use super::{ProcessRef, RUN_ID_VARIABLE, SERVICE_VARIABLE};

/// Names the process that started a guest, in the guest's environment and in that of all that it starts.
const GUEST_VARIABLE: &str = "PORTOLAN_GUEST_OF";

/// Marks what `command` will start as the user's own, and none of a stack's.
pub(super) fn invite(command: &mut Command) {
    command.env(GUEST_VARIABLE, host()).env_remove(RUN_ID_VARIABLE).env_remove(SERVICE_VARIABLE);
}

/// The same, for one that may live on without us: in a session of its own, where our terminal's signals and its end do
/// not reach it.
pub(super) fn invite_to_stay(command: &mut Command) {
    invite(command);
    platform::detach(command);
}

/// Those of `processes` that are our guests, and all that descends from them.
pub(super) fn guests(processes: &[u32]) -> impl Iterator<Item = u32> {
    let entry = format!("{GUEST_VARIABLE}={}", host());
    let marked = processes.iter().copied().filter(move |pid| platform::has_entry(*pid, entry.as_bytes()));
    marked.flat_map(descendant_pids)
}

/// This process, and no other that has its pid some day: a stack may itself have been started by somebody's guest, such
/// as an editor's terminal.
fn host() -> String {
    let own = std::process::id();
    let start = ProcessRef::of(own).and_then(|own| own.start_time).unwrap_or_default();
    format!("{own}-{start}")
}
