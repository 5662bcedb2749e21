//! SC-002: what is required reached the processes themselves, in time.

use std::time::Duration;

use crate::stack::Mode;

use super::super::facts::{Facts, Required, Role, SeenEnv, ServiceFacts};
use super::super::outcome::{CheckId, Detail, Outcome};
use super::words::{counted, seconds};

/// What the documents allow between a service's start and its having its variables.
const IN_TIME: Duration = Duration::from_secs(5);

pub(super) fn judge(facts: &Facts) -> Outcome {
    // What was never started was given nothing, which is said elsewhere.
    let given: Vec<&ServiceFacts> = facts
        .services
        .iter()
        .filter(|service| match service.now.mode {
            Mode::Local => service.runs() || !service.env.seen.is_empty(),
            Mode::Embedded => service.runs(),
            Mode::Shared | Mode::Disabled => false,
        })
        .collect();
    if given.is_empty() {
        return Outcome::unchecked(CheckId::Variables, "no process was started");
    }
    let details = given.iter().flat_map(|service| faults(service)).collect();
    let values: usize = given.iter().map(|service| service.env.required.len()).sum();
    let unseen = given.iter().all(|service| service.env.seen.is_empty());
    let latest = given.iter().flat_map(|service| &service.env.seen).filter_map(|seen| seen.after).max();
    let told = match (values, unseen, latest) {
        (0, _, _) => "none is required".to_owned(),
        (_, true, _) => format!("{}, as they were given", counted(values, "value")),
        (_, false, Some(after)) => {
            // Less than the clock tells is not nothing.
            let after = after.max(Duration::from_millis(1));
            format!("{} within {}", counted(values, "value"), seconds(after))
        }
        (_, false, None) => format!("{}, from the start on", counted(values, "value")),
    };
    Outcome::of(
        CheckId::Variables,
        given.iter().map(|service| service.name().clone()).collect(),
        told,
        details,
    )
}

fn faults(service: &ServiceFacts) -> Vec<Detail> {
    let env = &service.env;
    if let Some(why) = &env.refused {
        return vec![Detail::error(service.name(), why.clone())];
    }
    let late = env.seen.iter().filter_map(|seen| seen.after).find(|after| *after > IN_TIME);
    let late = late.filter(|_| !env.required.is_empty()).map(|after| {
        Detail::error(service.name(), format!("its variables were there only after {}", seconds(after)))
    });
    let missing = env.required.iter().filter_map(|required| {
        let text = what_is_wrong(required, &env.seen)?;
        Some(Detail::error(service.name(), text).at(required.place.clone()))
    });
    missing.chain(late).collect()
}

/// Lengths are told and values never.
fn what_is_wrong(required: &Required, seen: &[SeenEnv]) -> Option<String> {
    let Required { name, given, .. } = required;
    let Some(given) = given else { return Some(format!("{name} is required, and it is not given")) };
    seen.iter().find_map(|process| {
        let who = match process.role {
            Role::Leader => format!("its process ({})", process.pid),
            Role::Listener => format!("the process that listens on its port ({})", process.pid),
        };
        match process.variables.get(name) {
            Some(found) if found == given => None,
            Some(found) => Some(format!(
                "{name} is another value in {who}: {} long, and {} were given",
                counted(found.length, "byte"),
                counted(given.length, "byte"),
            )),
            None if process.overwritten => None,
            None => Some(format!("{name} did not reach {who}")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::outcome::Verdict;
    use super::super::samples::{facts, print, service_facts};
    use super::*;

    fn outcome(change: impl FnOnce(&mut ServiceFacts)) -> Outcome {
        let mut service = service_facts("api");
        change(&mut service);
        judge(&facts(vec![service]))
    }

    #[test]
    fn the_same_value_in_time_is_well() {
        let outcome = outcome(|_| {});
        assert_eq!(outcome.verdict, Verdict::Passed);
        assert_eq!(outcome.told, "1 value within 0.1s");
    }

    #[test]
    fn a_process_without_it_fails_wherever_it_was_lost() {
        let lost = outcome(|api| {
            let listener =
                SeenEnv { pid: 7, role: Role::Listener, variables: [].into(), ..api.env.seen[0].clone() };
            api.env.seen.push(listener);
        });
        assert_eq!(lost.details[0].text, "SECRET did not reach the process that listens on its port (7)");
        assert_eq!(lost.details[0].place.as_deref(), Some(".env:1"));
    }

    #[test]
    fn another_value_is_told_by_its_length() {
        let other = outcome(|api| api.env.seen[0].variables = [("SECRET".to_owned(), print("old"))].into());
        assert_eq!(
            other.details[0].text,
            "SECRET is another value in its process (4242): 3 bytes long, and 6 bytes were given"
        );
    }

    #[test]
    fn late_is_too_late_and_nothing_given_is_nothing() {
        let late = outcome(|api| api.env.seen[0].after = Some(Duration::from_millis(5_001)));
        assert_eq!(late.verdict, Verdict::Failed);
        let nothing = outcome(|api| api.env.required[0].given = None);
        assert_eq!(nothing.details[0].text, "SECRET is required, and it is not given");
    }

    #[test]
    fn a_title_written_over_it_proves_nothing() {
        let titled = outcome(|api| {
            (api.env.seen[0].variables, api.env.seen[0].overwritten) = ([].into(), true);
        });
        assert_eq!(titled.verdict, Verdict::Passed);
    }

    #[test]
    fn what_never_started_is_not_accused() {
        let outcome = outcome(|api| {
            api.now.started_at = None;
            api.env.seen.clear();
        });
        assert_eq!(outcome.verdict, Verdict::Unchecked);
    }
}
