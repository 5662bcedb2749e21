//! `portolan wait`: until services are healthy, or it is sure that they will not be.

use std::time::Duration;

use crate::app::{Target, TargetError};
use crate::handle::HandleError;
use crate::stack::{ServiceName, ServiceSnapshot, StackSnapshot};

use super::args::{Global, WaitArgs, names};
use super::failure::{FAILED, Failure, complain};
use super::verdict::{Patience, Verdict, judge, judge_stack, next_look};

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
        match next_look(&target.remote(), version).await {
            Ok(snapshot) => {
                version = snapshot.version;
                let chosen = chosen(&snapshot, services)?;
                let verdict = if services.is_empty() {
                    judge_stack(&snapshot, Patience::Endless, &global.call())
                } else {
                    judge(chosen, true, Patience::Endless, &global.call())
                };
                match verdict {
                    Verdict::Well => return Ok(()),
                    Verdict::Failed(text) => return Err(Failure::failed(text)),
                    Verdict::Undecided => {}
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
