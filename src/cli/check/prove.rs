//! Looks at a stack that is up, or as up as it gets: everything that can be seen and asked while it runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use futures_util::future::join_all;

use crate::cli::explained::explained;
use crate::handle::{Handle, HandleError};
use crate::services::now;
use crate::services::process::environment_of;
use crate::stack::{Mode, ServiceName, ServiceSnapshot, StackSnapshot, StackSpec};

use super::facts::{Coming, EnvFacts, Facts, LogFacts, PortFacts, ServiceFacts};
use super::see::{self, Arrivals, Given, Owners, Places};

/// How long a service that is up by another sign may take to listen, and the pause between two looks.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(20);

/// The stack that is proved.
pub(super) struct Subject<'s> {
    pub(super) handle: &'s Handle,
    pub(super) spec: &'s Arc<StackSpec>,
    pub(super) chosen: &'s [ServiceName],
    pub(super) places: &'s Places,
}

/// The services among `snapshot` that were asked for, with all that they need; all that are wanted if none was named.
pub(super) fn chosen(snapshot: &StackSnapshot, named: &[ServiceName]) -> Vec<ServiceName> {
    let of = |service: &ServiceSnapshot| service.mode != Mode::Disabled;
    if named.is_empty() {
        let wanted = snapshot.services.iter().filter(|service| service.wanted && of(service));
        return wanted.map(|service| service.name.clone()).collect();
    }
    let mut open: Vec<&ServiceName> = named.iter().collect();
    let mut found: Vec<&ServiceName> = Vec::new();
    while let Some(name) = open.pop() {
        if !found.contains(&name) {
            found.push(name);
            open.extend(snapshot.service(name).into_iter().flat_map(|service| &service.needs));
        }
    }
    let among = snapshot.services.iter().filter(|service| found.contains(&&service.name) && of(service));
    among.map(|service| service.name.clone()).collect()
}

/// Everything about the services that can be seen now. What happened, what was logged and what is left is for the
/// caller to add.
pub(super) async fn prove(
    subject: &Subject<'_>,
    coming: Coming,
    arrivals: &Arrivals,
) -> Result<Facts, HandleError> {
    let snapshot = explained(subject.handle, None).await?;
    let (owners, mut ports) = look_at_ports(&snapshot, subject.spec).await;
    let among = snapshot.services.iter().filter(|service| subject.chosen.contains(&service.name));
    let looked: Vec<_> = among.map(|service| (service, ports.remove(&service.name))).collect();
    let services = looked.into_iter().map(|(service, port)| {
        let (port, listener) = port.map_or((None, None), |(port, listener)| (Some(port), listener));
        look_at(subject, &snapshot, service, (port, listener), &owners, arrivals)
    });
    Ok(Facts {
        services: join_all(services).await,
        snapshot: (*snapshot).clone(),
        coming,
        notices: Vec::new(),
        log: LogFacts::default(),
        remains: None,
    })
}

async fn look_at(
    subject: &Subject<'_>,
    snapshot: &StackSnapshot,
    service: &ServiceSnapshot,
    (port, listener): (Option<PortFacts>, Option<u32>),
    owners: &Arc<Owners>,
    arrivals: &Arrivals,
) -> ServiceFacts {
    let name = &service.name;
    let given = match service.mode {
        Mode::Local | Mode::Embedded => Some(subject.handle.environment(name.clone(), true).await),
        Mode::Shared | Mode::Disabled => None,
    };
    let (env, addresses) = match given {
        None => (EnvFacts::default(), Vec::new()),
        Some(Err(error)) => {
            let refused = Some(format!("its environment cannot be told: {error}"));
            (EnvFacts { refused, ..EnvFacts::default() }, Vec::new())
        }
        Some(Ok(report)) => {
            let required = see::requirements(&report, &subject.spec.env_rules, subject.places);
            // The process of an embedded service is the launcher, whose own environment is none of its.
            let leader = service.pid.filter(|_| service.mode == Mode::Local);
            let env = see::env_facts(required, (name, leader), listener, arrivals);
            let real = listener.or(leader).and_then(environment_of).filter(|env| !env.is_overwritten());
            let variables = match real {
                Some(env) => {
                    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                    env.iter().map(|(name, value)| (name.to_owned(), text(value))).collect()
                }
                None => report
                    .variables
                    .iter()
                    .filter_map(|variable| Some((variable.name.clone(), variable.value.clone()?)))
                    .collect(),
            };
            let given = Given { variables, report };
            let addresses = match service.started_at {
                Some(_) => {
                    let stack = (snapshot, &**subject.spec);
                    see::address_facts(name, &given, subject.chosen, stack, owners, subject.places).await
                }
                None => Vec::new(),
            };
            (env, addresses)
        }
    };
    let health = see::ask(service, subject.spec.service(name)).await;
    ServiceFacts { now: service.clone(), env, health, port, addresses }
}

type Ports = HashMap<ServiceName, (PortFacts, Option<u32>)>;

/// Looks who listens, again while somebody who should does not.
async fn look_at_ports(snapshot: &Arc<StackSnapshot>, spec: &Arc<StackSpec>) -> (Arc<Owners>, Ports) {
    let (snapshot, spec) = (Arc::clone(snapshot), Arc::clone(spec));
    let looked = tokio::task::spawn_blocking(move || {
        let deadline = now().instant + PATIENCE;
        loop {
            let owners = Owners::of(&snapshot, &spec);
            let ports = see::port_facts(&owners, &snapshot, &spec);
            let silent = |facts: &PortFacts| facts.listeners.as_ref().is_ok_and(Vec::is_empty);
            let up = |name: &ServiceName| snapshot.service(name).is_some_and(|service| service.state.is_up());
            let waits = ports.iter().any(|(name, (facts, _))| silent(facts) && up(name));
            if !waits || now().instant >= deadline {
                return (Arc::new(owners), ports);
            }
            sleep(LOOK);
        }
    });
    looked.await.expect("looking at ports does not panic")
}
