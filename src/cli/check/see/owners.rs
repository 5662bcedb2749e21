//! Whose a listener is: which service of the stack, or who else.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use crate::ports::{self, Listener, Ownership};
use crate::services::process::{ServiceMarker, Sighting, descendant_pids, sightings_of};
use crate::stack::{
    ListenerOwner, Mode, Port, ServiceId, ServiceName, ServiceSnapshot, StackSnapshot, StackSpec,
};

use super::super::facts::{Party, PortFacts};

/// The processes of every service of a stack at one moment.
#[derive(Debug)]
pub(in super::super) struct Owners {
    trees: Vec<(ServiceName, Vec<u32>)>,
    launcher: u32,
    /// Services that the launcher serves itself.
    embedded: Vec<(Port, ServiceName)>,
    /// Services for which whoever listens on their port counts, since they only ask a daemon to.
    anybodys: Vec<(Port, ServiceName)>,
}

impl Owners {
    /// Looks at all processes. Blocks for milliseconds.
    pub(in super::super) fn of(snapshot: &StackSnapshot, spec: &StackSpec) -> Self {
        let sightings = sightings_of(&snapshot.identity.run);
        let trees = snapshot.services.iter().filter(|service| service.mode == Mode::Local);
        let embedded = snapshot.services.iter().filter(|service| service.mode == Mode::Embedded);
        let anybodys = snapshot.services.iter().filter(|service| is_anybodys(spec, &service.name));
        Self {
            anybodys: anybodys.filter_map(|service| Some((service.port?, service.name.clone()))).collect(),
            trees: trees.map(|service| (service.name.clone(), tree(snapshot, service, &sightings))).collect(),
            launcher: snapshot.identity.pid,
            embedded: embedded.filter_map(|service| Some((service.port?, service.name.clone()))).collect(),
        }
    }

    /// Whose it is, and the process; `None` if it has gone meanwhile.
    fn owner(&self, listener: &Listener) -> Option<(Party, Option<u32>)> {
        if let Some((_, name)) = self.anybodys.iter().find(|(port, _)| port.get() == listener.addr.port()) {
            // The process is a daemon's and has nothing of ours.
            return Some((Party::Service(name.clone()), None));
        }
        let known: Vec<u32> = self.trees.iter().flat_map(|(_, pids)| pids.iter().copied()).collect();
        match ports::owner_of(listener, &known) {
            Ok(Ownership::Ours { pid } | Ownership::Stranger { pid }) => {
                Some((self.party(pid, listener), Some(pid)))
            }
            Ok(Ownership::Unreadable { .. }) | Err(_) => Some((Party::Unseen, None)),
            Ok(Ownership::Gone) => None,
        }
    }

    fn party(&self, pid: u32, listener: &Listener) -> Party {
        // What forked since we looked is still below its leader.
        let owns = |(_, pids): &&(ServiceName, Vec<u32>)| {
            pids.contains(&pid) || pids.first().is_some_and(|leader| ports::descends_from(pid, *leader))
        };
        if let Some((name, _)) = self.trees.iter().find(owns) {
            return Party::Service(name.clone());
        }
        let served = |(port, _): &&(Port, ServiceName)| port.get() == listener.addr.port();
        if pid == self.launcher
            && let Some((_, name)) = self.embedded.iter().find(served)
        {
            return Party::Service(name.clone());
        }
        Party::Stranger(in_words(pid))
    }

    /// Who takes connections to `address`: whoever has exactly that one, else who has all of them.
    pub(in super::super) fn at(&self, address: SocketAddr) -> Option<Party> {
        let listeners = ports::listeners_on(Port::new(address.port())?).ok()?;
        let ip = address.ip().to_canonical();
        let distance = |listener: &&Listener| match listener.addr.ip().to_canonical() {
            own if own == ip => 0,
            own if own.is_unspecified() && own.is_ipv4() == ip.is_ipv4() => 1,
            own if own.is_unspecified() && ip.is_ipv4() => 2,
            IpAddr::V4(_) | IpAddr::V6(_) => 3,
        };
        let best = listeners.iter().min_by_key(distance).filter(|best| distance(best) < 3)?;
        self.owner(best).map(|(party, _)| party)
    }
}

fn is_anybodys(spec: &StackSpec, name: &ServiceName) -> bool {
    let port = spec.service(name).and_then(|service| service.port.as_ref());
    port.is_some_and(|port| port.owner == ListenerOwner::Any)
}

/// A process in words that hold no secret.
pub(super) fn in_words(pid: u32) -> String {
    ports::facts_of(pid).map_or_else(|| format!("pid {pid}"), |facts| facts.to_string())
}

fn tree(snapshot: &StackSnapshot, service: &ServiceSnapshot, sightings: &[Sighting]) -> Vec<u32> {
    let marker = ServiceMarker {
        run_id: snapshot.identity.run.clone(),
        service: ServiceId::from(service.name.clone()),
    };
    let mut pids: Vec<u32> = service.pid.map(descendant_pids).unwrap_or_default();
    for pid in sightings.iter().filter(|seen| seen.is_of(&marker)).map(|seen| seen.process.pid) {
        if !pids.contains(&pid) {
            pids.push(pid);
        }
    }
    pids
}

/// Who listens on the ports of the services, and the process that does for each.
pub(in super::super) fn port_facts(
    owners: &Owners,
    snapshot: &StackSnapshot,
    spec: &StackSpec,
) -> HashMap<ServiceName, (PortFacts, Option<u32>)> {
    let with_port = snapshot.services.iter().filter(|service| {
        service.started_at.is_some() && matches!(service.mode, Mode::Local | Mode::Embedded)
    });
    with_port
        .filter_map(|service| {
            let port = service.port?;
            let any_owner = is_anybodys(spec, &service.name);
            let mut listening = None;
            let listeners = match ports::listeners_on(port) {
                Ok(found) => Ok(found
                    .iter()
                    .filter_map(|listener| {
                        let (party, pid) = owners.owner(listener)?;
                        if party == Party::Service(service.name.clone()) && service.mode == Mode::Local {
                            listening = listening.or(pid);
                        }
                        Some((listener.addr, party))
                    })
                    .collect()),
                Err(error) => Err(error.to_string()),
            };
            Some((service.name.clone(), (PortFacts { port, any_owner, listeners }, listening)))
        })
        .collect()
}
