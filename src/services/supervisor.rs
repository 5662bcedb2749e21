//! The loop: select, event, effects. One iteration reads the clock once and publishes one snapshot.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::discovery::RecordStore;
use crate::findings::Rules;
use crate::handle::{LocalHandle, Order, OrderInbox, ReloadReport};
use crate::logs::{LogStore, Spotter};
use crate::stack::{
    Answer, Clock, Command, CommandId, EnvReport, Event, Identity, Refusal, ServiceName, Stack,
    StackDescription, StackSpec,
};

use super::clock;
use super::diagnosis::{Diagnosis, DiagnosisParts};
use super::effects::Shell;
use super::embedded::EmbeddedServices;
use super::environment::Environments;
use super::harbour::Harbour;
use super::port_desk::PortMemory;
use super::process::guardian::Guardian;
use super::process::{Launcher, end_strays};
use super::reload::{self, Reloader};
use super::report::{Report, Reports};
use super::runner::Leader;
use super::vitals::Sampler;

/// How far the snapshot on disk may lag behind. To write each one took as long as everything else that a start takes.
const KEEP_WITHIN: Duration = Duration::from_millis(250);

/// How long a stack that has come to its end may wait for why. A look takes milliseconds.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// What a supervisor is made from; the composition root makes it.
pub struct Parts {
    /// The stack, checked.
    pub spec: Arc<StackSpec>,
    /// Who it is among the stacks of this machine.
    pub identity: Identity,
    /// Where environments come from.
    pub environments: Environments,
    /// Where ports come from.
    pub harbour: Harbour,
    /// Where discovery records go.
    pub records: RecordStore,
    /// The services that this binary can serve itself.
    pub embedded: EmbeddedServices,
    /// The stack's state folder.
    pub state_folder: PathBuf,
    /// The folder of this run, for the logs.
    pub run_folder: PathBuf,
    /// Reads the configuration again.
    pub reloader: Reloader,
    /// Writes down which port a service is to prefer.
    pub port_memory: PortMemory,
    /// What tells why a service is not as it should be.
    pub rules: Rules,
}

/// Why a stack could not even begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No guardian, no start: a killed launcher would leave orphans.
    #[error("failed to start the guardian: {0}")]
    Guardian(#[source] io::Error),
    /// The kernel does not let this process look after its descendants.
    #[error("failed to become the parent of orphaned descendants: {0}")]
    Launcher(#[source] io::Error),
    /// The operating system gives no thread for measuring.
    #[error("failed to start a thread: {0}")]
    Sampler(#[source] io::Error),
    /// The log store cannot be opened.
    #[error(transparent)]
    Logs(#[from] crate::logs::StoreError),
    /// Records of a launcher that died cannot be removed.
    #[error(transparent)]
    Records(#[from] crate::discovery::DiscoveryError),
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Whether all ended well.
    pub well: bool,
}

/// A running stack. It lives on the thread that polls [`run`](Self::run), which has to live as long as the process.
pub struct Supervisor {
    stack: Stack,
    shell: Shell,
    inbox: OrderInbox,
    reports: mpsc::UnboundedReceiver<Report>,
    leaders: mpsc::UnboundedReceiver<Leader>,
    guardian: Guardian,
    identity: Identity,
    version: u64,
    commands: u64,
    reloader: Reloader,
    /// The specification as it is now, for those who look into services.
    specs: watch::Sender<Arc<StackSpec>>,
    /// Measures while somebody asks; ends with the supervisor.
    _sampler: Sampler,
    /// When the snapshot has to be kept; `None` while the one on disk is the latest.
    keep_at: Option<Instant>,
}

impl Supervisor {
    /// Starts the guardian and the log store; no service yet. Needs a tokio runtime. The handle gives the first
    /// command.
    pub fn start(parts: Parts) -> Result<(Self, LocalHandle, Arc<LogStore>), StartError> {
        let clock = clock::now();
        let launcher = Launcher::prepare().map_err(StartError::Launcher)?;
        let guardian = Guardian::start(&launcher, &parts.identity.run).map_err(StartError::Guardian)?;
        parts.records.sweep()?;
        let (reports, inbox_of_reports) = Reports::new();
        let signals = reports.clone();
        let spotter: Arc<dyn Spotter> = Arc::new(parts.rules.clone());
        let logs =
            LogStore::open_watched(&parts.run_folder, Default::default(), Some(spotter), move |signal| {
                signals.send(Report::Log(signal));
            })?;
        let logs = Arc::new(logs);
        let stack = Stack::new(parts.spec.clone(), clock.instant);
        let (handle, inbox) = LocalHandle::new(stack.snapshot(parts.identity.clone(), 0, &clock));
        let sampler = Sampler::start(inbox.vitals.clone(), inbox.snapshots.subscribe());
        let sampler = sampler.map_err(StartError::Sampler)?;
        let (specs, specs_out) = watch::channel(parts.spec.clone());
        let diagnosis = Diagnosis::start(DiagnosisParts {
            rules: parts.rules,
            handle: handle.clone(),
            specs: specs_out,
            run_folder: parts.run_folder.clone(),
            state_folder: parts.state_folder.clone(),
            reports: reports.clone(),
        });
        let (leaders_in, leaders) = mpsc::unbounded_channel();
        let mut harbour = parts.harbour;
        harbour.set_preferred(preferred_ports(&parts.spec));
        let shell = Shell {
            spec: parts.spec,
            marker_run: parts.identity.run.clone(),
            launcher,
            logs: Arc::clone(&logs),
            harbour: Arc::new(std::sync::Mutex::new(harbour)),
            environments: parts.environments,
            records: parts.records,
            journal: inbox.journal.clone(),
            diagnosis,
            embedded: parts.embedded,
            state_folder: parts.state_folder,
            run_folder: parts.run_folder,
            reports,
            leaders: leaders_in,
            runs: Default::default(),
            port_memory: parts.port_memory,
            keyboards: Default::default(),
            waiting: BTreeMap::new(),
            to_publish: Vec::new(),
        };
        let supervisor = Self {
            stack,
            shell,
            inbox,
            reports: inbox_of_reports,
            leaders,
            guardian,
            identity: parts.identity,
            version: 0,
            commands: 0,
            reloader: parts.reloader,
            specs,
            _sampler: sampler,
            keep_at: None,
        };
        Ok((supervisor, handle, logs))
    }

    /// What starts processes here, for those that are none of the stack's.
    pub fn launcher(&self) -> Launcher {
        self.shell.launcher.clone()
    }

    /// Runs until everything has ended, or, if `stays`, until it is told to go down. Nothing of the run lives when it
    /// returns, the guardian included. Must not be dropped half-way: the guardian would then end everything.
    pub async fn run(mut self, stays: bool) -> Ending {
        let launcher = self.shell.launcher.clone();
        let reaper = tokio::spawn(async move { launcher.reap_forever().await });
        let (mut begun, mut last_look) = (false, None);
        let well = loop {
            let outcome = self.stack.outcome();
            if outcome.is_none() {
                // Somebody started something again: the next end is another one.
                last_look = None;
            }
            if let Some(well) = outcome
                && begun
                && (!stays || self.stack.is_shutting_down())
                // A server that ended without an error did not do well, whatever its exit says.
                && (well && self.stack.is_shutting_down() || self.is_looked_into(&mut last_look))
            {
                break well;
            }
            let deadline = self.stack.next_deadline(clock::now().instant).map(Instant::from_std);
            let (sleep, keep) = (sleep_until(deadline), sleep_until(self.keep_at));
            let last_call = sleep_until(last_look);
            tokio::select! {
                Some(report) = self.reports.recv() => self.on_report(report),
                Some(order) = self.inbox.orders.recv() => {
                    begun |= matches!(order, Order::Command(..));
                    self.on_order(order);
                }
                Some(leader) = self.leaders.recv() => self.tell_guardian(leader),
                () = sleep => self.on_event(Event::DeadlinePassed),
                // What it found is among the reports already, and has to be taken in before the end.
                () = self.shell.diagnosis.progress(), if last_look.is_some() => match self.reports.try_recv() {
                    Ok(report) => self.on_report(report),
                    Err(_) => continue,
                },
                () = last_call, if last_look.is_some() => continue,
                () = keep => {
                    self.keep();
                    continue;
                }
                () = self.guardian.died() => self.replace_guardian().await,
            }
            // A burst of reports makes one snapshot.
            while let Ok(leader) = self.leaders.try_recv() {
                self.tell_guardian(leader);
            }
            while let Ok(report) = self.reports.try_recv() {
                self.on_report(report);
            }
            self.publish();
        };
        reaper.abort();
        self.finish().await;
        Ending { well }
    }

    /// Whether it has been found out why services failed, or cannot be in time: nobody could be told after the end.
    fn is_looked_into(&self, until: &mut Option<Instant>) -> bool {
        let now = Instant::from_std(clock::now().instant);
        let until = *until.get_or_insert(now + LAST_LOOK);
        now >= until || (self.shell.diagnosis.is_settled(self.version) && self.reports.is_empty())
    }

    fn keep(&mut self) {
        self.keep_at = None;
        self.shell.keep(&self.inbox.snapshots.borrow());
        self.shell.harbour().save();
    }

    async fn finish(mut self) {
        self.keep();
        // What left every tree of ours without a mark is still below this process.
        end_strays(&self.shell.launcher, self.guardian.pid()).await;
        // Records of services that were never removed one by one; failing to is said at the next start.
        let _ = self.shell.records.sweep();
        self.shell.journal.close();
        self.guardian.dismiss().await;
    }

    fn on_report(&mut self, report: Report) {
        if let Some(event) = self.shell.event_of(report) {
            self.on_event(event);
        }
    }

    fn on_event(&mut self, event: Event) {
        let clock = clock::now();
        self.apply(event, &clock);
    }

    fn apply(&mut self, event: Event, clock: &Clock) {
        for effect in self.stack.on_event(event, clock.instant) {
            self.shell.perform(effect, clock);
        }
    }

    fn on_order(&mut self, order: Order) {
        match order {
            Order::Command(command, reply) => self.command(command, reply),
            Order::Reload(reply) => {
                // Whoever asked may have gone; the reload stands.
                let _ = reply.send(self.reload());
            }
            Order::Environment { service, reveal, reply } => {
                let _ = reply.send(self.environment(&service, reveal));
            }
            Order::Describe(reply) => {
                let _ = reply.send(self.describe());
            }
            Order::Port(order) => self.shell.port_order(order, &self.stack, self.guardian.pid()),
            Order::Terminal(order) => self.shell.terminal_order(order),
        }
    }

    fn command(&mut self, command: Command, reply: oneshot::Sender<Answer>) {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.shell.waiting.insert(id, reply);
        self.on_event(Event::Command(id, command));
    }

    fn environment(&self, service: &ServiceName, reveal: bool) -> Result<EnvReport, Refusal> {
        let unknown = || Refusal::UnknownService { name: service.to_string() };
        let spec = self.shell.spec.service(service).ok_or_else(unknown)?;
        let launch = self.stack.launch_of(service).ok_or_else(unknown)?;
        let report = self.shell.environments.report(spec, &launch, reveal);
        report.map_err(|detail| Refusal::Invalid { detail })
    }

    fn describe(&self) -> StackDescription {
        let spec = &self.shell.spec;
        StackDescription {
            file: spec.file.clone(),
            state_folder: self.shell.state_folder.clone(),
            run_folder: self.shell.run_folder.clone(),
            console: spec.console.clone(),
            services: spec.describe(|text| self.shell.environments.mask(text)),
        }
    }

    fn reload(&mut self) -> Result<ReloadReport, Refusal> {
        let reloaded = (self.reloader)().map_err(|detail| Refusal::Invalid { detail })?;
        let old = std::mem::replace(&mut self.shell.spec, reloaded.spec.clone());
        self.shell.environments.reload(reloaded.spec.clone(), reloaded.generated);
        self.specs.send_replace(reloaded.spec.clone());
        self.shell.harbour().set_preferred(preferred_ports(&reloaded.spec));
        let (reply, answer) = oneshot::channel();
        self.command(Command::Reload { spec: reloaded.spec.clone() }, reply);
        // The heart answers a reload within the event.
        let mut answer = answer;
        let definitions = answer.try_recv().unwrap_or(Err(Refusal::ShuttingDown))?.services;
        let mut variables = BTreeMap::new();
        for service in &reloaded.spec.services {
            let given = self.shell.environments.given(&service.name);
            if let (Some(given), Some(launch)) = (given, self.stack.launch_of(&service.name)) {
                let would_get = self.shell.environments.values(service, &launch);
                variables.insert(service.name.clone(), reload::changed_variables(given, &would_get));
            }
        }
        Ok(reload::report(&old, &reloaded.spec, &self.stack, &definitions, &variables, reloaded.files))
    }

    fn tell_guardian(&mut self, leader: Leader) {
        match leader {
            Leader::Started(leader) => self.guardian.watch(leader),
            Leader::Gone(leader) => self.guardian.forget(leader),
        }
    }

    async fn replace_guardian(&mut self) {
        if self.guardian.replace().is_err() {
            // Out of processes, most likely: try again rather than run unguarded or spin.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn publish(&mut self) {
        let clock = clock::now();
        self.version += 1;
        let snapshot = Arc::new(self.stack.snapshot(self.identity.clone(), self.version, &clock));
        // Records before the snapshot: who sees "healthy" finds the record.
        if self.shell.publish(&snapshot, &clock) && self.keep_at.is_none() {
            self.keep_at = Some(Instant::from_std(clock.instant) + KEEP_WITHIN);
        }
        self.inbox.snapshots.send_replace(snapshot);
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn preferred_ports(spec: &StackSpec) -> Vec<crate::stack::Port> {
    spec.services.iter().filter_map(|service| service.port.as_ref()?.prefer).collect()
}
