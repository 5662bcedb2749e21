//! One round from nothing: launch, come up, prove, stop, and see what is left.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{LaunchError, LaunchOptions, Launched, Project, launch};
use crate::cli::colour::ColorChoice;
use crate::cli::failure::{Failure, complain};
use crate::cli::plan::Plan;
use crate::cli::signals::Signal;
use crate::cli::up::{check_names, explain, random_bits};
use crate::cli::{args::names, plain};
use crate::discovery::RecordStore;
use crate::handle::{Handle, LocalHandle};
use crate::logs::{RunLogs, Selection, Start};
use crate::services::{Environments, now};
use crate::stack::{Command, Port, RunId, ServiceName, StackSpec};

use super::args::CheckArgs;
use super::facts::{Coming, Facts, Party};
use super::judge::{judge, refused};
use super::outcome::{Outcome, Round};
use super::progress::Progress;
use super::prove::{Subject, chosen, prove};
use super::see::{self, Arrivals, Before, Notices, Places};

/// What came of a round.
pub(super) enum Came {
    Through(Round),
    /// A signal ended it; with its exit code. Nothing of it lives.
    Cut(u8),
}

/// Runs the round of this number. Signals arrive at `signals`.
pub(super) async fn run(
    plan: &Plan<'_>,
    args: &CheckArgs,
    number: u32,
    signals: &mut mpsc::UnboundedReceiver<Signal>,
    progress: &mut Progress,
) -> Result<Came, Failure> {
    let began = now();
    let colour = plan.global.color.on(&std::io::stderr());
    let run = RunId::from_bits(random_bits()?);
    let mut project = Project::open(plan.request()?, colour)?;
    let services = names(&args.services)?;
    check_names(&project, &services)?;
    let round = |outcomes, stack: &str| Round {
        number,
        stack: stack.to_owned(),
        began: began.wall.0,
        took: now().instant.duration_since(began.instant),
        outcomes,
    };
    let environments = match prepare(&mut project, &run, colour, number == 1)? {
        Ok(environments) => environments,
        Err(outcomes) => return Ok(Came::Through(round(outcomes, &project.spec.name))),
    };
    let (spec, before) = (Arc::clone(&project.spec), Before::now());
    let launched = launch(project, environments, LaunchOptions { run }).map_err(already_up)?;
    let stack = launched.handle.snapshot().identity.stack.clone();
    let stage = Stage { args, color: plan.global.color, spec, services, before };
    match stage.play(launched, signals, progress).await? {
        Ok(facts) => Ok(Came::Through(round(judge(&facts), &stack))),
        Err(code) => Ok(Came::Cut(code)),
    }
}

/// The environments, or what is wrong with them: that is what a check is for. A command that is not there is not.
fn prepare(
    project: &mut Project,
    run: &RunId,
    colour: bool,
    first: bool,
) -> Result<Result<Environments, Vec<Outcome>>, Failure> {
    let environments = project.environments(run)?;
    let wrong = project.check_definition(colour);
    if !wrong.is_empty() {
        // Every problem at once, those of the environment too.
        project.check(run, colour)?;
    }
    let problems = project.check_environments(&environments);
    if first {
        for warning in &project.warnings {
            complain(warning);
        }
    }
    if problems.is_empty() {
        return Ok(Ok(environments));
    }
    let places = Places::of(&project.spec);
    let services: Vec<ServiceName> =
        project.spec.services.iter().map(|service| service.name.clone()).collect();
    Ok(Err(refused(&services, &problems, |problem| places.of_problem(problem))))
}

fn already_up(error: LaunchError) -> Failure {
    if !matches!(error, LaunchError::AlreadyUp { .. }) {
        return explain(error);
    }
    Failure::failed(format!(
        "{error}\n  = help: `portolan check --running` checks it as it is, `portolan down` ends it"
    ))
}

/// What a round is about.
struct Stage<'a> {
    args: &'a CheckArgs,
    color: ColorChoice,
    spec: Arc<StackSpec>,
    services: Vec<ServiceName>,
    before: Before,
}

impl Stage<'_> {
    /// Runs the stack to its end, which is soon. Nothing of it lives when this returns, whatever came in between. The
    /// inner error is the exit code of the signal that cut it short.
    async fn play(
        self,
        launched: Launched,
        signals: &mut mpsc::UnboundedReceiver<Signal>,
        progress: &mut Progress,
    ) -> Result<Result<Facts, u8>, Failure> {
        let Launched { supervisor, handle, logs, run_folder, services: known, listening, lock } = launched;
        let printer = match self.args.verbose {
            true => {
                let follower = logs.follow(Selection::All, Start::Beginning);
                Some(plain::print(follower, known, self.color, false, || {})?)
            }
            false => None,
        };
        let (places, notices) = (Places::of(&self.spec), Notices::default());
        let reader = see::read_notices(&handle.clone().into(), notices.clone());
        let driven = async {
            let proved = self.drive(&handle, &places, signals, progress).await;
            // What is printed from here on may be a goodbye.
            let end = logs.next_seq();
            progress.say(match proved {
                Ok(Err(_)) => "stopping; press Ctrl-C again to kill",
                Ok(Ok(_)) | Err(_) => "stopping",
            });
            let cut = stop(&handle, signals).await;
            drop(handle);
            (proved, cut, end)
        };
        let ((proved, cut, end), _) = tokio::join!(driven, supervisor.run(true));
        drop(listening);
        drop(logs);
        if let Some(thread) = printer {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        let _ = reader.await;
        let logs = RunLogs::of(run_folder.path());
        let facts = match (proved, cut) {
            (Ok(Ok(_)), Some(signal)) => Ok(Err(signal.exit_code())),
            (Ok(Ok(facts)), None) => Ok(Ok(self.see_the_end(facts, logs, end, places, notices).await)),
            (cut_or_failed, _) => cut_or_failed,
        };
        let clock = std::time::UNIX_EPOCH + Duration::from_millis(now().wall.0);
        if let Err(error) = run_folder.end(clock) {
            complain(&format!("warning: failed to {error}"));
        }
        drop(lock);
        facts
    }

    /// Starts the services and looks at them, until a signal comes.
    async fn drive(
        &self,
        handle: &LocalHandle,
        places: &Places,
        signals: &mut mpsc::UnboundedReceiver<Signal>,
        progress: &mut Progress,
    ) -> Result<Result<Facts, u8>, Failure> {
        let prove = async {
            let start = Command::Start { services: self.services.clone(), no_deps: false };
            handle.command(start).await?;
            let chosen = chosen(&handle.snapshot(), &self.services);
            if chosen.is_empty() {
                return Err(nothing_to_check());
            }
            let (handle, mut arrivals) = (Handle::from(handle.clone()), Arrivals::default());
            let limits = (self.args.timeout, self.args.watch);
            let told = |snapshot: &_| progress.show(snapshot, &chosen);
            let coming = see::come_up(&handle, &chosen, limits, &mut arrivals, told).await;
            // Somebody else may take the stack down; then there is a last snapshot at least.
            let coming = coming.unwrap_or(Coming::Ended);
            progress.say("proving");
            let subject = Subject { handle: &handle, spec: &self.spec, chosen: &chosen, places };
            Ok::<_, Failure>(prove(&subject, coming, &arrivals).await?)
        };
        tokio::select! {
            proved = prove => proved.map(Ok),
            Some(signal) = signals.recv() => Ok(Err(signal.exit_code())),
        }
    }

    /// What can only be seen when all is over.
    async fn see_the_end(
        &self,
        mut facts: Facts,
        logs: RunLogs,
        end: u64,
        places: Places,
        notices: Notices,
    ) -> Facts {
        facts.notices = notices.so_far();
        let chosen: Vec<ServiceName> = facts.services.iter().map(|service| service.name().clone()).collect();
        let (before, last, ports) = (self.before.clone(), facts.snapshot.clone(), own_ports(&facts));
        let records = RecordStore::beside(self.spec.folder());
        let looked = tokio::task::spawn_blocking(move || {
            (see::log_facts(logs, &chosen, end, &places), see::remains(&before, &last, &ports, &records))
        });
        let (log, remains) = looked.await.expect("looking does not panic");
        (facts.log, facts.remains) = (log, Some(remains));
        facts
    }
}

/// A check of nothing must not be green.
fn nothing_to_check() -> Failure {
    Failure::wrong(
        "no service is selected, so there is nothing to check\n  = note: all are disabled, or belong to profiles that \
         are not selected\n  = help: select one: `portolan check --profile NAME`, or name the services",
    )
}

/// The ports that were the services' own, so that they have to be free now.
fn own_ports(facts: &Facts) -> Vec<(ServiceName, Port)> {
    let foreign = |(_, party): &(_, Party)| !matches!(party, Party::Service(_));
    let owned = facts.services.iter().filter_map(|service| {
        let port = service.port.as_ref()?;
        let own = port.listeners.as_ref().is_ok_and(|listeners| !listeners.iter().any(foreign));
        (own && !port.any_owner).then(|| (service.name().clone(), port.port))
    });
    owned.collect()
}

/// Has the stack go down and waits until it has. A signal that comes now kills; the first is returned.
async fn stop(handle: &LocalHandle, signals: &mut mpsc::UnboundedReceiver<Signal>) -> Option<Signal> {
    // Refused if it goes down already.
    let _ = handle.command(Command::Down).await;
    let gone = async { while handle.snapshot_after(u64::MAX - 1).await.is_ok() {} };
    tokio::pin!(gone);
    let mut first = None;
    loop {
        tokio::select! {
            () = &mut gone => return first,
            Some(signal) = signals.recv() => {
                first.get_or_insert(signal);
                if matches!(signal, Signal::Interrupt | Signal::Terminate) {
                    let _ = handle.command(Command::Kill).await;
                }
            }
        }
    }
}
