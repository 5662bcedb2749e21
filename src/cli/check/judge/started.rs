//! SC-001: every service came up within its limit, and none had to be started twice.

use crate::stack::{Mode, Notice, NoticeKind, ServiceName, ServiceSnapshot, State};

use super::super::facts::{Coming, Facts, ServiceFacts};
use super::super::outcome::{CheckId, Detail, Outcome};
use super::words::{counted, seconds};

pub(super) fn judge(facts: &Facts) -> Outcome {
    let own: Vec<&ServiceFacts> =
        facts.services.iter().filter(|service| service.now.mode != Mode::Shared).collect();
    let mut details: Vec<Detail> = own.iter().flat_map(|service| faults(facts, &service.now)).collect();
    match facts.coming {
        Coming::Ended => details.push(Detail::of_stack("the stack went down while it was looked at")),
        Coming::TimedOut(limit) if details.is_empty() => {
            details.push(Detail::of_stack(format!("it was not up within {}", seconds(limit))));
        }
        Coming::Up | Coming::Never | Coming::TimedOut(_) => {}
    }
    let slowest = own.iter().filter_map(|service| Some((service.now.ready_after_ms?, service.name()))).max();
    let slowest = slowest.map(|(took, name)| {
        format!(", the slowest ({name}) in {}", seconds(std::time::Duration::from_millis(took)))
    });
    let told = format!("{}{}", counted(own.len(), "service"), slowest.unwrap_or_default());
    Outcome::of(CheckId::Started, own.iter().map(|service| service.name().clone()).collect(), told, details)
}

fn faults(facts: &Facts, service: &ServiceSnapshot) -> Vec<Detail> {
    let name = &service.name;
    let mut found: Vec<Detail> = what_is_wrong(facts, service).into_iter().collect();
    let again = restarts(&facts.notices, name);
    // Of a running stack the beginning may be forgotten; the count is not.
    let count = again.len().max(service.restarts as usize);
    if count > 0 {
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        let why = again.first().map(|why| format!(": {why}")).unwrap_or_default();
        found.push(Detail::error(name, format!("was started again {times}{why}")));
    }
    let place = first_place(service);
    found.into_iter().map(|detail| detail.at(place.clone())).collect()
}

fn first_place(service: &ServiceSnapshot) -> Option<String> {
    service.findings.iter().find_map(|finding| finding.place.clone())
}

/// Why it is not up, if it is not.
fn what_is_wrong(facts: &Facts, service: &ServiceSnapshot) -> Option<Detail> {
    let name = &service.name;
    let error = |text: String| Some(Detail::error(name, text));
    let limit = |ms: u64| seconds(std::time::Duration::from_millis(ms));
    let unwell = || service.unwell.clone().unwrap_or_else(|| "its probe fails".to_owned());
    match service.state {
        State::Failed => error(match &service.failure {
            Some(reason) => {
                let reason = reason.to_string();
                if reason.starts_with("failed to ") { reason } else { format!("failed: {reason}") }
            }
            None => "failed".to_owned(),
        }),
        State::Completed if service.has_left() => {
            let exit = service.exit.map(|exit| format!(" ({exit})")).unwrap_or_default();
            error(format!("ended by itself{exit}, and should stay: it has a port or a probe"))
        }
        State::Unhealthy if !service.was_healthy => {
            let within = service.start_limit_ms.map(|ms| format!(" within {}", limit(ms)));
            error(format!("was not healthy{}: {}", within.unwrap_or_default(), unwell()))
        }
        State::Unhealthy => error(format!("is unhealthy: {}", unwell())),
        State::Backoff => {
            let exit = service.exit.map(|exit| exit.to_string()).unwrap_or_else(|| "an end".to_owned());
            error(format!("ended by itself: {exit}"))
        }
        State::Waiting => {
            let needs: Vec<&str> = service.waiting_for.iter().map(ServiceName::as_str).collect();
            let needs = if needs.is_empty() { "its turn".to_owned() } else { needs.join(", ") };
            error(format!("was never started: it waits for {needs}"))
        }
        State::Preparing | State::Starting => {
            let after = match facts.coming {
                Coming::TimedOut(limit) => format!(" after {}", seconds(limit)),
                Coming::Up | Coming::Never | Coming::Ended => String::new(),
            };
            error(format!("is still {}{after}", service.state))
        }
        // Whoever names it wants it.
        State::Stopping | State::Stopped => error(format!("is {}", service.state)),
        State::Disabled | State::Running | State::Completed | State::Healthy => None,
    }
}

/// Why it was started again, each time. That it met our own reservation is no fault of anybody's.
fn restarts(notices: &[Notice], name: &ServiceName) -> Vec<String> {
    let own = notices.iter().filter(|notice| notice.service == *name);
    let mut last_exit = None;
    let mut found = Vec::new();
    for notice in own {
        match &notice.what {
            NoticeKind::Exited { exit } => last_exit = Some(*exit),
            NoticeKind::Restarting { .. } => {
                let exit = last_exit.take().map(|exit| exit.to_string());
                found.push(format!("ended by itself ({})", exit.unwrap_or_else(|| "unknown".into())));
            }
            NoticeKind::PortLost { port, .. } => found.push(format!("lost port {port}")),
            NoticeKind::EnvironmentChanged => found.push("values that it was given have changed".to_owned()),
            // Nothing else starts a run.
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::outcome::Verdict;
    use super::super::samples::{facts, name, service_facts};
    use super::*;
    use crate::stack::{Epoch, Exit, FailReason};

    fn text(change: impl FnOnce(&mut ServiceSnapshot)) -> String {
        let mut service = service_facts("api");
        change(&mut service.now);
        let outcome = judge(&facts(vec![service]));
        assert_eq!(outcome.verdict, Verdict::Failed);
        outcome.details[0].text.clone()
    }

    #[test]
    fn all_well_is_well() {
        let outcome = judge(&facts(vec![service_facts("api")]));
        assert_eq!(outcome.verdict, Verdict::Passed);
        assert_eq!(outcome.told, "1 service, the slowest (api) in 1.2s");
    }

    #[test]
    fn each_way_not_to_come_up_is_told() {
        let failed = text(|api| {
            api.state = State::Failed;
            api.failure = Some(FailReason::NoPort { detail: "8000 is held by x".into() });
        });
        assert!(failed.contains("8000 is held by x"), "{failed}");
        let slow = text(|api| {
            (api.state, api.was_healthy) = (State::Unhealthy, false);
            api.unwell = Some("GET /health answered 503".into());
        });
        assert_eq!(slow, "was not healthy within 60s: GET /health answered 503");
        let left = text(|api| (api.state, api.exit) = (State::Completed, Some(Exit::Code(0))));
        assert!(left.starts_with("ended by itself (exit 0)"), "{left}");
        let waits = text(|api| {
            api.state = State::Waiting;
            api.waiting_for = vec![name("auth")];
        });
        assert_eq!(waits, "was never started: it waits for auth");
    }

    #[test]
    fn a_restart_fails_even_if_all_is_well_then() {
        let mut stack = facts(vec![service_facts("api")]);
        let told = |what| Notice { service: name("api"), epoch: Epoch(1), what };
        stack.notices = vec![
            told(NoticeKind::Exited { exit: Exit::Code(3) }),
            told(NoticeKind::Restarting { attempt: 1, in_ms: 500 }),
        ];
        let outcome = judge(&stack);
        assert_eq!(outcome.details[0].text, "was started again once: ended by itself (exit 3)");
        stack.notices = vec![told(NoticeKind::ReservationReleased { port: super::super::samples::port(1) })];
        assert_eq!(judge(&stack).verdict, Verdict::Passed);
    }

    #[test]
    fn a_stack_that_ends_in_the_middle_fails() {
        let stack = Facts { coming: Coming::Ended, ..facts(vec![service_facts("api")]) };
        assert_eq!(judge(&stack).verdict, Verdict::Failed);
    }
}
