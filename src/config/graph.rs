//! What services need: that it exists, can be had, and does not lead back to the service itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::stack::ServiceName;

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

/// A service in the search, with what of its needs is still to be followed.
struct Visit<'a> {
    name: &'a ServiceName,
    needs: Vec<(ServiceName, &'a Span)>,
}

/// Reports each way in which a service needs itself through others, as the path around.
///
/// Without recursion, since the length of a chain is the file's to choose.
fn cycles(roster: &Roster<'_>, problems: &mut Vec<Problem>) {
    let edges: BTreeMap<&ServiceName, Vec<(ServiceName, &Span)>> =
        roster.iter().map(|(name, member)| (name, followed(roster, name, member))).collect();
    let mut done: BTreeSet<&ServiceName> = BTreeSet::new();
    for start in edges.keys().copied() {
        let mut path: Vec<Visit<'_>> = Vec::new();
        let mut on_path: BTreeSet<&ServiceName> = BTreeSet::new();
        if !done.contains(start) {
            on_path.insert(start);
            path.push(Visit { name: start, needs: edges[start].clone() });
        }
        while let Some(visit) = path.last_mut() {
            let Some((needed, span)) = visit.needs.pop() else {
                on_path.remove(visit.name);
                done.insert(visit.name);
                path.pop();
                continue;
            };
            let Some((needed, needs)) = edges.get_key_value(&needed) else { continue };
            if on_path.contains(needed) {
                problems.push(cycle(&path, needed, span));
            } else if !done.contains(needed) {
                on_path.insert(needed);
                path.push(Visit { name: needed, needs: needs.clone() });
            }
        }
    }
}

/// The needs of `name` that can close a cycle, last first.
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
    needs.reverse();
    needs
}

fn cycle(path: &[Visit<'_>], back_to: &ServiceName, span: &Span) -> Problem {
    let start = path.iter().position(|visit| visit.name == back_to).unwrap_or(0);
    let around = &path[start..];
    let first = around.iter().map(|visit| visit.name).min().unwrap_or(back_to);
    // Begin at the same service however the cycle was entered.
    let offset = around.iter().position(|visit| visit.name == first).unwrap_or(0);
    let mut names: Vec<&str> = around.iter().map(|visit| visit.name.as_str()).collect();
    names.rotate_left(offset);
    names.push(first.as_str());
    Problem::error(format!("these services need each other in a circle: {}", names.join(" → ")))
        .at(span)
        .remedy("remove one of these needs")
}
