//! What everyone outside reads: the stack as it is at one moment, facts only.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::address::without_password;
use super::machine::Stack;
use super::probe_history::micros;
use super::reconcile::NeedStatus;
use super::service::Service;
use super::state::{Phase, Run};
use super::time::millis;
use super::{
    Clock, Epoch, Exit, FailReason, Finding, Mode, Port, PortHolder, ProbeMark, RunId, ServiceName, State,
    UnixMillis,
};

/// What does not change while a stack runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The display name, unique among running stacks (`notes-2`).
    pub stack: String,
    /// The folder of portolan.toml.
    pub folder: PathBuf,
    /// The launcher.
    pub pid: u32,
    /// This run.
    pub run: RunId,
    /// When it began.
    pub started_at: UnixMillis,
}

/// A stack at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackSnapshot {
    /// Whose snapshot.
    #[serde(flatten)]
    pub identity: Identity,
    /// Grows with every snapshot of a run.
    pub version: u64,
    /// Whether it is going down.
    pub shutting_down: bool,
    /// The services in the order of the stack.
    pub services: Vec<ServiceSnapshot>,
}

/// A service at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceSnapshot {
    /// Its name.
    pub name: ServiceName,
    /// Which replica.
    pub replica: u16,
    /// Its state.
    pub state: State,
    /// How it is provided.
    pub mode: Mode,
    /// The number of its latest run, 0 before the first.
    pub epoch: Epoch,
    /// The leader of its process tree, while it lives.
    pub pid: Option<u32>,
    /// The host to connect to, once its listener is verified.
    pub host: Option<String>,
    /// Its port, once it has one.
    pub port: Option<Port>,
    /// The port that it would like.
    pub preferred_port: Option<Port>,
    /// Who holds the preferred one, if it has another.
    pub held_by: Option<PortHolder>,
    /// Where it is reached, once it has a port.
    pub url: Option<String>,
    /// Path and query of its HTTP probe.
    pub health_path: Option<String>,
    /// How long the latest probe took, in microseconds.
    pub latency_us: Option<u64>,
    /// How its latest probes came out, oldest first: at most ten, of its present run.
    #[serde(default)]
    pub probes: Vec<ProbeMark>,
    /// How many probes its present run has had.
    #[serde(default)]
    pub probes_made: u32,
    /// How long a run may take to be healthy for the first time before it counts as unhealthy, in milliseconds; absent
    /// if there is nothing to probe.
    #[serde(default)]
    pub start_limit_ms: Option<u64>,
    /// How long its present run took from the spawn until it was healthy, in milliseconds.
    #[serde(default)]
    pub ready_after_ms: Option<u64>,
    /// When it will be started again, while it is in backoff.
    #[serde(default)]
    pub next_start_at: Option<UnixMillis>,
    /// Restarts after it ended by itself.
    pub restarts: u32,
    /// How its latest process ended.
    pub exit: Option<Exit>,
    /// Since when it is in this state.
    pub since: UnixMillis,
    /// When its latest process was started, while it lives.
    pub started_at: Option<UnixMillis>,
    /// What it needs.
    pub needs: Vec<ServiceName>,
    /// The needs that are not met, while it waits.
    pub waiting_for: Vec<ServiceName>,
    /// Why it failed.
    pub failure: Option<FailReason>,
    /// What its probe says is wrong.
    pub unwell: Option<String>,
    /// Whether its latest process has been healthy at any time.
    pub was_healthy: bool,
    /// Another port that it listens on instead of its own.
    pub listens_elsewhere: Option<Port>,
    /// Whether it is wanted: false after it was stopped.
    pub wanted: bool,
    /// What was found to be wrong with its latest run, the most telling first.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

impl ServiceSnapshot {
    /// Whether nothing more can be expected of it without a command.
    pub fn gave_up(&self) -> bool {
        self.state == State::Failed
    }

    /// How long its process lives at that time; nothing where there is none.
    pub fn age(&self, now: UnixMillis) -> Duration {
        Duration::from_millis(self.started_at.map_or(0, |at| now.0.saturating_sub(at.0)))
    }

    /// Whether it is a server that ended by itself without an error: it has a port or a probe, and should stay.
    pub fn has_left(&self) -> bool {
        self.state == State::Completed && self.start_limit_ms.is_some()
    }

    /// Whether it is as it should be: up, or a job that ended well, or not wanted.
    pub fn is_well(&self) -> bool {
        let rests = self.state == State::Disabled || self.state == State::Completed && !self.has_left();
        self.state.is_up() || rests || (self.state == State::Stopped && !self.wanted)
    }
}

impl StackSnapshot {
    /// The service of that name.
    pub fn service(&self, name: &ServiceName) -> Option<&ServiceSnapshot> {
        self.services.iter().find(|service| service.name == *name)
    }
}

impl Stack {
    /// The stack as it is now.
    pub fn snapshot(&self, identity: Identity, version: u64, clock: &Clock) -> StackSnapshot {
        let services = self.services.iter().map(|service| self.service_snapshot(service, clock)).collect();
        StackSnapshot { identity, version, shutting_down: self.shutting_down, services }
    }

    fn service_snapshot(&self, service: &Service, clock: &Clock) -> ServiceSnapshot {
        let run = service.phase.run();
        let spec = &service.spec;
        let port = service.port.port();
        let host = run.and_then(|run| run.host.clone());
        let address = spec.address(host.as_deref().unwrap_or("127.0.0.1"), port);
        let shared = spec.mode() == Mode::Shared;
        ServiceSnapshot {
            name: spec.name.clone(),
            replica: 0,
            state: service.phase.state(),
            mode: spec.mode(),
            epoch: service.epoch,
            pid: run.and_then(|run| run.pid),
            host: if shared { Some(address.host) } else { host },
            port: address.port,
            preferred_port: spec.port.as_ref().and_then(|port| port.prefer),
            held_by: service.port.held().and_then(|held| held.held_by.clone()),
            url: address.url.map(|url| without_password(&url)),
            health_path: spec.health.as_ref().and_then(|probe| match &probe.check {
                super::ProbeCheck::Http(check) => Some(check.path.clone()),
                super::ProbeCheck::Listening
                | super::ProbeCheck::Tcp
                | super::ProbeCheck::Exec(_)
                | super::ProbeCheck::Log(_) => None,
            }),
            latency_us: run.and_then(|run| run.latency).map(micros),
            probes: run.map(|run| run.probes.marks(clock)).unwrap_or_default(),
            probes_made: run.map_or(0, |run| run.probes.made()),
            start_limit_ms: spec.probe().map(|probe| millis(probe.start_timeout)),
            ready_after_ms: run.and_then(Run::ready_after).map(millis),
            next_start_at: service.phase.next_start().map(|at| clock.wall_of(at)),
            restarts: service.restarts,
            exit: service.last_exit,
            since: clock.wall_of(service.since),
            started_at: run.and_then(|run| run.spawned_at).map(|at| clock.wall_of(at)),
            needs: spec.needs.iter().map(|need| need.service.clone()).collect(),
            waiting_for: self.waiting_for(service, clock.instant),
            failure: service.phase.failure().cloned(),
            unwell: service.phase.unwell().map(str::to_owned),
            was_healthy: run.is_some_and(|run| run.healthy_since.is_some()),
            listens_elsewhere: run.and_then(|run| run.elsewhere),
            wanted: service.wanted,
            findings: service.findings.clone(),
        }
    }

    fn waiting_for(&self, service: &Service, now: Instant) -> Vec<ServiceName> {
        if !matches!(service.phase, Phase::Waiting) {
            return Vec::new();
        }
        let needs = service.spec.needs.iter();
        let open = needs.filter(|need| self.need_status(service, need, now) != NeedStatus::Met);
        open.map(|need| need.service.clone()).collect()
    }
}
