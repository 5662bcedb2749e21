//! The state of one service: twelve words for the outside, and the data that belongs to each inside.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::probe_history::ProbeHistory;
use super::{Epoch, Exit, Port, ServiceName};

/// The state of a service, in the words that are the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Never started.
    Disabled,
    /// Not wanted now.
    Stopped,
    /// Wanted, and not yet allowed to start.
    Waiting,
    /// Its one-shot commands run.
    Preparing,
    /// Its process runs and has not been healthy yet.
    Starting,
    /// Its process runs and there is nothing to probe; counts as healthy.
    Running,
    /// Its probe passes.
    Healthy,
    /// Its probe fails.
    Unhealthy,
    /// It ended and will be started again after a pause.
    Backoff,
    /// It was asked to end, or ended and what it left behind is being ended.
    Stopping,
    /// It ended well and will not be started again by itself.
    Completed,
    /// It will not be started again by itself, and did not end well.
    Failed,
}

impl State {
    /// All of them, in the order of a service's life.
    pub const ALL: [Self; 12] = [
        Self::Disabled,
        Self::Stopped,
        Self::Waiting,
        Self::Preparing,
        Self::Starting,
        Self::Running,
        Self::Healthy,
        Self::Unhealthy,
        Self::Backoff,
        Self::Stopping,
        Self::Completed,
        Self::Failed,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::Preparing => "preparing",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Backoff => "backoff",
            Self::Stopping => "stopping",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether dependents may treat it as up: healthy, or running with nothing to probe.
    pub fn is_up(self) -> bool {
        matches!(self, Self::Healthy | Self::Running)
    }

    /// Whether nothing of it runs, nor will without a command.
    pub fn is_at_rest(self) -> bool {
        match self {
            Self::Disabled | Self::Stopped | Self::Completed | Self::Failed => true,
            Self::Waiting
            | Self::Preparing
            | Self::Starting
            | Self::Running
            | Self::Healthy
            | Self::Unhealthy
            | Self::Backoff
            | Self::Stopping => false,
        }
    }

    /// Whether nothing will change without a command.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Disabled
            | Self::Stopped
            | Self::Running
            | Self::Healthy
            | Self::Unhealthy
            | Self::Completed
            | Self::Failed => true,
            Self::Waiting | Self::Preparing | Self::Starting | Self::Backoff | Self::Stopping => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A state with its data.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    Disabled,
    Stopped,
    Waiting,
    Preparing { run: Run },
    Starting { run: Run },
    Running { run: Run },
    Healthy { run: Run },
    Unhealthy { run: Run, reason: String },
    Backoff { until: Instant },
    Stopping { run: Run, why: StopCause, kill_at: Instant, killed: bool },
    Completed,
    Failed { reason: FailReason },
}

/// One spawn of a service, from the order to start until everything of it is gone.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) epoch: Epoch,
    /// `None` before the spawn, and for shared services.
    pub(super) pid: Option<u32>,
    pub(super) spawned_at: Option<Instant>,
    /// The port that it was told to take.
    pub(super) port: Option<Port>,
    /// What its environment came to; `None` until the shell has said.
    pub(super) print: Option<EnvPrint>,
    /// The version of the stack's addresses that `print` was last compared with.
    pub(super) addresses_checked: u64,
    /// The epochs of the services that it needs, as they were when it started.
    pub(super) saw: BTreeMap<ServiceName, Epoch>,
    /// When its output first said that an address is in use.
    pub(super) bind_refused: Option<Instant>,
    /// Whether the holder of its port was asked for because of that.
    pub(super) diagnosis: Diagnosis,
    /// Nothing of it lives, and only the diagnosis is awaited.
    pub(super) gone: bool,
    /// The address it really listens on.
    pub(super) host: Option<String>,
    /// Another port that it listens on instead of its own.
    pub(super) elsewhere: Option<Port>,
    pub(super) healthy_since: Option<Instant>,
    pub(super) latency: Option<Duration>,
    pub(super) probes: ProbeHistory,
    pub(super) failures: u32,
    pub(super) last_failure: Option<String>,
}

/// Whether the holder of a run's port was asked for, after its output said that the address is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Diagnosis {
    #[default]
    NotAsked,
    Asked,
    Answered,
}

impl Run {
    /// A run that was ordered and of which nothing else is known.
    pub(super) fn ordered(
        epoch: Epoch,
        port: Option<Port>,
        addresses_checked: u64,
        saw: BTreeMap<ServiceName, Epoch>,
    ) -> Self {
        Self {
            epoch,
            pid: None,
            spawned_at: None,
            port,
            print: None,
            addresses_checked,
            saw,
            bind_refused: None,
            diagnosis: Diagnosis::NotAsked,
            gone: false,
            host: None,
            elsewhere: None,
            healthy_since: None,
            latency: None,
            probes: ProbeHistory::default(),
            failures: 0,
            last_failure: None,
        }
    }

    /// How long it took from its spawn until it was healthy.
    pub(super) fn ready_after(&self) -> Option<Duration> {
        Some(self.healthy_since?.saturating_duration_since(self.spawned_at?))
    }
}

/// Why a run is being ended, which decides what comes after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StopCause {
    /// A command, a restart or the end of the stack.
    Requested,
    /// Its process ended by itself; what it left behind is being ended.
    Exited(Exit),
    /// It lost its port to somebody else and starts on another one, uncounted.
    LostPort,
    /// It met our own reservation and starts again without it, uncounted.
    MetReservation,
    /// It never came to a process: prepare or spawn failed.
    NeverRan(FailReason),
}

/// A digest of what a service was given as environment. Equal prints mean equal environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnvPrint(pub u64);

/// Why a service is `failed`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FailReason {
    /// A service that it needs was not up in time and there is no fallback.
    NeedTimedOut {
        /// The needed service.
        need: ServiceName,
        /// How long it was waited for, in milliseconds.
        waited_ms: u64,
    },
    /// A service that it needs has failed for good, or is a server that has ended, and there is no fallback.
    NeedFailed {
        /// The needed service.
        need: ServiceName,
    },
    /// No port could be had.
    NoPort {
        /// What stood in the way.
        detail: String,
    },
    /// Its environment breaks a rule.
    BadEnvironment {
        /// Which one, values masked.
        detail: String,
    },
    /// A one-shot command before the start failed.
    PrepareFailed {
        /// The command, and how it ended.
        detail: String,
    },
    /// The process could not be started.
    SpawnFailed {
        /// Why not.
        detail: String,
    },
    /// The process ended and is not started again.
    Exited {
        /// How it ended.
        exit: Exit,
        /// How often it was started again before.
        restarts: u32,
    },
    /// Every port that it was given was taken before it could bind.
    PortRace {
        /// How many ports were tried.
        moves: u32,
    },
}

impl FailReason {
    /// Whether it is another service's fault, so that it is over when that one comes up after all.
    pub(super) fn is_for_a_need(&self) -> bool {
        match self {
            Self::NeedTimedOut { .. } | Self::NeedFailed { .. } => true,
            Self::NoPort { .. }
            | Self::BadEnvironment { .. }
            | Self::PrepareFailed { .. }
            | Self::SpawnFailed { .. }
            | Self::Exited { .. }
            | Self::PortRace { .. } => false,
        }
    }
}

impl FailReason {
    /// Whether a changed configuration or environment file may be all that it takes.
    pub(super) fn may_be_mended_by_reload(&self) -> bool {
        match self {
            Self::NoPort { .. }
            | Self::BadEnvironment { .. }
            | Self::PrepareFailed { .. }
            | Self::SpawnFailed { .. }
            | Self::Exited { .. } => true,
            Self::NeedTimedOut { .. } | Self::NeedFailed { .. } | Self::PortRace { .. } => false,
        }
    }
}

impl fmt::Display for FailReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedTimedOut { need, waited_ms } => {
                write!(f, "{need} was not up within {:.1}s", *waited_ms as f64 / 1000.0)
            }
            Self::NeedFailed { need } => write!(f, "{need}, which it needs, failed or has ended"),
            Self::NoPort { detail } => f.write_str(detail),
            Self::BadEnvironment { detail } => write!(f, "bad environment: {detail}"),
            Self::PrepareFailed { detail } => write!(f, "prepare failed: {detail}"),
            Self::SpawnFailed { detail } => write!(f, "could not be started: {detail}"),
            Self::Exited { exit, restarts: 0 } => write!(f, "{exit}"),
            Self::Exited { exit, restarts: 1 } => write!(f, "{exit} after 1 restart"),
            Self::Exited { exit, restarts } => write!(f, "{exit} after {restarts} restarts"),
            Self::PortRace { moves } => {
                write!(f, "somebody else took each of the {moves} ports that it was given")
            }
        }
    }
}

impl Phase {
    pub(super) fn state(&self) -> State {
        match self {
            Self::Disabled => State::Disabled,
            Self::Stopped => State::Stopped,
            Self::Waiting => State::Waiting,
            Self::Preparing { .. } => State::Preparing,
            Self::Starting { .. } => State::Starting,
            Self::Running { .. } => State::Running,
            Self::Healthy { .. } => State::Healthy,
            Self::Unhealthy { .. } => State::Unhealthy,
            Self::Backoff { .. } => State::Backoff,
            Self::Stopping { .. } => State::Stopping,
            Self::Completed => State::Completed,
            Self::Failed { .. } => State::Failed,
        }
    }

    /// Why it failed, if it did.
    pub(super) fn failure(&self) -> Option<&FailReason> {
        if let Self::Failed { reason } = self { Some(reason) } else { None }
    }

    /// When it will be started again, if only time keeps it from that.
    pub(super) fn next_start(&self) -> Option<Instant> {
        if let Self::Backoff { until } = self { Some(*until) } else { None }
    }

    /// What its probe said last, while that is not what it should be.
    pub(super) fn unwell(&self) -> Option<&str> {
        if let Self::Unhealthy { reason, .. } = self {
            Some(reason)
        } else if let Self::Starting { run } = self {
            run.last_failure.as_deref()
        } else {
            None
        }
    }

    /// The run that may still have live processes.
    pub(super) fn run(&self) -> Option<&Run> {
        match self {
            Self::Preparing { run }
            | Self::Starting { run }
            | Self::Running { run }
            | Self::Healthy { run }
            | Self::Unhealthy { run, .. }
            | Self::Stopping { run, .. } => Some(run),
            Self::Disabled
            | Self::Stopped
            | Self::Waiting
            | Self::Backoff { .. }
            | Self::Completed
            | Self::Failed { .. } => None,
        }
    }

    pub(super) fn run_mut(&mut self) -> Option<&mut Run> {
        match self {
            Self::Preparing { run }
            | Self::Starting { run }
            | Self::Running { run }
            | Self::Healthy { run }
            | Self::Unhealthy { run, .. }
            | Self::Stopping { run, .. } => Some(run),
            Self::Disabled
            | Self::Stopped
            | Self::Waiting
            | Self::Backoff { .. }
            | Self::Completed
            | Self::Failed { .. } => None,
        }
    }
}
