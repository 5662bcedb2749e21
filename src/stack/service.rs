//! One service inside the heart: its specification, what is wanted of it, and what is known about it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::state::{Phase, Run};
use super::{
    CommandId, Epoch, Exit, Finding, Port, PortHolder, RestartPolicy, ServiceName, ServiceSpec, State,
};

/// A service that loses its port this often before it was ever healthy is given up.
pub(super) const MOST_PORT_MOVES: u32 = 10;

/// A bind that was refused by somebody who was gone when we looked is a lost race this often; after that it is the
/// program's own fault (another port of its own, most likely) and counts as a crash.
pub(super) const MOST_BRIEF_LOSSES: usize = 2;

/// So many findings are remembered as told; a program that finds new words for each failure has them told again.
const MOST_TOLD: usize = 64;

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) spec: ServiceSpec,
    /// Whether it is wanted: what commands say, not what happens.
    pub(super) wanted: bool,
    /// Started without what it needs: needs that are not wanted themselves count as met.
    pub(super) without_needs: bool,
    /// It has to begin anew, whatever it does now.
    pub(super) restart: bool,
    pub(super) phase: Phase,
    pub(super) since: Instant,
    /// The number of the latest run.
    pub(super) epoch: Epoch,
    pub(super) port: PortState,
    /// The number of its latest question for a port; an answer to an earlier one is not wanted any more.
    pub(super) question: u64,
    /// Where it listened when that was last verified; it is there again until shown otherwise.
    pub(super) host: Option<String>,
    /// Ports lost to others since it was last healthy.
    pub(super) lost_ports: Vec<Port>,
    /// Its reservation was let go, once and for all.
    pub(super) reservation_released: bool,
    /// Needs that were not up in time and whose fallback it was given.
    pub(super) fallen_back: BTreeSet<ServiceName>,
    /// When it last got past waiting, after which those that need it count their time.
    pub(super) left_waiting: Option<Instant>,
    /// Restarts after it ended by itself, in all.
    pub(super) restarts: u32,
    /// The same, since it was last well for long enough.
    pub(super) streak: u32,
    pub(super) last_exit: Option<Exit>,
    /// What was found to be wrong, the most telling first, and with which run.
    pub(super) findings: Vec<Finding>,
    pub(super) found_in: Epoch,
    /// Rules and titles of what was told since the streak of restarts began: a crash loop tells a thing once.
    told: Vec<(String, String)>,
}

/// What is known about a service's port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PortState {
    /// It has none, or has not asked yet.
    None,
    /// Asked for.
    Asked,
    /// Leased and reserved.
    Held(PortHeld),
    /// Leased, and another one asked for.
    Moving { held: PortHeld, command: CommandId },
    /// Could not be had.
    Refused { detail: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PortHeld {
    pub(super) port: Port,
    /// Who holds the preferred one, if this is not it.
    pub(super) held_by: Option<PortHolder>,
}

impl PortState {
    pub(super) fn held(&self) -> Option<&PortHeld> {
        match self {
            Self::Held(held) | Self::Moving { held, .. } => Some(held),
            Self::None | Self::Asked | Self::Refused { .. } => None,
        }
    }

    pub(super) fn port(&self) -> Option<Port> {
        self.held().map(|held| held.port)
    }
}

impl Service {
    pub(super) fn new(spec: ServiceSpec, now: Instant) -> Self {
        let phase = if spec.disabled { Phase::Disabled } else { Phase::Stopped };
        Self {
            spec,
            wanted: false,
            without_needs: false,
            restart: false,
            phase,
            since: now,
            epoch: Epoch::default(),
            port: PortState::None,
            question: 0,
            host: None,
            lost_ports: Vec::new(),
            reservation_released: false,
            fallen_back: BTreeSet::new(),
            left_waiting: None,
            restarts: 0,
            streak: 0,
            last_exit: None,
            findings: Vec::new(),
            found_in: Epoch::default(),
            told: Vec::new(),
        }
    }

    /// Whether Portolan gives it a port; a shared service brings its own.
    pub(super) fn takes_port(&self) -> bool {
        self.spec.port.is_some() && !self.spec.disabled && self.spec.mode() != super::Mode::Shared
    }

    /// The run that is up to now, if the report is about it.
    pub(super) fn current_run(&mut self, epoch: Epoch) -> Option<&mut Run> {
        self.phase.run_mut().filter(|run| run.epoch == epoch)
    }

    /// Whether something of it may be alive.
    pub(super) fn is_live(&self) -> bool {
        self.phase.run().is_some()
    }

    /// Whether its live run has to end.
    pub(super) fn has_to_end(&self) -> bool {
        self.is_live() && (!self.wanted || self.restart)
    }

    /// Takes over what was found of a run; gives what is to be told of it.
    pub(super) fn take_findings(&mut self, epoch: Epoch, findings: Vec<Finding>) -> Vec<Finding> {
        let is = |finding: &Finding, (rule, title): &(String, String)| {
            *rule == finding.rule && *title == finding.title
        };
        let known = self.findings.iter().map(|finding| (finding.rule.clone(), finding.title.clone()));
        let known: Vec<_> = known.chain(self.told.iter().cloned()).collect();
        let mut new = findings.clone();
        new.retain(|finding| !known.iter().any(|known| is(finding, known)));
        self.told.extend(new.iter().map(|finding| (finding.rule.clone(), finding.title.clone())));
        let over = self.told.len().saturating_sub(MOST_TOLD);
        self.told.drain(..over);
        self.findings = findings;
        self.found_in = epoch;
        new
    }

    /// It was well for long enough: what comes now is news again.
    pub(super) fn end_streak(&mut self) {
        self.streak = 0;
        self.told.clear();
        if self.found_in < self.epoch {
            self.findings.clear();
        }
    }

    /// Somebody wants it to be tried again: what was found may be mended.
    pub(super) fn begin_anew(&mut self) {
        self.end_streak();
        self.findings.clear();
    }

    /// Forgets what was found of an earlier run once it is as it should be, and everything when nobody wants it to run.
    /// Running alone shows nothing yet while it is restarted again and again.
    pub(super) fn forget_findings(&mut self, entered: State) {
        if entered == State::Healthy && self.streak == 0 {
            self.told.clear();
        }
        let over = match entered {
            State::Running => self.found_in < self.epoch && self.streak == 0,
            State::Healthy | State::Completed => self.found_in < self.epoch,
            State::Stopped | State::Disabled => true,
            State::Waiting
            | State::Preparing
            | State::Starting
            | State::Unhealthy
            | State::Backoff
            | State::Stopping
            | State::Failed => false,
        };
        if over {
            self.findings.clear();
        }
    }

    /// The pause before the next start after an exit that nobody asked for; `None` if there is to be none.
    pub(super) fn pause_after(&self, exit: Exit) -> Option<Duration> {
        let restart = self.spec.restart;
        let again = match restart.policy {
            RestartPolicy::No => false,
            RestartPolicy::OnFailure => !exit.is_success(),
            RestartPolicy::Always => true,
        };
        if !again || restart.max.is_some_and(|max| self.streak >= max) {
            return None;
        }
        let doublings = 1u32.checked_shl(self.streak).unwrap_or(u32::MAX);
        Some(restart.backoff.saturating_mul(doublings).min(restart.backoff_max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::samples;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any instant will do, and only a clock makes one")]
    fn backoff_doubles_up_to_its_limit_and_ends_after_the_last_try() {
        let mut service = Service::new(samples::service("a"), Instant::now());
        service.spec.restart.backoff = Duration::from_millis(100);
        service.spec.restart.backoff_max = Duration::from_millis(350);
        service.spec.restart.max = Some(4);
        let mut pauses = Vec::new();
        while let Some(pause) = service.pause_after(Exit::Code(1)) {
            pauses.push(pause.as_millis());
            service.streak += 1;
        }
        assert_eq!(pauses, [100, 200, 350, 350]);
        assert_eq!(service.pause_after(Exit::Code(0)), None);
    }
}
