//! SC-005: no exception in what the services print.

use std::collections::BTreeMap;

use crate::stack::{Epoch, NoticeKind, ServiceName};

use super::super::facts::{Facts, LogFault};
use super::super::outcome::{CheckId, Detail, Grade, Outcome};
use super::words::{counted, is_exception};

/// So many faults of a service are told; of the rest only the number is.
const TOLD: usize = 10;

/// How programs say that they were told to stop.
const GOODBYES: [&str; 4] = ["KeyboardInterrupt", "CancelledError", "SystemExit", "AbortError"];

pub(super) fn judge(facts: &Facts) -> Outcome {
    if let Some(why) = &facts.log.unread {
        return Outcome::of(
            CheckId::Logs,
            subjects(facts),
            "",
            vec![Detail::of_stack(format!("the logs could not be read: {why}"))],
        );
    }
    let mut by_service: BTreeMap<&ServiceName, Vec<&LogFault>> = BTreeMap::new();
    for fault in facts.log.faults.iter().filter(|fault| counts(facts, fault)) {
        by_service.entry(&fault.service).or_default().push(fault);
    }
    let mut details = Vec::new();
    for (service, faults) in by_service {
        // What fails is told before what is only said.
        let mut graded: Vec<(Grade, &LogFault)> =
            faults.into_iter().map(|fault| (grade(fault), fault)).collect();
        graded.sort_by_key(|(grade, fault)| (*grade != Grade::Error, fault.line));
        let more = graded.len().saturating_sub(TOLD);
        let rest = graded.get(TOLD).map(|(grade, _)| *grade);
        details.extend(graded.into_iter().take(TOLD).map(|(grade, fault)| Detail {
            service: Some(service.clone()),
            grade,
            text: format!("log line {}: {}", fault.line, fault.text),
            place: fault.place.clone(),
        }));
        details.extend(rest.map(|grade| Detail {
            service: Some(service.clone()),
            grade,
            text: format!("and {more} more"),
            place: None,
        }));
    }
    let lines = usize::try_from(facts.log.lines).unwrap_or(usize::MAX);
    Outcome::of(CheckId::Logs, subjects(facts), counted(lines, "line"), details)
}

fn subjects(facts: &Facts) -> Vec<ServiceName> {
    facts.services.iter().map(|service| service.name().clone()).collect()
}

/// A level alone is not an exception: programs call many things an error.
fn grade(fault: &LogFault) -> Grade {
    if fault.is_traceback || is_exception(&fault.text) { Grade::Error } else { Grade::Warning }
}

fn counts(facts: &Facts, fault: &LogFault) -> bool {
    let goodbye = fault.in_the_end && GOODBYES.iter().any(|word| fault.text.contains(word));
    !goodbye && !met_our_reservation(facts, &fault.service, fault.epoch)
}

/// A server that cannot bind beside the socket with which Portolan keeps its port says so; that run is Portolan's fault.
fn met_our_reservation(facts: &Facts, service: &ServiceName, epoch: Epoch) -> bool {
    let of_run = facts.notices.iter().filter(|notice| notice.service == *service && notice.epoch == epoch);
    of_run.into_iter().any(|notice| matches!(notice.what, NoticeKind::ReservationReleased { .. }))
}

#[cfg(test)]
mod tests {
    use super::super::super::outcome::Verdict;
    use super::super::samples::{facts, name, port, service_facts};
    use super::*;
    use crate::stack::Notice;

    fn fault(text: &str) -> LogFault {
        LogFault {
            service: name("api"),
            epoch: Epoch(1),
            line: 17,
            text: text.into(),
            place: Some("main.py:3".into()),
            is_traceback: true,
            in_the_end: false,
        }
    }

    fn with(faults: Vec<LogFault>) -> Facts {
        let mut stack = facts(vec![service_facts("api")]);
        stack.log.faults = faults;
        stack
    }

    #[test]
    fn a_traceback_is_told_with_its_line_and_place() {
        let outcome = judge(&with(vec![fault("ValueError: bad")]));
        assert_eq!(outcome.verdict, Verdict::Failed);
        assert_eq!(outcome.details[0].text, "log line 17: ValueError: bad");
        assert_eq!(outcome.details[0].place.as_deref(), Some("main.py:3"));
    }

    #[test]
    fn a_level_alone_is_a_warning() {
        let line = LogFault { is_traceback: false, ..fault("ERROR: disk nearly full") };
        let outcome = judge(&with(vec![line]));
        assert_eq!((outcome.verdict, outcome.details.len()), (Verdict::Passed, 1));
    }

    #[test]
    fn a_goodbye_is_none_before_the_end() {
        let goodbye = fault("KeyboardInterrupt");
        assert_eq!(judge(&with(vec![goodbye.clone()])).verdict, Verdict::Failed);
        let in_the_end = LogFault { in_the_end: true, ..goodbye };
        assert_eq!(judge(&with(vec![in_the_end])).verdict, Verdict::Passed);
    }

    #[test]
    fn many_are_counted() {
        let outcome = judge(&with(vec![fault("ValueError: bad"); 25]));
        assert_eq!(outcome.details.len(), TOLD + 1);
        assert_eq!(outcome.details[TOLD].text, "and 15 more");
    }

    #[test]
    fn a_run_that_met_our_reservation_is_not_the_programs_fault() {
        let mut stack = with(vec![fault("OSError: [Errno 98] Address already in use")]);
        let what = NoticeKind::ReservationReleased { port: port(8000) };
        stack.notices = vec![Notice { service: name("api"), epoch: Epoch(1), what }];
        assert_eq!(judge(&stack).verdict, Verdict::Passed);
        stack.log.faults[0].epoch = Epoch(2);
        assert_eq!(judge(&stack).verdict, Verdict::Failed);
    }
}
