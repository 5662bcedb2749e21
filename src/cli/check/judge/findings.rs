//! What the rules found to be wrong with the services.

use crate::stack::Severity;

use super::super::facts::Facts;
use super::super::outcome::{CheckId, Detail, Grade, Outcome};
use super::words::counted;

pub(super) fn judge(facts: &Facts) -> Outcome {
    let details: Vec<Detail> = facts
        .services
        .iter()
        .flat_map(|service| {
            service.now.findings.iter().map(|finding| Detail {
                service: Some(service.name().clone()),
                grade: match finding.severity {
                    Severity::Error => Grade::Error,
                    Severity::Warning => Grade::Warning,
                },
                text: match &finding.remedy {
                    Some(remedy) => format!("{}: {remedy}", finding.title),
                    None => finding.title.clone(),
                },
                place: finding.place.clone(),
            })
        })
        .collect();
    let subjects = facts.services.iter().map(|service| service.name().clone()).collect();
    let told = if details.is_empty() { "none".to_owned() } else { counted(details.len(), "finding") };
    Outcome::of(CheckId::Findings, subjects, told, details)
}

#[cfg(test)]
mod tests {
    use super::super::super::outcome::Verdict;
    use super::super::samples::{facts, service_facts};
    use super::*;
    use crate::stack::Finding;

    #[test]
    fn errors_fail_and_warnings_are_shown() {
        let mut api = service_facts("api");
        let finding = Finding::new("port-ignored", "api ignores its port").shown_by("x").at("main.py:2");
        api.now.findings = vec![finding.clone().warns()];
        let warned = judge(&facts(vec![api.clone()]));
        assert_eq!((warned.verdict, warned.details.len()), (Verdict::Passed, 1));
        api.now.findings = vec![finding];
        let failed = judge(&facts(vec![api]));
        assert_eq!(failed.verdict, Verdict::Failed);
        assert_eq!(failed.details[0].place.as_deref(), Some("main.py:2"));
    }
}
