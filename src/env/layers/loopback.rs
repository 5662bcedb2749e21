//! Finds addresses that the user wrote and that lead nowhere: loopback URLs with a port that no service is on.

use std::net::IpAddr;

use url::{Host, Url};

use crate::stack::{EnvSource, EnvWarning, Port, ServiceName, ServiceSpec};

use super::resolve::{Layer, Layers};

/// A loopback URL found in a value.
struct Loopback {
    scheme: String,
    port: Port,
}

/// A service of the stack whose port is known.
struct Running<'s> {
    spec: &'s ServiceSpec,
    port: Port,
    scheme: Option<String>,
}

pub(super) fn warnings(layers: &Layers<'_>) -> Vec<EnvWarning> {
    let inputs = &layers.inputs;
    let running: Vec<Running<'_>> = inputs
        .stack
        .services
        .iter()
        .filter_map(|spec| {
            let address = (inputs.addresses)(&spec.name);
            let own = (spec.name == inputs.service.name).then_some(inputs.port).flatten();
            let port = own.or(address.as_ref().and_then(|address| address.port))?;
            let scheme = address
                .and_then(|address| address.url)
                .and_then(|url| url.split_once("://").map(|(scheme, _)| scheme.to_owned()));
            Some(Running { spec, port, scheme })
        })
        .collect();
    let users = layers.stacks.iter().filter_map(|(name, stack)| match stack.last() {
        Some(Layer { source, value: Some(value) }) if is_the_users(source) => Some((name, source, value)),
        Some(_) | None => None,
    });
    users
        .flat_map(|(name, source, value)| {
            let found = loopbacks(value);
            let stale =
                running.iter().find(|service| is_stale(name, &found, service, &running)).map(|service| {
                    let ports: Vec<_> = found.iter().map(|url| url.port.to_string()).collect();
                    EnvWarning {
                        variable: name.clone(),
                        service: inputs.service.name.clone(),
                        source: source.clone(),
                        reason: format!(
                            "names port {}, but {} is on port {}",
                            ports.join(", "),
                            service.spec.name,
                            service.port
                        ),
                        remedy: remedy(&service.spec.name, &inputs.service.name),
                    }
                });
            stale.into_iter()
        })
        .collect()
}

fn remedy(service: &ServiceName, own: &ServiceName) -> String {
    if service == own {
        "take it out, or set it to {port} under the service's `env`".to_owned()
    } else {
        format!("set it to \"{{{service}.url}}\" under `env` of {own} in portolan.toml")
    }
}

fn is_the_users(source: &EnvSource) -> bool {
    match source {
        EnvSource::File { .. } | EnvSource::Shell | EnvSource::Set | EnvSource::Default { .. } => true,
        // An entry made from a record is right by construction.
        EnvSource::Toml { from, .. } => from.is_empty(),
        EnvSource::Generated | EnvSource::Automatic { .. } | EnvSource::Record(_) => false,
    }
}

/// Whether the URLs in `variable` mean `service` and miss its port. Meant is a service among whose ports a URL's is
/// while no service is on it, or whose name the variable carries, the protocols being the same.
fn is_stale(variable: &str, urls: &[Loopback], service: &Running<'_>, running: &[Running<'_>]) -> bool {
    // A list that names the right port as well reaches the service.
    if urls.iter().any(|url| url.port == service.port) {
        return false;
    }
    let is_free = |url: &Loopback| running.iter().all(|other| other.port != url.port);
    let is_named = carries(variable, &service.spec.name.env_prefix())
        // `AUTH_BACKEND_URL` may mean either.
        && !running.iter().any(|other| {
            carries(variable, &other.spec.name.env_prefix()) && urls.iter().any(|url| url.port == other.port)
        });
    urls.iter().any(|url| {
        let is_its_own = service.spec.port.as_ref().is_some_and(|port| {
            port.prefer == Some(url.port) || port.range.is_some_and(|range| range.contains(url.port))
        });
        (is_its_own && is_free(url)) || (is_named && same_protocol(&url.scheme, service.scheme.as_deref()))
    })
}

/// Whether `variable` has the words of `prefix` in it.
fn carries(variable: &str, prefix: &str) -> bool {
    format!("_{}_", variable.to_ascii_uppercase()).contains(&format!("_{prefix}_"))
}

fn same_protocol(url: &str, service: Option<&str>) -> bool {
    let is_web = |scheme: &str| matches!(scheme, "http" | "https" | "ws" | "wss");
    service.is_some_and(|service| service == url || (is_web(service) && is_web(url)))
}

/// The loopback URLs with a port in a value, which may be a list of them.
fn loopbacks(value: &str) -> Vec<Loopback> {
    value
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | '|'))
        .filter(|word| word.contains("://"))
        .filter_map(|word| {
            let url = Url::parse(word).ok()?;
            let is_loopback = match url.host()? {
                Host::Domain(name) => name == "localhost" || parses_as_loopback(name),
                Host::Ipv4(ip) => ip.is_loopback() || ip.is_unspecified(),
                Host::Ipv6(ip) => ip.is_loopback() || ip.is_unspecified(),
            };
            let port = Port::new(url.port()?).filter(|_| is_loopback)?;
            Some(Loopback { scheme: url.scheme().to_owned(), port })
        })
        .collect()
}

/// Of schemes other than the web's, the crate keeps an address as a name.
fn parses_as_loopback(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}
