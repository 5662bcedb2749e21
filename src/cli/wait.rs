//! `portolan wait`: until services are healthy, or it is sure that they will not be.

use std::time::Duration;

use crate::app::{Target, TargetError};
use crate::handle::HandleError;
use crate::stack::{ServiceName, ServiceSnapshot, StackSnapshot};

use super::args::{Global, WaitArgs, names};
use super::failure::{FAILED, Failure, complain};

/// Between two looks for a stack that is not up yet.
const LOOK: Duration = Duration::from_millis(20);

/// Runs the verb.
pub(super) async fn wait(global: &Global, args: &WaitArgs) -> Result<(), Failure> {
    let services = names(&args.services)?;
    match tokio::time::timeout(args.timeout, until_decided(global, &services)).await {
        Ok(decided) => decided,
        Err(_) => Err(timed_out(global, &services, args.timeout).await),
    }
}

/// Waits until all are well, or one of them has failed for good. Waits for the stack itself, too.
async fn until_decided(global: &Global, services: &[ServiceName]) -> Result<(), Failure> {
    let folder = global.folder()?;
    let mut version = 0;
    loop {
        let target = match Target::find(&folder, global.stack.as_deref()) {
            Ok(target) => target,
            // It may get its name any moment.
            Err(TargetError::NoSuchStack { .. }) => {
                tokio::time::sleep(LOOK).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match target.remote().snapshot_after(version).await {
            Ok(snapshot) => {
                version = snapshot.version;
                if let Some(decided) = decide(&snapshot, services)? {
                    return decided;
                }
            }
            Err(HandleError::Gone) => {
                version = 0;
                tokio::time::sleep(LOOK).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn decide(snapshot: &StackSnapshot, names: &[ServiceName]) -> Result<Option<Result<(), Failure>>, Failure> {
    let chosen = chosen(snapshot, names)?;
    if let Some(failed) = chosen.iter().find(|service| service.gave_up()) {
        let reason = failed.failure.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let text = format!("{} failed{reason}; `portolan why {0}` says more", failed.name);
        return Ok(Some(Err(Failure::failed(text))));
    }
    // One that was named is waited for even if nobody has asked for it yet.
    let well = |service: &&ServiceSnapshot| service.is_well() && (names.is_empty() || service.wanted);
    // Before the first command nothing is wanted, which is not the same as all being well.
    let begun = snapshot.services.iter().any(|service| service.wanted);
    Ok((begun && chosen.iter().all(well)).then_some(Ok(())))
}

fn chosen<'a>(
    snapshot: &'a StackSnapshot,
    names: &[ServiceName],
) -> Result<Vec<&'a ServiceSnapshot>, Failure> {
    if names.is_empty() {
        return Ok(snapshot.services.iter().collect());
    }
    let find = |name: &ServiceName| {
        snapshot.service(name).ok_or_else(|| Failure::wrong(format!("this stack has no service {name}")))
    };
    names.iter().map(find).collect()
}

async fn timed_out(global: &Global, names: &[ServiceName], timeout: Duration) -> Failure {
    let waited = format!("not healthy within {:.1}s", timeout.as_secs_f64());
    let target = global.folder().ok().and_then(|folder| Target::find(&folder, global.stack.as_deref()).ok());
    let snapshot = match target {
        Some(target) => target.remote().snapshot().await.ok(),
        None => None,
    };
    let Some(snapshot) = snapshot else {
        return Failure::failed(format!("the stack did not come up; {waited}"));
    };
    for service in chosen(&snapshot, names).unwrap_or_default() {
        if !service.is_well()
            && let Some(explanation) = snapshot.explain(&service.name)
        {
            complain(&explanation.summary);
        }
    }
    Failure { code: FAILED, text: format!("error: {waited}") }
}
