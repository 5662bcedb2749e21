//! The one round of `--running`: proves a stack that somebody else has launched, and leaves it as it is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{FromShell, Project, ProjectRequest, Target};
use crate::cli::args::{Global, names};
use crate::cli::failure::Failure;
use crate::cli::signals::Signal;
use crate::logs::RunLogs;
use crate::services::now;
use crate::stack::{ServiceName, StackSnapshot, StackSpec};

use super::args::CheckArgs;
use super::facts::Facts;
use super::judge::judge;
use super::outcome::Round;
use super::progress::Progress;
use super::prove::{Subject, chosen, prove};
use super::round::Came;
use super::see::{self, Arrivals, Notices, Places};

/// How long events of the past may take to be read.
const PAST: Duration = Duration::from_millis(300);

/// Proves the running stack.
pub(super) async fn run(
    global: &Global,
    args: &CheckArgs,
    signals: &mut mpsc::UnboundedReceiver<Signal>,
    progress: &mut Progress,
) -> Result<Came, Failure> {
    let proof = proof(global, args, progress);
    tokio::select! {
        round = proof => round.map(Came::Through),
        Some(signal) = signals.recv() => Ok(Came::Cut(signal.exit_code())),
    }
}

async fn proof(global: &Global, args: &CheckArgs, progress: &mut Progress) -> Result<Round, Failure> {
    let began = now();
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    let handle = target.handle();
    let named = names(&args.services)?;
    let snapshot = handle.snapshot().await?;
    let request = ProjectRequest {
        from: target.folder().to_owned(),
        overlays: global.files.clone(),
        profiles: global.profiles.clone(),
        set: Vec::new(),
        from_shell: FromShell::All,
    };
    let spec = Arc::clone(&Project::open(request, global.color.on(&std::io::stderr()))?.spec);
    known(&snapshot, &spec, &named)?;
    let chosen = chosen(&snapshot, &named);
    if chosen.is_empty() {
        return Err(Failure::failed("no service of this stack is wanted now; `portolan start` starts one"));
    }
    let (places, notices) = (Places::of(&spec), Notices::default());
    let reader = see::read_notices(&handle, notices.clone());
    let mut arrivals = Arrivals::default();
    let limits = (args.timeout, args.watch);
    let told = |snapshot: &_| progress.show(snapshot, &chosen);
    let coming = see::come_up(&handle, &chosen, limits, &mut arrivals, told).await?;
    progress.say("proving");
    let subject = Subject { handle: &handle, spec: &spec, chosen: &chosen, places: &places };
    // It was started long ago: its processes are looked at as they are now.
    let mut facts = prove(&subject, coming, &Arrivals::default()).await?;
    let logs = RunLogs::of(&handle.describe().await?.run_folder);
    tokio::time::sleep(PAST).await;
    reader.abort();
    facts.notices = notices.so_far();
    facts.log = read_log(logs, &facts, places).await;
    Ok(Round {
        number: 1,
        stack: snapshot.identity.stack.clone(),
        began: began.wall.0,
        took: now().instant.duration_since(began.instant),
        outcomes: judge(&facts),
    })
}

fn known(snapshot: &StackSnapshot, spec: &StackSpec, named: &[ServiceName]) -> Result<(), Failure> {
    let Some(name) = named.iter().find(|name| snapshot.service(name).is_none()) else { return Ok(()) };
    let help = if spec.service(name).is_some() {
        "portolan.toml has one since the stack was started: `portolan reload` takes it in".to_owned()
    } else {
        let known: Vec<&str> = snapshot.services.iter().map(|service| service.name.as_str()).collect();
        format!("there are {}", known.join(", "))
    };
    Err(Failure::wrong(format!("the running stack has no service {name}\n  = help: {help}")))
}

async fn read_log(logs: RunLogs, facts: &Facts, places: Places) -> super::facts::LogFacts {
    let chosen: Vec<ServiceName> = facts.services.iter().map(|service| service.name().clone()).collect();
    let read = tokio::task::spawn_blocking(move || see::log_facts(logs, &chosen, u64::MAX, &places));
    read.await.expect("reading logs does not panic")
}
