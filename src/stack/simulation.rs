//! The heart against a hostile world: seeded random histories, checked against what must always hold.
//!
//! The world answers every effect, late, in any order, and with anything that a real machine may say. A failing seed is
//! printed; `PORTOLAN_SEED=n cargo test --lib simulation` replays it alone with its history.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::samples;
use super::*;

/// Histories in one run of the tests; `PORTOLAN_HISTORIES` sets another number.
const HISTORIES: u64 = 20_000;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        // splitmix64: every seed gives a history of its own.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }
}

/// What the world knows about one run.
#[derive(Clone, Debug)]
struct Alive {
    epoch: Epoch,
    launch: Launch,
    spawned: bool,
    healthy: bool,
    ignores_stop: bool,
    ending: bool,
}

struct World {
    dice: Dice,
    spec: StackSpec,
    now: Instant,
    queue: BTreeMap<(Instant, u64), Event>,
    sent: u64,
    alive: BTreeMap<ServiceName, Alive>,
    ports: BTreeMap<Port, ServiceName>,
    strangers: BTreeSet<Port>,
    released: BTreeSet<ServiceName>,
    /// From then on the world behaves: nothing crashes and every port is free.
    calm: bool,
    history: Vec<String>,
    no_deps: bool,
    waited_out: BTreeSet<(ServiceName, ServiceName)>,
    down: bool,
}

impl World {
    fn new(seed: u64, now: Instant) -> Self {
        let mut dice = Dice(seed);
        let spec = random_stack(&mut dice);
        Self {
            dice,
            spec,
            now,
            queue: BTreeMap::new(),
            sent: 0,
            alive: BTreeMap::new(),
            ports: BTreeMap::new(),
            strangers: BTreeSet::new(),
            released: BTreeSet::new(),
            calm: false,
            history: Vec::new(),
            no_deps: false,
            waited_out: BTreeSet::new(),
            down: false,
        }
    }

    fn later(&mut self, millis: u64, event: Event) {
        self.sent += 1;
        self.queue.insert((self.now + Duration::from_millis(millis), self.sent), event);
    }

    fn report(&mut self, millis: u64, service: &ServiceName, epoch: Epoch, report: RunReport) {
        self.later(millis, Event::Run(service.clone(), epoch, report));
    }

    /// Performs `effect` as a machine might, and checks that it may be asked for at all.
    fn perform(&mut self, effect: Effect, stack: &Stack) -> Result<(), String> {
        match effect {
            Effect::AllocatePort { service, request, question } => self.allocate(&service, request, question),
            Effect::ReleasePort { service, port } => {
                if self.alive.get(&service).is_some_and(|alive| alive.launch.port == Some(port)) {
                    return Err(format!("port {port} released while {service} may listen on it"));
                }
                if self.ports.remove(&port) != Some(service.clone()) {
                    return Err(format!("port {port} released by {service}, which does not hold it"));
                }
            }
            Effect::ReleaseReservation { service } => {
                self.released.insert(service);
            }
            Effect::Start { service, epoch, launch } => return self.start(&service, epoch, &launch, stack),
            Effect::CompareEnv { service, epoch, launch } => {
                let print = print_of(&launch);
                let delay = self.dice.roll(10);
                self.report(delay, &service, epoch, RunReport::EnvCompared(print));
            }
            Effect::DiagnosePort { service, epoch, port } => {
                let stranger = self.strangers.contains(&port);
                let holder = stranger.then(PortHolder::default);
                let delay = self.dice.roll(60);
                self.report(delay, &service, epoch, RunReport::PortDiagnosed { holder });
            }
            Effect::Stop { service, epoch } => self.stop(&service, epoch),
            Effect::Kill { service, epoch } => self.end(&service, epoch, Exit::Signal(9), 20),
            Effect::Publish { .. } | Effect::Reply { .. } => {}
            Effect::Notify(notice) => {
                if let NoticeKind::FellBack { need, .. } = &notice.what {
                    self.waited_out.insert((notice.service.clone(), need.clone()));
                }
            }
        }
        Ok(())
    }

    fn allocate(&mut self, service: &ServiceName, request: PortRequest, question: u64) {
        let delay = self.dice.roll(30);
        if !self.calm && self.dice.once_in(25) {
            let refused = PortReport::Refused { detail: "range exhausted".into() };
            return self.later(delay, Event::Port(service.clone(), question, refused));
        }
        let (from, lost) = match request {
            PortRequest::Planned { lost, .. } => (8000, lost),
            PortRequest::Next { not } => (8000, vec![not]),
            PortRequest::Exactly(port) => (port.get(), Vec::new()),
        };
        let free = |port: &Port| {
            !self.ports.contains_key(port) && !lost.contains(port) && !self.strangers.contains(port)
        };
        let port = (from..=u16::MAX).filter_map(Port::new).find(free).expect("65535 is never taken here");
        self.ports.insert(port, service.clone());
        let allocated = PortReport::Allocated { port, held_by: None };
        self.later(delay, Event::Port(service.clone(), question, allocated));
    }

    fn start(
        &mut self,
        name: &ServiceName,
        epoch: Epoch,
        launch: &Launch,
        stack: &Stack,
    ) -> Result<(), String> {
        self.check_start(name, launch, stack)?;
        let calm = self.calm;
        let Some(spec) = self.spec.service(name).cloned() else {
            return Err(format!("{name} started, which a reload has removed"));
        };
        let alive = Alive {
            epoch,
            launch: launch.clone(),
            spawned: false,
            healthy: false,
            ignores_stop: self.dice.once_in(6),
            ending: false,
        };
        self.alive.insert(name.clone(), alive);
        self.report(self.sent % 3, name, epoch, RunReport::EnvResolved(print_of(launch)));
        let prepare = if spec.prepare.is_empty() { 0 } else { self.dice.roll(3_000) };
        if !calm && self.dice.once_in(15) {
            let report = match self.dice.roll(3) {
                0 => RunReport::PrepareFailed { detail: "exit 1".into() },
                1 => RunReport::SpawnFailed { detail: "no such file".into() },
                _ => RunReport::EnvRefused { detail: "too short".into() },
            };
            self.report(prepare + 5, name, epoch, report);
            return Ok(());
        }
        let spawned = 5 + prepare + self.dice.roll(20);
        self.report(spawned, name, epoch, RunReport::Spawned { pid: Some(1) });
        if spec.mode() == Mode::Local && !self.calm && self.dice.once_in(4) {
            return self.misbehave(name, epoch, spawned);
        }
        let ready = spawned + self.dice.roll(if calm { 500 } else { 9_000 });
        if spec.port.is_some() {
            self.report(ready, name, epoch, verified());
        }
        if spec.probe().is_some() {
            let latency = Duration::from_millis(1);
            self.report(ready + 1, name, epoch, RunReport::ProbePassed { latency });
            if !calm && self.dice.once_in(5) {
                for nth in 0..self.dice.roll(6) {
                    let reason = "503".into();
                    self.report(ready + 50 + nth, name, epoch, RunReport::ProbeFailed { reason });
                }
                self.report(ready + 900, name, epoch, RunReport::ProbePassed { latency });
            }
        }
        if spec.restart.policy == RestartPolicy::No {
            let code = i32::from(!calm && self.dice.once_in(3));
            self.end(name, epoch, Exit::Code(code), ready + 200);
        } else if !calm && self.dice.once_in(3) {
            let after = ready + self.dice.roll(20_000);
            self.end(name, epoch, Exit::Code(1), after);
        }
        Ok(())
    }

    /// A run that never becomes healthy, in one of the ways of the real world.
    fn misbehave(&mut self, name: &ServiceName, epoch: Epoch, spawned: u64) -> Result<(), String> {
        let port = self.alive.get(name).and_then(|alive| alive.launch.port);
        match (self.dice.roll(5), port) {
            (0, Some(port)) => {
                if self.dice.once_in(2) {
                    self.strangers.insert(port);
                }
                self.report(spawned + 10, name, epoch, RunReport::BindRefused);
                if self.dice.once_in(2) {
                    self.end(name, epoch, Exit::Code(98), spawned + 20);
                }
            }
            (1, Some(port)) => {
                self.strangers.insert(port);
                let holder = PortHolder::default();
                self.report(spawned + 10, name, epoch, RunReport::ListenerForeign { holder });
            }
            (2, Some(_)) => {
                let port = Port::new(60_000).expect("not 0");
                self.report(spawned + 10, name, epoch, RunReport::ListenerElsewhere { port });
            }
            (3, _) => {
                let reason = "connection refused".into();
                self.report(spawned + 10, name, epoch, RunReport::ProbeFailed { reason });
            }
            _ => self.end(name, epoch, Exit::Code(1), spawned + 20),
        }
        Ok(())
    }

    fn check_start(&self, name: &ServiceName, launch: &Launch, stack: &Stack) -> Result<(), String> {
        if self.alive.contains_key(name) {
            return Err(format!("{name} started while an earlier run of it lives"));
        }
        if self.down {
            return Err(format!("{name} started after the stack was told to go down"));
        }
        if let Some(port) = launch.port
            && self.ports.get(&port) != Some(name)
        {
            return Err(format!("{name} started on port {port}, which it does not hold"));
        }
        let Some(spec) = self.spec.service(name) else { return Ok(()) };
        if spec.disabled {
            return Err(format!("{name} started, which is disabled"));
        }
        if spec.port.is_some() != launch.port.is_some() && spec.mode() != Mode::Shared {
            return Err(format!("{name} started without its port"));
        }
        for need in &spec.needs {
            let Some(needed) = self.spec.service(&need.service) else { continue };
            let gave_up =
                need.fallback.is_some() && self.waited_out.contains(&(name.clone(), need.service.clone()));
            if self.no_deps || gave_up || needed.mode() == Mode::Shared {
                continue;
            }
            let alive = self.alive.get(&need.service);
            let probed = needed.probe().is_some();
            let up = alive.is_some_and(|alive| if probed { alive.healthy } else { alive.spawned });
            let state = stack.service(&need.service).map(|service| service.phase.state());
            let met = match need.until {
                Until::Completed => state == Some(State::Completed),
                Until::Healthy => up || state == Some(State::Completed) && !needed.should_stay(),
                Until::Started => alive.is_some_and(|alive| alive.spawned) || state == Some(State::Completed),
            };
            if !met {
                return Err(format!("{name} started before {} was {}", need.service, need.until.as_str()));
            }
        }
        Ok(())
    }

    fn stop(&mut self, name: &ServiceName, epoch: Epoch) {
        let Some(alive) = self.alive.get(name).filter(|alive| alive.epoch == epoch) else { return };
        if !alive.ignores_stop {
            let delay = self.dice.roll(400);
            self.end(name, epoch, Exit::Signal(15), delay);
        }
    }

    fn end(&mut self, name: &ServiceName, epoch: Epoch, exit: Exit, delay: u64) {
        self.report(delay, name, epoch, RunReport::Exited(exit));
        let sweep = self.dice.roll(50);
        self.report(delay + sweep, name, epoch, RunReport::Gone);
    }

    /// The world's own view of an event, just before the heart is told; whether it still makes sense to tell it.
    fn notice(&mut self, event: &Event) -> bool {
        let Event::Run(name, epoch, report) = event else { return true };
        let Some(alive) = self.alive.get_mut(name).filter(|alive| alive.epoch == *epoch) else {
            // A late report about a run that is gone: the heart has to drop it.
            return true;
        };
        match report {
            RunReport::Spawned { .. } => {
                if alive.ending {
                    return false;
                }
                alive.spawned = true;
            }
            RunReport::ProbePassed { .. } => alive.healthy = !alive.ending,
            RunReport::Exited(_) => {
                alive.healthy = false;
                alive.spawned = false;
                alive.ending = true;
            }
            RunReport::Gone => {
                self.alive.remove(name);
            }
            _ => {}
        }
        true
    }
}

fn verified() -> RunReport {
    RunReport::ListenerVerified { host: "127.0.0.1".into(), wide: None, owner_known: true }
}

fn print_of(launch: &Launch) -> EnvPrint {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    launch.addresses.hash(&mut hasher);
    EnvPrint(hasher.finish())
}

fn random_stack(dice: &mut Dice) -> StackSpec {
    let count = 1 + dice.roll(6);
    let mut services: Vec<ServiceSpec> = Vec::new();
    for nth in 0..count {
        let mut service = samples::service(&format!("s{nth}"));
        if dice.once_in(9) {
            service.runs = Runs::Shared { url: "https://shared.example".into() };
        } else {
            if !dice.once_in(4) {
                service.port = Some(samples::port("8000-8010"));
            }
            if dice.once_in(4) {
                service.prepare = vec![CommandLine::Words(vec!["prepare".into()])];
            }
        }
        for earlier in &services {
            if dice.once_in(2) {
                let mut need = samples::need(earlier.name.as_str());
                need.timeout = Duration::from_secs(1 + dice.roll(20));
                need.restart = dice.once_in(5);
                need.fallback = dice.once_in(3).then(|| "http://127.0.0.1:1".to_owned());
                if earlier.restart.policy == RestartPolicy::No {
                    need.until = if dice.once_in(2) { Until::Completed } else { Until::Started };
                }
                service.needs.push(need);
            }
        }
        if service.mode() == Mode::Local && dice.once_in(5) {
            service.restart.policy = RestartPolicy::No;
        } else if dice.once_in(4) {
            service.restart.policy = RestartPolicy::Always;
        }
        services.push(service);
    }
    // A mention without a need, against the direction of the needs: the heart may not wait for it.
    if services.len() > 1 && dice.once_in(2) {
        let last = services[services.len() - 1].name.clone();
        services[0].references.push(last);
    }
    samples::stack(services)
}

/// The stack with something changed, added or removed, as an edit of portolan.toml might.
fn changed_stack(dice: &mut Dice, spec: &StackSpec) -> StackSpec {
    let mut spec = spec.clone();
    // Nothing needs the last one, so it may go.
    if spec.services.len() > 1 && dice.once_in(3) {
        spec.services.pop();
    }
    let chosen = dice.roll(spec.services.len() as u64) as usize;
    let is_last = chosen + 1 == spec.services.len();
    let service = &mut spec.services[chosen];
    match dice.roll(4) {
        0 => service.tty = !service.tty,
        1 if service.port.is_some() => service.port = Some(samples::port("8400-8410")),
        2 => service.disabled = is_last,
        _ => {}
    }
    spec
}

fn random_command(dice: &mut Dice, spec: &StackSpec) -> Command {
    let name = spec.services[dice.roll(spec.services.len() as u64) as usize].name.clone();
    match dice.roll(8) {
        0 => Command::Stop { services: vec![name] },
        1 => Command::Start { services: vec![name], no_deps: false },
        2 => Command::Restart { services: vec![name], with_dependents: false },
        3 => Command::Restart { services: vec![name], with_dependents: true },
        4 => Command::Reassign { service: name, to: None },
        5 => Command::Reassign { service: name, to: Port::new(9000 + dice.roll(5) as u16) },
        6 => Command::Reload { spec: changed_stack(dice, spec).into() },
        _ => Command::Start { services: Vec::new(), no_deps: false },
    }
}

/// Plays one history; the text of the broken invariant if one breaks.
fn play(seed: u64, start: Instant) -> Result<(), (String, Vec<String>)> {
    let mut world = World::new(seed, start);
    let mut stack = Stack::new(world.spec.clone().into(), start);
    let result = history(&mut world, &mut stack);
    result.map_err(|broken| (broken, world.history))
}

fn history(world: &mut World, stack: &mut Stack) -> Result<(), String> {
    world.later(0, Event::Command(CommandId(0), Command::Start { services: Vec::new(), no_deps: false }));
    let commands = world.dice.roll(8);
    for nth in 0..commands {
        let at = world.dice.roll(40_000);
        let command = random_command(&mut world.dice, &world.spec);
        world.later(at, Event::Command(CommandId(nth + 1), command));
    }
    let quits_early = world.dice.once_in(3);
    let storm = Duration::from_millis(if quits_early { world.dice.roll(20_000) } else { 60_000 });
    let begin = world.now;
    run(world, stack, begin + storm, false)?;
    if !quits_early {
        world.calm = true;
        // Whatever was given up in the storm is asked for once more, then everything has to come up.
        let enabled = world.spec.services.iter().filter(|service| !service.disabled);
        let names: Vec<_> = enabled.map(|service| service.name.clone()).collect();
        let all = Command::Start { services: Vec::new(), no_deps: false };
        world.later(1, Event::Command(CommandId(90), all));
        let again = Command::Restart { services: names, with_dependents: false };
        world.later(2, Event::Command(CommandId(91), again));
        let limit = world.now + Duration::from_secs(600);
        run(world, stack, limit, false)?;
        check_calm(world, stack)?;
    }
    let last = if world.dice.once_in(3) { Command::Kill } else { Command::Down };
    world.later(0, Event::Command(CommandId(99), last));
    let limit = world.now + Duration::from_secs(120);
    run(world, stack, limit, true)?;
    if !world.alive.is_empty() {
        return Err(format!("these live after the end: {:?}", world.alive.keys().collect::<Vec<_>>()));
    }
    Ok(())
}

/// Feeds events and deadlines in the order of time until `limit`, or until the stack has come to its end.
fn run(world: &mut World, stack: &mut Stack, limit: Instant, to_the_end: bool) -> Result<(), String> {
    let mut steps = 0;
    loop {
        let deadline = stack.next_deadline(world.now);
        let next = world.queue.first_key_value().map(|(key, _)| *key);
        let event = match (next, deadline) {
            (Some((at, _)), Some(deadline)) if deadline < at => due(deadline, Event::DeadlinePassed, world),
            (Some(key), _) => {
                let event = world.queue.remove(&key).expect("the key was just seen");
                due(key.0, event, world)
            }
            (None, Some(deadline)) => due(deadline, Event::DeadlinePassed, world),
            (None, None) => break,
        };
        let (at, event) = event;
        if at > limit {
            if let Event::DeadlinePassed = event {
            } else {
                world.sent += 1;
                world.queue.insert((at, world.sent), event);
            }
            world.now = limit;
            break;
        }
        world.now = world.now.max(at);
        steps += 1;
        if steps > 20_000 {
            return Err("no end of events: something goes round in circles".into());
        }
        if !world.notice(&event) {
            continue;
        }
        if let Event::Command(_, Command::Reload { spec }) = &event
            && !world.down
        {
            world.spec = (**spec).clone();
        }
        if let Event::Command(_, Command::Down | Command::Kill) = event {
            world.down = true;
        }
        world.history.push(format!("{:?} {event:?}", at));
        for effect in stack.on_event(event, world.now) {
            world.history.push(format!("    {effect:?}"));
            world.perform(effect, stack)?;
        }
        check_always(stack)?;
        if let Some(late) = stack.services.iter().find(|service| {
            stack.deadline_of(service, world.now).is_some_and(|deadline| deadline <= world.now)
        }) {
            return Err(format!("a deadline passed and did nothing: {late:?}"));
        }
        if to_the_end && stack.outcome().is_some() {
            return Ok(());
        }
    }
    if to_the_end && stack.outcome().is_none() {
        return Err("wedged on the way down".into());
    }
    Ok(())
}

fn due(at: Instant, event: Event, world: &World) -> (Instant, Event) {
    (at.max(world.now), event)
}

fn check_always(stack: &Stack) -> Result<(), String> {
    let mut ports = BTreeMap::new();
    for service in &stack.services {
        if let Some(port) = service.port.port()
            && let Some(other) = ports.insert(port, service.spec.name.clone())
        {
            return Err(format!("{other} and {} both hold port {port}", service.spec.name));
        }
    }
    Ok(())
}

/// In a calm world everything wanted is up or done, and nobody was given an address that is no longer true.
fn check_calm(world: &World, stack: &Stack) -> Result<(), String> {
    for service in &stack.services {
        let name = &service.spec.name;
        let state = service.phase.state();
        let well = state.is_up() || state == State::Completed;
        let restarts_forever = service.spec.restart.policy == RestartPolicy::Always;
        if service.wanted && !well && !(restarts_forever && state == State::Backoff) {
            return Err(format!("{name} is {state} in a calm world"));
        }
        let Some(alive) = world.alive.get(name) else { continue };
        let addresses = stack.addresses_for(service);
        if alive.launch.addresses != addresses {
            return Err(format!("{name} was given {:?}, true is {addresses:?}", alive.launch.addresses));
        }
        if alive.launch.port != service.port.port() && service.takes_port() {
            return Err(format!(
                "{name} runs on {:?} and holds {:?}",
                alive.launch.port,
                service.port.port()
            ));
        }
    }
    Ok(())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "any instant will do, and only a clock makes one")]
fn random_histories_keep_every_invariant() {
    let start = Instant::now();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("PORTOLAN_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PORTOLAN_HISTORIES").unwrap_or(HISTORIES),
    };
    for seed in seeds {
        if let Err((broken, history)) = play(seed, start) {
            let from = history.len().saturating_sub(60);
            let tail = history[from..].join("\n");
            panic!(
                "{tail}\n\nseed {seed}: {broken}\nreplay: PORTOLAN_SEED={seed} cargo test --lib simulation"
            );
        }
    }
}
