//! What is against what is wanted: one small step per service, repeated until nothing changes.

use std::time::{Duration, Instant};

use super::address::without_password;
use super::machine::Stack;
use super::service::{PortState, Service};
use super::state::{Diagnosis, Phase, Run, StopCause};
use super::{
    Effect, FailReason, Launch, Mode, Need, NoticeKind, PortRequest, Refusal, ServiceName, State, Until,
};

/// A process that said that its address is in use and neither listened nor ended for this long is looked into.
const BIND_REFUSED_PATIENCE: Duration = Duration::from_millis(1500);

/// Where one need of a service stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NeedStatus {
    Met,
    /// Not met, and may still be until this moment; `None` while the needed service has not begun to start.
    Pending(Option<Instant>),
    /// Not met, and its time is over.
    TimedOut,
    /// Not met, and it will not be without a command.
    Hopeless,
}

impl Stack {
    pub(super) fn reconcile(&mut self, now: Instant) {
        // Each step moves a service forward in its life or flags a restart, so this ends; the bound only keeps a
        // fault from becoming a hang.
        for _ in 0..self.services.len() * 4 + 4 {
            let mut changed = false;
            for index in 0..self.services.len() {
                changed |= self.step(index, now);
            }
            if !changed {
                break;
            }
        }
        self.forget_removed();
    }

    /// The earliest moment after `now` at which time alone changes something.
    pub fn next_deadline(&self, now: Instant) -> Option<Instant> {
        self.services.iter().filter_map(|service| self.deadline_of(service, now)).min()
    }

    pub(super) fn deadline_of(&self, service: &Service, now: Instant) -> Option<Instant> {
        match &service.phase {
            Phase::Backoff { until } => Some(*until),
            Phase::Stopping { kill_at, killed: false, .. } => Some(*kill_at),
            Phase::Waiting => {
                let needs = service.spec.needs.iter();
                let pending = needs.filter_map(|need| match self.need_status(service, need, now) {
                    NeedStatus::Pending(until) => until,
                    NeedStatus::Met | NeedStatus::TimedOut | NeedStatus::Hopeless => None,
                });
                pending.min()
            }
            // One that has to end waits for its dependents to end, not for time.
            Phase::Starting { .. } if service.has_to_end() => None,
            Phase::Starting { run } => {
                let spawned = run.spawned_at?;
                let slow = service.spec.probe().map(|probe| spawned + probe.start_timeout);
                let unknown = run.diagnosis == Diagnosis::NotAsked && run.host.is_none();
                let refused = run.bind_refused.filter(|_| unknown && run.port.is_some());
                slow.into_iter().chain(refused.map(|at| at + BIND_REFUSED_PATIENCE)).min()
            }
            Phase::Disabled
            | Phase::Stopped
            | Phase::Preparing { .. }
            | Phase::Running { .. }
            | Phase::Healthy { .. }
            | Phase::Unhealthy { .. }
            | Phase::Stopping { .. }
            | Phase::Completed
            | Phase::Failed { .. } => None,
        }
    }

    /// Brings one service one step nearer to what is wanted; whether anything changed.
    fn step(&mut self, index: usize, now: Instant) -> bool {
        let service = &self.services[index];
        let (wanted, restart) = (service.wanted, service.restart);
        match &service.phase {
            Phase::Disabled if service.spec.disabled => false,
            Phase::Disabled => {
                self.enter(index, Phase::Stopped, now);
                true
            }
            Phase::Stopped | Phase::Completed | Phase::Failed { .. } if service.spec.disabled => {
                self.enter(index, Phase::Disabled, now);
                true
            }
            Phase::Stopped if wanted => self.wait(index, now),
            Phase::Completed | Phase::Failed { .. } if wanted && restart => self.wait(index, now),
            Phase::Failed { reason } if reason.is_for_a_need() && wanted && self.needs_met(index, now) => {
                self.wait(index, now)
            }
            Phase::Stopped => false,
            Phase::Completed | Phase::Failed { .. } => false,
            Phase::Waiting | Phase::Backoff { .. } if !wanted => {
                self.enter(index, Phase::Stopped, now);
                true
            }
            Phase::Backoff { until } if restart || *until <= now => self.wait(index, now),
            Phase::Backoff { .. } => false,
            Phase::Waiting => self.step_waiting(index, now),
            Phase::Stopping { .. } => self.step_stopping(index, now),
            Phase::Preparing { .. }
            | Phase::Starting { .. }
            | Phase::Running { .. }
            | Phase::Healthy { .. }
            | Phase::Unhealthy { .. } => self.step_live(index, now),
        }
    }

    fn wait(&mut self, index: usize, now: Instant) -> bool {
        let service = &mut self.services[index];
        if service.restart || matches!(service.phase, Phase::Stopped) {
            service.left_waiting = None;
            service.begin_anew();
            service.lost_ports.clear();
        }
        service.restart = false;
        if matches!(service.port, PortState::Refused { .. }) {
            service.port = PortState::None;
        }
        self.enter(index, Phase::Waiting, now);
        true
    }

    fn step_waiting(&mut self, index: usize, now: Instant) -> bool {
        let service = &mut self.services[index];
        service.restart = false;
        if service.takes_port() && service.port == PortState::None {
            let conflict = service.spec.port.as_ref().map(|port| port.conflict).unwrap_or_default();
            let request = PortRequest::Planned { conflict, lost: service.lost_ports.clone() };
            service.port = PortState::Asked;
            service.question += 1;
            let question = service.question;
            let service = service.spec.name.clone();
            self.effects.push(Effect::AllocatePort { service, request, question });
            return true;
        }
        if let PortState::Refused { detail } = &service.port {
            let reason = FailReason::NoPort { detail: detail.clone() };
            self.fail(index, reason, now);
            return true;
        }
        self.settle_needs(index, now)
    }

    /// Starts the service if every need is met or has a fallback, fails it if one timed out without.
    fn settle_needs(&mut self, index: usize, now: Instant) -> bool {
        let service = &self.services[index];
        let mut fallen_back = Vec::new();
        let mut ready = true;
        for need in &service.spec.needs {
            match (self.need_status(service, need, now), &need.fallback) {
                (NeedStatus::Met, _) => {}
                (NeedStatus::TimedOut | NeedStatus::Hopeless, Some(url)) => {
                    fallen_back.push((need.service.clone(), url.clone()));
                }
                (NeedStatus::TimedOut, None) => {
                    let waited = now.duration_since(self.clock_start(service, need).unwrap_or(now));
                    let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                    let reason = FailReason::NeedTimedOut { need: need.service.clone(), waited_ms };
                    self.fail(index, reason, now);
                    return true;
                }
                (NeedStatus::Hopeless, None) => {
                    let reason = FailReason::NeedFailed { need: need.service.clone() };
                    self.fail(index, reason, now);
                    return true;
                }
                (NeedStatus::Pending(_), _) => ready = false,
            }
        }
        if !ready || self.waits_for_ports(index) {
            return false;
        }
        let names = fallen_back.iter().map(|(need, _)| need.clone()).collect();
        self.services[index].fallen_back = names;
        for (need, url) in fallen_back {
            self.notify(index, NoticeKind::FellBack { need, url: without_password(&url) });
        }
        self.launch(index, now);
        true
    }

    fn launch(&mut self, index: usize, now: Instant) {
        let service = &self.services[index];
        let launch = Launch { port: service.port.port(), addresses: self.addresses_for(service) };
        let epoch = service.epoch.next();
        let seen = service
            .spec
            .needs
            .iter()
            .filter_map(|need| Some((need.service.clone(), self.service(&need.service)?.epoch)));
        let run = Run::ordered(epoch, launch.port, self.addresses, seen.collect());
        let prepares = !service.spec.prepare.is_empty();
        let name = service.spec.name.clone();
        self.services[index].epoch = epoch;
        self.effects.push(Effect::Start { service: name, epoch, launch });
        self.enter(index, if prepares { Phase::Preparing { run } } else { Phase::Starting { run } }, now);
    }

    /// Whether a service that this one mentions still waits for its port, so that its address is not known yet.
    fn waits_for_ports(&self, index: usize) -> bool {
        let service = &self.services[index];
        let unknown = |service: &Service| match service.port {
            PortState::Asked => true,
            PortState::None => service.wanted && service.takes_port(),
            PortState::Held(_) | PortState::Moving { .. } | PortState::Refused { .. } => false,
        };
        let mut others = service.spec.links().filter_map(|name| self.service(name));
        unknown(service) || others.any(|other| other.wanted && unknown(other))
    }

    fn step_live(&mut self, index: usize, now: Instant) -> bool {
        let service = &self.services[index];
        let Some(run) = service.phase.run() else { return false };
        if service.wanted && !service.restart && (self.moved(index) || self.need_restarted(index)) {
            self.services[index].restart = true;
            return true;
        }
        if service.has_to_end() {
            if self.dependents_still_ending(&service.spec.name) {
                return false;
            }
            self.end_run(index, StopCause::Requested, now);
            return true;
        }
        if let Some(reason) = self.slow_start(index, now) {
            let run = run.clone();
            self.enter(index, Phase::Unhealthy { run, reason }, now);
            return true;
        }
        let patience_over = run.bind_refused.is_some_and(|at| now >= at + BIND_REFUSED_PATIENCE);
        if let (Phase::Starting { .. }, true, Diagnosis::NotAsked, Some(port)) =
            (&service.phase, patience_over && run.host.is_none(), run.diagnosis, run.port)
        {
            self.diagnose(index, port);
            return true;
        }
        self.compare_environment(index) | self.recover_fallbacks(index, now)
    }

    /// Whether it has to listen elsewhere than its run was told.
    fn moved(&self, index: usize) -> bool {
        let service = &self.services[index];
        let told = service.phase.run().and_then(|run| run.port);
        match service.port.port() {
            Some(planned) => told != Some(planned),
            None => service.takes_port() && service.port == PortState::None,
        }
    }

    /// Whether a service that it follows (`needs.X.restart`) has been started anew since.
    fn need_restarted(&self, index: usize) -> bool {
        let service = &self.services[index];
        let Some(run) = service.phase.run() else { return false };
        service.spec.needs.iter().filter(|need| need.restart).any(|need| {
            let now = self.service(&need.service).map(|needed| needed.epoch);
            now.is_some() && run.saw.get(&need.service).copied() < now
        })
    }

    fn slow_start(&self, index: usize, now: Instant) -> Option<String> {
        let service = &self.services[index];
        let Phase::Starting { run } = &service.phase else { return None };
        let limit = service.spec.probe()?.start_timeout;
        if now < run.spawned_at? + limit {
            return None;
        }
        let last = run.last_failure.as_deref().unwrap_or("no answer");
        Some(format!("not healthy within {:.1}s: {last}", limit.as_secs_f64()))
    }

    fn compare_environment(&mut self, index: usize) -> bool {
        let version = self.addresses;
        let service = &self.services[index];
        let stale =
            service.phase.run().is_some_and(|run| run.print.is_some() && run.addresses_checked < version);
        if !stale {
            return false;
        }
        let Some(launch) = self.launch_of(&service.spec.name) else { return false };
        let (name, epoch) = (service.spec.name.clone(), service.epoch);
        if let Some(run) = self.services[index].phase.run_mut() {
            run.addresses_checked = version;
        }
        self.effects.push(Effect::CompareEnv { service: name, epoch, launch });
        false
    }

    /// A need that was given up on and is met after all is told by its real address again.
    fn recover_fallbacks(&mut self, index: usize, now: Instant) -> bool {
        let service = &self.services[index];
        let met = |name: &ServiceName| {
            let need = service.spec.needs.iter().find(|need| need.service == *name);
            need.is_none_or(|need| self.need_status(service, need, now) == NeedStatus::Met)
        };
        let recovered: Vec<_> = service.fallen_back.iter().filter(|name| met(name)).cloned().collect();
        for name in &recovered {
            self.services[index].fallen_back.remove(name);
            self.addresses += 1;
        }
        !recovered.is_empty()
    }

    /// Services stop in reverse order: not before those that need them and have to end too.
    fn dependents_still_ending(&self, name: &ServiceName) -> bool {
        self.services.iter().any(|other| {
            let needs = other.spec.needs.iter().any(|need| need.service == *name);
            needs && (other.has_to_end() || matches!(other.phase, Phase::Stopping { .. }))
        })
    }

    pub(super) fn end_run(&mut self, index: usize, why: StopCause, now: Instant) {
        let service = &self.services[index];
        let Some(run) = service.phase.run().cloned() else { return };
        let (name, epoch) = (service.spec.name.clone(), run.epoch);
        let kill_at = now + service.spec.stop.grace;
        let by_itself = matches!(why, StopCause::Exited(_));
        self.effects.push(Effect::Stop { service: name.clone(), epoch });
        self.enter(index, Phase::Stopping { run, why, kill_at, killed: false }, now);
        if !self.shutting_down && (by_itself || !self.services[index].restart) {
            self.tell_dependents(&name);
        }
    }

    /// Those that run on without a service that they need are told so.
    fn tell_dependents(&mut self, name: &ServiceName) {
        for index in 0..self.services.len() {
            let other = &self.services[index];
            let up = matches!(other.phase.state(), State::Running | State::Healthy | State::Unhealthy);
            if up && other.wanted && other.spec.needs.iter().any(|need| need.service == *name) {
                self.notify(index, NoticeKind::NeedLost { need: name.clone() });
            }
        }
    }

    fn step_stopping(&mut self, index: usize, now: Instant) -> bool {
        let service = &mut self.services[index];
        let grace = service.spec.stop.grace;
        let name = service.spec.name.clone();
        let Phase::Stopping { run, why, kill_at, killed } = &mut service.phase else { return false };
        if *killed || now < *kill_at {
            return false;
        }
        *killed = true;
        let epoch = run.epoch;
        let expected = matches!(why, StopCause::Requested | StopCause::LostPort);
        self.effects.push(Effect::Kill { service: name, epoch });
        if expected {
            let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
            self.notify(index, NoticeKind::Killed { grace_ms });
        }
        true
    }

    fn needs_met(&self, index: usize, now: Instant) -> bool {
        let service = &self.services[index];
        service.spec.needs.iter().all(|need| self.need_status(service, need, now) == NeedStatus::Met)
    }

    pub(super) fn need_status(&self, service: &Service, need: &Need, now: Instant) -> NeedStatus {
        let Some(needed) = self.service(&need.service) else { return NeedStatus::Met };
        let left_out = service.without_needs && !needed.wanted;
        if left_out || needed.spec.mode() == Mode::Shared {
            return NeedStatus::Met;
        }
        if needed.spec.disabled {
            return NeedStatus::Hopeless;
        }
        let state = needed.phase.state();
        let has_left = state == State::Completed && needed.spec.should_stay();
        let met = match need.until {
            Until::Completed => state == State::Completed,
            Until::Started if state == State::Completed => true,
            // A job that is done is as good as up; a server that has ended is not there.
            Until::Healthy if state == State::Completed => !has_left,
            _ if needed.restart => false,
            Until::Healthy => state.is_up(),
            Until::Started => {
                state.is_up()
                    || matches!(state, State::Starting | State::Unhealthy)
                        && needed.phase.run().is_some_and(|run| run.spawned_at.is_some())
            }
        };
        if met {
            return NeedStatus::Met;
        }
        if (state == State::Failed || has_left) && !needed.restart {
            return NeedStatus::Hopeless;
        }
        match self.clock_start(service, need).map(|start| start + need.timeout) {
            Some(end) if now >= end => NeedStatus::TimedOut,
            end => NeedStatus::Pending(end),
        }
    }

    /// From when on the time for a need counts: once both have come so far that only the needed service itself can
    /// keep the other waiting. A long chain or a long `prepare` below it does not eat up the time.
    fn clock_start(&self, service: &Service, need: &Need) -> Option<Instant> {
        let needed = self.service(&need.service)?;
        let not_begun = matches!(needed.phase.state(), State::Waiting | State::Preparing);
        match needed.left_waiting {
            Some(at) => Some(at.max(service.since)),
            None => (!not_begun).then_some(service.since),
        }
    }

    /// Services that a reload removed go once nothing of them lives.
    fn forget_removed(&mut self) {
        let spec = self.spec.clone();
        let mut gone = Vec::new();
        self.services.retain(|service| {
            let keep = spec.service(&service.spec.name).is_some() || service.is_live();
            if !keep {
                gone.push((service.spec.name.clone(), service.port.clone()));
            }
            keep
        });
        for (service, port) in gone {
            self.effects.push(Effect::Publish { service: service.clone() });
            if let PortState::Moving { command, .. } = port {
                let answer = Err(Refusal::UnknownService { name: service.to_string() });
                self.effects.push(Effect::Reply { command, answer });
            }
            if let Some(port) = port.port() {
                self.effects.push(Effect::ReleasePort { service, port });
            }
        }
    }
}
