//! `portolan ps`: the services, where they are and how they do.

use serde::Serialize;

use crate::app::Target;
use crate::handle::HandleError;
use crate::services::now;
use crate::stack::{Mode, PortHolder, ServiceSnapshot, Severity, StackSnapshot, State};
use crate::ui::text::{cut, width};

use super::args::{Global, TableArgs};
use super::failure::{Failure, complain, say, say_json};
use super::table::{CUT, room, short_duration, table};
use super::told::{Ink, plain};

/// What `ps --json` prints; the keys are a contract.
#[derive(Serialize)]
struct Ps<'a> {
    schema: u32,
    stack: &'a str,
    folder: String,
    pid: Option<u32>,
    services: Vec<PsService<'a>>,
}

#[derive(Serialize)]
struct PsService<'a> {
    name: &'a str,
    replica: u16,
    state: State,
    mode: Mode,
    epoch: u64,
    pid: Option<u32>,
    host: Option<&'a str>,
    port: Option<u16>,
    preferred_port: Option<u16>,
    held_by: Option<&'a PortHolder>,
    url: Option<&'a str>,
    latency_ms: Option<f64>,
    restarts: u32,
    exit: Option<i32>,
    since: String,
    waiting_for: Option<Vec<&'a str>>,
    findings: usize,
}

/// The stack as it is, or as its last run left it; `true` if it runs.
pub(super) async fn snapshot(global: &Global) -> Result<(StackSnapshot, bool), Failure> {
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    match target.remote().snapshot().await {
        Ok(snapshot) => Ok((snapshot, true)),
        Err(HandleError::Gone) => match target.last_run() {
            Some(last) => Ok((last, false)),
            None => Err(Failure::failed(
                "this stack does not run, and nothing is kept of an earlier run; `portolan up` starts it",
            )),
        },
        Err(error) => Err(error.into()),
    }
}

/// What gives way on a narrow terminal. `portolan open --print` says the whole address, `portolan why` the whole reason.
const YIELDING: &[(&str, usize)] = &[("HEALTH", 28), ("URL", 0), ("HEALTH", 12), ("SERVICE", 12)];

/// Runs the verb.
pub(super) async fn ps(global: &Global, args: TableArgs) -> Result<(), Failure> {
    let (snapshot, runs) = snapshot(global).await?;
    if args.json {
        return say_json(&Ps::of(&snapshot, runs));
    }
    if !runs {
        complain(&format!("{} is not running; this is its last run", snapshot.identity.stack));
    }
    let now = now().wall.0;
    let rows: Vec<Vec<String>> = snapshot.services.iter().map(|service| row(service, now)).collect();
    let header = ["SERVICE", "STATE", "PORT", "HEALTH", "SINCE", "RESTARTS", "URL"];
    let room = room(args.wide);
    let mut text = table(&header, &rows, room, YIELDING);
    text.push_str(&wrong(global, &snapshot, room));
    say(&text)
}

/// One line for each service with which something is wrong: the first thing, and who says more.
fn wrong(global: &Global, snapshot: &StackSnapshot, room: Option<usize>) -> String {
    let (ink, call) = (Ink::of(global.color, &std::io::stdout()), global.call());
    let mut text = String::new();
    for service in &snapshot.services {
        let findings = snapshot.findings_of(&service.name).into_iter();
        if let Some(error) = findings.into_iter().find(|finding| finding.severity == Severity::Error) {
            let (sign, name) = (ink.sign(error.severity), &service.name);
            let (whose, more) = (format!("{name}: "), format!(" ({call} why {name})"));
            let title = match room {
                // The sign and a space stand before it.
                Some(room) => {
                    cut(&plain(&error.title), room.saturating_sub(2 + width(&whose) + width(&more)), CUT)
                }
                None => plain(&error.title),
            };
            text.push_str(&format!("{sign} {whose}{title}{more}\n"));
        }
    }
    text
}

fn row(service: &ServiceSnapshot, now: u64) -> Vec<String> {
    let port = match (service.port, service.preferred_port) {
        (Some(port), Some(preferred)) if port != preferred => format!("{port} (not {preferred})"),
        (Some(port), _) => port.to_string(),
        (None, _) => String::new(),
    };
    vec![
        service.name.to_string(),
        service.state.to_string(),
        port,
        plain(&health(service)),
        short_duration(now.saturating_sub(service.since.0)),
        service.restarts.to_string(),
        service.url.clone().unwrap_or_default(),
    ]
}

fn health(service: &ServiceSnapshot) -> String {
    if let Some(reason) = &service.failure {
        return reason.to_string();
    }
    if let Some(reason) = &service.unwell {
        return reason.clone();
    }
    if !service.waiting_for.is_empty() {
        let names: Vec<&str> = service.waiting_for.iter().map(|name| name.as_str()).collect();
        return format!("needs {}", names.join(", "));
    }
    match (service.latency_us, service.exit) {
        (Some(micros), _) if service.state == State::Healthy => {
            format!("ok in {:.1}ms", micros as f64 / 1000.0)
        }
        (_, Some(exit)) if service.pid.is_none() => exit.to_string(),
        _ => String::new(),
    }
}

impl<'a> Ps<'a> {
    fn of(snapshot: &'a StackSnapshot, runs: bool) -> Self {
        Self {
            schema: 1,
            stack: &snapshot.identity.stack,
            folder: snapshot.identity.folder.display().to_string(),
            pid: runs.then_some(snapshot.identity.pid),
            services: snapshot
                .services
                .iter()
                .map(|service| PsService::of(service, snapshot.findings_of(&service.name).len()))
                .collect(),
        }
    }
}

impl<'a> PsService<'a> {
    fn of(service: &'a ServiceSnapshot, findings: usize) -> Self {
        let waiting: Vec<&str> = service.waiting_for.iter().map(|name| name.as_str()).collect();
        Self {
            name: service.name.as_str(),
            replica: service.replica,
            state: service.state,
            mode: service.mode,
            epoch: service.epoch.0,
            pid: service.pid,
            host: service.host.as_deref(),
            port: service.port.map(|port| port.get()),
            preferred_port: service.preferred_port.map(|port| port.get()),
            held_by: service.held_by.as_ref(),
            url: service.url.as_deref(),
            latency_ms: service.latency_us.map(|micros| micros as f64 / 1000.0),
            restarts: service.restarts,
            exit: service.exit.map(|exit| exit.shell_code()),
            since: service.since.to_string(),
            waiting_for: (!waiting.is_empty()).then_some(waiting),
            findings,
        }
    }
}
