//! What reports of the shell mean: how facts about ports and runs change what is known of a service.

use std::time::{Duration, Instant};

use super::machine::Stack;
use super::service::{MOST_BRIEF_LOSSES, MOST_PORT_MOVES, PortHeld, PortState};
use super::state::{Diagnosis, Phase, StopCause};
use super::{
    Accepted, Effect, Epoch, Exit, FailReason, Finding, NoticeKind, Port, PortHolder, PortReport, Refusal,
    RunReport, ServiceName, State,
};

impl Stack {
    pub(super) fn on_port(&mut self, name: &ServiceName, question: u64, report: PortReport) {
        let index = self.index(name).filter(|index| self.services[*index].question == question);
        let Some(index) = index else {
            // Nobody waits for it any more: a reload took the service away, or asked anew.
            if let PortReport::Allocated { port, .. } = report {
                self.effects.push(Effect::ReleasePort { service: name.clone(), port });
            }
            return;
        };
        let before = self.services[index].port.clone();
        match (before, report) {
            (PortState::Moving { held, command }, PortReport::Allocated { port, held_by }) => {
                self.release_unless_running(index, held.port);
                self.hold(index, Some(held.port), port, held_by);
                let answer = Ok(Accepted { services: vec![name.clone()], port: Some(port) });
                self.effects.push(Effect::Reply { command, answer });
            }
            (PortState::Moving { held, command }, PortReport::Refused { detail }) => {
                self.services[index].port = PortState::Held(held);
                let answer = Err(Refusal::PortTaken { detail });
                self.effects.push(Effect::Reply { command, answer });
            }
            (PortState::Asked, PortReport::Allocated { port, held_by }) => {
                let preferred = self.services[index].spec.port.as_ref().and_then(|spec| spec.prefer);
                self.hold(index, preferred, port, held_by);
            }
            (PortState::Asked, PortReport::Refused { detail }) => {
                self.services[index].port = PortState::Refused { detail };
            }
            // No question is open in these states.
            (PortState::None | PortState::Held(_) | PortState::Refused { .. }, _) => {}
        }
    }

    /// Takes over what was found of the latest run; an earlier one does not matter any more. What is new is told. A look
    /// that was begun before the service was stopped or got well is too late: it is looked into again by then.
    pub(super) fn on_diagnosis(
        &mut self,
        name: &ServiceName,
        epoch: Epoch,
        looked: State,
        findings: Vec<Finding>,
    ) {
        let Some(index) = self.index(name).filter(|index| self.services[*index].epoch == epoch) else {
            return;
        };
        let now = self.services[index].phase.state();
        if matches!(now, State::Stopped | State::Disabled) || now.is_up() != looked.is_up() {
            return;
        }
        for finding in self.services[index].take_findings(epoch, findings) {
            self.notify(index, NoticeKind::Found { finding });
        }
    }

    fn hold(&mut self, index: usize, from: Option<Port>, port: Port, held_by: Option<PortHolder>) {
        let service = &mut self.services[index];
        service.port = PortState::Held(PortHeld { port, held_by: held_by.clone() });
        // What listens there now has not been seen yet.
        service.host = None;
        self.addresses += 1;
        if let Some(from) = from.filter(|from| *from != port) {
            self.notify(index, NoticeKind::PortMoved { from, to: port, held_by });
        }
    }

    /// A port that a live run may still listen on is let go when that run is gone.
    fn release_unless_running(&mut self, index: usize, port: Port) {
        let service = &self.services[index];
        if service.phase.run().is_none_or(|run| run.port != Some(port)) {
            let service = service.spec.name.clone();
            self.effects.push(Effect::ReleasePort { service, port });
        }
    }

    pub(super) fn on_run(&mut self, name: &ServiceName, epoch: Epoch, report: RunReport, now: Instant) {
        let Some(index) = self.index(name) else { return };
        if self.services[index].current_run(epoch).is_none() {
            return;
        }
        match report {
            RunReport::EnvResolved(print) => self.update_run(index, |run| run.print = Some(print)),
            RunReport::EnvCompared(print) => {
                let given = self.services[index].phase.run().and_then(|run| run.print);
                let service = &mut self.services[index];
                if given.is_some_and(|given| given != print) && service.wanted && !service.restart {
                    service.restart = true;
                    self.notify(index, NoticeKind::EnvironmentChanged);
                }
            }
            RunReport::EnvRefused { detail } => {
                self.never_ran(index, FailReason::BadEnvironment { detail }, now);
            }
            RunReport::PrepareFailed { detail } => {
                self.never_ran(index, FailReason::PrepareFailed { detail }, now);
            }
            RunReport::SpawnFailed { detail } => {
                self.never_ran(index, FailReason::SpawnFailed { detail }, now);
            }
            RunReport::Spawned { pid } => self.on_spawned(index, pid, now),
            RunReport::ListenerVerified { host, wide, owner_known } => {
                self.on_verified(index, host, wide, owner_known);
            }
            RunReport::ListenerForeign { holder } => self.on_foreign(index, holder, now),
            RunReport::ListenerElsewhere { port } => self.on_elsewhere(index, port),
            RunReport::BindRefused => self.update_run(index, |run| {
                run.bind_refused.get_or_insert(now);
            }),
            RunReport::PortDiagnosed { holder } => self.on_diagnosed(index, holder, now),
            RunReport::ProbePassed { latency } => self.on_probe_passed(index, latency, now),
            RunReport::ProbeFailed { reason } => self.on_probe_failed(index, reason, now),
            RunReport::Exited(exit) => self.on_exited(index, exit, now),
            RunReport::Gone => self.on_gone(index, now),
        }
    }

    fn index(&self, name: &ServiceName) -> Option<usize> {
        self.services.iter().position(|service| service.spec.name == *name)
    }

    fn update_run(&mut self, index: usize, change: impl FnOnce(&mut super::state::Run)) {
        if let Some(run) = self.services[index].phase.run_mut() {
            change(run);
        }
    }

    fn never_ran(&mut self, index: usize, reason: FailReason, now: Instant) {
        self.end_run(index, StopCause::NeverRan(reason), now);
    }

    fn on_spawned(&mut self, index: usize, pid: Option<u32>, now: Instant) {
        self.update_run(index, |run| {
            run.pid = pid;
            run.spawned_at = Some(now);
        });
        let service = &self.services[index];
        let (Phase::Preparing { run } | Phase::Starting { run }) = &service.phase else { return };
        let (run, port) = (run.clone(), run.port);
        let probed = service.spec.probe().is_some();
        self.services[index].left_waiting.get_or_insert(now);
        self.notify(index, NoticeKind::Spawned { pid, port });
        let phase = if probed { Phase::Starting { run } } else { Phase::Running { run } };
        self.enter(index, phase, now);
        let service = self.services[index].spec.name.clone();
        self.effects.push(Effect::Publish { service });
    }

    fn on_verified(&mut self, index: usize, host: String, wide: Option<String>, owner_known: bool) {
        let service = &mut self.services[index];
        let known = service.phase.run().is_some_and(|run| run.host.as_ref() == Some(&host));
        if service.host.as_deref().unwrap_or("127.0.0.1") != host {
            self.addresses += 1;
        }
        service.host = Some(host.clone());
        self.update_run(index, |run| {
            run.host = Some(host);
            run.elsewhere = None;
        });
        if known {
            return;
        }
        if let Some(host) = wide {
            self.notify(index, NoticeKind::BoundWide { host });
        }
        if let (false, Some(port)) = (owner_known, self.services[index].phase.run().and_then(|run| run.port))
        {
            self.notify(index, NoticeKind::OwnerUnknown { port });
        }
        let service = self.services[index].spec.name.clone();
        self.effects.push(Effect::Publish { service });
    }

    fn on_foreign(&mut self, index: usize, holder: PortHolder, now: Instant) {
        let phase = &self.services[index].phase;
        let Some(port) = phase.run().and_then(|run| run.port) else { return };
        if let Phase::Starting { .. } | Phase::Unhealthy { .. } = phase {
            self.notify(index, NoticeKind::PortLost { port, held_by: Some(holder) });
            self.end_run(index, StopCause::LostPort, now);
        } else if let Phase::Running { run } | Phase::Healthy { run } = phase {
            // It is not the service that answers there: no threshold, no grace.
            let (run, reason) = (run.clone(), format!("port {port} is held by {holder}"));
            self.enter(index, Phase::Unhealthy { run, reason }, now);
        }
    }

    fn on_elsewhere(&mut self, index: usize, took: Port) {
        let Some(run) = self.services[index].phase.run() else { return };
        if run.elsewhere == Some(took) {
            return;
        }
        let told = run.port;
        self.update_run(index, |run| run.elsewhere = Some(took));
        if let Some(told) = told {
            self.notify(index, NoticeKind::PortIgnored { told, took });
        }
    }

    fn on_diagnosed(&mut self, index: usize, holder: Option<PortHolder>, now: Instant) {
        self.update_run(index, |run| run.diagnosis = Diagnosis::Answered);
        let service = &self.services[index];
        let Some(port) = service.phase.run().and_then(|run| run.port) else { return };
        let met_us = holder.is_none() && !service.reservation_released;
        let why = match holder {
            Some(_) => Some(StopCause::LostPort),
            None if met_us => Some(StopCause::MetReservation),
            None if service.lost_ports.len() < MOST_BRIEF_LOSSES => Some(StopCause::LostPort),
            None => None,
        };
        if let Some(why) = why {
            self.notify(
                index,
                if met_us {
                    NoticeKind::ReservationReleased { port }
                } else {
                    NoticeKind::PortLost { port, held_by: holder }
                },
            );
            if met_us {
                self.services[index].reservation_released = true;
                let service = self.services[index].spec.name.clone();
                self.effects.push(Effect::ReleaseReservation { service });
            }
            if let Phase::Stopping { why: cause @ StopCause::Exited(_), .. } = &mut self.services[index].phase
            {
                *cause = why;
            } else if let Phase::Starting { .. } = self.services[index].phase {
                self.end_run(index, why, now);
            }
        }
        let gone = self.services[index].phase.run().is_some_and(|run| run.gone);
        if gone {
            self.on_gone(index, now);
        }
    }

    /// A late answer about a run that is ending, or one without a probe, changes nothing.
    fn on_probe_passed(&mut self, index: usize, latency: Duration, now: Instant) {
        let service = &mut self.services[index];
        note_probe(&mut service.phase, Some(latency), now);
        if let Phase::Healthy { run } = &mut service.phase {
            run.latency = Some(latency);
            run.failures = 0;
        } else if let Phase::Starting { run } | Phase::Unhealthy { run, .. } = &mut service.phase {
            run.latency = Some(latency);
            run.failures = 0;
            run.last_failure = None;
            run.healthy_since.get_or_insert(now);
            let run = run.clone();
            service.lost_ports.clear();
            self.enter(index, Phase::Healthy { run }, now);
        }
    }

    fn on_probe_failed(&mut self, index: usize, reason: String, now: Instant) {
        let service = &mut self.services[index];
        let threshold = service.spec.probe().map_or(1, |probe| probe.failures.max(1));
        note_probe(&mut service.phase, None, now);
        if let Phase::Starting { run } | Phase::Unhealthy { run, .. } | Phase::Healthy { run } =
            &mut service.phase
        {
            run.failures = run.failures.saturating_add(1);
            run.last_failure = Some(reason.clone());
        }
        if let Phase::Unhealthy { reason: shown, .. } = &mut service.phase {
            *shown = reason;
        } else if let Phase::Healthy { run } = &service.phase
            && run.failures >= threshold
        {
            let run = run.clone();
            self.enter(index, Phase::Unhealthy { run, reason }, now);
        }
    }

    fn on_exited(&mut self, index: usize, exit: Exit, now: Instant) {
        self.services[index].last_exit = Some(exit);
        if matches!(self.services[index].phase, Phase::Stopping { .. }) {
            return;
        }
        self.notify(index, NoticeKind::Exited { exit });
        let run = self.services[index].phase.run();
        let diagnose = run.and_then(|run| {
            let unknown = run.bind_refused.is_some() && run.diagnosis == Diagnosis::NotAsked;
            run.port.filter(|_| unknown && !exit.is_success())
        });
        if let Some(port) = diagnose {
            self.diagnose(index, port);
        }
        self.end_run(index, StopCause::Exited(exit), now);
    }

    pub(super) fn diagnose(&mut self, index: usize, port: Port) {
        self.update_run(index, |run| run.diagnosis = Diagnosis::Asked);
        let service = &self.services[index];
        let (service, epoch) = (service.spec.name.clone(), service.epoch);
        self.effects.push(Effect::DiagnosePort { service, epoch, port });
    }

    fn on_gone(&mut self, index: usize, now: Instant) {
        self.update_run(index, |run| run.gone = true);
        let Some(run) = self.services[index].phase.run().cloned() else { return };
        if run.diagnosis == Diagnosis::Asked {
            return;
        }
        let why = if let Phase::Stopping { why, .. } = &self.services[index].phase {
            why.clone()
        } else {
            // It went without a word; an exit that nobody saw is a failure.
            StopCause::Exited(Exit::Code(1))
        };
        self.settle_port(index, &run, &why);
        let service = &mut self.services[index];
        if !service.wanted {
            self.enter(index, Phase::Stopped, now);
            return;
        }
        if std::mem::take(&mut service.restart) {
            service.left_waiting = None;
            self.enter(index, Phase::Waiting, now);
            return;
        }
        match why {
            StopCause::Requested | StopCause::MetReservation => self.enter(index, Phase::Waiting, now),
            StopCause::LostPort if self.services[index].lost_ports.len() as u32 >= MOST_PORT_MOVES => {
                self.fail(index, FailReason::PortRace { moves: MOST_PORT_MOVES }, now);
            }
            StopCause::LostPort => self.enter(index, Phase::Waiting, now),
            StopCause::NeverRan(reason) => self.fail(index, reason, now),
            StopCause::Exited(exit) => self.after_exit(index, exit, run.spawned_at, now),
        }
    }

    /// A port that was lost, or that the service moved away from, is let go now that nothing of it listens there.
    fn settle_port(&mut self, index: usize, run: &super::state::Run, why: &StopCause) {
        let Some(used) = run.port else { return };
        let service = &mut self.services[index];
        let name = service.spec.name.clone();
        if *why == StopCause::LostPort {
            service.lost_ports.push(used);
            if service.port.port() == Some(used) && matches!(service.port, PortState::Held(_)) {
                service.port = PortState::None;
                self.addresses += 1;
                self.effects.push(Effect::ReleasePort { service: name, port: used });
                return;
            }
        }
        if service.port.port() != Some(used) {
            self.effects.push(Effect::ReleasePort { service: name, port: used });
        }
    }

    fn after_exit(&mut self, index: usize, exit: Exit, spawned_at: Option<Instant>, now: Instant) {
        let service = &mut self.services[index];
        if spawned_at.is_some_and(|at| now.duration_since(at) >= service.spec.restart.reset) {
            service.end_streak();
        }
        let Some(pause) = service.pause_after(exit) else {
            let restarts = service.restarts;
            if exit.is_success() {
                self.enter(index, Phase::Completed, now);
            } else {
                self.fail(index, FailReason::Exited { exit, restarts }, now);
            }
            return;
        };
        service.streak += 1;
        service.restarts += 1;
        let attempt = service.streak;
        let in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self.enter(index, Phase::Backoff { until: now + pause }, now);
        self.notify(index, NoticeKind::Restarting { attempt, in_ms });
    }
}

/// A late answer about a run that is ending says nothing about its health.
fn note_probe(phase: &mut Phase, latency: Option<Duration>, now: Instant) {
    if let Phase::Starting { run } | Phase::Unhealthy { run, .. } | Phase::Healthy { run } = phase {
        run.probes.note(latency, now);
    }
}
