//! Who listens on a service's port: its own process, a stranger, or nobody while it listens elsewhere.

use std::time::{Duration, Instant};

use crate::ports::{self, Listener, Ownership};
use crate::services::process::Tree;
use crate::stack::{ListenerOwner, Port, PortHolder, reachable_host};

/// Before a service has run for this long, a port of its own elsewhere may be one of several that it opens.
const ELSEWHERE_AFTER: Duration = Duration::from_millis(500);
const ELSEWHERE_EVERY: Duration = Duration::from_millis(250);

/// What was seen on the port.
pub(super) enum Sight {
    /// The service listens.
    Ours {
        /// Where to connect.
        host: String,
        /// The bound address, if others than this machine can reach it.
        wide: Option<String>,
        /// False if the owner could not be read and is believed to be the service.
        owner_known: bool,
    },
    /// Somebody else listens.
    Foreign(PortHolder),
    /// The service listens on this port, and nobody on its own.
    Elsewhere(Port),
    /// Nobody listens.
    Nobody,
}

/// Looks at one port on behalf of one run.
pub(super) struct Watcher {
    port: Option<Port>,
    owner: ListenerOwner,
    tree: Option<Tree>,
    looked_elsewhere: Option<Instant>,
    /// What was seen when we last looked elsewhere.
    elsewhere: Option<Port>,
}

impl Watcher {
    pub(super) fn new(port: Option<Port>, owner: ListenerOwner, tree: Option<Tree>) -> Self {
        Self { port, owner, tree, looked_elsewhere: None, elsewhere: None }
    }

    /// Looks once: 0.1 ms when nobody or the service listens, milliseconds when a stranger has to be named.
    pub(super) fn look(&mut self, born: Instant) -> Sight {
        let Some(port) = self.port else { return Sight::Nobody };
        // A system that shows no sockets cannot be asked; the probe itself then decides.
        let Ok(listeners) = ports::listeners_on(port) else { return believed() };
        if listeners.is_empty() {
            return self.look_elsewhere(born);
        }
        if self.owner == ListenerOwner::Any {
            return ours(&listeners, true);
        }
        let Some(tree) = &self.tree else { return ours(&listeners, true) };
        // What forked while we looked shows up as a stranger: look again before calling it one.
        let mut sight = judge(&listeners, tree, port);
        if let Sight::Foreign(_) = sight {
            sight = judge(&listeners, tree, port);
        }
        sight
    }

    fn look_elsewhere(&mut self, born: Instant) -> Sight {
        let now = crate::services::clock::now().instant;
        let due = self.looked_elsewhere.is_none_or(|at| now >= at + ELSEWHERE_EVERY);
        if let (Some(tree), true) = (&self.tree, due && now >= born + ELSEWHERE_AFTER) {
            self.looked_elsewhere = Some(now);
            let found = ports::listeners_of(&pids(tree)).unwrap_or_default();
            self.elsewhere = found.iter().filter_map(|listener| Port::new(listener.addr.port())).min();
        }
        self.elsewhere.map_or(Sight::Nobody, Sight::Elsewhere)
    }
}

fn judge(listeners: &[Listener], tree: &Tree, port: Port) -> Sight {
    let pids = pids(tree);
    let (mut own, mut unreadable) = (Vec::new(), Vec::new());
    for listener in listeners {
        if ports::owned_by(listener, &pids).is_some() {
            own.push(listener.clone());
            continue;
        }
        match ports::owner_of(listener, &pids) {
            Ok(Ownership::Ours { .. }) => own.push(listener.clone()),
            // A stranger on any address of the port takes connections that are meant for the service.
            Ok(Ownership::Stranger { .. }) => return Sight::Foreign(name(port, &pids)),
            Ok(Ownership::Unreadable { .. }) | Err(_) => unreadable.push(listener.clone()),
            Ok(Ownership::Gone) => {}
        }
    }
    match (own.is_empty(), unreadable.is_empty()) {
        (false, _) => ours(&own, true),
        // It came after our spawn on a port that we had reserved.
        (true, false) => ours(&unreadable, false),
        (true, true) => Sight::Nobody,
    }
}

fn ours(listeners: &[Listener], owner_known: bool) -> Sight {
    // IPv4 first: it is what every client tries.
    let best = listeners.iter().min_by_key(|listener| !reachable_host(listener.addr.ip()).is_ipv4());
    let Some(best) = best else { return Sight::Nobody };
    let wide =
        listeners.iter().map(|listener| listener.addr.ip()).find(|ip| !ip.to_canonical().is_loopback());
    Sight::Ours {
        host: reachable_host(best.addr.ip()).to_string(),
        wide: wide.map(|ip| ip.to_string()),
        owner_known,
    }
}

fn believed() -> Sight {
    Sight::Ours { host: "127.0.0.1".into(), wide: None, owner_known: false }
}

fn name(port: Port, ours: &[u32]) -> PortHolder {
    crate::services::Harbour::stranger_on(port, ours).unwrap_or_default()
}

fn pids(tree: &Tree) -> Vec<u32> {
    tree.members().into_iter().map(|member| member.pid).collect()
}
