//! SC-003: every service that can be asked answers that it is well.

use super::super::facts::{Asked, Facts, ServiceFacts};
use super::super::outcome::{CheckId, Detail, Outcome};
use super::words::counted;
use crate::stack::Mode;

pub(super) fn judge(facts: &Facts) -> Outcome {
    // Of what does not run it is said elsewhere that it does not.
    let asked: Vec<&ServiceFacts> = facts
        .services
        .iter()
        .filter(|service| service.runs() || service.now.mode == Mode::Shared)
        .filter(|service| service.health != Asked::Nothing)
        .collect();
    if asked.is_empty() {
        let none = facts.services.iter().all(|service| service.now.start_limit_ms.is_none());
        let why = if none { "no service has a probe" } else { "nothing runs that could be asked" };
        return Outcome::unchecked(CheckId::Health, why);
    }
    let unwell = |service: &&ServiceFacts| match &service.health {
        Asked::Unwell(text) => Some(Detail::error(service.name(), text.clone())),
        Asked::Well(_) | Asked::Nothing => None,
    };
    let details = asked.iter().filter_map(unwell).collect();
    let subjects = asked.iter().map(|service| service.name().clone()).collect();
    Outcome::of(CheckId::Health, subjects, format!("{} asked", counted(asked.len(), "service")), details)
}

#[cfg(test)]
mod tests {
    use super::super::super::outcome::Verdict;
    use super::super::samples::{facts, service_facts};
    use super::*;

    #[test]
    fn an_answer_that_is_not_well_fails() {
        let mut service = service_facts("api");
        assert_eq!(judge(&facts(vec![service.clone()])).verdict, Verdict::Passed);
        service.health = Asked::Unwell("GET /health answered 404".into());
        let outcome = judge(&facts(vec![service.clone()]));
        assert_eq!((outcome.verdict, outcome.details.len()), (Verdict::Failed, 1));
        service.now.started_at = None;
        assert_eq!(judge(&facts(vec![service])).verdict, Verdict::Unchecked);
    }
}
