//! Names and ports that services must not or should not share.

use std::collections::BTreeMap;

use crate::stack::{Port, ServiceName, StackSpec};

use super::problem::Problem;
use super::read;
use super::roster::{Member, Roster};
use super::source::Span;

/// Checks the names of all services and the preferred ports of those that may start.
pub(super) fn check(roster: &Roster<'_>, spec: &StackSpec, problems: &mut Vec<Problem>) {
    prefixes(roster, problems);
    preferred_ports(roster, spec, problems);
    for service in &spec.services {
        let Some(member) = roster.get(&service.name) else { continue };
        let Some(port) = &service.port else { continue };
        problems.extend(overridden_port(member, &port.env));
    }
}

fn prefixes(roster: &Roster<'_>, problems: &mut Vec<Problem>) {
    let mut taken: BTreeMap<String, (&ServiceName, &Member<'_>)> = BTreeMap::new();
    for (name, member) in roster.iter() {
        if name.as_str() == "env" {
            problems.push(
                Problem::error("a service cannot be called `env`: {env.NAME} is a variable")
                    .at(&member.entry.key)
                    .remedy("choose another name"),
            );
        }
        let prefix = name.env_prefix();
        let (other, first) = *taken.entry(prefix.clone()).or_insert((name, member));
        if other != name {
            problems.push(
                Problem::error(format!(
                    "`{name}` and `{other}` would share the variables {prefix}_URL and the like"
                ))
                .at(&member.entry.key)
                .note(format!("`{other}` is defined here"), &first.entry.key)
                .remedy("rename one of them: in variables, everything but letters and digits becomes `_`"),
            );
        }
    }
}

fn preferred_ports(roster: &Roster<'_>, spec: &StackSpec, problems: &mut Vec<Problem>) {
    let mut taken: BTreeMap<Port, (&ServiceName, &Span)> = BTreeMap::new();
    for service in spec.services.iter().filter(|service| !service.disabled) {
        let prefer = service.port.as_ref().and_then(|port| port.prefer);
        // Only where both were written: the default of an embedded service gives way without a word.
        let written = roster.get(&service.name).and_then(|member| member.table.get("port"));
        let (Some(port), Some(node)) = (prefer, written) else { continue };
        let (other, place) = *taken.entry(port).or_insert((&service.name, &node.span));
        if *other != service.name {
            let message =
                format!("`{}` and `{other}` both prefer port {port}; one will be moved", service.name);
            problems.push(
                Problem::warning(message)
                    .at(&node.span)
                    .note(format!("`{other}` prefers it here"), place)
                    .remedy("let each prefer a port of its own"),
            );
        }
    }
}

/// The port that was found free wins over what the user wrote, or the service would not listen where it should.
fn overridden_port(member: &Member<'_>, variable: &str) -> Option<Problem> {
    let entry = read::table(member.table, "env")?.entry(variable)?;
    if entry.node.text() == Some("{port}") {
        return None;
    }
    Some(
        Problem::warning(format!("{variable} is set by Portolan to the port in use; this value is ignored"))
            .at(&entry.key)
            .remedy("set the preferred port with the key `port`, and its variable with port.env"),
    )
}
