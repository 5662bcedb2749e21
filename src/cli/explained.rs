//! A running stack once it was found out why services of it are not as they should be: that takes milliseconds, in which
//! a question would get half an answer.

use std::sync::Arc;
use std::time::Duration;

use crate::handle::{Handle, HandleError};
use crate::stack::{FailReason, ServiceName, ServiceSnapshot, StackSnapshot, State};

/// How long is waited for it.
const EXPLAINED: Duration = Duration::from_secs(1);

/// The stack as it is, once it is known what ails `only` that service, or any.
pub(super) async fn explained(
    handle: &Handle,
    only: Option<&ServiceName>,
) -> Result<Arc<StackSnapshot>, HandleError> {
    let mut snapshot = handle.snapshot().await?;
    let limit = tokio::time::sleep(EXPLAINED);
    tokio::pin!(limit);
    let asked = |service: &&ServiceSnapshot| only.is_none_or(|only| service.name == *only);
    while snapshot.services.iter().filter(asked).any(is_unexplained) {
        tokio::select! {
            newer = handle.snapshot_after(snapshot.version) => snapshot = newer?,
            () = &mut limit => break,
        }
    }
    Ok(snapshot)
}

fn is_unexplained(service: &ServiceSnapshot) -> bool {
    let ails =
        matches!(service.state, State::Failed | State::Backoff | State::Unhealthy) || service.has_left();
    let by_itself =
        !matches!(service.failure, Some(FailReason::NeedFailed { .. } | FailReason::NeedTimedOut { .. }));
    ails && by_itself && service.findings.is_empty()
}
