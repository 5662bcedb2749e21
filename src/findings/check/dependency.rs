//! Addresses that lead nowhere: which dependency was meant, who said so, and where it is now.

use crate::stack::{Port, ServiceSnapshot, State};

use super::super::case::{Case, EnvFact};
use super::Draft;

/// The service could not reach `{host}:{port}`.
pub(super) fn address(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let port = draft.value("port").and_then(|text| text.parse().ok()).and_then(Port::new);
    let host = draft.value("host").unwrap_or_else(|| "127.0.0.1".to_owned());
    let address = port.map_or(host.clone(), |port| format!("{host}:{port}"));
    draft.set("address", address.clone());
    let Some(port) = port else { return Some(()) };
    // Its own port: it speaks of itself.
    if case.service.port == Some(port) {
        return None;
    }
    let variable = naming(case, port);
    if let Some((name, fact)) = variable {
        draft.evidence.push(format!("{name} names port {port}, from {}", fact.source));
        draft.place = case.place_of(&fact.source).or_else(|| draft.place.clone());
    }
    let here = case.snapshot.services.iter().find(|other| other.port == Some(port));
    let meant = here.or_else(|| meant(case, port, variable.map(|(name, _)| name)));
    match meant {
        Some(other) if other.port == Some(port) => at_home(case, draft, other, &address),
        Some(other) => moved(draft, other, port, variable.map(|(name, _)| name), case),
        None => draft.evidence.push(format!("nobody listens on {address}")),
    }
    Some(())
}

/// The variable of the service whose value names the port.
fn naming<'c>(case: &'c Case<'_>, port: Port) -> Option<(&'c str, &'c EnvFact)> {
    let needle = format!(":{port}");
    let variables = case.env.get(&case.spec.name)?;
    let names = |value: &str| {
        let mut ends = value.match_indices(&needle).map(|(at, _)| value[at + needle.len()..].chars().next());
        ends.any(|next| next.is_none_or(|next| !next.is_ascii_digit()))
    };
    let found = variables.iter().find(|(_, fact)| fact.value.as_deref().is_some_and(names));
    found.map(|(name, fact)| (name.as_str(), fact))
}

/// The service that is probably meant: the variable carries its name, or the port is one of its own.
fn meant<'c>(case: &'c Case<'_>, port: Port, variable: Option<&str>) -> Option<&'c ServiceSnapshot> {
    let others = || case.snapshot.services.iter().filter(|other| other.name != case.spec.name);
    let variable = variable.map(|name| format!("_{}_", name.to_ascii_uppercase()));
    let named = others().find(|other| {
        variable.as_ref().is_some_and(|name| name.contains(&format!("_{}_", other.name.env_prefix())))
    });
    let in_range = |other: &&ServiceSnapshot| {
        let spec = case.stack.service(&other.name).and_then(|spec| spec.port.as_ref());
        spec.is_some_and(|spec| {
            spec.prefer == Some(port) || spec.range.is_some_and(|range| range.contains(port))
        })
    };
    named.or_else(|| others().find(in_range))
}

fn at_home(case: &Case<'_>, draft: &mut Draft, other: &ServiceSnapshot, address: &str) {
    let name = &other.name;
    draft.evidence.push(format!("{name} is {}", other.state));
    if other.state.is_up() {
        draft.title = Some(format!("{name} refused a connection to {address} earlier and is up now"));
        draft.remedy = Some(format!("start {} again", case.spec.name));
        draft.action = Some(format!("portolan restart {}", case.spec.name));
        return;
    }
    draft.title = Some(format!("{name} was not reachable at {address}: it is {}", other.state));
    let needs = case.spec.needs.iter().any(|need| need.service == *name);
    if needs || matches!(other.state, State::Failed | State::Backoff | State::Unhealthy) {
        draft.remedy = Some(format!("look into {name}"));
        draft.action = Some(format!("portolan why {name}"));
    } else {
        draft.remedy = Some(format!("add `needs = [\"{name}\"]` to {} in portolan.toml", case.spec.name));
        draft.action = None;
    }
}

fn moved(draft: &mut Draft, other: &ServiceSnapshot, port: Port, variable: Option<&str>, case: &Case<'_>) {
    let name = &other.name;
    let own = &case.spec.name;
    match (other.port, variable) {
        (Some(now), Some(variable)) => {
            draft.title = Some(format!("{variable} leads to port {port}, but {name} is on {now}"));
            draft.remedy =
                Some(format!("set {variable} = \"{{{name}.url}}\" under `env` of {own} in portolan.toml"));
        }
        (Some(now), None) => {
            draft.title = Some(format!("{own} asks for {name} on port {port}, but it is on {now}"));
            let prefix = name.env_prefix();
            draft.remedy = Some(format!("have the code read {prefix}_URL instead of a port of its own"));
        }
        (None, _) => {
            draft.title = Some(format!("{name}, which is meant by port {port}, is {}", other.state));
            draft.remedy = Some(format!("look into {name}"));
            draft.action = Some(format!("portolan why {name}"));
        }
    }
    draft.evidence.push(format!("nobody of this stack listens on {port}; {name} is {}", other.state));
}
