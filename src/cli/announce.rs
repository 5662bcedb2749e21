//! Says where everything is, once it is up.

use crate::handle::LocalHandle;
use crate::stack::{Identity, StackSnapshot};

use super::demo::tour;
use super::failure::complain_aside;
use super::table::short_duration;
use super::verdict::{PROOF, Patience, Verdict, judge_stack};

/// Says it once on standard error, when all is well; of the demo also what to try.
pub(super) async fn announce(handle: LocalHandle, demo: bool) {
    let mut version = 0;
    while let Ok(changed) = handle.snapshot_after(version).await {
        version = changed.version;
        let mut snapshot = changed;
        if let Verdict::Undecided = judge_stack(&snapshot, Patience::Endless, "portolan") {
            tokio::time::sleep(PROOF).await;
            snapshot = handle.snapshot();
        }
        if let Verdict::Well = judge_stack(&snapshot, Patience::Endless, "portolan") {
            let tour = if demo { tour(&snapshot, false) } else { String::new() };
            return complain_aside(format!("{}{tour}", summary(&snapshot)));
        }
    }
}

/// The services that were asked for, with their addresses.
pub(super) fn summary(snapshot: &StackSnapshot) -> String {
    let Identity { stack, pid, started_at, .. } = &snapshot.identity;
    let took = crate::services::now().wall.0.saturating_sub(started_at.0);
    let mut text = format!("{stack} is up after {}, pid {pid}\n", short_duration(took));
    let wanted = || snapshot.services.iter().filter(|service| service.wanted);
    let width = wanted().map(|service| service.name.as_str().len()).max().unwrap_or(0);
    for service in wanted() {
        let url = service.url.as_deref().unwrap_or_default();
        let line = format!("  {:<width$}  {:<9}  {url}", service.name, service.state);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
