//! Whether nothing is left after the stop.

use crate::stack::NoticeKind;

use super::super::facts::Facts;
use super::super::outcome::{CheckId, Detail, Outcome};
use super::words::counted;

pub(super) fn judge(facts: &Facts) -> Outcome {
    let Some(remains) = &facts.remains else {
        return Outcome::unchecked(CheckId::Gone, "the stack was not stopped");
    };
    let error = |service: Option<_>, text: String| Detail { service, ..Detail::of_stack(text) };
    let mut details: Vec<Detail> = remains
        .processes
        .iter()
        .map(|(service, words)| error(service.clone(), format!("{words} still lives")))
        .collect();
    details.extend(remains.ports.iter().map(|(service, port, holder)| {
        error(Some(service.clone()), format!("port {port} is not free: {holder}"))
    }));
    details.extend(
        remains
            .records
            .iter()
            .map(|path| error(None, format!("its record is still there: {}", path.display()))),
    );
    details.extend(remains.leases.iter().map(|port| error(None, format!("port {port} is still leased"))));
    let killed = facts.notices.iter().filter(|notice| matches!(notice.what, NoticeKind::Killed { .. }));
    details.extend(killed.map(|notice| Detail::warning(&notice.service, notice.what.to_string())));
    let left = remains.processes.len() + remains.ports.len() + remains.records.len() + remains.leases.len();
    let told = match (left, remains.unseen) {
        (0, false) => "no process, port, record or lease".to_owned(),
        (0, true) => "no port, record or lease; processes cannot be seen here".to_owned(),
        (left, _) => format!("{} left", counted(left, "thing")),
    };
    let subjects = facts.services.iter().map(|service| service.name().clone()).collect();
    Outcome::of(CheckId::Gone, subjects, told, details)
}

#[cfg(test)]
mod tests {
    use super::super::super::facts::Remains;
    use super::super::super::outcome::Verdict;
    use super::super::samples::{facts, name, port, service_facts};
    use super::*;

    fn with(remains: Option<Remains>) -> Outcome {
        judge(&Facts { remains, ..facts(vec![service_facts("api")]) })
    }

    #[test]
    fn whatever_is_left_fails() {
        assert_eq!(with(Some(Remains::default())).verdict, Verdict::Passed);
        assert_eq!(with(None).verdict, Verdict::Unchecked);
        let api = name("api");
        for left in [
            Remains { processes: vec![(Some(api.clone()), "pid 7 (sleep)".into())], ..Remains::default() },
            Remains { ports: vec![(api, port(8000), "pid 7".into())], ..Remains::default() },
            Remains { records: vec!["/x/api.json".into()], ..Remains::default() },
            Remains { leases: vec![port(8000)], ..Remains::default() },
        ] {
            assert_eq!(with(Some(left)).verdict, Verdict::Failed);
        }
    }
}
