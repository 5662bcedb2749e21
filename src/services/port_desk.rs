//! Answers questions about ports aside from the supervisor's loop, each on a thread of its own: to look at ports takes
//! milliseconds, to end a holder seconds. Changes nothing of the stack; its own ports are the harbour's.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::handle::{EndHolder, PortOrder, PortRemembered, Reply};
use crate::ports::{self, PortAllocator};
use crate::stack::{
    HeldPort, Holder, HolderEnded, LeaseRecord, Mode, Port, PortCheck, PortHolder, PortOptions, PortSpec,
    PortVerdict, PreferredPort, Refusal, ServiceName, Stack,
};

use super::effects::Shell;
use super::process::ProcessRef;

/// How long a holder may take to end when asked, when killed, and its port to be free then.
const GRACE: Duration = Duration::from_secs(3);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// So many ports are looked at for one list of options.
const LOOKED_AT: usize = 200;
/// So many free ones are enough to choose from.
const ENOUGH: usize = 16;
/// The first port that needs no rights, on most systems.
const FIRST_UNPRIVILEGED: u16 = 1024;

/// Writes down that a service prefers a port, and says where. The error is why not, rendered.
pub type PortMemory = Arc<dyn Fn(&ServiceName, Port) -> Result<PathBuf, String> + Send + Sync>;

/// What is asked on the supervisor's thread, for the answer to be made elsewhere.
#[derive(Clone, Debug)]
struct Facts {
    spec: PortSpec,
    current: Option<Port>,
    /// Preferred by other services of the stack.
    spared: Vec<Port>,
    restarts: Vec<ServiceName>,
}

impl Shell {
    /// Has a question about ports answered. `guardian` is not to be ended.
    pub(super) fn port_order(&self, order: PortOrder, stack: &Stack, guardian: Option<u32>) {
        let allocator = self.harbour().allocator();
        match order {
            PortOrder::Report(reply) => aside(reply, move || {
                ports::machine_report(&allocator)
                    .map_err(|error| Refusal::Failed { detail: format!("failed to list ports: {error}") })
            }),
            PortOrder::Options { service, reply } => match self.port_facts(&service, stack) {
                Ok(facts) => aside(reply, move || options(&allocator, facts)),
                Err(refusal) => drop(reply.send(Err(refusal))),
            },
            PortOrder::Check { service, port, reply } => match self.port_facts(&service, stack) {
                Ok(facts) => aside(reply, move || check(&allocator, &facts, port)),
                Err(refusal) => drop(reply.send(Err(refusal))),
            },
            PortOrder::EndHolder { port, request, reply } => {
                aside(reply, move || end_holder(&allocator, port, request, guardian));
            }
            PortOrder::Remember { service, port, reply } => match self.port_facts(&service, stack) {
                Ok(_) => {
                    let remember = Arc::clone(&self.port_memory);
                    aside(reply, move || {
                        let file = remember(&service, port).map_err(|detail| Refusal::Failed { detail })?;
                        Ok(PortRemembered { file })
                    });
                }
                Err(refusal) => drop(reply.send(Err(refusal))),
            },
        }
    }

    fn port_facts(&self, service: &ServiceName, stack: &Stack) -> Result<Facts, Refusal> {
        let unknown = || Refusal::UnknownService { name: service.to_string() };
        let spec = self.spec.service(service).ok_or_else(unknown)?;
        let own = spec.port.clone().filter(|_| spec.mode() != Mode::Shared);
        let own = own.ok_or_else(|| Refusal::NoPort { name: service.clone() })?;
        let others = self.spec.services.iter().filter(|other| other.name != *service);
        Ok(Facts {
            current: stack.launch_of(service).and_then(|launch| launch.port),
            spared: others.filter_map(|other| other.port.as_ref()?.prefer).collect(),
            restarts: stack.restarted_by_move(service),
            spec: own,
        })
    }
}

/// Answers on a thread of its own.
fn aside<T: Send + 'static>(reply: Reply<T>, answer: impl FnOnce() -> Result<T, Refusal> + Send + 'static) {
    let (hand_over, taken) = mpsc::channel::<Reply<T>>();
    let started = thread::Builder::new().name("port-desk".into()).spawn(move || {
        if let Ok(reply) = taken.recv() {
            // Whoever asked may have gone.
            let _ = reply.send(answer());
        }
    });
    // Whoever asked may have gone, here too.
    let _ = match started {
        Ok(_) => hand_over.send(reply).map_err(drop),
        Err(error) => {
            let detail = format!("failed to start a thread: {error}");
            reply.send(Err(Refusal::Failed { detail })).map_err(drop)
        }
    };
}

fn options(allocator: &PortAllocator, facts: Facts) -> Result<PortOptions, Refusal> {
    let Facts { spec, current, spared, restarts } = facts;
    let candidates = candidates(&spec, current, &spared);
    let looked = look(allocator, &candidates, ENOUGH)?;
    let free = looked.iter().filter(|(_, holder)| holder.is_none()).map(|(port, _)| *port).collect();
    let mut held: Vec<HeldPort> = looked
        .iter()
        .filter_map(|(port, holder)| Some(HeldPort { port: *port, by: holder.as_ref()?.into() }))
        .collect();
    held.sort_by_key(|held| held.port);
    let preferred = spec.prefer.map(|port| {
        let held_by = held.iter().find(|held| held.port == port).map(|held| held.by.clone());
        PreferredPort { port, held_by }
    });
    Ok(PortOptions { current, preferred, range: spec.range, free, held, restarts })
}

/// What to look at: the range, or what follows the preferred port, nearest first.
fn candidates(spec: &PortSpec, current: Option<Port>, spared: &[Port]) -> Vec<Port> {
    let Some(centre) = spec.prefer.or(spec.range.map(|range| range.first())).or(current) else {
        return Vec::new();
    };
    let distance = |port: &Port| port.get().abs_diff(centre.get());
    let mut ports: Vec<Port> = match spec.range {
        Some(range) => range.iter().collect(),
        None => (centre.get().max(FIRST_UNPRIVILEGED)..=u16::MAX).filter_map(Port::new).collect(),
    };
    ports.extend(spec.prefer.filter(|prefer| !ports.contains(prefer)));
    ports.retain(|port| Some(*port) != current && !spared.contains(port));
    ports.sort_by_key(distance);
    ports.truncate(LOOKED_AT);
    ports
}

fn check(allocator: &PortAllocator, facts: &Facts, port: Port) -> Result<PortCheck, Refusal> {
    let verdict = if facts.current == Some(port) {
        PortVerdict::Current
    } else {
        match look(allocator, &[port], 1)?.pop().and_then(|(_, holder)| holder) {
            None => PortVerdict::Free,
            Some(Holder::Forbidden) => PortVerdict::Privileged,
            Some(
                holder @ (Holder::Stack(_)
                | Holder::Process(_)
                | Holder::Unreadable { .. }
                | Holder::Excluded
                | Holder::Unknown),
            ) => PortVerdict::Held { by: (&holder).into() },
        }
    };
    Ok(PortCheck { port, verdict, outside_of: facts.spec.range.filter(|range| !range.contains(port)) })
}

fn look(
    allocator: &PortAllocator,
    ports: &[Port],
    enough: usize,
) -> Result<Vec<(Port, Option<Holder>)>, Refusal> {
    let failed = |error| Refusal::Failed { detail: format!("failed to {error}") };
    allocator.look(ports, enough).map_err(failed)
}

fn end_holder(
    allocator: &PortAllocator,
    port: Port,
    request: EndHolder,
    guardian: Option<u32>,
) -> Result<HolderEnded, Refusal> {
    let pid = request.pid;
    let leases = || allocator.leases().unwrap_or_default();
    let launches = || leases().iter().any(|lease| lease.port == port && lease.pid == pid);
    let holds = || ports::is_held_by(port, pid) || launches();
    // The first process and ourselves: nothing good comes of it, whoever asks.
    if pid <= 1 || pid == std::process::id() || Some(pid) == guardian {
        return Err(Refusal::Protected { pid });
    }
    // Named before it is looked at, so that what is ended is what was seen to hold the port.
    let process = ProcessRef::of(pid).filter(|_| holds()).filter(|process| process.is_current());
    let Some(process) = process else {
        let holder = allocator.holder(port).map(|holder| PortHolder::from(&holder));
        return Err(Refusal::NotHolder { port, pid, holder });
    };
    if !request.force
        && let Some(lease) = stack_of(&leases(), port, pid)
    {
        let service = (lease.port == port).then(|| lease.service.name.clone());
        return Err(Refusal::HeldByStack { port, stack: lease.stack.clone(), service });
    }
    if !process.may_be_ended() {
        return Err(Refusal::NotPermitted { pid });
    }
    let killed = end(process, || !process.is_current() || !holds());
    match still_held(allocator, port) {
        Some(holder) => Err(Refusal::StillHeld { port, holder }),
        None => Ok(HolderEnded { port, pid, killed }),
    }
}

/// Ends a process until it `lets_go`, gently first; whether that was not enough.
fn end(process: ProcessRef, lets_go: impl Fn() -> bool) -> bool {
    process.signal_end(false);
    let killed = !becomes_true(&lets_go);
    if killed {
        process.signal_end(true);
        // What does not even die of that shows as a holder.
        becomes_true(&lets_go);
    }
    killed
}

/// Who has the port besides this stack once there was time to give it back: another socket of the same program, or
/// whoever was faster.
fn still_held(allocator: &PortAllocator, port: Port) -> Option<PortHolder> {
    let mut holder = None;
    becomes_true(|| {
        holder = holder_besides_us(allocator, port);
        holder.is_none()
    });
    holder
}

/// The lease of the running stack that a process belongs to, that of `port` first.
fn stack_of(leases: &[LeaseRecord], port: Port, pid: u32) -> Option<&LeaseRecord> {
    // Elsewhere nobody tells whose child a process is: on a leased port it is believed to be the service.
    let belongs = |lease: &LeaseRecord| {
        ports::descends_from(pid, lease.pid) || (lease.port == port && !cfg!(target_os = "linux"))
    };
    let of_port = leases.iter().filter(|lease| lease.port == port);
    of_port.chain(leases).find(|lease| belongs(lease))
}

/// Who keeps the port from this stack; our own lease does not, but whoever listens beside it.
fn holder_besides_us(allocator: &PortAllocator, port: Port) -> Option<PortHolder> {
    // What cannot be looked at is no proof that somebody is there.
    let holder = allocator.look(&[port], 1).ok()?.pop()?.1?;
    let own = std::process::id();
    let is_ours = |holder: &Holder| match holder {
        Holder::Stack(lease) => lease.pid == own,
        Holder::Process(facts) => ports::descends_from(facts.pid, own),
        Holder::Unreadable { .. } | Holder::Forbidden | Holder::Excluded | Holder::Unknown => false,
    };
    if !is_ours(&holder) {
        return Some(PortHolder::from(&holder));
    }
    let beside = ports::holder_of(port).filter(|beside| !is_ours(beside))?;
    Some(PortHolder::from(&beside))
}

fn becomes_true(mut is_true: impl FnMut() -> bool) -> bool {
    let looks = GRACE.as_millis() / LOOK.as_millis();
    (0..=looks).any(|look| {
        if look > 0 {
            thread::sleep(LOOK);
        }
        is_true()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{ConflictPolicy, ListenerOwner, PortRange, Reserve};

    fn port(number: u16) -> Port {
        Port::new(number).unwrap()
    }

    fn spec(prefer: Option<u16>, range: Option<(u16, u16)>) -> PortSpec {
        PortSpec {
            prefer: prefer.map(port),
            range: range.map(|(first, last)| PortRange::new(port(first), port(last)).unwrap()),
            env: "PORT".into(),
            conflict: ConflictPolicy::default(),
            reserve: Reserve::default(),
            owner: ListenerOwner::default(),
        }
    }

    fn numbers(ports: &[Port]) -> Vec<u16> {
        ports.iter().map(|port| port.get()).collect()
    }

    #[test]
    fn ports_are_offered_nearest_the_preferred_one_first() {
        let ports = candidates(&spec(Some(8003), Some((8000, 8005))), Some(port(8004)), &[port(8001)]);
        assert_eq!(numbers(&ports), [8003, 8002, 8005, 8000]);
    }

    #[test]
    fn without_a_range_those_above_are_offered_and_without_anything_none() {
        let ports = candidates(&spec(Some(80), None), None, &[]);
        assert_eq!(numbers(&ports[..3]), [80, 1024, 1025]);
        assert_eq!(ports.len(), LOOKED_AT);
        assert_eq!(candidates(&spec(None, None), None, &[]), []);
        assert_eq!(numbers(&candidates(&spec(None, None), Some(port(65534)), &[])), [65535]);
    }
}
