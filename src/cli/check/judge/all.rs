//! All checks of a round.

use crate::env::EnvProblem;
use crate::stack::ServiceName;

use super::super::facts::Facts;
use super::super::outcome::{CheckId, Detail, Outcome};
use super::{dependencies, findings, gone, health, logs, ports, started, variables};

/// Every check, in the order of [`CheckId::ALL`].
pub(in super::super) fn judge(facts: &Facts) -> Vec<Outcome> {
    vec![
        started::judge(facts),
        variables::judge(facts),
        health::judge(facts),
        ports::judge(facts),
        logs::judge(facts),
        dependencies::judge(facts),
        findings::judge(facts),
        gone::judge(facts),
    ]
}

/// The outcomes where nothing was started since the environments are not good.
pub(in super::super) fn refused(
    services: &[ServiceName],
    problems: &[EnvProblem],
    shown: impl Fn(&EnvProblem) -> Option<String>,
) -> Vec<Outcome> {
    let why = "nothing was started";
    let details: Vec<Detail> = problems
        .iter()
        .flat_map(|problem| {
            let subject = problem.variable.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
            let text = format!("{subject}{}; {}", problem.reason, problem.remedy);
            let place = shown(problem);
            let of_stack = problem.services.is_empty().then(|| Detail::of_stack(text.clone()));
            let each = problem.services.iter().map(|service| Detail::error(service, text.clone()));
            each.chain(of_stack).map(|detail| detail.at(place.clone())).collect::<Vec<_>>()
        })
        .collect();
    CheckId::ALL
        .into_iter()
        .map(|check| match check {
            CheckId::Variables => {
                Outcome::of(check, services.to_vec(), "not what the rules ask", details.clone())
            }
            CheckId::Started
            | CheckId::Health
            | CheckId::Ports
            | CheckId::Logs
            | CheckId::Dependencies
            | CheckId::Findings
            | CheckId::Gone => Outcome::unchecked(check, why),
        })
        .collect()
}
