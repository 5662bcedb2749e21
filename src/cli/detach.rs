//! `--detach`: a daemon does it, and is watched until it is up.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::app::{LaunchError, Project, Target, spawn_daemon};
use crate::handle::{HandleError, RemoteHandle};
use crate::services::process::Daemon;

use super::announce::summary;
use super::demo::tour;
use super::failure::{FAILED, Failure, complain, say};
use super::plan::Plan;
use super::up::Brought;
use super::verdict::{Patience, Verdict, judge_stack, next_look};

/// How often a daemon that is starting is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// With what a daemon ends whose stack another launcher has: the EX_TEMPFAIL of sysexits.h, which none of its other
/// ends is.
pub(super) const TAKEN: u8 = 75;

/// Starts the daemon and waits until all is healthy, or something failed.
pub(super) async fn detach(plan: &Plan<'_>, project: &Project) -> Result<Brought, Failure> {
    let home = &project.stack_home;
    let failed = |error| Failure::failed(format!("{}: {error}", home.state.display()));
    std::fs::create_dir_all(&home.state).map_err(failed)?;
    let log = home.state.join("daemon.log");
    loop {
        if home.is_running() {
            // Says who runs it.
            if let Err(pid) = home.lock().map_err(Failure::failed)? {
                let error = LaunchError::AlreadyUp { stack: project.spec.name.clone(), pid };
                return Ok(Brought::UpAlready { error, target: project.target() });
            }
        }
        let daemon = spawn_daemon(&project.home, &plan.daemon_arguments()?, &log).map_err(Failure::failed)?;
        let remote = RemoteHandle::new(home.socket.clone());
        // Another launcher that came in the same moment has it, or had it.
        let Some(code) = watch(daemon, &remote, &project.target(), &log, plan).await? else { continue };
        return Ok(Brought::Through(code));
    }
}

/// Waits until the daemon's stack is up, or never will be; `None` if somebody else was given the right to run it.
async fn watch(
    mut daemon: Daemon,
    remote: &RemoteHandle,
    target: &Target,
    log: &Path,
    plan: &Plan<'_>,
) -> Result<Option<ExitCode>, Failure> {
    let mut version = 0;
    loop {
        let look = match next_look(remote, version).await {
            // Whose stack this is, the daemon finds out by itself.
            Ok(snapshot) if snapshot.identity.pid != daemon.pid() => None,
            Ok(snapshot) => Some(snapshot),
            Err(HandleError::Gone) => None,
            Err(error) => return Err(error.into()),
        };
        let Some(snapshot) = look else {
            match daemon.ended().map(|code| u8::try_from(code).unwrap_or(FAILED)) {
                Some(TAKEN) => return Ok(None),
                Some(code) => {
                    let said = std::fs::read_to_string(log).unwrap_or_default();
                    if !said.trim().is_empty() {
                        complain(&said);
                    }
                    return match last_words(target, daemon.pid(), plan) {
                        Some(text) if code != 0 => Err(Failure { code, text: format!("error: {text}") }),
                        Some(_) | None => Ok(Some(ExitCode::from(code))),
                    };
                }
                None => {}
            }
            version = 0;
            tokio::time::sleep(LOOK).await;
            continue;
        };
        let call = plan.call(&snapshot);
        if plan.args.no_wait {
            if plan.demo.is_some() {
                // Nobody could know which it is.
                complain(&format!("{} starts; `{call} wait` waits for it", snapshot.identity.stack));
            }
            return Ok(Some(ExitCode::SUCCESS));
        }
        version = snapshot.version;
        match judge_stack(&snapshot, Patience::Start, &call) {
            Verdict::Well => {
                say(&summary(&snapshot))?;
                if plan.demo.is_some() {
                    complain(&tour(&snapshot, true));
                }
                return Ok(Some(ExitCode::SUCCESS));
            }
            Verdict::Failed(text) => return Err(Failure::failed(text)),
            Verdict::Undecided => {}
        }
    }
}

/// Why a stack that has come to its end already did not stay up, from what its launcher left behind.
fn last_words(target: &Target, launcher: u32, plan: &Plan<'_>) -> Option<String> {
    let last = target.last_run().filter(|last| last.identity.pid == launcher)?;
    match judge_stack(&last, Patience::Start, &plan.call(&last)) {
        Verdict::Failed(text) => Some(text),
        Verdict::Well | Verdict::Undecided => None,
    }
}
