//! What Portolan sees of a service by itself, in words that rules are about.

use std::time::Duration;

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
const SLOW_AT_LEAST: Duration = Duration::from_secs(3);

/// After how long a start is slow, where this much is usual.
pub fn slow_after(usual: Duration) -> Duration {
    (usual * SLOW).max(SLOW_AT_LEAST)
}

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
        if service.restarts > 1 {
            add(Source::Fact, format!("restarted {} times", service.restarts));
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
    let usual = case.usual_start?;
    let took = match case.service.state {
        State::Starting => case.service.age(case.now),
        State::Healthy => Duration::from_millis(case.service.ready_after_ms?),
        _ => return None,
    };
    let shown = || format!("starts for {:.1}s, usually {:.1}s", took.as_secs_f64(), usual.as_secs_f64());
    (took >= slow_after(usual)).then(shown)
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

#[cfg(test)]
mod tests {
    use super::super::case::samples::Scene;
    use super::*;
    use crate::stack::{Exit, UnixMillis};

    fn texts(scene: &Scene, usual: Option<Duration>) -> Vec<String> {
        let mut case = scene.case();
        case.usual_start = usual;
        facts(&case).into_iter().map(|fact| fact.text).collect()
    }

    #[test]
    fn an_end_without_an_error_is_a_fault_of_a_server_only() {
        let mut scene = Scene::printing(&[]);
        scene.snapshot.services[0].state = State::Completed;
        scene.snapshot.services[0].exit = Some(Exit::Code(0));
        assert_eq!(texts(&scene, None), ["exit 0"]);
        scene.stack.services[0].port = Some(crate::stack::samples::port("8000-8010"));
        assert_eq!(texts(&scene, None), ["exit 0", "ended well and should stay"]);
    }

    #[test]
    fn one_restart_is_no_loop() {
        let mut scene = Scene::printing(&[]);
        scene.snapshot.services[0].restarts = 1;
        assert_eq!(texts(&scene, None), ["exit 1"]);
        scene.snapshot.services[0].restarts = 3;
        assert_eq!(texts(&scene, None), ["exit 1", "restarted 3 times"]);
    }

    #[test]
    fn a_start_is_slow_by_what_is_usual_and_never_below_three_seconds() {
        let mut scene = Scene::printing(&[]);
        let service = &mut scene.snapshot.services[0];
        service.state = State::Starting;
        service.exit = None;
        service.started_at = Some(UnixMillis(1_000_000 - 3500));
        assert_eq!(texts(&scene, None), [""; 0], "nothing is known of what is usual");
        assert_eq!(texts(&scene, Some(Duration::from_millis(100))), ["starts for 3.5s, usually 0.1s"]);
        assert_eq!(texts(&scene, Some(Duration::from_millis(1200))), [""; 0]);
    }
}
