//! The heart itself: events in, effects out.
//!
//! `Stack` holds facts. An event changes facts; then [`reconcile`](super::reconcile) compares what is with what is
//! wanted and asks for the difference. Nothing is scripted: a restart is a flag that makes the present run end, after
//! which the service waits and starts like any other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::graph::Graph;
use super::service::{PortState, Service};
use super::state::{Phase, StopCause};
use super::{
    Accepted, Address, Answer, Command, CommandId, Effect, Event, FailReason, Launch, Mode, Notice,
    NoticeKind, Port, PortRequest, Refusal, ServiceName, ServiceSpec, StackSpec, State,
};

/// A running stack, as a value: no threads, no clock, no I/O.
#[derive(Clone, Debug)]
pub struct Stack {
    pub(super) spec: Arc<StackSpec>,
    /// In the order of the specification; services that a reload removed stay until nothing of them lives.
    pub(super) services: Vec<Service>,
    /// Counts the changes of any service's address, so that environments are compared only when they may differ.
    pub(super) addresses: u64,
    pub(super) shutting_down: bool,
    pub(super) effects: Vec<Effect>,
}

impl Stack {
    /// A stack of which nothing is wanted yet; send `Command::Start`.
    pub fn new(spec: Arc<StackSpec>, now: Instant) -> Self {
        let services = spec.services.iter().map(|service| Service::new(service.clone(), now)).collect();
        Self { spec, services, addresses: 0, shutting_down: false, effects: Vec::new() }
    }

    /// Takes note of `event` and says what to do now. Total: every event is valid at every moment.
    pub fn on_event(&mut self, event: Event, now: Instant) -> Vec<Effect> {
        match event {
            Event::Command(id, command) => self.on_command(id, command, now),
            Event::Port(service, question, report) => self.on_port(&service, question, report),
            Event::Run(service, epoch, report) => self.on_run(&service, epoch, report, now),
            Event::Diagnosed(service, epoch, state, findings) => {
                self.on_diagnosis(&service, epoch, state, findings);
            }
            Event::DeadlinePassed => {}
        }
        self.reconcile(now);
        std::mem::take(&mut self.effects)
    }

    /// Whether the stack has come to its end: every process gone and nothing to start. `Some(true)` if all ended
    /// well, which a server that ended by itself has not, whatever its exit says. A stack that was told to go down
    /// ends well when nothing lives.
    pub fn outcome(&self) -> Option<bool> {
        let ended = |service: &Service| match service.phase.state() {
            State::Disabled | State::Stopped | State::Completed | State::Failed => true,
            State::Running | State::Healthy | State::Unhealthy | State::Starting => {
                service.spec.mode() == Mode::Shared && !self.shutting_down
            }
            State::Waiting | State::Preparing | State::Backoff | State::Stopping => false,
        };
        if !self.services.iter().all(ended) {
            return None;
        }
        let failed = |service: &Service| match service.phase.state() {
            State::Failed => true,
            State::Completed => service.spec.should_stay(),
            _ => false,
        };
        Some(self.shutting_down || !self.services.iter().any(failed))
    }

    /// Whether it was told to go down.
    pub fn is_shutting_down(&self) -> bool {
        self.shutting_down
    }

    /// Whether the service is on its way to a new run.
    pub fn is_restarting(&self, name: &ServiceName) -> bool {
        let service = self.service(name).filter(|service| service.wanted);
        service.is_some_and(|service| service.restart || matches!(service.phase, Phase::Stopping { .. }))
    }

    /// Whether something of the service may be alive.
    pub fn is_live(&self, name: &ServiceName) -> bool {
        self.service(name).is_some_and(Service::is_live)
    }

    /// What a run of the service would be told now.
    pub fn launch_of(&self, name: &ServiceName) -> Option<Launch> {
        let service = self.service(name)?;
        Some(Launch { port: service.port.port(), addresses: self.addresses_for(service) })
    }

    /// The services that restart when this one moves to another port: those that are up and are told where it is, and
    /// those that follow one of these (`needs.X.restart`). In the order of the stack, without the service itself.
    pub fn restarted_by_move(&self, name: &ServiceName) -> Vec<ServiceName> {
        let told = |service: &Service| {
            service.spec.links().any(|link| link == name) && !service.fallen_back.contains(name)
        };
        let mut restarting: Vec<&ServiceName> = vec![name];
        loop {
            let follows = |service: &Service| {
                service.spec.needs.iter().any(|need| need.restart && restarting.contains(&&need.service))
            };
            let next = self.services.iter().find(|service| {
                let fresh = !restarting.contains(&&service.spec.name);
                let runs = service.is_live() && service.wanted && service.spec.mode() != Mode::Shared;
                fresh && runs && (told(service) || follows(service))
            });
            match next {
                Some(service) => restarting.push(&service.spec.name),
                None => break,
            }
        }
        let all = self.services.iter().map(|service| &service.spec.name);
        all.filter(|other| *other != name && restarting.contains(other)).cloned().collect()
    }

    fn on_command(&mut self, id: CommandId, command: Command, now: Instant) {
        let answer = match command {
            Command::Start { services, no_deps } => self.start(&services, no_deps),
            Command::Stop { services } => self.stop(&services),
            Command::Restart { services, with_dependents } => self.restart(&services, with_dependents),
            Command::Reassign { service, to } => match self.reassign(id, &service, to) {
                // Answered when the port is there.
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
            Command::Reload { spec } => self.reload(spec, now),
            Command::Down => Ok(self.shut_down()),
            Command::Kill => {
                let accepted = self.shut_down();
                self.kill_all(now);
                Ok(accepted)
            }
        };
        self.effects.push(Effect::Reply { command: id, answer });
    }

    fn start(&mut self, named: &[ServiceName], no_deps: bool) -> Answer {
        if self.shutting_down {
            return Err(Refusal::ShuttingDown);
        }
        self.check_known(named)?;
        let all = named.is_empty();
        if let Some(name) = named.iter().find(|name| self.is_disabled(name)) {
            return Err(Refusal::Disabled { name: name.clone() });
        }
        let chosen = if all {
            self.spec.services.iter().map(|service| service.name.clone()).collect()
        } else if no_deps {
            named.iter().cloned().collect()
        } else {
            self.graph().with_needs(named.iter().cloned())
        };
        let mut accepted = Accepted::default();
        for service in self.services.iter_mut().filter(|s| !s.spec.disabled && chosen.contains(&s.spec.name))
        {
            accepted.services.push(service.spec.name.clone());
            // A job that is done runs again only when it is named itself.
            let again = match service.phase.state() {
                State::Completed => service.spec.should_stay() || named.contains(&service.spec.name),
                State::Failed | State::Backoff => true,
                State::Disabled
                | State::Stopped
                | State::Waiting
                | State::Preparing
                | State::Starting
                | State::Running
                | State::Healthy
                | State::Unhealthy
                | State::Stopping => false,
            };
            service.restart |= again;
            service.wanted = true;
            service.without_needs = no_deps;
        }
        Ok(accepted)
    }

    fn stop(&mut self, named: &[ServiceName]) -> Answer {
        self.check_known(named)?;
        for service in self.services.iter_mut().filter(|s| named.contains(&s.spec.name)) {
            service.wanted = false;
            service.restart = false;
        }
        Ok(Accepted { services: named.to_vec(), port: None })
    }

    fn restart(&mut self, named: &[ServiceName], with_dependents: bool) -> Answer {
        if self.shutting_down {
            return Err(Refusal::ShuttingDown);
        }
        self.check_known(named)?;
        if let Some(name) = named.iter().find(|name| self.is_disabled(name)) {
            return Err(Refusal::Disabled { name: name.clone() });
        }
        let chosen = if with_dependents {
            self.graph().with_dependents(named.iter().cloned())
        } else {
            named.iter().cloned().collect()
        };
        let mut accepted = Accepted::default();
        let spec = self.spec.clone();
        let known = |service: &Service| spec.service(&service.spec.name).is_some();
        for service in self.services.iter_mut().filter(|s| chosen.contains(&s.spec.name) && known(s)) {
            // Dependents that are down, or on their way, stay down: only what was named is started.
            if named.contains(&service.spec.name) || (service.wanted && service.is_live()) {
                service.wanted = true;
                service.restart = true;
                service.end_streak();
                accepted.services.push(service.spec.name.clone());
            }
        }
        Ok(accepted)
    }

    fn reassign(&mut self, id: CommandId, name: &ServiceName, to: Option<Port>) -> Result<(), Refusal> {
        if self.shutting_down {
            return Err(Refusal::ShuttingDown);
        }
        self.check_known(std::slice::from_ref(name))?;
        let Some(service) = self.service_mut(name).filter(|service| service.takes_port()) else {
            return Err(Refusal::NoPort { name: name.clone() });
        };
        let held = match &service.port {
            PortState::Held(held) => held.clone(),
            PortState::Moving { .. } | PortState::Asked => {
                return Err(Refusal::PortTaken { detail: "another port is being looked for already".into() });
            }
            PortState::None | PortState::Refused { .. } => {
                return Err(Refusal::NoPort { name: name.clone() });
            }
        };
        if to == Some(held.port) {
            let answer = Ok(Accepted { services: vec![name.clone()], port: to });
            self.effects.push(Effect::Reply { command: id, answer });
            return Ok(());
        }
        let request = to.map_or(PortRequest::Next { not: held.port }, PortRequest::Exactly);
        service.port = PortState::Moving { held, command: id };
        service.question += 1;
        let question = service.question;
        self.effects.push(Effect::AllocatePort { service: name.clone(), request, question });
        Ok(())
    }

    fn reload(&mut self, spec: Arc<StackSpec>, now: Instant) -> Answer {
        if self.shutting_down {
            return Err(Refusal::ShuttingDown);
        }
        let old = std::mem::replace(&mut self.spec, spec.clone());
        let mut accepted = Accepted::default();
        for new in &spec.services {
            let changed = match self.services.iter().position(|service| service.spec.name == new.name) {
                None => {
                    let mut service = Service::new(new.clone(), now);
                    service.wanted = !new.disabled;
                    self.services.push(service);
                    true
                }
                // It was removed before and has not ended yet.
                Some(index) if old.service(&new.name).is_none() => {
                    self.services[index].wanted = !new.disabled;
                    self.redefine(index, new);
                    true
                }
                Some(index) => self.redefine(index, new),
            };
            if changed {
                accepted.services.push(new.name.clone());
            }
        }
        for service in self.services.iter_mut().filter(|s| spec.service(&s.spec.name).is_none()) {
            accepted.services.push(service.spec.name.clone());
            service.wanted = false;
            service.restart = false;
        }
        let place = |service: &Service| spec.services.iter().position(|s| s.name == service.spec.name);
        self.services.sort_by_key(|service| place(service).unwrap_or(usize::MAX));
        self.addresses += 1;
        Ok(accepted)
    }

    /// Gives a known service its new specification; whether more changed than its environment can tell.
    fn redefine(&mut self, index: usize, new: &ServiceSpec) -> bool {
        let service = &mut self.services[index];
        let old = std::mem::replace(&mut service.spec, new.clone());
        let changed = changed_in_kind(&old, new);
        if old.disabled != new.disabled {
            service.wanted = !new.disabled;
        }
        // What it failed of may be mended now.
        let another_try = service.phase.failure().is_some_and(FailReason::may_be_mended_by_reload);
        service.restart |= (changed || another_try) && service.wanted;
        if old.port != new.port {
            self.reconsider_port(index);
        }
        changed || old.port != new.port
    }

    /// Keeps a port that the new specification allows, and lets go of any other.
    fn reconsider_port(&mut self, index: usize) {
        let service = &mut self.services[index];
        let name = service.spec.name.clone();
        // An answer that is still to come is to a question about the old specification.
        service.question += 1;
        match std::mem::replace(&mut service.port, PortState::None) {
            PortState::Held(held) if still_fits(&service.spec, held.port) => {
                service.port = PortState::Held(held);
            }
            PortState::Held(held) => {
                let in_use = service.phase.run().is_some_and(|run| run.port == Some(held.port));
                if !in_use {
                    self.effects.push(Effect::ReleasePort { service: name, port: held.port });
                }
            }
            PortState::Moving { held, command } => {
                service.port = PortState::Held(held);
                let detail = "the service was redefined meanwhile".to_owned();
                self.effects.push(Effect::Reply { command, answer: Err(Refusal::PortTaken { detail }) });
            }
            PortState::None | PortState::Asked | PortState::Refused { .. } => {}
        }
    }

    fn shut_down(&mut self) -> Accepted {
        self.shutting_down = true;
        for service in &mut self.services {
            service.wanted = false;
            service.restart = false;
        }
        Accepted { services: self.services.iter().map(|s| s.spec.name.clone()).collect(), port: None }
    }

    fn kill_all(&mut self, now: Instant) {
        for index in 0..self.services.len() {
            if !matches!(self.services[index].phase, Phase::Stopping { .. }) {
                self.end_run(index, StopCause::Requested, now);
            }
            if let Phase::Stopping { run, killed, .. } = &mut self.services[index].phase {
                *killed = true;
                let epoch = run.epoch;
                let service = self.services[index].spec.name.clone();
                self.effects.push(Effect::Kill { service, epoch });
            }
        }
    }

    pub(super) fn graph(&self) -> Graph {
        Graph::new(self.services.iter().map(|service| {
            let needs = service.spec.needs.iter().map(|need| need.service.clone()).collect();
            (service.spec.name.clone(), needs)
        }))
    }

    pub(super) fn service(&self, name: &ServiceName) -> Option<&Service> {
        self.services.iter().find(|service| service.spec.name == *name)
    }

    pub(super) fn service_mut(&mut self, name: &ServiceName) -> Option<&mut Service> {
        self.services.iter_mut().find(|service| service.spec.name == *name)
    }

    fn check_known(&self, names: &[ServiceName]) -> Result<(), Refusal> {
        // One that a reload removed may still be ending, and is not to be called back.
        match names.iter().find(|name| self.spec.service(name).is_none()) {
            Some(name) => Err(Refusal::UnknownService { name: name.to_string() }),
            None => Ok(()),
        }
    }

    fn is_disabled(&self, name: &ServiceName) -> bool {
        self.service(name).is_some_and(|service| service.spec.disabled)
    }

    /// What `service` is told about `other`: its address, or the fallback where it was not up in time.
    pub(super) fn address_for(&self, service: &Service, other: &ServiceName) -> Option<Address> {
        if service.fallen_back.contains(other) {
            let need = service.spec.needs.iter().find(|need| need.service == *other);
            let url = need.and_then(|need| need.fallback.as_deref())?;
            return Some(Address::from_url(Mode::Shared, url));
        }
        let other = self.service(other)?;
        let host = other.host.as_deref().unwrap_or("127.0.0.1");
        let preferred = || other.spec.port.as_ref().and_then(|port| port.prefer);
        Some(other.spec.address(host, other.port.port().or_else(preferred)))
    }

    /// The addresses of everything that `service` needs or mentions, and its own.
    pub(super) fn addresses_for(&self, service: &Service) -> BTreeMap<ServiceName, Address> {
        let spec = &service.spec;
        let links = spec.links().filter_map(|name| Some((name.clone(), self.address_for(service, name)?)));
        // Where it will really listen is not known yet when it is told; loopback always reaches it.
        let own = (spec.name.clone(), spec.address("127.0.0.1", service.port.port()));
        links.chain([own]).collect()
    }

    /// Changes the state of the service at `index`; everyone who watches is told.
    pub(super) fn enter(&mut self, index: usize, phase: Phase, now: Instant) {
        let service = &mut self.services[index];
        let from = service.phase.state();
        let to = phase.state();
        let failed = phase.failure().map(|reason| NoticeKind::Failed { reason: reason.clone() });
        let reason = failed.or_else(|| Some(NoticeKind::Unwell { reason: phase.unwell()?.to_owned() }));
        service.phase = phase;
        if from == to {
            return;
        }
        service.since = now;
        service.forget_findings(to);
        self.notify(index, NoticeKind::State { from, to });
        if let Some(reason) = reason.filter(|_| to != State::Starting) {
            self.notify(index, reason);
        }
        let service = self.services[index].spec.name.clone();
        self.effects.push(Effect::Publish { service });
    }

    pub(super) fn notify(&mut self, index: usize, what: NoticeKind) {
        let service = &self.services[index];
        let notice = Notice { service: service.spec.name.clone(), epoch: service.epoch, what };
        self.effects.push(Effect::Notify(notice));
    }

    pub(super) fn fail(&mut self, index: usize, reason: FailReason, now: Instant) {
        self.enter(index, Phase::Failed { reason }, now);
    }
}

/// Whether a reload changes more of a service than its environment can tell.
fn changed_in_kind(old: &ServiceSpec, new: &ServiceSpec) -> bool {
    let essence = |spec: &ServiceSpec| {
        (
            spec.runs.clone(),
            spec.directory.clone(),
            spec.prepare.clone(),
            spec.port.as_ref().map(|port| (port.env.clone(), port.reserve, port.owner)),
            spec.url.clone(),
            spec.health.clone(),
            spec.tty,
            spec.disabled,
        )
    };
    essence(old) != essence(new)
}

/// Whether a port that a service has is still one that its specification allows.
fn still_fits(spec: &ServiceSpec, port: Port) -> bool {
    spec.port.as_ref().is_some_and(|wanted| match wanted.range {
        Some(range) => range.contains(port),
        None => wanted.prefer.is_none_or(|prefer| prefer == port),
    })
}
