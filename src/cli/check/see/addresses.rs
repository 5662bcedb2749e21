//! Finds the addresses on this machine in the values of variables. Pure.

use std::net::IpAddr;

use url::{Host, Url};

/// Words in the name of a variable that holds addresses of others than whom the service calls: who may call it, where
/// it sends a browser, where it listens itself.
const NO_CALLS: [&str; 10] =
    ["ORIGIN", "ORIGINS", "CORS", "ALLOWED", "TRUSTED", "REDIRECT", "CALLBACK", "BIND", "LISTEN", "NO_PROXY"];

/// What speaks by datagrams, by a socket in the file system or by none: no connection can tell whether it leads anywhere.
const NO_TCP: [&str; 12] = [
    "udp", "udp4", "udp6", "unix", "unixgram", "file", "sqlite", "sqlite3", "duckdb", "statsd", "quic",
    "coap",
];

/// An address in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) scheme: Option<String>,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Endpoint {
    /// `host:port` as it stands in a URL. Never a user, a password or a path.
    pub(super) fn shown(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    pub(super) fn is_http(&self) -> bool {
        matches!(self.scheme.as_deref(), Some("http"))
    }
}

/// Whether a variable of that name says whom a service calls.
pub(super) fn may_be_called(variable: &str) -> bool {
    let name = format!("_{}_", variable.to_ascii_uppercase());
    !NO_CALLS.iter().any(|word| name.contains(&format!("_{word}_")))
}

/// The addresses of this machine in a value, which may be a list.
pub(super) fn local_endpoints(value: &str) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    let separator =
        |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | '|' | '<' | '>' | '(' | ')');
    for word in value.split(separator) {
        let endpoint = if word.contains("://") { of_url(word) } else { bare(word) };
        if let Some(endpoint) =
            endpoint.filter(|endpoint| is_local(&endpoint.host) && !found.contains(endpoint))
        {
            found.push(endpoint);
        }
    }
    found
}

/// The address that a URL names, wherever that is; none if it is not for a connection.
pub(super) fn of_url(text: &str) -> Option<Endpoint> {
    let url = Url::parse(text).ok()?;
    // `http+unix` and `sqlite+aiosqlite`, too.
    if url.scheme().split('+').any(|part| NO_TCP.contains(&part)) {
        return None;
    }
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => ip.to_string(),
    };
    let port = url.port_or_known_default().or(usual_port(url.scheme()))?;
    Some(Endpoint { scheme: Some(url.scheme().to_owned()), host, port })
}

/// `localhost:8000`, `127.0.0.1:8000`, `[::1]:8000`. A wildcard is where somebody listens, not whom one calls.
fn bare(word: &str) -> Option<Endpoint> {
    let (host, rest) = match word.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once("]:")?,
        None => word.split_once(':')?,
    };
    let digits = rest.split('/').next()?;
    let port = digits.parse().ok().filter(|port| *port > 0)?;
    let wildcard = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified());
    (!wildcard).then(|| Endpoint { scheme: None, host: host.to_owned(), port })
}

fn is_local(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

fn usual_port(scheme: &str) -> Option<u16> {
    // The part before `+` is what speaks: `postgresql+asyncpg`.
    Some(match scheme.split('+').next()? {
        "postgres" | "postgresql" => 5432,
        "mysql" | "mariadb" => 3306,
        "redis" | "valkey" => 6379,
        "mongodb" => 27017,
        "amqp" => 5672,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> Vec<String> {
        local_endpoints(value).iter().map(Endpoint::shown).collect()
    }

    #[test]
    fn addresses_are_found_in_whatever_form() {
        assert_eq!(shown("http://127.0.0.1:8081/api?x=1"), ["127.0.0.1:8081"]);
        assert_eq!(shown("postgresql+asyncpg://u:p@localhost/app"), ["localhost:5432"]);
        assert_eq!(shown("redis://[::1]:6380/0"), ["[::1]:6380"]);
        assert_eq!(shown("localhost:9092,127.0.0.1:9093"), ["localhost:9092", "127.0.0.1:9093"]);
        assert_eq!(shown("[::1]:8000"), ["[::1]:8000"]);
        assert_eq!(shown("http://localhost"), ["localhost:80"]);
        assert_eq!(shown("host=localhost port=5432"), [""; 0]);
    }

    #[test]
    fn what_is_elsewhere_or_no_address_is_left_alone() {
        for value in
            ["https://mail.example.com", "example.com:80", "0.0.0.0:8000", "a:b", "12:30", "localhost:x", ""]
        {
            assert_eq!(shown(value), [""; 0], "{value}");
        }
    }

    #[test]
    fn what_is_not_reached_by_a_connection_is_left_alone() {
        for value in [
            "udp://127.0.0.1:8125",
            "UDP://localhost:8125",
            "syslog+udp://localhost:514",
            "unix://localhost:1/run/x",
            "http+unix://localhost:80/x",
            "file://localhost:1/x",
            "sqlite+aiosqlite://localhost:1/x",
        ] {
            assert_eq!(shown(value), [""; 0], "{value}");
        }
        assert_eq!(shown("tcp://127.0.0.1:8125"), ["127.0.0.1:8125"]);
    }

    #[test]
    fn no_password_is_shown() {
        assert_eq!(shown("postgres://u:hunter2@localhost:5433/db"), ["localhost:5433"]);
    }

    #[test]
    fn names_tell_callers_from_the_called() {
        for name in ["AUTH_URL", "DATABASE_URL", "VITE_BACKEND_URL", "REDIS_HOST"] {
            assert!(may_be_called(name), "{name}");
        }
        for name in ["CORS_ORIGINS", "TRUSTED_ORIGIN", "OAUTH_CALLBACK_URL", "LISTEN_ADDR"] {
            assert!(!may_be_called(name), "{name}");
        }
    }
}
