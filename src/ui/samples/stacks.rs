//! Stacks of other shapes than the shop, and the parts that all are made of.

use std::sync::Arc;

use crate::handle::Entry;
use crate::stack::{
    Epoch, Identity, Mode, Notice, NoticeKind, Port, RunId, ServiceName, ServiceSnapshot, StackSnapshot,
    State, Timeline, UnixMillis,
};
use crate::ui::facts::Facts;

use super::{BEGIN, NOW, hostile, shop};

/// A checked name.
pub(crate) fn name(text: &str) -> ServiceName {
    ServiceName::new(text).expect("a sample name is well formed")
}

/// A checked port.
pub(super) fn port(number: u16) -> Port {
    Port::new(number).expect("a sample port is not 0")
}

/// A service of which nothing but its name and state is known.
pub(crate) fn bare(text: &str, state: State) -> ServiceSnapshot {
    ServiceSnapshot {
        name: name(text),
        replica: 0,
        state,
        mode: Mode::Local,
        epoch: Epoch(1),
        pid: None,
        host: None,
        port: None,
        preferred_port: None,
        held_by: None,
        url: None,
        health_path: None,
        latency_us: None,
        probes: Vec::new(),
        probes_made: 0,
        start_limit_ms: None,
        ready_after_ms: None,
        next_start_at: None,
        restarts: 0,
        exit: None,
        since: BEGIN,
        started_at: None,
        needs: Vec::new(),
        waiting_for: Vec::new(),
        failure: None,
        unwell: None,
        was_healthy: false,
        listens_elsewhere: None,
        wanted: true,
        findings: Vec::new(),
    }
}

/// Facts of these services, and no more.
pub(super) fn of(stack: &str, services: Vec<ServiceSnapshot>) -> Facts {
    let identity = Identity {
        stack: stack.to_owned(),
        folder: format!("/home/ada/{stack}").into(),
        pid: 4100,
        run: RunId::from_bits(1),
        started_at: BEGIN,
    };
    let snapshot = StackSnapshot { identity, version: 7, shutting_down: false, services };
    Facts::new(Arc::new(snapshot), false, NOW)
}

/// Takes these events into the facts: when after the begin, of whom, what.
pub(super) fn happen(facts: &mut Facts, events: Vec<(u64, ServiceName, NoticeKind)>) {
    let mut states: std::collections::BTreeMap<ServiceName, State> = Default::default();
    let mut timeline = Timeline::of(BEGIN, []);
    for (seq, (at, service, mut what)) in (1..).zip(events) {
        if let NoticeKind::State { from, to } = &mut what {
            *from = states.insert(service.clone(), *to).unwrap_or(State::Stopped);
        }
        let notice = Notice { service, epoch: Epoch(1), what };
        let ts = UnixMillis(BEGIN.0 + at);
        timeline.note(ts, &notice);
        facts.happenings.add(Arc::new(Entry { schema: 1, seq, ts, notice }));
    }
    facts.timeline = timeline;
}

/// A change to a state. The one before it is filled in.
pub(super) fn to(state: State) -> NoticeKind {
    NoticeKind::State { from: State::Stopped, to: state }
}

/// The shop an hour later: all is well.
pub(crate) fn healthy() -> Facts {
    let mut facts = shop();
    facts.now = UnixMillis(NOW.0 + 3_600_000);
    let mut snapshot = (*facts.snapshot).clone();
    for service in &mut snapshot.services {
        let rests = service.state == State::Completed;
        *service = ServiceSnapshot {
            state: if rests { State::Completed } else { State::Healthy },
            pid: service.pid.or(Some(4300)).filter(|_| !rests),
            latency_us: (!rests).then_some(3_100),
            started_at: (!rests).then_some(BEGIN),
            was_healthy: true,
            restarts: 0,
            exit: service.exit.filter(|_| rests),
            waiting_for: Vec::new(),
            failure: None,
            unwell: None,
            held_by: None,
            preferred_port: service.port,
            findings: Vec::new(),
            next_start_at: None,
            ..service.clone()
        };
    }
    facts.snapshot = Arc::new(snapshot);
    facts.faults.clear();
    let mut events = Vec::new();
    for (n, service) in (0..).zip(&facts.snapshot.services) {
        let starts = 40 + n * 700;
        for (at, state) in [(0, State::Waiting), (starts, State::Starting), (starts + 1_900, service.state)] {
            events.push((at, service.name.clone(), to(state)));
        }
    }
    events.sort_by_key(|event| event.0);
    facts.happenings = Default::default();
    happen(&mut facts, events);
    facts
}

/// So many services, each with up to two needs among those before it.
pub(crate) fn many(count: usize) -> Facts {
    let states = [State::Healthy, State::Healthy, State::Starting, State::Running, State::Waiting];
    let services: Vec<ServiceSnapshot> = (0..count)
        .map(|n| {
            let mut service = bare(&format!("svc-{n:02}"), states[n % states.len()]);
            let mut needs: Vec<usize> = if n < 4 { Vec::new() } else { vec![n / 2 - 2, n / 3] };
            needs.dedup();
            service.needs = needs.into_iter().map(|need| name(&format!("svc-{need:02}"))).collect();
            service.port = u16::try_from(n).ok().filter(|n| n % 3 != 0).map(|n| port(9000 + n));
            service.preferred_port = service.port;
            service
        })
        .collect();
    let mut facts = of("fleet", services);
    let mut events = Vec::new();
    for (n, service) in (0u64..).zip(&facts.snapshot.services) {
        events.push((0, service.name.clone(), to(State::Waiting)));
        if service.state != State::Waiting {
            events.push((n * 300, service.name.clone(), to(State::Starting)));
        }
        if service.state.is_up() {
            events.push((n * 300 + 900, service.name.clone(), to(service.state)));
        }
    }
    events.sort_by_key(|event| event.0);
    happen(&mut facts, events);
    facts
}

/// A stack without services.
pub(crate) fn none() -> Facts {
    of("empty", Vec::new())
}

/// All samples.
pub(crate) fn all() -> Vec<Facts> {
    vec![shop(), healthy(), many(30), none(), hostile()]
}
