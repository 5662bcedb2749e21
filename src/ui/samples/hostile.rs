//! A stack in which every text from outside is as bad as it may be.

use std::sync::Arc;

use crate::logs::{Level, Part};
use crate::stack::{
    EnvReport, EnvReportHidden, EnvReportVariable, EnvSource, EnvWarning, FailReason, Finding, Holder,
    NoticeKind, PortHolder, ProbeMark, ProcessFacts, ServiceSnapshot, State, UnixMillis, Usage,
};
use crate::ui::facts::{Facts, ServiceHistory};

use super::stacks::{bare, happen, name, port, to};
use super::{NOW, lines, shop};

/// What acts on a terminal, reorders, hides, is wide, is half a character.
pub(crate) const NASTY: &str = "\x1b[31m\x1b]0;owned\x07\u{202e}evil\u{2066}\r\n\t\0\u{7f}\u{9b}2J日本語 👩‍👩‍👧 e\u{301}\u{301} ﷽ \u{feff}\u{200b}🦀";

/// Services with the longest names there may be, texts of ten thousand characters, figures at their limits, needs
/// that go round in a circle.
pub(crate) fn hostile() -> Facts {
    let long = NASTY.repeat(10_000 / NASTY.chars().count() + 1);
    let mut facts = shop();
    let mut snapshot = (*facts.snapshot).clone();
    snapshot.identity.stack = long.clone();
    snapshot.identity.folder = long.clone().into();
    for (n, state) in State::ALL.into_iter().enumerate() {
        snapshot.services.push(extreme(n, state, &long));
    }
    let far = (0..40)
        .map(|n| ServiceSnapshot { needs: vec![name("api")], ..bare(&format!("n{n}"), State::Healthy) });
    snapshot.services.extend(far);
    facts.snapshot = Arc::new(snapshot);
    facts.branch = Some(long.clone());
    facts.now = UnixMillis(NOW.0 + 90_000_000_000);
    facts.utc_offset = i32::MIN;
    surround(&mut facts, &long);
    let services: Vec<_> = facts.snapshot.services.iter().map(|service| service.name.clone()).collect();
    let mut events = Vec::new();
    for (n, service) in services.iter().enumerate() {
        events.push((0, service.clone(), to(State::Waiting)));
        events.push((u64::MAX / 2 - NOW.0, service.clone(), to(State::ALL[n % State::ALL.len()])));
        let reason = FailReason::SpawnFailed { detail: long.clone() };
        events.push((n as u64, service.clone(), NoticeKind::Failed { reason }));
    }
    happen(&mut facts, events);
    facts.page.entries = vec![
        lines::line("api", 1, 0, long.as_bytes(), Level::Error, Part::Alone),
        lines::line("api", 2, 0, NASTY.as_bytes(), Level::Unknown, Part::Frame { yours: true }),
        lines::line("web", 3, 0, b"\xff\xfe\x80\xc3\x28 \x1b[999;999H\x1b[", Level::Warn, Part::Text),
    ];
    facts
}

fn extreme(n: usize, state: State, long: &str) -> ServiceSnapshot {
    let own = |n: usize| name(&format!("{n}{}", "w".repeat(63 - n.to_string().len())));
    ServiceSnapshot {
        pid: Some(u32::MAX),
        port: Some(port(65_535)),
        preferred_port: Some(port(1)),
        held_by: Some(PortHolder { command: Some(long.to_owned()), folder: Some(long.into()), ..holder() }),
        url: Some(long.to_owned()),
        health_path: Some(long.to_owned()),
        latency_us: Some(u64::MAX),
        probes: vec![ProbeMark { ok: true, latency_us: Some(u64::MAX), at: UnixMillis(u64::MAX) }; 10],
        probes_made: u32::MAX,
        ready_after_ms: Some(u64::MAX),
        next_start_at: Some(UnixMillis(u64::MAX / 2)),
        restarts: u32::MAX,
        since: UnixMillis(u64::MAX),
        started_at: Some(UnixMillis(u64::MAX)),
        needs: vec![own((n + 1) % State::ALL.len()), name("api"), name("nobody")],
        waiting_for: vec![own((n + 1) % State::ALL.len())],
        failure: Some(FailReason::PrepareFailed { detail: long.to_owned() }),
        unwell: Some(long.to_owned()),
        listens_elsewhere: Some(port(2)),
        findings: vec![nasty(long), nasty(NASTY).warns(), nasty("")],
        name: own(n),
        ..bare("x", state)
    }
}

fn nasty(text: &str) -> Finding {
    let mut finding = Finding::new(text, text).at(text).mended_by(text, Some(format!("portolan {text}")));
    finding.evidence = vec![text.to_owned(); 20];
    finding.lines = vec![u64::MAX; 3];
    finding
}

fn holder() -> PortHolder {
    PortHolder { pid: Some(u32::MAX), ..PortHolder::default() }
}

fn surround(facts: &mut Facts, long: &str) {
    let services = facts.snapshot.services.clone();
    for service in &services {
        let mut history = ServiceHistory::default();
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, f32::MAX, 0.0] {
            history.cpu.push(Some(value));
            history.memory.push(Some(value));
            history.latency.push(Some(value));
        }
        facts.history.insert(service.name.clone(), history);
    }
    let mut vitals = facts.vitals.as_deref().cloned().unwrap_or_default();
    for service in &mut vitals.services {
        service.usage = Usage { cpu: Some(f32::MAX), memory: Some(u64::MAX), processes: Some(u32::MAX) };
    }
    facts.vitals = Some(Arc::new(vitals));
    if let Some(description) = facts.description.as_deref().cloned() {
        let mut description = description;
        let sample = description.services[0].clone();
        for service in &services {
            let mut described = sample.clone();
            described.name = service.name.clone();
            described.command = Some(long.to_owned());
            described.directory = long.into();
            described.env_files = vec![long.into(); 9];
            described.health = Some(long.to_owned());
            description.services.push(described);
        }
        description.services.drain(..8);
        facts.description = Some(Arc::new(description));
    }
    if let Some(ports) = &mut facts.ports {
        for row in &mut ports.ports {
            row.stack = long.to_owned();
            row.folder = long.to_owned();
            let process = ProcessFacts {
                pid: u32::MAX,
                command: long.to_owned(),
                folder: Some(long.to_owned()),
                user: None,
            };
            row.listening = Some(Holder::Process(process));
            row.conflict = true;
        }
    }
    let source = || EnvSource::File { path: std::path::Path::new(long).into(), line: u32::MAX };
    let variable = EnvReportVariable {
        name: long.to_owned(),
        value: Some(long.to_owned()),
        secret: false,
        source: source(),
        hidden: vec![EnvReportHidden { source: source(), value: long.to_owned() }; 3],
    };
    let warning = EnvWarning {
        variable: long.to_owned(),
        service: name("api"),
        source: source(),
        reason: long.to_owned(),
        remedy: long.to_owned(),
    };
    facts.environment =
        Some(EnvReport { service: name("api"), variables: vec![variable; 3], warnings: vec![warning; 3] });
}
