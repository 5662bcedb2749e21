//! What services need: that it exists, can be had, and does not lead back to the service itself.

use std::collections::BTreeMap;

use crate::stack::{Graph, ServiceName};

use super::problem::Problem;
use super::roster::{Member, Roster};
use super::source::Span;

/// Checks every need of every service.
pub(super) fn check(roster: &Roster<'_>, problems: &mut Vec<Problem>) {
    for (name, member) in roster.iter() {
        for (needed, span, has_fallback) in member.needs() {
            problems.extend(check_need(roster, name, member, needed, span, has_fallback));
        }
    }
    cycles(roster, problems);
}

fn check_need(
    roster: &Roster<'_>,
    name: &ServiceName,
    member: &Member<'_>,
    needed: &str,
    span: &Span,
    has_fallback: bool,
) -> Option<Problem> {
    let target = ServiceName::new(needed).ok().and_then(|needed| roster.get(&needed));
    let Some(target) = target else { return Some(roster.unknown(needed, span)) };
    if needed == name.as_str() {
        let problem = Problem::error(format!("the service `{name}` needs itself")).at(span);
        return Some(problem.remedy("remove it from its own needs"));
    }
    if !member.may_start() || has_fallback {
        return None;
    }
    if !target.chosen {
        let profile = target.profiles().join("` or `");
        return Some(
            Problem::error(format!("`{name}` needs `{needed}`, which belongs to the profile `{profile}`"))
                .at(span)
                .remedy(format!(
                    "add --profile {}, give `{name}` the same profile, or give the need a fallback",
                    target.profiles().first().unwrap_or(&"NAME")
                )),
        );
    }
    if target.disabled {
        return Some(
            Problem::error(format!("`{name}` needs `{needed}`, which is disabled"))
                .at(span)
                .note(format!("`{needed}` is defined here"), &target.entry.key)
                .remedy(format!(
                    "enable it, remove the need, or write needs = {{ {needed} = {{ fallback = \"http://…\" }} }}"
                )),
        );
    }
    None
}

/// Reports each way in which a service needs itself through others, as the path around.
fn cycles(roster: &Roster<'_>, problems: &mut Vec<Problem>) {
    let edges: BTreeMap<ServiceName, Vec<(ServiceName, &Span)>> =
        roster.iter().map(|(name, member)| (name.clone(), followed(roster, name, member))).collect();
    let names = |needs: &[(ServiceName, &Span)]| needs.iter().map(|(name, _)| name.clone()).collect();
    let graph = Graph::new(edges.iter().map(|(name, needs)| (name.clone(), names(needs))));
    for cycle in graph.cycles() {
        let (from, to) = &cycle.closed_by;
        let around = cycle.path.iter().map(ServiceName::as_str).collect::<Vec<_>>().join(" → ");
        let problem = Problem::error(format!("these services need each other in a circle: {around}"));
        let problem = problem.remedy("remove one of these needs");
        let span = edges.get(from).and_then(|needs| needs.iter().find(|(name, _)| name == to));
        problems.push(match span {
            Some((_, span)) => problem.at(span),
            None => problem,
        });
    }
}

/// The needs of `name` that can close a cycle, in order.
fn followed<'a>(
    roster: &Roster<'_>,
    name: &ServiceName,
    member: &'a Member<'_>,
) -> Vec<(ServiceName, &'a Span)> {
    if !member.may_start() {
        return Vec::new();
    }
    let mut needs: Vec<(ServiceName, &Span)> = Vec::new();
    for (needed, span, _) in member.needs() {
        let Ok(needed) = ServiceName::new(needed) else { continue };
        let known = roster.get(&needed).is_some_and(Member::may_start);
        if known && needed != *name && !needs.iter().any(|(have, _)| *have == needed) {
            needs.push((needed, span));
        }
    }
    needs
}
