//! Whether a stack is up: what `wait` and `up --detach` wait for.

use std::time::Duration;

use crate::handle::{HandleError, RemoteHandle};
use crate::services::now;
use crate::stack::{Mode, ServiceSnapshot, StackSnapshot, State};

/// A process without a probe counts as healthy while it runs; one that has only just started proves nothing yet.
pub(super) const PROOF: Duration = Duration::from_millis(250);
/// How often is looked whether it has been long enough.
const LOOK: Duration = Duration::from_millis(25);

/// How long a service may be unhealthy before it counts as failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Until the caller's own time is over.
    Endless,
    /// As long as it may take to start.
    Start,
}

/// Whether the services are as they should be.
pub(super) enum Verdict {
    /// All are up, or have ended well.
    Well,
    /// This one will not be, without a command. Says why.
    Failed(String),
    /// Not yet.
    Undecided,
}

/// Judges `services`; with `named`, they have to be wanted too. `call` is how to call Portolan for their stack.
pub(super) fn judge<'a>(
    services: impl IntoIterator<Item = &'a ServiceSnapshot>,
    named: bool,
    patience: Patience,
    call: &str,
) -> Verdict {
    let moment = now().wall;
    let mut well = true;
    for service in services {
        if service.gave_up() {
            let reason = service.failure.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let text = format!("{} failed{reason}; `{call} why {0}` says more", service.name);
            return Verdict::Failed(text);
        }
        if service.has_left() {
            let name = &service.name;
            let text = format!("{name} ended by itself and should stay; `{call} why {name}` says more");
            return Verdict::Failed(text);
        }
        let never_well = service.state == State::Unhealthy && !service.was_healthy;
        if never_well && patience == Patience::Start {
            let reason = service.unwell.as_deref().unwrap_or("it never became healthy");
            return Verdict::Failed(format!("{} is unhealthy: {reason}", service.name));
        }
        let proven = service.state != State::Running
            || moment.0.saturating_sub(service.since.0) >= PROOF.as_millis() as u64;
        well &= service.is_well() && proven && (!named || service.wanted);
    }
    if well { Verdict::Well } else { Verdict::Undecided }
}

/// Judges the whole stack. Before the first command nothing is wanted, which is not the same as all being well.
/// Shared services never block.
pub(super) fn judge_stack(snapshot: &StackSnapshot, patience: Patience, call: &str) -> Verdict {
    let begun = snapshot.services.iter().any(|service| service.wanted);
    let own = snapshot.services.iter().filter(|service| service.mode != Mode::Shared);
    if begun { judge(own, false, patience, call) } else { Verdict::Undecided }
}

/// The next snapshot after `version`, or the same one again when time alone may have changed the verdict.
pub(super) async fn next_look(remote: &RemoteHandle, version: u64) -> Result<StackSnapshot, HandleError> {
    match tokio::time::timeout(LOOK, remote.snapshot_after(version)).await {
        Ok(newer) => newer,
        Err(_) => remote.snapshot().await,
    }
}
