//! `portolan up`: starts the stack here, or as a daemon, and stays with it to its end.

use std::io::Write;
use std::process::ExitCode;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{LaunchError, LaunchOptions, Launched, Project, Target, launch};
use crate::handle::{JournalReader, LocalHandle};
use crate::logs::{RunLogs, Selection, Start};
use crate::services::Environments;
use crate::stack::{Command, ConsoleSpec, RunId, ServiceName};

use super::announce::announce;
use super::args::{Global, UpArgs, names};
use super::console::{self, Opening};
use super::detach::{TAKEN, detach};
use super::failure::{FAILED, Failure, complain, complain_aside};
use super::plan::Plan;
use super::{plain, signals};
use crate::ui::Leaving;
use signals::{Signal, Signals};

/// How often a stack that is going down is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What came of bringing a stack up.
pub(super) enum Brought {
    /// It ran to its end here, or a daemon has it.
    Through(ExitCode),
    /// Another launcher has it.
    UpAlready {
        /// Says so.
        error: LaunchError,
        /// The stack.
        target: Target,
    },
}

/// Runs the verb.
pub(super) async fn up(global: &Global, args: UpArgs) -> Result<ExitCode, Failure> {
    let plan = Plan { global, args: &args, demo: None };
    loop {
        match bring_up(&plan).await? {
            Brought::Through(code) => return Ok(code),
            Brought::UpAlready { target, .. } if plan.shows_console() => {
                if !outlived(&target).await {
                    return console::attach_to(global, &target).await;
                }
            }
            Brought::UpAlready { error, .. } if args.as_daemon => {
                return Err(Failure { code: TAKEN, ..explain(error) });
            }
            Brought::UpAlready { error, .. } => return Err(explain(error)),
        }
    }
}

/// Starts what is planned, here or in a daemon, and stays with it to its end.
pub(super) async fn bring_up(plan: &Plan<'_>) -> Result<Brought, Failure> {
    let Plan { global, args, .. } = *plan;
    let colour = global.color.on(&std::io::stderr());
    let run = RunId::from_bits(random_bits()?);
    let (project, environments, services) = prepare(plan, &run, colour)?;
    if args.detach && !args.as_daemon {
        return detach(plan, &project).await;
    }
    // Before anything is started: from the first process on, a signal has to end the stack, not only the launcher.
    let (told, orders) = mpsc::unbounded_channel();
    let signals = Signals::listen(told.clone()).map_err(Failure::failed)?;
    let (spec, target) = (project.spec.console.clone(), project.target());
    let launched = match launch(project, environments, LaunchOptions { run }) {
        Err(error @ LaunchError::AlreadyUp { .. }) => return Ok(Brought::UpAlready { error, target }),
        launched => launched.map_err(explain)?,
    };
    let console = plan.shows_console().then_some((spec, target));
    stay(launched, plan, services, console, (signals, told, orders)).await.map(Brought::Through)
}

/// Whether the launcher that has the stack was going down, and is gone now: nobody wants to attach to that.
async fn outlived(target: &Target) -> bool {
    match target.remote().snapshot().await {
        Ok(snapshot) if !snapshot.shutting_down => return false,
        Ok(_) => complain("the stack is still going down; it starts again when it is down"),
        // It came or went in this moment.
        Err(_) => {}
    }
    while target.home.is_running() {
        if target.remote().snapshot().await.is_ok_and(|snapshot| !snapshot.shutting_down) {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    true
}

/// Reads and checks everything; what is wrong is said at once, what is only doubtful on standard error.
fn prepare(
    plan: &Plan<'_>,
    run: &RunId,
    colour: bool,
) -> Result<(Project, Environments, Vec<ServiceName>), Failure> {
    let mut project = Project::open(plan.request()?, colour)?;
    let services = names(&plan.args.services)?;
    check_names(&project, &services)?;
    let environments = project.check(run, colour)?;
    crate::ui::check_keys(&project.spec.console).map_err(|problems| {
        let file = project.spec.file.display();
        Failure::wrong(format!(
            "{}
 --> {file}",
            problems.join(
                "
error: "
            )
        ))
    })?;
    if !plan.args.as_daemon {
        for warning in &project.warnings {
            complain(warning);
        }
    }
    Ok((project, environments, services))
}

/// Refuses names of services that there are not, or that are not to be started.
pub(super) fn check_names(project: &Project, services: &[ServiceName]) -> Result<(), Failure> {
    for name in services {
        match project.spec.service(name) {
            Some(service) if service.disabled => {
                let text =
                    format!("{name} is disabled\n  = help: remove mode = \"disabled\" from portolan.toml");
                return Err(Failure::wrong(text));
            }
            Some(_) => continue,
            None => {}
        }
        if let Some(profiles) = project.profiles_of(name) {
            let profile = profiles.join(" or --profile ");
            return Err(Failure::wrong(format!("{name} belongs to a profile: add --profile {profile}")));
        }
        let known: Vec<&str> = project.spec.services.iter().map(|service| service.name.as_str()).collect();
        let near =
            known.iter().copied().min_by_key(|known| strsim::damerau_levenshtein(known, name.as_str()));
        let near = near.filter(|near| strsim::damerau_levenshtein(near, name.as_str()) <= 2);
        let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        let text = format!("there is no service `{name}`{hint}\n  = help: there are {}", known.join(", "));
        return Err(Failure::wrong(text));
    }
    Ok(())
}

/// Why nothing was started, with what to do about it.
pub(super) fn explain(error: LaunchError) -> Failure {
    match &error {
        LaunchError::AlreadyUp { .. } => Failure::failed(format!(
            "{error}\n  = help: `portolan ps` shows it, `portolan logs -f` follows it, `portolan down` ends it"
        )),
        LaunchError::Rules(_) => Failure::wrong(error),
        LaunchError::Home(_)
        | LaunchError::Ports(_)
        | LaunchError::Thread(_)
        | LaunchError::RunFolder(_)
        | LaunchError::Listen(_)
        | LaunchError::Start(_) => Failure::failed(error),
    }
}

/// The listening for signals, and both ends of what they are told through.
type Ears = (Signals, mpsc::UnboundedSender<Signal>, mpsc::UnboundedReceiver<Signal>);

/// Runs the stack to its end. Nothing of it lives when this returns.
async fn stay(
    launched: Launched,
    plan: &Plan<'_>,
    services: Vec<ServiceName>,
    console: Option<(ConsoleSpec, Target)>,
    (signals, told, orders): Ears,
) -> Result<ExitCode, Failure> {
    let Plan { global, args, .. } = *plan;
    let Launched { supervisor, handle, logs, run_folder, services: known, listening, lock } = launched;
    let events_gone = told.clone();
    let stays = console.is_some();
    let opened = match console {
        Some((spec, target)) => {
            let opening = Opening {
                handle: handle.clone().into(),
                logs: RunLogs::of(run_folder.path()),
                spec,
                welcome: plan.welcome(),
                state: target.home.state,
                launcher: Some(supervisor.launcher()),
            };
            let told = told.clone();
            let closed = move |leaving| {
                // Whoever has no console any more has no way to stop the stack either.
                if !matches!(leaving, Some(Leaving::Down { .. } | Leaving::Over)) {
                    let _ = told.send(Signal::HangUp);
                }
            };
            Some((console::spawn(opening, global, signals.paging(), closed)?, handle.clone()))
        }
        None => None,
    };
    let printer = match (args.json, args.as_daemon || stays) {
        (false, false) => {
            let follower = logs.follow(Selection::All, Start::Beginning);
            let gone = move || {
                let _ = told.send(Signal::OutputGone);
            };
            Some(plain::print(follower, known, global.color, args.timestamps, gone)?)
        }
        (true, _) | (_, true) => None,
    };
    if printer.is_some() {
        tokio::spawn(announce(handle.clone(), plan.demo.is_some()));
    }
    let events = match args.json {
        true => Some(print_events(handle.journal().read_after(0), events_gone)?),
        false => None,
    };
    let first = Command::Start { services, no_deps: args.no_deps };
    let steering = tokio::spawn(steer(handle, first, stays, orders));
    let ending = supervisor.run(stays).await;
    drop(signals);
    drop(listening);
    // The supervisor's end of the handle is gone: both come to their end by themselves.
    let (code, complaint) = steering.await.unwrap_or((None, None));
    drop(logs);
    // Everything that was printed is on its way before the process ends.
    for thread in printer.into_iter().chain(events) {
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }
    let now = std::time::UNIX_EPOCH + Duration::from_millis(crate::services::now().wall.0);
    if let Err(error) = run_folder.end(now) {
        complain(&format!("warning: failed to {error}"));
    }
    drop(lock);
    let left = match opened {
        Some((opened, handle)) => Some(console::farewell(opened.close()?, &handle.snapshot(), global)),
        None => None,
    };
    match left {
        Some((left, text)) => {
            console::bid(text);
            if let Some(complaint) = complaint {
                complain(&complaint);
            }
            Ok(ExitCode::from(code.unwrap_or(left)))
        }
        None => Ok(ExitCode::from(code.unwrap_or(u8::from(!ending.well)))),
    }
}

/// Gives the first command, then turns signals into commands: down at the first one, kill at a second that a person
/// sent. The result is the exit code that the first of them asks for. While a console has the terminal, nothing is
/// said before it has closed.
async fn steer(
    handle: LocalHandle,
    first: Command,
    silent: bool,
    mut orders: mpsc::UnboundedReceiver<Signal>,
) -> (Option<u8>, Option<String>) {
    let (mut code, mut complaint) = (None, None);
    if let Err(error) = handle.command(first).await {
        let text = format!("error: {error}");
        if silent {
            // The console gives the terminal back first.
            complaint = Some(text);
        } else {
            complain_aside(text);
        }
        code = Some(FAILED);
        let _ = handle.command(Command::Down).await;
    }
    loop {
        let signal = tokio::select! {
            Some(signal) = orders.recv() => signal,
            () = gone(&handle) => return (code, complaint),
        };
        let Some(command) = answer_to(signal, code.is_some()) else { continue };
        if code.is_none() && signal == Signal::Interrupt && !silent {
            complain_aside("stopping; press Ctrl-C again to kill".to_owned());
        }
        code.get_or_insert(signal.exit_code());
        if handle.command(command).await.is_err() {
            return (code, complaint);
        }
    }
}

/// What a signal asks for, whether or not the stack is going down already. A terminal that closes tells of it up to
/// three times (the kernel, the shell, and the output that fails), which is not impatience.
fn answer_to(signal: Signal, going_down: bool) -> Option<Command> {
    match (going_down, signal) {
        (false, _) => Some(Command::Down),
        (true, Signal::Interrupt | Signal::Terminate) => Some(Command::Kill),
        (true, Signal::HangUp | Signal::OutputGone) => None,
    }
}

/// Resolves when the supervisor has ended.
async fn gone(handle: &LocalHandle) {
    while handle.snapshot_after(u64::MAX - 1).await.is_ok() {}
}

/// Prints events from a thread of its own: it may be as slow as its reader, the stack never waits for it.
fn print_events(
    mut events: JournalReader,
    gone: mpsc::UnboundedSender<Signal>,
) -> Result<JoinHandle<()>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let print = move || {
        while let Some(event) = runtime.block_on(events.next()) {
            let Ok(mut line) = serde_json::to_vec(&*event) else { continue };
            line.push(b'\n');
            let mut out = std::io::stdout().lock();
            if out.write_all(&line).and_then(|()| out.flush()).is_err() {
                let _ = gone.send(Signal::OutputGone);
                return;
            }
        }
    };
    Ok(thread::Builder::new().name("print".into()).spawn(print)?)
}

/// What makes a run's identifier.
pub(super) fn random_bits() -> Result<u64, Failure> {
    getrandom::u64().map_err(|_| Failure::failed("the system gives no random numbers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_terminal_stops_gently_however_often_it_is_told() {
        assert!(matches!(answer_to(Signal::HangUp, false), Some(Command::Down)));
        for again in [Signal::HangUp, Signal::OutputGone] {
            assert!(answer_to(again, true).is_none(), "{again:?}");
        }
    }

    #[test]
    fn a_second_ctrl_c_kills() {
        assert!(matches!(answer_to(Signal::Interrupt, true), Some(Command::Kill)));
        assert!(matches!(answer_to(Signal::Terminate, true), Some(Command::Kill)));
    }
}
