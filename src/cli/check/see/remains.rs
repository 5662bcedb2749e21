//! What is there after the stop that should not be. Whatever needs a moment to go is given one.

use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use crate::discovery::RecordStore;
use crate::ports::{self, PortAllocator};
use crate::services::now;
use crate::services::process::{ProcessRef, ServiceMarker, Sighting, descendant_pids, sightings_of};
use crate::stack::{Port, ServiceId, ServiceName, StackSnapshot};

use super::super::facts::Remains;
use super::owners::in_words;

/// The pause between two looks, and how long the system may take to let go of what was ended.
const LOOK: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(2);

/// What was there before the stack was launched, and is none of its.
#[derive(Clone, Debug)]
pub(in super::super) struct Before {
    children: Vec<ProcessRef>,
}

impl Before {
    /// Looks at our own children.
    pub(in super::super) fn now() -> Self {
        Self { children: children() }
    }
}

/// Looks until nothing is left, or patience is. `last` is the stack as it was last seen, `ports` are those that its
/// services had at any time. Blocks.
pub(in super::super) fn remains(
    before: &Before,
    last: &StackSnapshot,
    ports: &[(ServiceName, Port)],
    records: &RecordStore,
) -> Remains {
    let deadline = now().instant + PATIENCE;
    loop {
        let left = look(before, last, ports, records);
        let nothing = Remains { unseen: left.unseen, ..Remains::default() };
        if left == nothing || now().instant >= deadline {
            return left;
        }
        sleep(LOOK);
    }
}

fn look(
    before: &Before,
    last: &StackSnapshot,
    ports: &[(ServiceName, Port)],
    records: &RecordStore,
) -> Remains {
    let sightings = sightings_of(&last.identity.run);
    let service_of = |seen: &Sighting| {
        let mut names = last.services.iter().map(|service| &service.name);
        names.find(|name| {
            let service = ServiceId::from((*name).clone());
            seen.is_of(&ServiceMarker { run_id: last.identity.run.clone(), service })
        })
    };
    let marked = sightings.iter().map(|seen| (service_of(seen).cloned(), seen.process.pid));
    // The guardian carries no mark: it is below us, as is whatever lost its own.
    let below =
        children().into_iter().filter(|child| !before.children.contains(child)).map(|child| child.pid);
    let unmarked = below.filter(|pid| sightings.iter().all(|seen| seen.process.pid != *pid));
    let processes = marked.chain(unmarked.map(|pid| (None, pid)));
    let listened = |port: Port| ports::listeners_on(port).is_ok_and(|found| !found.is_empty());
    Remains {
        processes: processes.map(|(service, pid)| (service, in_words(pid))).collect(),
        ports: ports
            .iter()
            .filter(|(_, port)| listened(*port))
            .map(|(service, port)| {
                let holder =
                    ports::holder_of(*port).map_or_else(|| "somebody".to_owned(), |who| who.to_string());
                (service.clone(), *port, format!("{holder} listens there"))
            })
            .collect(),
        records: last
            .services
            .iter()
            .map(|service| records.folder().join(format!("{}.json", service.name)))
            .filter(|path| path.exists())
            .collect::<Vec<PathBuf>>(),
        leases: leases(),
        unseen: cfg!(not(target_os = "linux")),
    }
}

/// The ports that this process still has leased.
fn leases() -> Vec<Port> {
    let own = std::process::id();
    let leases = PortAllocator::open().ok().and_then(|allocator| allocator.leases().ok()).unwrap_or_default();
    leases.iter().filter(|lease| lease.pid == own).map(|lease| lease.port).collect()
}

/// Everything alive that came of this process.
fn children() -> Vec<ProcessRef> {
    let own = std::process::id();
    descendant_pids(own).into_iter().filter(|pid| *pid != own).filter_map(ProcessRef::of).collect()
}
