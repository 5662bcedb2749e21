//! Where a service can be reached: what dependents are told and what the discovery record says.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use super::{Mode, Port};

/// Where a service can be reached, as its dependents are told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// How the service is provided.
    pub mode: Mode,
    /// The host name or address to connect to; 127.0.0.1 for a wildcard.
    pub host: String,
    /// The port; `None` for a shared service whose URL names none.
    pub port: Option<Port>,
    /// The URL; `None` for a service that has a port but speaks no HTTP and has no `url` pattern.
    pub url: Option<String>,
}

impl Address {
    /// The address that a URL names. A URL without a port leaves the port to its scheme: shared services behind
    /// https have none.
    pub fn from_url(mode: Mode, url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
            _ => (authority, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Self { mode, host, port, url: Some(url.to_owned()) }
    }
}

/// `url` with its password masked, as it may be shown: `postgres://user:********@host/db`.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{scheme}://{user}:********@{host}{}", &rest[authority.len()..]),
        None => url.to_owned(),
    }
}

/// `host` as it stands in a URL: IPv6 addresses in brackets.
pub(super) fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// The address to connect to for a listener bound at `bound`: loopback for a wildcard, itself otherwise.
pub fn reachable_host(bound: IpAddr) -> IpAddr {
    match bound {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        // Servers that bind `::` take IPv4 too unless they ask not to, and IPv4 loopback is what everyone resolves.
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(bound, IpAddr::V4),
        IpAddr::V4(_) => bound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_give_host_and_port() {
        for (url, host, port) in [
            ("http://127.0.0.1:8081", "127.0.0.1", Some(8081)),
            ("https://mail.example.com/x?y", "mail.example.com", None),
            ("postgres://user:pa:ss@db:5432/app", "db", Some(5432)),
            ("http://[::1]:80/", "::1", Some(80)),
            ("http://[::1]", "::1", None),
        ] {
            let address = Address::from_url(Mode::Shared, url);
            assert_eq!((address.host.as_str(), address.port.map(Port::get)), (host, port), "{url}");
        }
    }

    #[test]
    fn passwords_in_urls_are_not_shown() {
        for (url, shown) in [
            ("https://bob:pw@mail.example.com/x", "https://bob:********@mail.example.com/x"),
            ("postgres://u:p@ss@db:5432/app?x=1", "postgres://u:********@db:5432/app?x=1"),
            ("http://bob@h:80/", "http://bob@h:80/"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn wildcards_are_reached_over_ipv4_loopback() {
        for (bound, reached) in
            [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "::1"), ("::ffff:127.0.0.1", "127.0.0.1")]
        {
            assert_eq!(reachable_host(bound.parse().unwrap()), reached.parse::<IpAddr>().unwrap());
        }
    }
}
