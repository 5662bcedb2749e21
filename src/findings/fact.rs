//! What Portolan sees of a service by itself, in words that rules are about.

use crate::ports;
use crate::stack::{FailReason, ListenerOwner, Mode, State};

use super::case::Case;
use super::rule::Source;

/// Something seen, and in which source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) source: Source,
    pub(super) text: String,
}

/// A start that took this many times the usual is slow.
const SLOW: u32 = 3;
/// Below this nobody calls a start slow.
const SLOW_AT_LEAST_MS: u64 = 3000;

/// Everything that is seen, the most telling first.
pub(super) fn facts(case: &Case<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |source, text: String| facts.push(Fact { source, text });
    let service = case.service;
    match &service.failure {
        Some(FailReason::BadEnvironment { detail }) => add(Source::Environment, detail.clone()),
        Some(FailReason::PrepareFailed { detail }) => add(Source::Prepare, detail.clone()),
        Some(FailReason::SpawnFailed { detail }) => add(Source::Spawn, detail.clone()),
        Some(FailReason::NoPort { detail }) => add(Source::Port, detail.clone()),
        Some(FailReason::PortRace { moves }) => add(Source::Port, format!("lost each of {moves} ports")),
        Some(FailReason::NeedTimedOut { .. } | FailReason::NeedFailed { .. } | FailReason::Exited { .. })
        | None => {}
    }
    if let Some(exit) = service.exit.filter(|_| case.has_ended()) {
        add(Source::Exit, exit.to_string());
        if exit.is_success() && case.should_stay() {
            add(Source::Fact, "ended well and should stay".to_owned());
        }
        let alive = service.restarts.max(1);
        if service.restarts > 1 {
            add(Source::Fact, format!("restarted {alive} times"));
        }
    }
    if let Some(reason) = &service.unwell {
        add(Source::Probe, reason.clone());
    }
    if let (Some(took), Some(told)) = (service.listens_elsewhere, service.port) {
        add(Source::Fact, format!("listens on {took} instead of {told}"));
    }
    if let Some(text) = slow_start(case) {
        add(Source::Fact, text);
    }
    for text in bindings(case) {
        add(Source::Fact, text);
    }
    facts
}

/// `starts for 9.1s, usually 2.0s`, while it is starting or right after it was slow to.
fn slow_start(case: &Case<'_>) -> Option<String> {
    let usual = u64::try_from(case.usual_start?.as_millis()).ok()?;
    let took = match case.service.state {
        State::Starting => case.now.0.saturating_sub(case.service.started_at?.0),
        State::Healthy => case.service.ready_after_ms?,
        _ => return None,
    };
    let slow = took >= (usual * u64::from(SLOW)).max(SLOW_AT_LEAST_MS);
    slow.then(|| format!("starts for {:.1}s, usually {:.1}s", took as f64 / 1e3, usual as f64 / 1e3))
}

/// Where its port is bound, if not on the loopback address that everyone tries.
fn bindings(case: &Case<'_>) -> Vec<String> {
    let local = case.service.mode == Mode::Local;
    let own = case.spec.port.as_ref().is_some_and(|port| port.owner == ListenerOwner::Tree);
    // Only once the listener was seen to be its own.
    let (Some(port), Some(_), true, true) = (case.service.port, &case.service.host, local, own) else {
        return Vec::new();
    };
    let addresses: Vec<_> =
        ports::listeners_on(port).unwrap_or_default().iter().map(|listener| listener.addr.ip()).collect();
    let wide = addresses.iter().find(|ip| !ip.to_canonical().is_loopback());
    if let Some(ip) = wide {
        return vec![format!("listens on {ip}")];
    }
    let only_v6 =
        !addresses.is_empty() && addresses.iter().all(|ip| ip.is_ipv6() && !ip.to_canonical().is_ipv4());
    if only_v6 { vec!["listens on ::1 only".to_owned()] } else { Vec::new() }
}
