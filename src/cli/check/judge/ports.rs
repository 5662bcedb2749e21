//! SC-004: no conflict on the way, and on every port its own service.

use crate::stack::{FailReason, NoticeKind};

use super::super::facts::{Facts, Party, PortFacts, ServiceFacts};
use super::super::outcome::{CheckId, Detail, Outcome};
use super::words::counted;

pub(super) fn judge(facts: &Facts) -> Outcome {
    let with_port: Vec<&ServiceFacts> =
        facts.services.iter().filter(|service| concerns(facts, service)).collect();
    if with_port.is_empty() {
        let none = facts.services.iter().all(|service| service.now.port.is_none());
        let why = if none { "no service has a port" } else { "nothing runs that could listen" };
        return Outcome::unchecked(CheckId::Ports, why);
    }
    let details = with_port.iter().flat_map(|service| faults(facts, service)).collect();
    let subjects = with_port.iter().map(|service| service.name().clone()).collect();
    Outcome::of(CheckId::Ports, subjects, counted(with_port.len(), "port"), details)
}

fn concerns(facts: &Facts, service: &ServiceFacts) -> bool {
    (service.runs() && service.port.is_some())
        || refusal(service).is_some()
        || !lost(facts, service).is_empty()
}

fn faults(facts: &Facts, service: &ServiceFacts) -> Vec<Detail> {
    let name = service.name();
    let mut found = lost(facts, service);
    found.extend(refusal(service).map(|text| Detail::error(name, text)));
    let Some(port) = service.port.as_ref().filter(|_| service.runs()) else { return found };
    if let Some(took) = service.now.listens_elsewhere {
        found.push(Detail::error(
            name,
            format!("listens on {took}, and its port is {}: it ignores the port that it is told", port.port),
        ));
        return found;
    }
    found.extend(on_port(port).into_iter().map(|text| Detail::error(name, text)));
    found
}

/// Why it has no port at all.
fn refusal(service: &ServiceFacts) -> Option<String> {
    match service.now.failure.as_ref()? {
        reason @ (FailReason::NoPort { .. } | FailReason::PortRace { .. }) => Some(reason.to_string()),
        FailReason::NeedTimedOut { .. }
        | FailReason::NeedFailed { .. }
        | FailReason::BadEnvironment { .. }
        | FailReason::PrepareFailed { .. }
        | FailReason::SpawnFailed { .. }
        | FailReason::Exited { .. } => None,
    }
}

/// The ports that it lost to somebody else.
fn lost(facts: &Facts, service: &ServiceFacts) -> Vec<Detail> {
    let own = facts.notices.iter().filter(|notice| notice.service == *service.name());
    own.filter(|notice| matches!(notice.what, NoticeKind::PortLost { .. }))
        .map(|notice| Detail::error(service.name(), notice.what.to_string()))
        .collect()
}

fn on_port(facts: &PortFacts) -> Vec<String> {
    let listeners = match &facts.listeners {
        Ok(listeners) => listeners,
        Err(why) => return vec![format!("who listens on {} cannot be seen: {why}", facts.port)],
    };
    if listeners.is_empty() {
        return vec![format!("nobody listens on its port {}", facts.port)];
    }
    if facts.any_owner {
        return Vec::new();
    }
    let foreign = listeners.iter().filter_map(|(address, party)| match party {
        Party::Stranger(who) => Some(format!("{who} listens on {address}")),
        Party::Service(_) | Party::Unseen => None,
    });
    foreign.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::outcome::Verdict;
    use super::super::samples::{facts, name, port, service_facts};
    use super::*;
    use crate::stack::{Epoch, Notice, State};

    fn texts(change: impl FnOnce(&mut ServiceFacts)) -> Vec<String> {
        let mut service = service_facts("api");
        change(&mut service);
        judge(&facts(vec![service])).details.into_iter().map(|detail| detail.text).collect()
    }

    #[test]
    fn its_own_process_is_well_and_nobody_is_not() {
        assert_eq!(texts(|_| {}), [""; 0]);
        let nobody = texts(|api| api.port.as_mut().unwrap().listeners = Ok(Vec::new()));
        assert_eq!(nobody, ["nobody listens on its port 8000"]);
    }

    #[test]
    fn a_stranger_beside_it_fails_unless_anybody_may_listen() {
        let stranger = ("[::1]:8000".parse().unwrap(), Party::Stranger("pid 7 (nc)".into()));
        let beside =
            texts(|api| api.port.as_mut().unwrap().listeners.as_mut().unwrap().push(stranger.clone()));
        assert_eq!(beside, ["pid 7 (nc) listens on [::1]:8000"]);
        let any = texts(|api| {
            let port = api.port.as_mut().unwrap();
            (port.any_owner, port.listeners) = (true, Ok(vec![stranger]));
        });
        assert_eq!(any, [""; 0]);
    }

    #[test]
    fn no_port_and_a_port_that_is_ignored_fail() {
        let refused = texts(|api| {
            (api.now.state, api.now.started_at, api.port) = (State::Failed, None, None);
            api.now.failure = Some(FailReason::NoPort { detail: "8000 is held by x".into() });
        });
        assert_eq!(refused.len(), 1);
        let elsewhere = texts(|api| api.now.listens_elsewhere = Some(port(9000)));
        assert!(elsewhere[0].starts_with("listens on 9000, and its port is 8000"), "{elsewhere:?}");
    }

    #[test]
    fn a_port_lost_on_the_way_fails_though_all_is_well_then() {
        let mut stack = facts(vec![service_facts("api")]);
        let what = NoticeKind::PortLost { port: port(8000), held_by: None };
        stack.notices = vec![Notice { service: name("api"), epoch: Epoch(1), what }];
        assert_eq!(judge(&stack).verdict, Verdict::Failed);
    }
}
