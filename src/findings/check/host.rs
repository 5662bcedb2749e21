//! Hosts: whose name cannot be resolved, who speaks TLS where nobody expects it, and which origins may ask.

use super::super::case::Case;
use super::Draft;
use super::address::{Address, addresses, is_name};
use crate::stack::{Port, ServiceSnapshot};

/// `{host}` cannot be resolved; not every program says which.
pub(super) fn name(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let own = addresses(case, &case.spec.name);
    let service = |host: &str| case.snapshot.services.iter().find(|other| other.name.as_str() == host);
    let variable = match draft.value("host") {
        Some(host) => own.iter().find(|address| address.host.as_deref() == Some(&host)),
        None => {
            let named = || own.iter().filter(|address| address.host.as_deref().is_some_and(is_name));
            let plain =
                |address: &&Address<'_>| address.host.as_deref().is_some_and(|host| !host.contains('.'));
            named().find(plain).or_else(|| named().next())
        }
    };
    let said = draft.value("host").or_else(|| variable.and_then(|address| address.host.clone()));
    let Some(host) = said else {
        draft.set("host", "a host");
        draft.title = Some("the name of a host that it connects to cannot be resolved".to_owned());
        return Some(());
    };
    draft.set("host", host.clone());
    if let Some(variable) = variable {
        variable.tell(case, draft);
        draft.title = Some(format!("the host {host} of {} cannot be resolved", variable.name));
        draft.remedy = Some(format!("correct {}, or have {host} resolved", variable.name));
    }
    if let Some(other) = service(&host) {
        let at = other.port.map_or(String::new(), |port| format!(", on port {port}"));
        draft.title =
            Some(format!("the host name {host} cannot be resolved: {host} runs on this machine{at}"));
        draft.remedy = Some(match variable {
            Some(variable) => own_variable(case, variable.name, other),
            None => format!("have the code read {}_URL", other.name.env_prefix()),
        });
    }
    Some(())
}

/// TLS was spoken to somebody who does not.
pub(super) fn tls(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let own = addresses(case, &case.spec.name);
    let secure = |address: &&Address<'_>| {
        address.scheme.as_deref().is_some_and(|scheme| matches!(scheme, "https" | "wss" | "rediss" | "amqps"))
    };
    let named = |address: &&Address<'_>| address.host.as_deref().is_some_and(|host| !is_name(host));
    let ours = |address: &&Address<'_>| {
        case.snapshot.services.iter().any(|other| other.port.is_some() && other.port == address.port)
    };
    let all = || own.iter().filter(secure);
    let Some(variable) = all().find(ours).or_else(|| all().find(named)).or_else(|| all().next()) else {
        return Some(());
    };
    variable.tell(case, draft);
    let scheme = variable.scheme.as_deref().unwrap_or_default();
    let plain = match scheme {
        "https" => "http",
        "wss" => "ws",
        "rediss" => "redis",
        _ => "amqp",
    };
    let name = variable.name;
    draft.title = Some(format!("{name} says {scheme}://, and {} answers without TLS", variable.shown()));
    draft.remedy = Some(format!("write {plain}:// in {name}"));
    Some(())
}

/// A browser's request from `{origin}`, if that is known, was refused.
pub(super) fn origin(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let origin = draft.value("origin");
    let by_port = |port: Option<Port>| {
        let others = case.snapshot.services.iter().filter(|other| other.name != case.spec.name);
        others.into_iter().find(|other| port.is_some() && other.port == port)
    };
    let asking = origin.as_deref().and_then(|origin| by_port(port_of(origin)));
    let variables = case.env.get(&case.spec.name)?;
    let allows = |name: &str| {
        let name = name.to_ascii_uppercase();
        ["ORIGIN", "CORS"].iter().any(|part| name.contains(part))
    };
    let leads = |name: &str| ["FRONTEND_URL", "CLIENT_URL", "WEB_URL", "APP_URL"].contains(&name);
    let variable = variables
        .iter()
        .find(|(name, _)| allows(name))
        .or_else(|| variables.iter().find(|(name, _)| leads(name)));
    if let Some(origin) = &origin {
        let who = asking.map_or(String::new(), |other| format!(", which is {}", other.name));
        draft.title = Some(match variable {
            Some((name, _)) => format!("{name} does not allow requests from {origin}{who}"),
            None => format!("requests from {origin}{who} are refused by CORS"),
        });
    }
    let Some((name, fact)) = variable else { return Some(()) };
    let from = case.origin_of(&fact.source);
    match &fact.value {
        Some(value) => draft.evidence.push(format!("{name} is {value:?}, from {from}")),
        None => draft.evidence.push(format!("{name} comes from {from}")),
    }
    draft.place_at(case.place_of(&fact.source));
    // Without the origin: whoever needs the service and is not allowed.
    let value = fact.value.as_deref().unwrap_or_default();
    let left_out = || {
        case.snapshot.services.iter().find(|other| {
            let needs = other.needs.contains(&case.spec.name);
            needs && other.port.is_some_and(|port| !value.contains(&format!(":{port}")))
        })
    };
    draft.remedy = Some(match (asking.or_else(|| origin.is_none().then(left_out).flatten()), &origin) {
        (Some(other), _) => own_variable(case, name, other),
        (None, Some(origin)) => format!("add {origin} to {name}"),
        (None, None) => format!("add the origin that asks to {name}"),
    });
    Some(())
}

fn port_of(origin: &str) -> Option<Port> {
    origin.rsplit_once(':').and_then(|(_, port)| port.trim_end_matches('/').parse().ok()).and_then(Port::new)
}

fn own_variable(case: &Case<'_>, variable: &str, other: &ServiceSnapshot) -> String {
    let (own, name) = (&case.spec.name, &other.name);
    format!("set {variable} = \"{{{name}.url}}\" under `env` of {own} in portolan.toml")
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;
    use crate::stack::{State, samples};

    /// `api` with one variable, and `web`, which needs it, on 18300.
    fn scene(name: &str, value: &str) -> Scene {
        let mut scene = Scene::printing(&["refused"]).giving("api", name, value, 4);
        let mut web = scene.snapshot.services[0].clone();
        web.name = samples::name("web");
        web.state = State::Healthy;
        web.port = Port::new(18300);
        web.needs = vec![samples::name("api")];
        scene.snapshot.services.push(web);
        scene
    }

    fn look(scene: &Scene, check: fn(&Case<'_>, &mut Draft) -> Option<()>, values: &[(&str, &str)]) -> Draft {
        let case = scene.case();
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut draft = Draft::new(&case, values.collect());
        check(&case, &mut draft).unwrap();
        draft
    }

    #[test]
    fn a_service_of_the_stack_is_no_host_name() {
        let draft = look(&scene("WEB_URL", "http://web:3000"), name, &[]);
        assert_eq!(
            draft.title.unwrap(),
            "the host name web cannot be resolved: web runs on this machine, on port 18300"
        );
        assert_eq!(draft.remedy.unwrap(), "set WEB_URL = \"{web.url}\" under `env` of api in portolan.toml");
        assert_eq!(draft.place.as_deref(), Some(".env:4"));
    }

    #[test]
    fn another_host_is_told_with_its_variable() {
        let draft = look(&scene("DB_URL", "postgres://db.invalid/app"), name, &[("host", "db.invalid")]);
        assert_eq!(draft.title.unwrap(), "the host db.invalid of DB_URL cannot be resolved");
    }

    #[test]
    fn the_variable_that_says_tls_is_told() {
        let draft = look(&scene("WEB_URL", "https://127.0.0.1:18300"), tls, &[]);
        assert_eq!(draft.title.unwrap(), "WEB_URL says https://, and 127.0.0.1:18300 answers without TLS");
        assert_eq!(look(&scene("WEB_URL", "http://127.0.0.1:18300"), tls, &[]).title, None);
    }

    #[test]
    fn the_origin_that_asks_is_named_and_else_whoever_is_left_out() {
        let scene = scene("CORS_ORIGINS", "http://localhost:3000");
        let asking = look(&scene, origin, &[("origin", "http://localhost:18300")]);
        assert_eq!(
            asking.title.unwrap(),
            "CORS_ORIGINS does not allow requests from http://localhost:18300, which is web"
        );
        let unknown = look(&scene, origin, &[]);
        assert!(unknown.remedy.unwrap().contains("\"{web.url}\""));
        let other = look(&scene, origin, &[("origin", "http://localhost:9999")]);
        assert_eq!(other.remedy.unwrap(), "add http://localhost:9999 to CORS_ORIGINS");
    }
}
