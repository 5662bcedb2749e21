//! `start`, `stop`, `restart`, `reassign`: orders to a running stack, and waiting until they are done.

use std::time::Duration;

use crate::app::Target;
use crate::handle::{CommandRequest, HandleError, RemoteHandle};
use crate::stack::{Accepted, ServiceName, StackSnapshot, State};

use super::args::{Global, ReassignArgs, RestartArgs, ServicesArgs, StartArgs, name, names};
use super::failure::{Failure, say};

/// Runs `portolan start`.
pub(super) async fn start(global: &Global, args: StartArgs) -> Result<(), Failure> {
    let services = names(&args.services)?;
    let command = CommandRequest::Start { services, no_deps: args.no_deps };
    order(global, command, args.no_wait, Goal::Settled).await
}

/// Runs `portolan stop`.
pub(super) async fn stop(global: &Global, args: ServicesArgs) -> Result<(), Failure> {
    let services = names(&args.services)?;
    order(global, CommandRequest::Stop { services }, args.no_wait, Goal::Down).await
}

/// Runs `portolan restart`.
pub(super) async fn restart(global: &Global, args: RestartArgs) -> Result<(), Failure> {
    let services = names(&args.services)?;
    let command = CommandRequest::Restart { services, with_dependents: args.with_dependents };
    order(global, command, args.no_wait, Goal::StartedAnew).await
}

/// Runs `portolan reassign`.
pub(super) async fn reassign(global: &Global, args: ReassignArgs) -> Result<(), Failure> {
    let command = CommandRequest::Reassign { service: name(&args.service)?, to: args.to };
    order(global, command, args.no_wait, Goal::Moved).await
}

/// What has to be true of the services concerned before the verb returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// Nothing changes any more.
    Settled,
    /// They run no more.
    Down,
    /// A later run than before is settled.
    StartedAnew,
    /// They are settled on the port that was answered.
    Moved,
}

async fn order(global: &Global, command: CommandRequest, no_wait: bool, goal: Goal) -> Result<(), Failure> {
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    let remote = target.remote();
    let before = remote.snapshot().await?;
    let accepted = remote.command(&command).await?;
    if no_wait {
        return Ok(());
    }
    let after = wait_for(&remote, &before, &accepted, goal).await?;
    let mut failed = false;
    for service in accepted.services.iter().filter_map(|name| after.service(name)) {
        let port = service.port.filter(|_| service.pid.is_some());
        let port = port.map(|port| format!(" on {port}")).unwrap_or_default();
        let why = service.failure.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        say(&format!("{} is {}{port}{why}", service.name, service.state))?;
        failed |= service.gave_up() || service.has_left();
    }
    if failed { Err(Failure::silent(super::failure::FAILED)) } else { Ok(()) }
}

async fn wait_for(
    remote: &RemoteHandle,
    before: &StackSnapshot,
    accepted: &Accepted,
    goal: Goal,
) -> Result<StackSnapshot, Failure> {
    let mut version = before.version;
    loop {
        let snapshot = match remote.snapshot_after(version).await {
            Ok(snapshot) => snapshot,
            // A launcher that ended took its services along.
            Err(HandleError::Gone) if goal == Goal::Down => return Ok(before.clone()),
            Err(error) => return Err(error.into()),
        };
        version = snapshot.version;
        if accepted.services.iter().all(|name| reached(name, before, &snapshot, accepted, goal)) {
            return Ok(snapshot);
        }
        // Snapshots come as fast as the stack changes; there is no hurry to look at each.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn reached(
    name: &ServiceName,
    before: &StackSnapshot,
    now: &StackSnapshot,
    accepted: &Accepted,
    goal: Goal,
) -> bool {
    let Some(service) = now.service(name) else { return true };
    let settled = service.state.is_settled();
    match goal {
        Goal::Settled => settled && service.state != State::Stopped,
        Goal::Down => {
            matches!(service.state, State::Stopped | State::Disabled | State::Completed | State::Failed)
        }
        Goal::StartedAnew => {
            let anew = before.service(name).is_none_or(|before| service.epoch > before.epoch);
            settled && (anew || service.gave_up())
        }
        Goal::Moved => {
            let moved = service.port == accepted.port;
            let known = before.service(name).is_some_and(|before| before.port == accepted.port);
            let anew = before
                .service(name)
                .is_none_or(|before| service.epoch > before.epoch || before.pid.is_none());
            moved && settled && (anew || known)
        }
    }
}
