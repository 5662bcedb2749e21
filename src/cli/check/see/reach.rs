//! Follows the addresses that a service was given: who is there, and does it answer?

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpStream;

use crate::services::ask_health;
use crate::stack::{
    EnvReport, EnvReportVariable, EnvSource, Port, ProbeCheck, ServiceName, ServiceSnapshot, ServiceSpec,
    StackSnapshot, StackSpec,
};

use super::super::facts::{AddressFact, Party, Reached};
use super::addresses::{Endpoint, local_endpoints, may_be_called, of_url};
use super::health::meaning_yes;
use super::owners::Owners;
use super::places::Places;

/// How long a connection may take. It is on this machine, or the network is what is wrong.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a service was given: the variables that its process really has, and what Portolan says of them.
#[derive(Clone)]
pub(in super::super) struct Given {
    pub(in super::super) variables: Vec<(String, String)>,
    pub(in super::super) report: EnvReport,
}

/// An address to follow.
struct Lead {
    fact: AddressFact,
    endpoint: Endpoint,
}

/// Follows every address in `given`, those of `chosen` services and those outside of the stack.
pub(in super::super) async fn address_facts(
    dependent: &ServiceName,
    given: &Given,
    chosen: &[ServiceName],
    (snapshot, spec): (&StackSnapshot, &StackSpec),
    owners: &Arc<Owners>,
    places: &Places,
) -> Vec<AddressFact> {
    let mut leads = leads(dependent, given, (snapshot, spec), places);
    // Whoever was not to be started is not sought.
    leads.retain(|lead| {
        lead.fact.meant.is_empty() || lead.fact.meant.iter().any(|name| chosen.contains(name))
    });
    let mut endpoints: Vec<&Endpoint> = Vec::new();
    for lead in &leads {
        if !endpoints.contains(&&lead.endpoint) {
            endpoints.push(&lead.endpoint);
        }
    }
    let asked = endpoints.iter().map(|endpoint| follow(endpoint, spec, owners));
    let reached = join_all(asked).await;
    let found: HashMap<String, Reached> =
        endpoints.iter().map(|endpoint| format!("{endpoint:?}")).zip(reached).collect();
    leads
        .into_iter()
        .filter_map(|lead| {
            let reached = found.get(&format!("{:?}", lead.endpoint))?.clone();
            Some(AddressFact { reached, ..lead.fact })
        })
        .collect()
}

fn leads(
    dependent: &ServiceName,
    given: &Given,
    (snapshot, spec): (&StackSnapshot, &StackSpec),
    places: &Places,
) -> Vec<Lead> {
    let needs: Vec<(String, ServiceName)> = spec
        .service(dependent)
        .into_iter()
        .flat_map(|service| &service.needs)
        .map(|need| (need.service.env_prefix(), need.service.clone()))
        .collect();
    let mut found = Vec::new();
    for (name, value) in &given.variables {
        let known = given.report.variables.iter().find(|known| known.name == *name);
        let exact = needs.iter().find(|(prefix, _)| *name == format!("{prefix}_URL"));
        let ruled = spec.env_rules.contains_key(name) || exact.is_some();
        if is_none_of_ours(name, known, ruled) {
            continue;
        }
        let endpoints = match exact {
            Some(_) => of_url(value).into_iter().collect(),
            None => local_endpoints(value),
        };
        let same = known.filter(|known| known.value.as_deref() == Some(value.as_str()));
        let from = same.map(|known| named_by(&known.source)).unwrap_or_default();
        for endpoint in endpoints {
            let needed = exact.is_some() || !from.is_empty();
            let meant = match exact {
                Some((_, need)) => vec![need.clone()],
                None if !from.is_empty() => from.clone(),
                None => meant_by(name, endpoint.port, dependent, snapshot),
            };
            if !needed && (!may_be_called(name) || concerns_others(name, known, &meant, dependent, spec)) {
                continue;
            }
            let place = same.and_then(|known| places.of_source(&known.source));
            found.push(lead(name.clone(), place, endpoint, meant, needed));
        }
    }
    found.extend(needs.iter().filter_map(|(prefix, need)| pair(prefix, need, given)));
    found
}

fn lead(
    variable: String,
    place: Option<String>,
    endpoint: Endpoint,
    meant: Vec<ServiceName>,
    needed: bool,
) -> Lead {
    let reached = Reached::Nobody(String::new());
    Lead {
        fact: AddressFact { variable, place, address: endpoint.shown(), meant, needed, reached },
        endpoint,
    }
}

/// Host and port of a need that are told one by one.
fn pair(prefix: &str, need: &ServiceName, given: &Given) -> Option<Lead> {
    let value = |end: &str| {
        let name = format!("{prefix}_{end}");
        given.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    let endpoint = Endpoint { scheme: None, host: value("HOST")?, port: value("PORT")?.parse().ok()? };
    Some(lead(format!("{prefix}_HOST and {prefix}_PORT"), None, endpoint, vec![need.clone()], true))
}

/// What everyone has of the shell is no business of this stack, unless portolan.toml says a word of it.
fn is_none_of_ours(name: &str, known: Option<&EnvReportVariable>, ruled: bool) -> bool {
    let automatic = known.is_some_and(|known| matches!(known.source, EnvSource::Automatic { .. }));
    let inherited = known.is_some_and(|known| known.source == EnvSource::Shell);
    automatic || (inherited && !ruled) || name.starts_with("PORTOLAN_")
}

/// Whether an address is no dependency of the service: its own, or one that the stack's environment files give to
/// everybody and that means a service with which it has nothing to do.
fn concerns_others(
    variable: &str,
    known: Option<&EnvReportVariable>,
    meant: &[ServiceName],
    dependent: &ServiceName,
    spec: &StackSpec,
) -> bool {
    let words = format!("_{}_", variable.to_ascii_uppercase());
    if meant.is_empty() && words.contains(&format!("_{}_", dependent.env_prefix())) {
        return true;
    }
    let for_all = known.is_some_and(|known| match &known.source {
        EnvSource::File { path, .. } => spec.env_files.iter().any(|file| *file.path == **path),
        EnvSource::Default { .. }
        | EnvSource::Generated
        | EnvSource::Automatic { .. }
        | EnvSource::Record(_)
        | EnvSource::Shell
        | EnvSource::Toml { .. }
        | EnvSource::Set => false,
    });
    let linked = |name: &ServiceName| {
        spec.service(dependent).is_some_and(|service| service.links().any(|link| link == name))
    };
    for_all && !meant.is_empty() && !meant.iter().any(linked)
}

/// The services whose addresses Portolan has put into a value.
fn named_by(source: &EnvSource) -> Vec<ServiceName> {
    match source {
        EnvSource::Record(field) => vec![field.service.clone()],
        EnvSource::Toml { from, .. } => from.iter().map(|field| field.service.clone()).collect(),
        EnvSource::Default { .. }
        | EnvSource::Generated
        | EnvSource::Automatic { .. }
        | EnvSource::File { .. }
        | EnvSource::Shell
        | EnvSource::Set => Vec::new(),
    }
}

/// The services that a value of the user's may mean: whose name the variable carries, or who would rather be on that
/// port than where it is.
fn meant_by(
    variable: &str,
    port: u16,
    dependent: &ServiceName,
    snapshot: &StackSnapshot,
) -> Vec<ServiceName> {
    let words = format!("_{}_", variable.to_ascii_uppercase());
    let others = || snapshot.services.iter().filter(|service| service.name != *dependent);
    let carries = |service: &&ServiceSnapshot| words.contains(&format!("_{}_", service.name.env_prefix()));
    let carried: Vec<ServiceName> = others().filter(carries).map(|service| service.name.clone()).collect();
    if !carried.is_empty() {
        return carried;
    }
    let moved = |service: &&ServiceSnapshot| {
        let at = |its: Option<Port>| its.is_some_and(|its| its.get() == port);
        at(service.preferred_port) && !at(service.port)
    };
    others().filter(moved).map(|service| service.name.clone()).collect()
}

async fn follow(endpoint: &Endpoint, spec: &StackSpec, owners: &Arc<Owners>) -> Reached {
    let address = match connect(endpoint).await {
        Ok(address) => address,
        Err(why) => return Reached::Nobody(why),
    };
    let owners = Arc::clone(owners);
    let looked = tokio::task::spawn_blocking(move || owners.at(address)).await;
    let party = looked.ok().flatten().unwrap_or(Party::Unseen);
    let Party::Service(name) = &party else { return Reached::By(party) };
    let Some(check) = spec.service(name).and_then(http_check).filter(|_| endpoint.is_http()) else {
        return Reached::By(party);
    };
    let at = (Some(endpoint.host.as_str()), Port::new(endpoint.port));
    match ask_health(&check, None, at, PATIENCE).await {
        Ok(()) => Reached::By(party),
        Err(instead) => Reached::Unwell(party, instead),
    }
}

fn http_check(service: &ServiceSpec) -> Option<crate::stack::HttpCheck> {
    match service.probe()?.check {
        ProbeCheck::Http(check) => Some(meaning_yes(&check)),
        ProbeCheck::Listening | ProbeCheck::Tcp | ProbeCheck::Exec(_) | ProbeCheck::Log(_) => None,
    }
}

async fn connect(endpoint: &Endpoint) -> Result<SocketAddr, String> {
    let connected = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
    match tokio::time::timeout(PATIENCE, connected).await {
        Ok(Ok(stream)) => stream.peer_addr().map_err(|error| error.to_string()),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Err("nobody listens there".into())
        }
        Ok(Err(error)) => Err(format!("no connection: {error}")),
        Err(_) => Err(format!("no connection within {}s", PATIENCE.as_secs())),
    }
}
