//! The interpreter: each effect of the heart is performed here and nowhere else.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::discovery::{Record, RecordStore};
use crate::handle::Journal;
use crate::logs::{LogSignal, LogStore};
use crate::stack::{
    Answer, Clock, CommandId, Effect, Epoch, Finding, Launch, ListenerOwner, Mode, Notice, Port, ProbeCheck,
    ProbeSpec, RunReport, Runs, ServiceId, ServiceName, ServiceSpec, StackSnapshot, StackSpec,
};

use super::diagnosis::Diagnosis;
use super::embedded::EmbeddedServices;
use super::environment::{Environments, Prepared};
use super::harbour::Harbour;
use super::keyboard::Keyboard;
use super::port_desk::PortMemory;
use super::probe::{Check, HttpProbe, Prober};
use super::process::{Launcher, ServiceMarker, SpawnRequest};
use super::report::{Report, Reports, RunReports};
use super::runner::{Leader, MakeProber, RunOrder, Runner};

/// Everything that effects act on.
pub(super) struct Shell {
    pub(super) spec: Arc<StackSpec>,
    pub(super) marker_run: crate::stack::RunId,
    pub(super) launcher: Launcher,
    pub(super) logs: Arc<LogStore>,
    pub(super) harbour: Arc<std::sync::Mutex<Harbour>>,
    pub(super) environments: Environments,
    pub(super) records: RecordStore,
    pub(super) journal: Journal,
    pub(super) diagnosis: Diagnosis,
    pub(super) embedded: EmbeddedServices,
    pub(super) state_folder: PathBuf,
    pub(super) run_folder: PathBuf,
    pub(super) reports: Reports,
    pub(super) leaders: mpsc::UnboundedSender<Leader>,
    pub(super) runs: HashMap<ServiceName, RunHandle>,
    pub(super) port_memory: PortMemory,
    pub(super) keyboards: HashMap<ServiceName, Keyboard>,
    pub(super) waiting: BTreeMap<CommandId, oneshot::Sender<Answer>>,
    /// Services whose record has to be written anew once the snapshot is made.
    pub(super) to_publish: Vec<ServiceName>,
}

/// The supervisor's side of a runner.
pub(super) struct RunHandle {
    epoch: Epoch,
    orders: mpsc::UnboundedSender<RunOrder>,
    pattern_seen: watch::Sender<bool>,
    closed: watch::Sender<usize>,
}

impl Shell {
    pub(super) fn perform(&mut self, effect: Effect, clock: &Clock) {
        match effect {
            Effect::AllocatePort { service, request, question } => {
                if let Some(port) = self.spec.service(&service).and_then(|spec| spec.port.as_ref()) {
                    self.harbour().ask(&service, port, request, question, clock.wall, &self.reports);
                }
            }
            Effect::ReleasePort { service, port } => self.harbour().release(&service, port),
            Effect::ReleaseReservation { service } => self.harbour().release_reservation(&service),
            Effect::Start { service, epoch, launch } => self.start(&service, epoch, &launch),
            Effect::CompareEnv { service, epoch, launch } => {
                let Some(spec) = self.spec.service(&service) else { return };
                // One that cannot be resolved now changes nothing for the process that runs.
                if let Some(print) = self.environments.print(spec, &launch) {
                    self.reports.of_run(&service, epoch).tell(RunReport::EnvCompared(print));
                }
            }
            Effect::DiagnosePort { service, epoch, port } => {
                let own = super::process::descendant_pids(std::process::id());
                let holder = Harbour::stranger_on(port, &own);
                self.reports.of_run(&service, epoch).tell(RunReport::PortDiagnosed { holder });
            }
            Effect::Stop { service, epoch } => self.order(&service, epoch, RunOrder::Stop),
            Effect::Kill { service, epoch } => self.order(&service, epoch, RunOrder::Kill),
            Effect::Publish { service } => self.to_publish.push(service),
            Effect::Notify(notice) => self.notify(notice, clock),
            Effect::Reply { command, answer } => {
                if let Some(waiting) = self.waiting.remove(&command) {
                    // Whoever asked may have gone; the command stands.
                    let _ = waiting.send(answer);
                }
            }
        }
    }

    /// Writes or removes the records of the services that changed; whether there were any.
    pub(super) fn publish(&mut self, snapshot: &StackSnapshot, clock: &Clock) -> bool {
        let mut changed = std::mem::take(&mut self.to_publish);
        let any = !changed.is_empty();
        changed.sort();
        changed.dedup();
        for name in changed {
            let service = snapshot.service(&name);
            let result = match service.and_then(|service| Record::of(snapshot, service, clock.wall)) {
                Some(record) => self.records.write(&record),
                None => self.records.remove(&name),
            };
            if let Err(error) = result {
                self.logs.append_notice(&ServiceId::from(name), error.to_string());
            }
        }
        any
    }

    /// Keeps the snapshot for those who ask when nothing runs any more.
    pub(super) fn keep(&self, snapshot: &StackSnapshot) {
        let kept = tempfile::NamedTempFile::new_in(&self.run_folder).and_then(|mut file| {
            file.write_all(&serde_json::to_vec(snapshot)?)?;
            file.persist(self.run_folder.join("snapshot.json"))?;
            Ok(())
        });
        // A full disk costs the memory of this run and nothing else.
        drop(kept);
    }

    /// What the ingest thread saw, in the words of the heart; `None` if it is none of its business.
    pub(super) fn log_signal(&mut self, signal: LogSignal) -> Option<(ServiceName, Epoch, RunReport)> {
        match signal {
            LogSignal::PatternMatched { service, epoch } => {
                if let Some(run) = self.run(&service.name, epoch) {
                    run.pattern_seen.send_replace(true);
                }
                None
            }
            LogSignal::AddressInUse { service, epoch, .. } => {
                Some((service.name, epoch, RunReport::BindRefused))
            }
            LogSignal::Spotted { service, numbers, .. } => {
                self.diagnosis.spotted(service.name, &numbers);
                None
            }
            LogSignal::Closed { service, epoch, .. } => {
                if let Some(run) = self.run(&service.name, epoch) {
                    run.closed.send_modify(|closed| *closed += 1);
                }
                None
            }
            LogSignal::StoreDegraded { reason } => {
                self.tell_everyone(&format!("logs are kept in memory only: {reason}"));
                None
            }
            LogSignal::StoreRecovered { lost } => {
                self.tell_everyone(&format!("logs are written again; {lost} lines were lost meanwhile"));
                None
            }
            LogSignal::SegmentDropped { service, lines } => {
                let text = format!("the oldest {lines} lines were dropped to stay below the cap");
                self.logs.append_notice(&service, text);
                None
            }
        }
    }

    pub(super) fn harbour(&self) -> std::sync::MutexGuard<'_, Harbour> {
        self.harbour.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The keyboard of a service, which outlives its runs.
    pub(super) fn keyboard(&mut self, service: &ServiceName) -> Keyboard {
        self.keyboards.entry(service.clone()).or_insert_with(Keyboard::new).clone()
    }

    fn tell_everyone(&self, text: &str) {
        if let Some(first) = self.spec.services.first() {
            self.logs.append_notice(&ServiceId::from(first.name.clone()), text);
        }
    }

    fn run(&self, service: &ServiceName, epoch: Epoch) -> Option<&RunHandle> {
        self.runs.get(service).filter(|run| run.epoch == epoch)
    }

    fn order(&self, service: &ServiceName, epoch: Epoch, order: RunOrder) {
        if let Some(run) = self.run(service, epoch) {
            // A runner that has ended has nothing left to stop.
            let _ = run.orders.send(order);
        }
    }

    fn notify(&self, notice: Notice, clock: &Clock) {
        if notice.what.is_for_people() {
            self.logs.append_notice(&ServiceId::from(notice.service.clone()), notice.told());
        }
        self.journal.append(notice, clock.wall);
    }

    /// What programs and probes say may hold secrets: masked before the heart and everyone behind it hears of it.
    fn masked(&self, report: RunReport) -> RunReport {
        let mask = |text: String| self.environments.mask(&text);
        match report {
            RunReport::EnvRefused { detail } => RunReport::EnvRefused { detail: mask(detail) },
            RunReport::PrepareFailed { detail } => RunReport::PrepareFailed { detail: mask(detail) },
            RunReport::SpawnFailed { detail } => RunReport::SpawnFailed { detail: mask(detail) },
            RunReport::ProbeFailed { reason } => RunReport::ProbeFailed { reason: mask(reason) },
            RunReport::EnvResolved(_)
            | RunReport::EnvCompared(_)
            | RunReport::Spawned { .. }
            | RunReport::ListenerVerified { .. }
            | RunReport::ListenerForeign { .. }
            | RunReport::ListenerElsewhere { .. }
            | RunReport::BindRefused
            | RunReport::PortDiagnosed { .. }
            | RunReport::ProbePassed { .. }
            | RunReport::Exited(_)
            | RunReport::Gone => report,
        }
    }

    fn masked_finding(&self, finding: Finding) -> Finding {
        let mask = |text: String| self.environments.mask(&text);
        Finding {
            title: mask(finding.title),
            evidence: finding.evidence.into_iter().map(mask).collect(),
            remedy: finding.remedy.map(mask),
            action: finding.action.map(mask),
            ..finding
        }
    }

    fn start(&mut self, name: &ServiceName, epoch: Epoch, launch: &Launch) {
        let reports = self.reports.of_run(name, epoch);
        let Some(spec) = self.spec.service(name).cloned() else {
            // Every start is answered, so that nothing waits for ever.
            return reports.tell(RunReport::Gone);
        };
        let (orders, inbox) = mpsc::unbounded_channel();
        let (pattern_seen, pattern) = watch::channel(false);
        let (closed, closed_seen) = watch::channel(0);
        let handle = RunHandle { epoch, orders, pattern_seen, closed };
        self.runs.insert(name.clone(), handle);
        let runner = Runner {
            service: name.clone(),
            epoch,
            reports: reports.clone(),
            orders: inbox,
            launcher: self.launcher.clone(),
            logs: Arc::clone(&self.logs),
            leaders: self.leaders.clone(),
            marker: ServiceMarker { run_id: self.marker_run.clone(), service: ServiceId::from(name.clone()) },
            directory: spec.directory.clone(),
            stop_signal: spec.stop.signal,
            tty: spec.tty,
            keyboard: self.keyboard(name),
            watch: log_pattern(&spec),
            closed: closed_seen,
            opened: 0,
        };
        if spec.mode() == Mode::Shared {
            let prober = self.prober(&spec, None, None, pattern, reports);
            tokio::spawn(runner.run_shared(prober));
            return;
        }
        match self.environments.prepare(&spec, launch) {
            Ok(prepared) => {
                self.logs.set_secrets(&self.environments.secrets());
                reports.tell(RunReport::EnvResolved(prepared.print));
                self.launch(&spec, runner, prepared, launch.port, pattern, reports);
            }
            Err(detail) => {
                tokio::spawn(runner.give_up(RunReport::EnvRefused { detail }));
            }
        }
    }

    fn launch(
        &mut self,
        spec: &ServiceSpec,
        runner: Runner,
        mut prepared: Prepared,
        port: Option<Port>,
        pattern: watch::Receiver<bool>,
        reports: RunReports,
    ) {
        let exec = prepared.exec_probe.take().map(|program| SpawnRequest {
            program,
            directory: spec.directory.clone(),
            env: prepared.env.clone(),
            tty: false,
            marker: runner.marker.clone(),
        });
        let prober = self.prober(spec, port, exec, pattern, reports);
        match &spec.runs {
            Runs::Embedded(kind) => match self.embedded.of(*kind) {
                Some(service) => {
                    let socket = self.embedded_socket(&spec.name, port);
                    let state = self.state_folder.join("data").join(spec.name.as_str());
                    tokio::spawn(runner.run_embedded(service, prepared, socket, state, prober));
                }
                None => {
                    let detail = "this build has no such embedded service".to_owned();
                    tokio::spawn(runner.give_up(RunReport::SpawnFailed { detail }));
                }
            },
            Runs::Command(_) | Runs::Shared { .. } => {
                let (harbour, name) = (Arc::clone(&self.harbour), spec.name.clone());
                let make_way = move || {
                    let mut harbour = harbour.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    harbour.make_way(&name);
                };
                tokio::spawn(runner.run_process(prepared, make_way, prober));
            }
        }
    }

    /// An embedded service cannot lose its port to anybody: we bind for it.
    fn embedded_socket(&self, name: &ServiceName, port: Option<Port>) -> Result<Option<TcpListener>, String> {
        let Some(port) = port else { return Ok(None) };
        self.harbour().make_way(name);
        let listener =
            TcpListener::bind(("127.0.0.1", port.get())).map_err(|error| format!("bind {port}: {error}"))?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        Ok(Some(listener))
    }

    fn prober(
        &self,
        spec: &ServiceSpec,
        port: Option<Port>,
        exec: Option<SpawnRequest>,
        pattern: watch::Receiver<bool>,
        reports: RunReports,
    ) -> MakeProber {
        let Some(probe) = spec.probe() else { return Box::new(|_| None) };
        let base = match &spec.runs {
            Runs::Shared { url } => Some(url.clone()),
            Runs::Command(_) | Runs::Embedded(_) => None,
        };
        let check = self.check(&probe, base, exec, pattern);
        let owner = match &spec.runs {
            // The listener is our own, and it was there before the run.
            Runs::Embedded(_) => ListenerOwner::Any,
            Runs::Command(_) | Runs::Shared { .. } => {
                spec.port.as_ref().map(|port| port.owner).unwrap_or_default()
            }
        };
        Box::new(move |tree| match check {
            Ok(check) => Some(Prober { spec: probe, check, port, owner, tree, reports }),
            Err(reason) => {
                reports.tell(RunReport::ProbeFailed { reason });
                None
            }
        })
    }

    fn check(
        &self,
        probe: &ProbeSpec,
        base: Option<String>,
        exec: Option<SpawnRequest>,
        pattern: watch::Receiver<bool>,
    ) -> Result<Check, String> {
        match (&probe.check, exec) {
            (ProbeCheck::Listening, _) => Ok(Check::Listening),
            (ProbeCheck::Tcp, _) => Ok(Check::Tcp(base.as_deref().and_then(tcp_address))),
            (ProbeCheck::Http(check), _) => {
                HttpProbe::new(check, base).map(|probe| Check::Http(Box::new(probe)))
            }
            (ProbeCheck::Log(_), _) => Ok(Check::Log(pattern)),
            (ProbeCheck::Exec(_), Some(request)) => Ok(Check::Exec(Box::new(request), self.launcher.clone())),
            (ProbeCheck::Exec(_), None) => Err("an exec probe needs a local service".into()),
        }
    }

    /// Turns a report of the shell's parts into an event of the heart.
    pub(super) fn event_of(&mut self, report: Report) -> Option<crate::stack::Event> {
        use crate::stack::Event;
        match report {
            Report::Run(service, epoch, report) => Some(Event::Run(service, epoch, self.masked(report))),
            Report::Port(service, question, result) => {
                let spec = self.spec.service(&service).and_then(|spec| spec.port.clone());
                let report = self.harbour().take_in(&service, spec.as_ref(), result);
                Some(Event::Port(service, question, report))
            }
            Report::Log(signal) => {
                let (service, epoch, report) = self.log_signal(signal)?;
                Some(Event::Run(service, epoch, report))
            }
            Report::Diagnosed(service, epoch, state, findings) => {
                let findings = findings.into_iter().map(|finding| self.masked_finding(finding)).collect();
                Some(Event::Diagnosed(service, epoch, state, findings))
            }
        }
    }
}

/// Where a shared service is reached over TCP; a URL without a port leaves it to its scheme.
fn tcp_address(url: &str) -> Option<(String, Port)> {
    let address = crate::stack::Address::from_url(Mode::Shared, url);
    let usual = match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("https" | "wss") => Port::new(443),
        Some("http" | "ws") => Port::new(80),
        Some(_) | None => None,
    };
    Some((address.host, address.port.or(usual)?))
}

fn log_pattern(spec: &ServiceSpec) -> Option<regex::bytes::Regex> {
    match spec.health.as_ref().map(|probe| &probe.check) {
        // Checked by the configuration.
        Some(ProbeCheck::Log(pattern)) => regex::bytes::Regex::new(pattern).ok(),
        Some(ProbeCheck::Listening | ProbeCheck::Tcp | ProbeCheck::Http(_) | ProbeCheck::Exec(_)) | None => {
            None
        }
    }
}
