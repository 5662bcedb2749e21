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
    fn wildcards_are_reached_over_ipv4_loopback() {
        for (bound, reached) in
            [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "::1"), ("::ffff:127.0.0.1", "127.0.0.1")]
        {
            assert_eq!(reachable_host(bound.parse().unwrap()), reached.parse::<IpAddr>().unwrap());
        }
    }
}
