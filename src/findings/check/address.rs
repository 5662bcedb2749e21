//! Addresses in variables: which one of a service's leads to a host or a port.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use super::super::case::{Case, EnvFact};
use super::Draft;
use crate::stack::{EnvSource, Port};

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://)? (?:[^@/\s]*@)?
          (?P<host>\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+) (?::(?P<port>\d{1,5}))? (?:[/?\#]\S*)?$",
    )
    .expect("a constant that a test compiles")
});

/// A variable of a service whose value is an address.
#[derive(Clone, Debug)]
pub(super) struct Address<'c> {
    pub(super) name: &'c str,
    pub(super) fact: &'c EnvFact,
    pub(super) scheme: Option<String>,
    /// `None` where the value is a port alone.
    pub(super) host: Option<String>,
    pub(super) port: Option<Port>,
}

impl Address<'_> {
    /// `127.0.0.1:8081`, without what else the value holds: it may be a password.
    pub(super) fn shown(&self) -> String {
        let host = self.host.as_deref().unwrap_or("port");
        match (self.port, self.host.is_some()) {
            (Some(port), true) => format!("{host}:{port}"),
            (Some(port), false) => format!("port {port}"),
            (None, _) => host.to_owned(),
        }
    }

    /// Says where the variable leads to, and sets the place to where it comes from.
    pub(super) fn tell(&self, case: &Case<'_>, draft: &mut Draft) {
        let source = &self.fact.source;
        let from = case.origin_of(source);
        draft.evidence.push(format!("{} leads to {}, from {from}", self.name, self.shown()));
        draft.place_at(case.place_of(source));
    }
}

/// The variables of a service that hold addresses; first those that somebody wrote down, which can be corrected.
pub(super) fn addresses<'c>(case: &'c Case<'_>, service: &crate::stack::ServiceName) -> Vec<Address<'c>> {
    let Some(variables) = case.env.get(service) else { return Vec::new() };
    let given = variables.iter().filter(|(_, fact)| !matches!(fact.source, EnvSource::Automatic { .. }));
    let mut found: Vec<Address<'c>> = given.filter_map(|(name, fact)| read(name, fact)).collect();
    found.sort_by_key(|address| case.place_of(&address.fact.source).is_none());
    found
}

fn read<'c>(name: &'c str, fact: &'c EnvFact) -> Option<Address<'c>> {
    let value = fact.value.as_deref()?.trim();
    let port = |text: &str| text.parse().ok().and_then(Port::new);
    if name.ends_with("_PORT") {
        return Some(Address { name, fact, scheme: None, host: None, port: Some(port(value)?) });
    }
    let parts = ADDRESS.captures(value)?;
    let scheme = parts.name("scheme").map(|scheme| scheme.as_str().to_ascii_lowercase());
    let said = parts.name("port").and_then(|text| port(text.as_str()));
    if (scheme.is_none() && said.is_none()) || scheme.as_deref() == Some("file") {
        return None;
    }
    let port = said.or_else(|| usual_port(scheme.as_deref()?));
    let host = parts["host"].trim_matches(['[', ']']).to_owned();
    Some(Address { name, fact, scheme, host: Some(host), port })
}

fn usual_port(scheme: &str) -> Option<Port> {
    let number = match scheme.split('+').next().unwrap_or(scheme) {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "postgres" | "postgresql" => 5432,
        "mysql" | "mariadb" => 3306,
        "redis" => 6379,
        "amqp" => 5672,
        "mongodb" => 27017,
        _ => return None,
    };
    Port::new(number)
}

/// Whether the host is this machine.
pub(super) fn is_here(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let ip = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost")
        || ip.is_ok_and(|ip| ip.to_canonical().is_loopback() || ip.is_unspecified())
}

/// Whether the host is a name that has to be resolved.
pub(super) fn is_name(host: &str) -> bool {
    !is_here(host) && host.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn fact(value: &str) -> EnvFact {
        let source = EnvSource::File { path: Path::new("/sample/.env").into(), line: 1 };
        EnvFact { value: Some(value.into()), digest: 0, length: value.len(), oddity: None, source }
    }

    #[test]
    fn an_address_is_told_from_other_values() {
        for (name, value, shown) in [
            ("AUTH_URL", "http://127.0.0.1:8081/api", Some("127.0.0.1:8081")),
            ("DATABASE_URL", "postgresql+asyncpg://me:pw@localhost/app?ssl=off", Some("localhost:5432")),
            ("REDIS", "redis://[::1]:6380", Some("::1:6380")),
            ("UPSTREAM", "localhost:9000", Some("localhost:9000")),
            ("AUTH_PORT", "8081", Some("port 8081")),
            ("MODE", "production", None),
            ("FILE", "file:///etc/x:80", None),
            ("TIMES", "at 12:30", None),
        ] {
            assert_eq!(read(name, &fact(value)).map(|read| read.shown()).as_deref(), shown, "{value}");
        }
        assert!(is_here("LOCALHOST") && is_here("[::1]") && !is_here("auth"));
        assert!(is_name("auth") && !is_name("10.0.0.1"));
    }
}
