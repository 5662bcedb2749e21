//! The ports of the running stack: allocation in order, one at a time, and the leases and reservations held.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use crate::ports::{
    AllocateError, Allocated, Holder, LeaseOwner, PortAllocator, Request, WhenExhausted, WhyMoved, holder_of,
};
use crate::stack::{
    ConflictPolicy, Port, PortHolder, PortRange, PortReport, PortRequest, PortSpec, Reserve, ServiceId,
    ServiceName, UnixMillis,
};

use super::process::ProcessRef;
use super::report::{Report, Reports};

/// How long the holder of a port may take to end when `conflict = "kill"` asks it to, and then when it is killed.
const HOLDER_GRACE: Duration = Duration::from_secs(3);

/// What this stack holds and how it gets more. Allocations are made in the order of asking, by a thread of their own:
/// each may take seconds on a crowded machine, and two at once would race for the lower port.
#[derive(Debug)]
pub struct Harbour {
    jobs: mpsc::Sender<(Job, Reports)>,
    allocator: PortAllocator,
    held: HashMap<ServiceName, Vec<Allocated>>,
    without_reservation: Vec<ServiceName>,
    /// Ports that services of this stack prefer, and which no other of them is given.
    preferred: Vec<Port>,
    last_file: PathBuf,
    last: BTreeMap<ServiceName, Port>,
    /// The file does not know them all yet.
    unsaved: bool,
}

/// Whose ports they are, as others read it in the leases.
#[derive(Debug)]
struct Registrar {
    allocator: PortAllocator,
    stack: String,
    folder: PathBuf,
}

impl Harbour {
    /// The harbour of the stack called `stack` with its portolan.toml in `folder`; `state` is the stack's state folder,
    /// where the last ports are remembered. Fails if the system gives no thread.
    pub fn new(allocator: PortAllocator, stack: String, folder: PathBuf, state: &Path) -> io::Result<Self> {
        let last_file = state.join("ports.json");
        // Forgetting them costs no more than another port from the range.
        let last =
            fs::read(&last_file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let registrar = Registrar { allocator: allocator.clone(), stack, folder };
        let (jobs, inbox) = mpsc::channel::<(Job, Reports)>();
        thread::Builder::new().name("ports".into()).spawn(move || {
            for (job, reports) in inbox {
                let result = job.run(&registrar);
                reports.send(Report::Port(job.service, job.question, result));
            }
        })?;
        Ok(Self {
            jobs,
            allocator,
            held: HashMap::new(),
            without_reservation: Vec::new(),
            preferred: Vec::new(),
            last_file,
            last,
            unsaved: false,
        })
    }

    /// Looks at the same leases, and holds none.
    pub(super) fn allocator(&self) -> PortAllocator {
        self.allocator.clone()
    }

    /// Says which ports the services of this stack prefer: another one of them is not given these.
    pub(super) fn set_preferred(&mut self, preferred: Vec<Port>) {
        self.preferred = preferred;
    }

    /// Asks for a port; the answer comes as [`Report::Port`].
    pub(super) fn ask(
        &self,
        service: &ServiceName,
        spec: &PortSpec,
        request: PortRequest,
        question: u64,
        now: UnixMillis,
        reports: &Reports,
    ) {
        let job = Job {
            service: service.clone(),
            prefer: spec.prefer,
            range: spec.range,
            last: self.last.get(service).copied(),
            spared: self.preferred.iter().copied().filter(|port| Some(*port) != spec.prefer).collect(),
            request,
            question,
            now,
        };
        // The thread ends only when this sender is dropped.
        let _ = self.jobs.send((job, reports.clone()));
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
                let held_by = allocated.moved.as_ref().map(|moved| PortHolder::from(&moved.holder));
                self.held.entry(service.clone()).or_default().push(allocated);
                self.remember(service, port);
                if spec.and_then(|spec| spec.prefer) != Some(port) {
                    // It is only found again if it is written down, and a launcher may be killed at any moment.
                    self.save();
                }
                PortReport::Allocated { port, held_by }
            }
            Err(error) => PortReport::Refused { detail: format!("failed to {error}") },
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
            holder => Some(PortHolder::from(&holder)),
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

    fn write_last(&self) -> io::Result<()> {
        let folder = self.last_file.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&self.last)?)?;
        file.persist(&self.last_file)?;
        Ok(())
    }
}

/// One request for a port, as the thread works on it.
#[derive(Debug)]
struct Job {
    service: ServiceName,
    prefer: Option<Port>,
    range: Option<PortRange>,
    last: Option<Port>,
    spared: Vec<Port>,
    request: PortRequest,
    question: u64,
    now: UnixMillis,
}

impl Job {
    fn run(&self, registrar: &Registrar) -> Result<Allocated, AllocateError> {
        let (lost, conflict) = match &self.request {
            PortRequest::Exactly(port) => return self.exactly(registrar, *port),
            PortRequest::Next { not } => return self.search(registrar, None, &[*not]),
            PortRequest::Planned { lost, conflict } => (lost, conflict),
        };
        let prefer = self.prefer.filter(|port| !lost.contains(port));
        match (conflict, prefer) {
            // It was lost to somebody else, and the service is not to go elsewhere.
            (ConflictPolicy::Fail, None) if let Some(port) = self.prefer => {
                Err(AllocateError::Taken { port, holder: holder_of(port).unwrap_or(Holder::Unknown) })
            }
            (ConflictPolicy::Fail, Some(port)) => self.exactly(registrar, port),
            (ConflictPolicy::Kill, Some(port)) => match self.exactly(registrar, port) {
                Err(AllocateError::Taken { holder: Holder::Process(facts), .. })
                    if end_process(facts.pid) =>
                {
                    self.exactly(registrar, port)
                }
                Err(AllocateError::Taken { .. }) => self.search(registrar, prefer, lost),
                other => other,
            },
            (ConflictPolicy::Next, _) | (ConflictPolicy::Fail | ConflictPolicy::Kill, None) => {
                self.search(registrar, self.prefer, lost).map(why_moved)
            }
        }
    }

    fn exactly(&self, registrar: &Registrar, port: Port) -> Result<Allocated, AllocateError> {
        registrar.allocator.allocate_exact(&self.owner(registrar), port, self.time())
    }

    fn search(
        &self,
        registrar: &Registrar,
        prefer: Option<Port>,
        exclude: &[Port],
    ) -> Result<Allocated, AllocateError> {
        let exclude: Vec<Port> = self.spared.iter().chain(exclude).copied().collect();
        registrar.allocator.allocate(&Request {
            owner: &self.owner(registrar),
            prefer,
            last: self.last,
            range: self.range,
            exclude: &exclude,
            when_exhausted: WhenExhausted::Ephemeral,
            now: self.time(),
        })
    }

    fn owner(&self, registrar: &Registrar) -> LeaseOwner {
        LeaseOwner {
            stack: registrar.stack.clone(),
            folder: registrar.folder.clone(),
            service: ServiceId::from(self.service.clone()),
        }
    }

    fn time(&self) -> std::time::SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now.0)
    }
}

/// A preferred port that was lost was not tried again; who has it now is looked up instead.
fn why_moved(mut allocated: Allocated) -> Allocated {
    if let Some(WhyMoved { preferred, .. }) =
        allocated.moved.take_if(|moved| moved.holder == Holder::Excluded)
    {
        allocated.moved = holder_of(preferred).map(|holder| WhyMoved { preferred, holder });
    }
    allocated
}

/// Ends a process that is not ours, gently first; whether it is gone.
fn end_process(pid: u32) -> bool {
    let Some(process) = ProcessRef::of(pid).filter(|_| pid != std::process::id()) else { return true };
    process.end(HOLDER_GRACE)
}
