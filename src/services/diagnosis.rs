//! Finds out why a service is not as it should be, aside from the loop: watches snapshots and what is spotted in the
//! log, gathers the facts of a case, and reports what the rules make of it.
//!
//! Decides when to look, never what follows: findings go to the heart as any other report.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::findings::{Case, EnvFact, LASTING_SILENCE, LogLine, Rules, diagnose, slow_after};
use crate::handle::LocalHandle;
use crate::logs::RunLogs;
use crate::stack::{
    Epoch, Exit, FailReason, Finding, Port, ServiceName, ServiceSnapshot, StackSnapshot, StackSpec, State,
};

use super::case_facts::{env_facts, killed_for_memory, last_lines};
use super::clock;
use super::report::{Report, Reports};
use super::start_times::StartTimes;
use super::told::{Told, renewed};

/// How long what happens to a service is gathered before it is looked into: a traceback is several lines.
const GATHER: Duration = Duration::from_millis(60);
/// After something was spotted it is looked into once more so much later: the rest of a traceback may have been late.
const ONCE_MORE: Duration = Duration::from_secs(1);
/// When a service that starts and does not answer is looked into, from its start.
const STARTING: [Duration; 2] = [Duration::from_millis(1050), Duration::from_secs(4)];
/// From then on it is looked into this often, until it is up or given up: it may have fallen silent since.
const STARTS_ON: Duration = Duration::from_secs(5);
/// A service that is well and of which something was found is looked into this often: its code may have been mended.
const WELL_AGAIN: Duration = Duration::from_secs(5);
/// What keeps a service from starting is usually said so soon.
const SAID_WITHIN: Duration = Duration::from_millis(500);

/// A look takes milliseconds; longer than this nobody waits for one.
const LONGEST_LOOK: Duration = Duration::from_secs(5);
/// For so long what services are given is not asked again.
const ENV_HOLDS: Duration = Duration::from_millis(100);

/// What diagnoses work with.
pub(super) struct DiagnosisParts {
    pub(super) rules: Rules,
    pub(super) handle: LocalHandle,
    pub(super) specs: watch::Receiver<Arc<StackSpec>>,
    pub(super) run_folder: PathBuf,
    pub(super) state_folder: PathBuf,
    pub(super) reports: Reports,
}

/// What was spotted in the log of a service.
#[derive(Debug)]
struct Spot {
    service: ServiceName,
    /// It matters also while the service is well.
    of_healthy_ones: bool,
}

/// The task that looks into services; ends when dropped.
pub(super) struct Diagnosis {
    rules: Rules,
    spotted: mpsc::UnboundedSender<Spot>,
    settled: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Diagnosis {
    /// Needs a tokio runtime.
    pub(super) fn start(parts: DiagnosisParts) -> Self {
        let (spotted, inbox) = mpsc::unbounded_channel();
        let (settled_in, settled) = watch::channel(0);
        let rules = parts.rules.clone();
        let starts = StartTimes::open(&parts.state_folder);
        let physician = Physician {
            parts: Arc::new(parts),
            starts,
            watched: BTreeMap::new(),
            ports: BTreeMap::new(),
            env: None,
            settled: settled_in,
        };
        Self { rules, spotted, settled, task: tokio::spawn(physician.run(inbox)) }
    }

    /// Tells that rules of these numbers speak of a line of the service.
    pub(super) fn spotted(&self, service: ServiceName, numbers: &[u32]) {
        let of_healthy_ones = self.rules.speak_of_healthy_ones(numbers);
        // Without its task nobody looks any more.
        let _ = self.spotted.send(Spot { service, of_healthy_ones });
    }

    /// Whether everything up to this version of the snapshot was looked into.
    pub(super) fn is_settled(&self, version: u64) -> bool {
        *self.settled.borrow() >= version || self.task.is_finished()
    }

    /// Waits until more was looked into. Cancel-safe.
    pub(super) async fn progress(&mut self) {
        if self.settled.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Diagnosis {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What makes a look worth while when it changes.
#[derive(Clone, Debug, PartialEq)]
struct Signs {
    epoch: Epoch,
    state: State,
    failure: Option<FailReason>,
    unwell: Option<String>,
    exit: Option<Exit>,
    elsewhere: Option<Port>,
    host: Option<String>,
    spotted: u64,
}

/// When a service has to be looked into.
#[derive(Clone, Copy, Debug)]
struct Due {
    at: Instant,
    /// Whether something has changed, so that somebody may wait for what is found.
    awaited: bool,
}

/// One service, as it was last looked into.
#[derive(Debug, Default)]
struct Watched {
    signs: Option<Signs>,
    spotted: u64,
    /// The same of what matters only while it is not well.
    complained: u64,
    /// Something was spotted since it was looked into.
    fresh: bool,
    due: Option<Due>,
    /// What was reported last, and of which run.
    reported: Option<(Epoch, Vec<Told>)>,
    /// How many processes the kernel had killed for want of memory when its run began.
    killed_before: Option<u64>,
}

impl Watched {
    /// Has it looked into by then, if not sooner.
    fn look_by(&mut self, at: Instant, awaited: bool) {
        let before = self.due.unwrap_or(Due { at, awaited });
        self.due = Some(Due { at: at.min(before.at), awaited: awaited || before.awaited });
    }

    fn holds_findings(&self) -> bool {
        self.reported.as_ref().is_some_and(|(_, told)| !told.is_empty())
    }
}

struct Physician {
    parts: Arc<DiagnosisParts>,
    starts: StartTimes,
    watched: BTreeMap<ServiceName, Watched>,
    /// Where services listen, or did when they were last up.
    ports: BTreeMap<ServiceName, Port>,
    /// What each service is given, and when that was asked.
    env: Option<(Instant, Environments)>,
    settled: watch::Sender<u64>,
}

type Environments = BTreeMap<ServiceName, BTreeMap<String, EnvFact>>;

impl Physician {
    async fn run(mut self, mut spotted: mpsc::UnboundedReceiver<Spot>) {
        let mut snapshot = self.parts.handle.snapshot();
        let mut seen = snapshot.version;
        loop {
            self.take_in(&snapshot);
            if let Some(name) = self.next_due() {
                self.look_into(&name, &snapshot).await;
                snapshot = self.parts.handle.snapshot();
                seen = snapshot.version;
                continue;
            }
            if !self.is_awaited() {
                self.settled.send_if_modified(|settled| std::mem::replace(settled, seen) != seen);
            }
            let due = self.watched.values().filter_map(|watched| Some(watched.due?.at)).min();
            let sleep = async {
                match due {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                newer = self.parts.handle.snapshot_after(seen) => match newer {
                    Ok(newer) => (snapshot, seen) = (newer.clone(), newer.version),
                    Err(_) => return,
                },
                Some(Spot { service, of_healthy_ones }) = spotted.recv() => {
                    let watched = self.watched.entry(service).or_default();
                    if of_healthy_ones {
                        watched.spotted += 1;
                    } else {
                        watched.complained += 1;
                    }
                }
                () = sleep => {}
            }
        }
    }

    /// Notes what changed, and when it is to be looked into.
    fn take_in(&mut self, snapshot: &StackSnapshot) {
        let now = clock::now().instant;
        let moved = self.have_moved(snapshot);
        for service in &snapshot.services {
            let watched = self.watched.entry(service.name.clone()).or_default();
            // In other states it is looked into when they are entered, and that is enough.
            let complained = if service.state == State::Starting { watched.complained } else { 0 };
            let signs = Signs::of(service, watched.spotted + complained);
            // What was found of a service that is well may speak of where another one was.
            if moved && service.state.is_up() && watched.holds_findings() {
                watched.look_by(now + GATHER, true);
            }
            if watched.signs.as_ref() == Some(&signs) {
                continue;
            }
            let before = watched.signs.as_ref();
            let begins = before.is_none_or(|before| before.epoch != signs.epoch);
            let entered = begins || before.is_none_or(|before| before.state != signs.state);
            if begins {
                watched.killed_before = killed_for_memory();
            }
            if matches!(signs.state, State::Waiting | State::Stopped) {
                // What is found after this is news, though it be the same.
                watched.reported = None;
            }
            if entered && signs.state == State::Healthy {
                self.starts.note(service);
            }
            watched.fresh |= watched.signs.as_ref().map_or(0, |before| before.spotted) < signs.spotted;
            let at_rest = matches!(signs.state, State::Failed | State::Backoff | State::Completed);
            let at = now + if at_rest { Duration::ZERO } else { GATHER };
            watched.signs = Some(signs);
            watched.look_by(at, true);
        }
        self.watched.retain(|name, _| snapshot.service(name).is_some());
    }

    /// Whether a service that was up is up on another port.
    fn have_moved(&mut self, snapshot: &StackSnapshot) -> bool {
        let mut moved = false;
        for service in snapshot.services.iter().filter(|service| service.state.is_up()) {
            let Some(port) = service.port else { continue };
            let before = self.ports.insert(service.name.clone(), port);
            moved |= before.is_some_and(|before| before != port);
        }
        moved
    }

    fn next_due(&mut self) -> Option<ServiceName> {
        let now = clock::now().instant;
        let is_due = |watched: &Watched| watched.due.is_some_and(|due| due.at <= now);
        let (name, watched) = self.watched.iter_mut().find(|(_, watched)| is_due(watched))?;
        watched.due = None;
        Some(name.clone())
    }

    fn is_awaited(&self) -> bool {
        self.watched.values().any(|watched| watched.due.is_some_and(|due| due.awaited))
    }

    async fn look_into(&mut self, name: &ServiceName, snapshot: &Arc<StackSnapshot>) {
        let spec = Arc::clone(&self.parts.specs.borrow());
        let Some(service) = snapshot.service(name) else { return };
        let Some(watched) = self.watched.get_mut(name) else { return };
        let spotted = watched.spotted > 0;
        if std::mem::take(&mut watched.fresh) {
            watched.look_by(clock::now().instant + ONCE_MORE, false);
        }
        if service.state == State::Starting {
            let now = clock::now();
            let age = service.age(now.wall);
            let slow = self.starts.usual(name).map(|usual| slow_after(usual) + GATHER);
            // What it said at once is to be told as soon as it has been silent for long enough.
            let silent = SAID_WITHIN + LASTING_SILENCE;
            let moments = STARTING.into_iter().chain(slow).chain([silent]);
            let next = moments.filter(|moment| *moment > age).min().unwrap_or(age + STARTS_ON);
            watched.look_by(now.instant + (next - age), false);
        }
        if !is_worth_a_look(service, spotted) {
            let restart = spec.service(name).map(|spec| spec.restart);
            if let Some(reset) = restart.filter(|_| is_past_an_earlier_fault(service)).map(|of| of.reset) {
                self.forget_after(name, service, reset);
            }
            if service.state == State::Running {
                self.report(name, service, Vec::new(), None);
            }
            // On its way from one state to another: what was found of it holds until it got there.
            return;
        }
        let killed_before = watched.killed_before;
        let env = if needs_env(service, spotted) { self.env(snapshot).await } else { BTreeMap::new() };
        let usual_start = self.starts.usual(name);
        let killed = killed_for_memory().zip(killed_before).map(|(now, before)| now.saturating_sub(before));
        let (parts, snapshot, name) = (Arc::clone(&self.parts), Arc::clone(snapshot), name.clone());
        let starts = self.starts.unsaved();
        let looked_at = service.clone();
        let now = clock::now().wall;
        let looked = tokio::task::spawn_blocking(move || {
            if let Some(starts) = starts {
                starts.save();
            }
            let (service, of_spec) = (snapshot.service(&name)?, spec.service(&name)?);
            let log = lines_that_tell(&RunLogs::of(&parts.run_folder), service);
            let first_line = log.first().map(|line| line.seq);
            let case = Case {
                stack: &spec,
                snapshot: &snapshot,
                spec: of_spec,
                service,
                log,
                env,
                usual_start,
                killed_for_memory: killed,
                now,
            };
            Some((name.clone(), diagnose(&parts.rules, &case), first_line))
        });
        // A panic there has been reported by the panic hook; the service is looked into again when it changes. One that
        // does not come back (a file system that hangs) must not keep the others from being looked into.
        if let Ok(Ok(Some((name, found, first_line)))) = tokio::time::timeout(LONGEST_LOOK, looked).await {
            self.report(&name, &looked_at, found, first_line);
        }
    }

    /// A service without a probe that runs again is not known to be well before it has run for that long.
    fn forget_after(&mut self, name: &ServiceName, service: &ServiceSnapshot, reset: Duration) {
        let (epoch, clock) = (service.epoch, clock::now());
        let ran = Duration::from_millis(clock.wall.0.saturating_sub(service.since.0));
        if ran >= reset {
            self.parts.reports.send(Report::Diagnosed(name.clone(), epoch, service.state, Vec::new()));
        } else if let Some(watched) = self.watched.get_mut(name) {
            watched.look_by(clock.instant + (reset - ran), false);
        }
    }

    /// Reports what is new, and keeps what was said while the service was well if its lines have gone by; `first_line` is
    /// the first one that was read.
    fn report(
        &mut self,
        name: &ServiceName,
        service: &ServiceSnapshot,
        found: Vec<Finding>,
        first_line: Option<u64>,
    ) {
        let (epoch, state) = (service.epoch, service.state);
        let Some(watched) = self.watched.get_mut(name) else { return };
        let before = match watched.reported.take() {
            Some((of, before)) if of == epoch => before,
            Some(_) | None => Vec::new(),
        };
        let folder = self.parts.specs.borrow().folder().to_owned();
        let now = clock::now();
        let told = renewed(&self.parts.rules, &folder, found, &before, first_line, now.wall);
        let findings = |told: &[Told]| told.iter().map(|told| told.finding.clone()).collect::<Vec<_>>();
        let (new, old) = (findings(&told), findings(&before));
        if new != old {
            self.parts.reports.send(Report::Diagnosed(name.clone(), epoch, state, new));
        }
        if state.is_up() && !told.is_empty() {
            watched.look_by(now.instant + WELL_AGAIN, false);
        }
        watched.reported = Some((epoch, told));
    }

    /// What each service is given. Asked of the loop, which resolves it in well under a millisecond each; services that
    /// fail together are looked into with one answer.
    async fn env(&mut self, snapshot: &StackSnapshot) -> Environments {
        let now = clock::now().instant;
        if let Some((at, env)) = &self.env
            && now.saturating_duration_since(*at) < ENV_HOLDS
        {
            return env.clone();
        }
        let mut env = BTreeMap::new();
        for service in &snapshot.services {
            if let Ok(report) = self.parts.handle.environment(service.name.clone(), true).await {
                env.insert(service.name.clone(), env_facts(report));
            }
        }
        self.env = Some((clock::now().instant, env.clone()));
        env
    }
}

impl Signs {
    fn of(service: &ServiceSnapshot, spotted: u64) -> Self {
        Self {
            epoch: service.epoch,
            state: service.state,
            failure: service.failure.clone(),
            unwell: service.unwell.clone(),
            exit: service.exit,
            elsewhere: service.listens_elsewhere,
            host: service.host.clone(),
            spotted,
        }
    }
}

/// Whether it runs again after a fault that is still known.
fn is_past_an_earlier_fault(service: &ServiceSnapshot) -> bool {
    service.state == State::Running && !service.findings.is_empty()
}

/// Whether there can be anything to find.
fn is_worth_a_look(service: &ServiceSnapshot, spotted: bool) -> bool {
    match service.state {
        State::Disabled | State::Stopped | State::Waiting | State::Preparing | State::Stopping => false,
        State::Running => spotted,
        State::Starting
        | State::Healthy
        | State::Unhealthy
        | State::Backoff
        | State::Completed
        | State::Failed => true,
    }
}

/// Whether what services are given can matter: something was spotted, or it is not as it should be.
fn needs_env(service: &ServiceSnapshot, spotted: bool) -> bool {
    match service.state {
        State::Healthy | State::Running => spotted,
        // Well before it counts as trouble: what is judged without an environment is judged wrongly.
        State::Starting => service.age(clock::now().wall) >= STARTING[0] / 2,
        State::Disabled
        | State::Stopped
        | State::Waiting
        | State::Preparing
        | State::Unhealthy
        | State::Backoff
        | State::Stopping
        | State::Completed
        | State::Failed => true,
    }
}

/// The lines in which the cause may stand.
fn lines_that_tell(logs: &RunLogs, service: &ServiceSnapshot) -> Vec<LogLine> {
    let never_ran = matches!(
        service.failure,
        Some(FailReason::NeedTimedOut { .. } | FailReason::NeedFailed { .. } | FailReason::NoPort { .. })
    );
    if never_ran {
        return Vec::new();
    }
    let mut lines = last_lines(logs, &service.name, service.epoch);
    if service.state == State::Unhealthy && service.was_healthy {
        // What it got over before it was healthy is not what ails it now.
        let since = service.since.0.saturating_sub(BEFORE_IT_FELL_ILL.as_millis() as u64);
        lines.retain(|line| line.millis >= since);
    }
    lines
}

const BEFORE_IT_FELL_ILL: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_looks_the_earlier_one_is_made_and_whoever_waits_for_one_goes_on_waiting() {
        let (now, later) = (clock::now().instant, clock::now().instant + ONCE_MORE);
        for (first, second) in [((now, true), (later, false)), ((later, false), (now, true))] {
            let mut watched = Watched::default();
            watched.look_by(first.0, first.1);
            watched.look_by(second.0, second.1);
            let due = watched.due.unwrap();
            assert_eq!((due.at, due.awaited), (now, true));
        }
    }
}
