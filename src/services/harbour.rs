//! The ports of the running stack: allocation in order, one at a time, and the leases and reservations held.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use crate::ports::{
    AllocateError, Allocated, Holder, LeaseOwner, PortAllocator, Request, WhenExhausted, holder_of,
};
use crate::stack::{
    ConflictPolicy, Port, PortHolder, PortRange, PortReport, PortRequest, PortSpec, Reserve, ServiceId,
    ServiceName, UnixMillis,
};

use super::process::ProcessRef;
use super::report::{Report, Reports};

/// How long the holder of a port may take to end when `conflict = "kill"` asks it to, and then when it is killed.
const HOLDER_GRACE: Duration = Duration::from_secs(3);

/// What this stack holds and how it gets more. Allocations are made in the order of asking.
#[derive(Debug)]
pub struct Harbour {
    berth: Arc<Berth>,
    held: HashMap<ServiceName, Vec<Allocated>>,
    without_reservation: Vec<ServiceName>,
    last_file: PathBuf,
    last: BTreeMap<ServiceName, Port>,
    /// The file does not know them all yet.
    unsaved: bool,
}

/// What an allocation on another thread needs.
#[derive(Debug)]
struct Berth {
    allocator: PortAllocator,
    stack: String,
    folder: PathBuf,
    /// Held during an allocation: services of one stack get their ports in the order of asking.
    queue: tokio::sync::Mutex<()>,
    /// Ports given in this run that the harbour has not taken in yet are in nobody's way: the lease decides.
    preferred: Mutex<Vec<Port>>,
}

impl Harbour {
    /// The harbour of the stack called `stack` with its portolan.toml in `folder`; `state` is the stack's state folder,
    /// where the last ports are remembered.
    pub fn new(allocator: PortAllocator, stack: String, folder: PathBuf, state: &Path) -> Self {
        let last_file = state.join("ports.json");
        // Forgetting them costs no more than another port from the range.
        let last =
            fs::read(&last_file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let queue = tokio::sync::Mutex::new(());
        let berth = Arc::new(Berth { allocator, stack, folder, queue, preferred: Mutex::default() });
        Self { berth, held: HashMap::new(), without_reservation: Vec::new(), last_file, last, unsaved: false }
    }

    /// Ports that services of this stack prefer: another one of them takes them last.
    pub(super) fn set_preferred(&self, preferred: Vec<Port>) {
        *self.berth.preferred.lock().unwrap_or_else(PoisonError::into_inner) = preferred;
    }

    /// Asks for a port on another thread; the answer comes as [`Report::Port`].
    pub(super) fn ask(
        &self,
        service: &ServiceName,
        spec: &PortSpec,
        request: PortRequest,
        now: UnixMillis,
        reports: &Reports,
    ) {
        let (berth, reports, service) = (Arc::clone(&self.berth), reports.clone(), service.clone());
        let last = self.last.get(&service).copied();
        let (prefer, range) = (spec.prefer, spec.range);
        let job = Job { service, prefer, range, last, request, now };
        tokio::spawn(async move {
            let service = job.service.clone();
            let turn = berth.queue.lock().await;
            let worker = Arc::clone(&berth);
            let result = tokio::task::spawn_blocking(move || job.run(&worker)).await;
            drop(turn);
            // A panic of the allocation has been reported; the service must not wait for ever.
            let result =
                result.unwrap_or_else(|_| Err(AllocateError::Exhausted { range: None, tried: Vec::new() }));
            reports.send(Report::Port(service, result));
        });
    }

    /// Takes in what was allocated and says it in the heart's words.
    pub(super) fn take_in(
        &mut self,
        service: &ServiceName,
        spec: Option<&PortSpec>,
        result: Result<Allocated, AllocateError>,
    ) -> PortReport {
        match result {
            Ok(mut allocated) => {
                let released = spec.is_some_and(|spec| spec.reserve == Reserve::Release);
                if released || self.without_reservation.contains(service) {
                    allocated.reservation.release();
                }
                let port = allocated.port;
                let held_by = allocated.moved.as_ref().map(|moved| in_words_of_the_heart(&moved.holder));
                self.held.entry(service.clone()).or_default().push(allocated);
                self.remember(service, port);
                PortReport::Allocated { port, held_by }
            }
            Err(error) => PortReport::Refused { detail: error.to_string() },
        }
    }

    pub(super) fn release(&mut self, service: &ServiceName, port: Port) {
        if let Some(held) = self.held.get_mut(service) {
            held.retain(|allocated| allocated.port != port);
        }
    }

    pub(super) fn release_reservation(&mut self, service: &ServiceName) {
        self.without_reservation.push(service.clone());
        for allocated in self.held.get_mut(service).into_iter().flatten() {
            allocated.reservation.release();
        }
    }

    /// Called right before a spawn.
    pub(super) fn make_way(&mut self, service: &ServiceName) {
        for allocated in self.held.get_mut(service).into_iter().flatten() {
            allocated.reservation.make_way();
        }
    }

    /// Who, other than processes of ours, has a socket on `port`.
    pub(super) fn stranger_on(port: Port, ours: &[u32]) -> Option<PortHolder> {
        match holder_of(port)? {
            Holder::Process(facts) if ours.contains(&facts.pid) || facts.pid == std::process::id() => None,
            holder => Some(in_words_of_the_heart(&holder)),
        }
    }

    fn remember(&mut self, service: &ServiceName, port: Port) {
        self.unsaved |= self.last.insert(service.clone(), port) != Some(port);
    }

    /// Remembers the ports for the next run. Not at each of them: replacing a file takes ext4 0.3 ms and more.
    pub(super) fn save(&mut self) {
        if std::mem::take(&mut self.unsaved) {
            // Not remembering is no failure of the run.
            let _ = self.write_last();
        }
    }

    fn write_last(&self) -> std::io::Result<()> {
        let folder = self.last_file.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&self.last)?)?;
        file.persist(&self.last_file)?;
        Ok(())
    }
}

/// One request for a port, as another thread works on it.
struct Job {
    service: ServiceName,
    prefer: Option<Port>,
    range: Option<PortRange>,
    last: Option<Port>,
    request: PortRequest,
    now: UnixMillis,
}

impl Job {
    fn run(&self, berth: &Berth) -> Result<Allocated, AllocateError> {
        let owner = LeaseOwner {
            stack: berth.stack.clone(),
            folder: berth.folder.clone(),
            service: ServiceId::from(self.service.clone()),
        };
        let now = UNIX_EPOCH + Duration::from_millis(self.now.0);
        let search = |prefer, exclude: &[Port]| {
            let others = berth.preferred.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let spared: Vec<Port> = others
                .into_iter()
                .filter(|port| Some(*port) != prefer)
                .chain(exclude.iter().copied())
                .collect();
            let request = Request {
                owner: &owner,
                prefer,
                last: self.last,
                range: self.range,
                exclude: &spared,
                when_exhausted: WhenExhausted::Ephemeral,
                now,
            };
            berth.allocator.allocate(&request)
        };
        match &self.request {
            PortRequest::Exactly(port) => berth.allocator.allocate_exact(&owner, *port, now),
            PortRequest::Next { not } => search(None, &[*not]),
            PortRequest::Planned { lost, conflict } => {
                let prefer = self.prefer.filter(|port| !lost.contains(port));
                match (conflict, prefer) {
                    (ConflictPolicy::Fail, Some(port)) => berth.allocator.allocate_exact(&owner, port, now),
                    (ConflictPolicy::Kill, Some(port)) => {
                        let first = berth.allocator.allocate_exact(&owner, port, now);
                        match first {
                            Err(AllocateError::Taken { holder: Holder::Process(facts), .. })
                                if end_process(facts.pid) =>
                            {
                                berth.allocator.allocate_exact(&owner, port, now)
                            }
                            Err(AllocateError::Taken { .. }) => search(prefer, lost),
                            other => other,
                        }
                    }
                    (ConflictPolicy::Next | ConflictPolicy::Fail | ConflictPolicy::Kill, _) => {
                        search(prefer, lost)
                    }
                }
            }
        }
    }
}

/// Ends a process that is not ours, gently first; whether it is gone.
fn end_process(pid: u32) -> bool {
    let Some(process) = ProcessRef::of(pid).filter(|_| pid != std::process::id()) else { return true };
    process.end(HOLDER_GRACE)
}

fn in_words_of_the_heart(holder: &Holder) -> PortHolder {
    match holder {
        Holder::Stack(record) => PortHolder {
            pid: Some(record.pid),
            command: None,
            folder: Some(record.folder.clone().into()),
            stack: Some(record.stack.clone()),
            service: Some(record.service.to_string()),
        },
        Holder::Process(facts) => PortHolder {
            pid: Some(facts.pid),
            command: Some(facts.command.clone()),
            folder: facts.folder.clone().map(PathBuf::from),
            stack: None,
            service: None,
        },
        Holder::Unreadable { .. } | Holder::Forbidden | Holder::Excluded | Holder::Unknown => {
            PortHolder { command: Some(holder.to_string()), ..PortHolder::default() }
        }
    }
}
