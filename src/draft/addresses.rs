//! Addresses of other services that were written as numbers, found and made placeholders.

use std::sync::LazyLock;

use regex::Regex;

use crate::stack::Port;

use super::service::DraftService;

/// Host and port of this machine in a text, with the scheme before it if there is one.
static LOOPBACK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?(?P<user>[^\s/@,;'\x22]*@)?(?P<host>localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(?P<port>\d{2,5})\b")
        .expect("a regular expression written here")
});

/// One address of this machine that stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loopback {
    pub(super) port: Port,
    /// Whether somebody's name, and perhaps a password, stands before it.
    pub(super) has_user: bool,
}

/// A service as others may reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reachable {
    pub(super) name: String,
    pub(super) port: Port,
    pub(super) has_url: bool,
}

impl Reachable {
    /// Those of the services that start and have a port.
    pub(super) fn all(services: &[DraftService]) -> Vec<Self> {
        let starting = services.iter().filter(|service| service.starts());
        let reachable = starting.filter_map(|service| {
            let port = service.preferred_port()?;
            Some(Self { name: service.name.clone(), port, has_url: service.has_url() })
        });
        reachable.collect()
    }
}

/// The addresses of this machine in `text`.
pub(super) fn loopbacks(text: &str) -> Vec<Loopback> {
    let read = |found: regex::Captures<'_>| {
        Some(Loopback { port: found["port"].parse().ok()?, has_user: found.name("user").is_some() })
    };
    LOOPBACK.captures_iter(text).filter(|found| is_whole(text, found)).filter_map(read).collect()
}

/// `text` with the addresses of `services` as placeholders, and whose they were; `None` if there are none. `text` is
/// escaped.
pub(super) fn linked(text: &str, services: &[Reachable]) -> Option<(String, Vec<String>)> {
    let of = |_: &str, port| services.iter().find(|service| service.port == port);
    replaced(&LOOPBACK, text, of, address)
}

/// The same with only the ports as placeholders, for whoever compares addresses letter by letter.
pub(super) fn linked_ports(text: &str, services: &[Reachable]) -> Option<(String, Vec<String>)> {
    let of = |_: &str, port| services.iter().find(|service| service.port == port);
    replaced(&LOOPBACK, text, of, |found, service| {
        let before = found[0].strip_suffix(&found["port"]).unwrap_or_default();
        format!("{before}{{{}.port}}", service.name)
    })
}

/// The same for addresses that name the host, as in a network of containers: `hosts` says whose `host:port` is what.
pub(super) fn linked_hosts(text: &str, hosts: &[(String, Port, Reachable)]) -> Option<(String, Vec<String>)> {
    let names: Vec<String> = hosts.iter().map(|(host, ..)| regex::escape(host)).collect();
    if names.is_empty() {
        return None;
    }
    let names = names.join("|");
    let pattern = format!(
        r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?(?P<user>[^\s/@,;'\x22]*@)?\b(?P<host>{names}):(?P<port>\d{{2,5}})\b"
    );
    let pattern = Regex::new(&pattern).ok()?;
    let of = |host: &str, port: Port| {
        hosts.iter().find(|(name, inside, _)| name == host && *inside == port).map(|(_, _, service)| service)
    };
    replaced(&pattern, text, of, address)
}

fn replaced<'s>(
    pattern: &Regex,
    text: &str,
    of: impl Fn(&str, Port) -> Option<&'s Reachable>,
    shown: impl Fn(&regex::Captures<'_>, &Reachable) -> String,
) -> Option<(String, Vec<String>)> {
    let mut named = Vec::new();
    let linked = pattern.replace_all(text, |found: &regex::Captures<'_>| {
        let service = found["port"].parse().ok().and_then(|port| of(&found["host"], port));
        let Some(service) = service.filter(|_| is_whole(text, found)) else { return found[0].to_owned() };
        if !named.contains(&service.name) {
            named.push(service.name.clone());
        }
        shown(found, service)
    });
    let linked = linked.into_owned();
    (!named.is_empty()).then_some((linked, named))
}

/// Where `service` is reached, in place of what was found.
fn address(found: &regex::Captures<'_>, service: &Reachable) -> String {
    let name = &service.name;
    let scheme = found.name("scheme").map_or("", |scheme| scheme.as_str());
    let user = found.name("user").map_or("", |user| user.as_str());
    match (scheme, user) {
        ("http://", "") if service.has_url => format!("{{{name}.url}}"),
        _ => format!("{scheme}{user}{{{name}.host}}:{{{name}.port}}"),
    }
}

/// Whether the host begins where it was found: `shop.localhost` is another one.
fn is_whole(text: &str, found: &regex::Captures<'_>) -> bool {
    let before = &text[..found.get(0).map_or(0, |whole| whole.start())];
    !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reachable(name: &str, port: u16, has_url: bool) -> Reachable {
        Reachable { name: name.into(), port: Port::new(port).unwrap(), has_url }
    }

    #[test]
    fn addresses_of_known_services_become_placeholders() {
        let services = [reachable("api", 8000, true), reachable("db", 5432, false)];
        let link = |text: &str| linked(text, &services).map(|(text, _)| text);
        assert_eq!(link("http://localhost:8000/v1").unwrap(), "{api.url}/v1");
        assert_eq!(link("ws://127.0.0.1:8000/ws").unwrap(), "ws://{api.host}:{api.port}/ws");
        assert_eq!(link("localhost:8000").unwrap(), "{api.host}:{api.port}");
        assert_eq!(
            link("postgres://u:p@localhost:5432/app").unwrap(),
            "postgres://u:p@{db.host}:{db.port}/app"
        );
        assert_eq!(link("http://localhost:9000"), None);
        assert_eq!(link("http://localhost:80001"), None);
        assert_eq!(link("http://shop.localhost:8000"), None);
        let (text, _) =
            linked_ports("http://localhost:8000,http://x.com:8000,0.0.0.0:8000", &services).unwrap();
        assert_eq!(text, "http://localhost:{api.port},http://x.com:8000,0.0.0.0:{api.port}");
    }

    #[test]
    fn hosts_of_a_container_network_become_placeholders() {
        let port = |number| Port::new(number).unwrap();
        let hosts = [("db".to_owned(), port(5432), reachable("db", 15432, false))];
        let (text, named) = linked_hosts("postgres://u@db:5432/x mydb:5432 db:1", &hosts).unwrap();
        assert_eq!(
            (text.as_str(), named),
            ("postgres://u@{db.host}:{db.port}/x mydb:5432 db:1", vec!["db".to_owned()])
        );
    }
}
