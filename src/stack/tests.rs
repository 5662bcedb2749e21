//! The heart by tables of events: what it asks for, step by step.

use std::time::{Duration, Instant};

use super::samples::{name, need, port, service, stack};
use super::*;

/// A stack under test, with a clock that only the test moves.
struct Played {
    stack: Stack,
    now: Instant,
    commands: u64,
}

impl Played {
    #[expect(clippy::disallowed_methods, reason = "any instant will do, and only a clock makes one")]
    fn new(services: Vec<ServiceSpec>) -> Self {
        let now = Instant::now();
        Self { stack: Stack::new(stack(services).into(), now), now, commands: 0 }
    }

    fn tell(&mut self, event: Event) -> Vec<String> {
        let effects = self.stack.on_event(event, self.now);
        effects.iter().filter_map(shown).collect()
    }

    fn command(&mut self, command: Command) -> Vec<String> {
        self.commands += 1;
        self.tell(Event::Command(CommandId(self.commands), command))
    }

    fn up(&mut self) -> Vec<String> {
        self.command(Command::Start { services: Vec::new(), no_deps: false })
    }

    fn run(&mut self, service: &str, report: RunReport) -> Vec<String> {
        let epoch = self.stack.service(&name(service)).expect("the test knows its services").epoch;
        self.tell(Event::Run(name(service), epoch, report))
    }

    fn pass(&mut self, time: Duration) -> Vec<String> {
        self.now += time;
        self.tell(Event::DeadlinePassed)
    }

    fn allocate(&mut self, service: &str, number: u16) -> Vec<String> {
        let port = Port::new(number).expect("not 0");
        let question = self.stack.service(&name(service)).expect("the test knows its services").question;
        self.tell(Event::Port(name(service), question, PortReport::Allocated { port, held_by: None }))
    }

    fn healthy(&mut self, service: &str) -> Vec<String> {
        self.run(service, RunReport::EnvResolved(EnvPrint(1)));
        self.run(service, RunReport::Spawned { pid: Some(7) });
        self.run(service, RunReport::ProbePassed { latency: Duration::from_millis(1) })
    }

    fn gone(&mut self, service: &str, exit: Exit) -> Vec<String> {
        let mut effects = self.run(service, RunReport::Exited(exit));
        effects.extend(self.run(service, RunReport::Gone));
        effects
    }

    fn snapshot(&self, service: &str) -> ServiceSnapshot {
        let clock = Clock { instant: self.now, wall: UnixMillis(1_000_000) };
        let snapshot = self.stack.snapshot(samples::identity(clock.wall), 1, &clock);
        snapshot.service(&name(service)).expect("the test knows its services").clone()
    }

    fn state(&self, service: &str) -> State {
        self.stack.service(&name(service)).expect("the test knows its services").phase.state()
    }
}

/// Effects that start, stop, allocate or compare, in a few words; the rest is left out.
fn shown(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::AllocatePort { service, .. } => format!("allocate {service}"),
        Effect::ReleasePort { service, port } => format!("release {service} {port}"),
        Effect::ReleaseReservation { service } => format!("unreserve {service}"),
        Effect::Start { service, .. } => format!("start {service}"),
        Effect::CompareEnv { service, .. } => format!("compare {service}"),
        Effect::DiagnosePort { service, .. } => format!("diagnose {service}"),
        Effect::Stop { service, .. } => format!("stop {service}"),
        Effect::Kill { service, .. } => format!("kill {service}"),
        Effect::Reply { answer: Err(refusal), .. } => format!("refuse: {refusal}"),
        Effect::Publish { .. } | Effect::Notify(_) | Effect::Reply { .. } => return None,
    })
}

/// A service with a port and a probe.
fn server(of: &str, range: &str, needs: &[&str]) -> ServiceSpec {
    let mut spec = service(of);
    spec.port = Some(port(range));
    spec.needs = needs.iter().map(|needed| need(needed)).collect();
    spec
}

/// `auth`, and `api` which needs it, both healthy.
fn auth_and_api() -> Played {
    let mut played =
        Played::new(vec![server("auth", "8081-8090", &[]), server("api", "8000-8010", &["auth"])]);
    played.up();
    played.allocate("auth", 8081);
    played.allocate("api", 8000);
    played.healthy("auth");
    played.healthy("api");
    played
}

/// A finding of that rule, with the rule's name as its title.
fn finding(rule: &str) -> Finding {
    Finding::new(rule, rule).shown_by("a line")
}

impl Played {
    /// Reports what was found of a run of `api`; gives the rules of what is told.
    fn diagnosed(&mut self, epoch: Epoch, rules: &[&str]) -> Vec<String> {
        let findings = rules.iter().map(|rule| finding(rule)).collect();
        let state = self.stack.service(&name("api")).unwrap().phase.state();
        let event = Event::Diagnosed(name("api"), epoch, state, findings);
        let effects = self.stack.on_event(event, self.now);
        let told = effects.into_iter().filter_map(|effect| match effect {
            Effect::Notify(Notice { what: NoticeKind::Found { finding }, .. }) => Some(finding.rule),
            _ => None,
        });
        told.collect()
    }

    fn found(&self) -> Vec<String> {
        self.snapshot("api").findings.into_iter().map(|finding| finding.rule).collect()
    }

    /// `api` runs, crashes and is diagnosed; gives what is told. It is about to be started again.
    fn crashes(&mut self, rules: &[&str]) -> Vec<String> {
        self.run("api", RunReport::EnvResolved(EnvPrint(1)));
        self.run("api", RunReport::Spawned { pid: Some(7) });
        self.gone("api", Exit::Code(1));
        let epoch = self.epoch();
        self.diagnosed(epoch, rules)
    }

    fn epoch(&self) -> Epoch {
        self.stack.service(&name("api")).expect("the test knows its services").epoch
    }
}

#[test]
fn what_was_found_of_an_earlier_run_is_dropped() {
    let mut played = Played::new(vec![service("api")]);
    played.up();
    let first = played.epoch();
    assert_eq!(played.crashes(&["module"]), ["module"]);
    played.pass(Duration::from_secs(60));
    assert_ne!(played.epoch(), first);
    assert_eq!(played.diagnosed(first, &["late"]), [""; 0]);
    assert_eq!(played.found(), ["module"]);
}

#[test]
fn what_is_found_twice_is_told_once_and_what_is_new_beside_it_is_told() {
    let mut played = Played::new(vec![server("api", "8000-8010", &[])]);
    played.up();
    played.allocate("api", 8000);
    assert_eq!(played.crashes(&["module"]), ["module"]);
    let epoch = played.epoch();
    assert_eq!(played.diagnosed(epoch, &["module"]), [""; 0]);
    assert_eq!(played.diagnosed(epoch, &["module", "port"]), ["port"]);
    assert_eq!(played.found(), ["module", "port"]);
}

#[test]
fn a_crash_loop_tells_a_finding_once_though_running_counts_as_well() {
    let mut played = Played::new(vec![service("api")]);
    played.up();
    assert_eq!(played.crashes(&["module"]), ["module"]);
    for _ in 0..3 {
        played.pass(Duration::from_secs(60));
        assert_eq!(played.found(), ["module"], "it is known while it is tried again");
        assert_eq!(played.crashes(&["module"]), [""; 0]);
        assert_eq!(played.found(), ["module"]);
    }
}

#[test]
fn after_a_run_that_was_well_for_long_enough_a_finding_is_news_again() {
    let mut played = Played::new(vec![service("api")]);
    played.up();
    assert_eq!(played.crashes(&["module"]), ["module"]);
    played.pass(Duration::from_secs(60));
    played.run("api", RunReport::EnvResolved(EnvPrint(1)));
    played.run("api", RunReport::Spawned { pid: Some(7) });
    played.pass(service("api").restart.reset);
    played.gone("api", Exit::Code(1));
    let epoch = played.epoch();
    assert_eq!(played.diagnosed(epoch, &["module"]), ["module"]);
}

#[test]
fn after_a_restart_that_somebody_asked_for_a_finding_is_news_again() {
    let mut played = Played::new(vec![service("api")]);
    played.up();
    assert_eq!(played.crashes(&["module"]), ["module"]);
    played.command(Command::Restart { services: vec![name("api")], with_dependents: false });
    assert_eq!(played.found(), [""; 0]);
    assert_eq!(played.crashes(&["module"]), ["module"]);
}

#[test]
fn findings_are_forgotten_when_a_later_run_is_healthy_and_on_stop() {
    let mut played = Played::new(vec![server("api", "8000-8010", &[])]);
    played.up();
    played.allocate("api", 8000);
    played.crashes(&["module"]);
    played.pass(Duration::from_secs(60));
    assert_eq!(played.found(), ["module"]);
    played.healthy("api");
    assert_eq!(played.found(), [""; 0]);
    let epoch = played.epoch();
    played.diagnosed(epoch, &["bound-wide"]);
    assert_eq!(played.found(), ["bound-wide"]);
    played.command(Command::Stop { services: vec![name("api")] });
    played.gone("api", Exit::Signal(15));
    assert_eq!(played.state("api"), State::Stopped);
    assert_eq!(played.found(), [""; 0]);
}

#[test]
fn what_is_found_of_the_healthy_run_itself_stays_when_it_becomes_healthy_again() {
    let mut played = Played::new(vec![server("api", "8000-8010", &[])]);
    played.up();
    played.allocate("api", 8000);
    played.healthy("api");
    let epoch = played.epoch();
    assert_eq!(played.diagnosed(epoch, &["bound-wide"]), ["bound-wide"]);
    played.run("api", RunReport::ProbePassed { latency: Duration::from_millis(1) });
    assert_eq!(played.found(), ["bound-wide"]);
    assert_eq!(played.diagnosed(epoch, &["bound-wide"]), [""; 0]);
}

#[test]
fn dependent_waits_for_readiness() {
    let mut played = Played::new(vec![server("web", "3000-3010", &["api"]), server("api", "8000-8010", &[])]);
    assert_eq!(played.up(), ["allocate web", "allocate api"]);
    assert_eq!(played.allocate("web", 3000), [""; 0]);
    assert_eq!(played.allocate("api", 8000), ["start api"]);
    assert_eq!(played.run("api", RunReport::Spawned { pid: Some(7) }), [""; 0]);
    assert_eq!(played.healthy("api"), ["start web"]);
}

#[test]
fn a_running_service_without_probe_counts_as_healthy() {
    let mut web = service("web");
    web.needs = vec![need("worker")];
    let mut played = Played::new(vec![service("worker"), web]);
    assert_eq!(played.up(), ["start worker"]);
    assert_eq!(played.run("worker", RunReport::Spawned { pid: Some(7) }), ["start web"]);
    assert_eq!(played.state("worker"), State::Running);
}

#[test]
fn a_need_that_times_out_fails_its_dependent_and_nobody_else() {
    let mut played = Played::new(vec![
        service("db"),
        server("api", "8000-8010", &["db"]),
        server("other", "9000-9010", &[]),
    ]);
    played.up();
    played.allocate("api", 8000);
    assert_eq!(played.allocate("other", 9000), ["start other"]);
    assert_eq!(played.pass(Duration::from_secs(61)), [""; 0]);
    assert_eq!((played.state("api"), played.state("other")), (State::Failed, State::Starting));
}

#[test]
fn a_need_that_failed_for_good_fails_its_dependents_at_once() {
    let mut migrate = service("migrate");
    migrate.restart.policy = RestartPolicy::No;
    let mut api = service("api");
    api.needs = vec![Need { until: Until::Completed, ..need("migrate") }];
    let mut played = Played::new(vec![migrate, api]);
    played.up();
    played.run("migrate", RunReport::Spawned { pid: Some(7) });
    played.gone("migrate", Exit::Code(3));
    assert_eq!(played.state("api"), State::Failed);
    assert_eq!(played.stack.outcome(), Some(false));
}

#[test]
fn a_need_that_ended_without_an_error_is_met_if_it_was_a_job_and_hopeless_if_it_was_a_server() {
    for (needed, until, expected) in [
        (server("auth", "8081-8090", &[]), Until::Healthy, State::Failed),
        (server("auth", "8081-8090", &[]), Until::Started, State::Starting),
        (service("auth"), Until::Healthy, State::Starting),
    ] {
        let mut api = service("api");
        api.needs = vec![Need { until, ..need("auth") }];
        let should_stay = needed.should_stay();
        let mut played = Played::new(vec![needed, api]);
        played.up();
        if should_stay {
            played.allocate("auth", 8081);
        }
        played.run("auth", RunReport::Spawned { pid: Some(7) });
        played.gone("auth", Exit::Code(0));
        assert_eq!((played.state("auth"), played.state("api")), (State::Completed, expected), "{until:?}");
        if expected == State::Failed {
            // Whoever is started again brings the server that it needs along.
            let start = Command::Start { services: vec![name("api")], no_deps: false };
            assert_eq!(played.command(start), ["start auth"]);
            assert_eq!(played.state("api"), State::Waiting);
        }
    }
}

#[test]
fn a_failed_dependent_comes_back_when_its_need_is_met_after_all() {
    let mut played = Played::new(vec![server("db", "5000-5010", &[]), server("api", "8000-8010", &["db"])]);
    played.up();
    played.allocate("db", 5000);
    played.allocate("api", 8000);
    played.run("db", RunReport::Spawned { pid: Some(7) });
    played.pass(Duration::from_secs(61));
    assert_eq!((played.state("db"), played.state("api")), (State::Unhealthy, State::Failed));
    assert_eq!(played.healthy("db"), ["start api"]);
}

#[test]
fn a_fallback_is_used_in_time_and_given_up_when_the_need_is_met() {
    let mut api = server("api", "8000-8010", &["auth"]);
    api.needs[0].timeout = Duration::from_secs(2);
    api.needs[0].fallback = Some("http://127.0.0.1:9".into());
    let mut played = Played::new(vec![server("auth", "8081-8090", &[]), api]);
    played.up();
    played.allocate("auth", 8081);
    played.allocate("api", 8000);
    played.run("auth", RunReport::Spawned { pid: Some(7) });
    assert_eq!(played.pass(Duration::from_secs(2)), ["start api"]);
    let url = played.stack.launch_of(&name("api")).unwrap().addresses[&name("auth")].url.clone();
    assert_eq!(url.as_deref(), Some("http://127.0.0.1:9"));
    played.healthy("api");
    assert_eq!(played.healthy("auth"), ["compare auth", "compare api"]);
    assert_eq!(played.run("api", RunReport::EnvCompared(EnvPrint(2))), ["stop api"]);
    assert_eq!(played.gone("api", Exit::Signal(15)), ["start api"]);
}

#[test]
fn a_moved_port_restarts_exactly_those_whose_environment_changed() {
    let mut other = server("other", "9000-9010", &["auth"]);
    other.needs[0].until = Until::Started;
    let mut played =
        Played::new(vec![server("auth", "8081-8090", &[]), server("api", "8000-8010", &["auth"]), other]);
    played.up();
    for (service, port) in [("auth", 8081), ("api", 8000), ("other", 9000)] {
        played.allocate(service, port);
    }
    for service in ["auth", "api", "other"] {
        played.healthy(service);
    }
    assert_eq!(played.command(Command::Reassign { service: name("auth"), to: None }), ["allocate auth"]);
    assert_eq!(played.allocate("auth", 8082), ["compare api", "compare other", "stop auth"]);
    assert_eq!(played.run("other", RunReport::EnvCompared(EnvPrint(1))), [""; 0]);
    assert_eq!(played.run("api", RunReport::EnvCompared(EnvPrint(2))), ["stop api"]);
    assert_eq!(played.gone("auth", Exit::Signal(15)), ["release auth 8081", "start auth"]);
    assert_eq!(played.gone("api", Exit::Signal(15)), [""; 0]);
    assert_eq!(played.healthy("auth"), ["start api"]);
    assert_eq!(played.state("other"), State::Healthy);
}

#[test]
fn a_dependency_restarted_on_its_port_leaves_its_dependents_alone() {
    let mut played = auth_and_api();
    let restart = Command::Restart { services: vec![name("auth")], with_dependents: false };
    assert_eq!(played.command(restart), ["stop auth"]);
    assert_eq!(played.gone("auth", Exit::Signal(15)), ["start auth"]);
    assert_eq!(played.healthy("auth"), [""; 0]);
    assert_eq!(played.state("api"), State::Healthy);
}

#[test]
fn a_restart_with_dependents_ends_them_first_and_starts_them_last() {
    let mut played = auth_and_api();
    let restart = Command::Restart { services: vec![name("auth")], with_dependents: true };
    assert_eq!(played.command(restart), ["stop api"]);
    assert_eq!(played.gone("api", Exit::Signal(15)), ["stop auth"]);
    assert_eq!(played.gone("auth", Exit::Signal(15)), ["start auth"]);
    assert_eq!(played.healthy("auth"), ["start api"]);
}

#[test]
fn a_dependent_that_is_being_stopped_is_not_called_back_by_a_restart() {
    let mut played = auth_and_api();
    assert_eq!(played.command(Command::Stop { services: vec![name("api")] }), ["stop api"]);
    let restart = Command::Restart { services: vec![name("auth")], with_dependents: true };
    played.command(restart);
    played.gone("api", Exit::Signal(15));
    assert_eq!(played.state("api"), State::Stopped);
}

#[test]
fn a_bind_lost_in_a_race_moves_the_service_without_counting_a_restart() {
    let mut played = Played::new(vec![server("api", "8000-8010", &[])]);
    played.up();
    played.allocate("api", 8000);
    played.run("api", RunReport::Spawned { pid: Some(7) });
    played.run("api", RunReport::BindRefused);
    assert_eq!(played.run("api", RunReport::Exited(Exit::Code(98))), ["diagnose api", "stop api"]);
    assert_eq!(played.run("api", RunReport::Gone), [""; 0]);
    let holder = Some(PortHolder::default());
    let effects = played.run("api", RunReport::PortDiagnosed { holder });
    assert_eq!(effects, ["release api 8000", "allocate api"]);
    assert_eq!(played.allocate("api", 8001), ["start api"]);
    assert_eq!(played.stack.service(&name("api")).unwrap().restarts, 0);
}

#[test]
fn a_program_that_cannot_bind_beside_our_reservation_starts_again_without_it() {
    let mut played = Played::new(vec![server("api", "8000-8010", &[])]);
    played.up();
    played.allocate("api", 8000);
    played.run("api", RunReport::Spawned { pid: Some(7) });
    played.run("api", RunReport::BindRefused);
    played.run("api", RunReport::Exited(Exit::Code(1)));
    assert_eq!(played.run("api", RunReport::PortDiagnosed { holder: None }), ["unreserve api"]);
    assert_eq!(played.run("api", RunReport::Gone), ["start api"]);
    assert_eq!(played.stack.service(&name("api")).unwrap().restarts, 0);
}

#[test]
fn a_bind_refused_by_nobody_in_sight_is_a_lost_race_twice_and_a_crash_then() {
    let mut played = Played::new(vec![server("api", "8000-8010", &[])]);
    played.up();
    let mut outcomes = Vec::new();
    for port in [8000, 8000, 8001, 8002] {
        played.allocate("api", port);
        played.run("api", RunReport::Spawned { pid: Some(7) });
        played.run("api", RunReport::BindRefused);
        played.run("api", RunReport::Exited(Exit::Code(98)));
        played.run("api", RunReport::PortDiagnosed { holder: None });
        played.run("api", RunReport::Gone);
        outcomes.push(played.state("api"));
    }
    assert_eq!(outcomes, [State::Starting, State::Waiting, State::Waiting, State::Backoff]);
}

#[test]
fn a_stranger_on_its_port_is_never_its_health() {
    let mut played = Played::new(vec![server("api", "8000-8010", &[])]);
    played.up();
    played.allocate("api", 8000);
    played.run("api", RunReport::Spawned { pid: Some(7) });
    let holder = PortHolder::default();
    assert_eq!(played.run("api", RunReport::ListenerForeign { holder }), ["stop api"]);
    assert_eq!(played.gone("api", Exit::Signal(15)), ["release api 8000", "allocate api"]);
}

#[test]
fn the_first_ctrl_c_is_gentle_and_in_reverse_and_the_second_kills() {
    let mut played = auth_and_api();
    assert_eq!(played.command(Command::Down), ["stop api"]);
    assert_eq!(played.command(Command::Kill), ["stop auth", "kill auth", "kill api"]);
    played.gone("auth", Exit::Signal(9));
    assert_eq!(played.stack.outcome(), None);
    played.gone("api", Exit::Signal(9));
    assert_eq!(played.stack.outcome(), Some(true));
}

#[test]
fn a_server_that_ends_without_an_error_has_not_ended_well_and_a_job_has() {
    for (spec, well) in [(server("api", "8000-8010", &[]), false), (service("api"), true)] {
        let mut played = Played::new(vec![spec]);
        played.up();
        if !well {
            played.allocate("api", 8000);
        }
        played.run("api", RunReport::Spawned { pid: Some(7) });
        played.gone("api", Exit::Code(0));
        assert_eq!(played.state("api"), State::Completed);
        assert_eq!(played.stack.outcome(), Some(well));
        let shown = played.snapshot("api");
        assert_eq!((shown.has_left(), shown.is_well()), (!well, well));
        // Told to go down, it is no fault any more.
        played.command(Command::Down);
        assert_eq!(played.stack.outcome(), Some(true));
    }
}

#[test]
fn what_ignores_its_stop_signal_is_killed_after_its_grace_period() {
    let mut played = Played::new(vec![service("worker")]);
    played.up();
    played.run("worker", RunReport::Spawned { pid: Some(7) });
    assert_eq!(played.command(Command::Down), ["stop worker"]);
    assert_eq!(played.pass(Duration::from_secs(9)), [""; 0]);
    assert_eq!(played.pass(Duration::from_secs(1)), ["kill worker"]);
}

#[test]
fn an_exit_that_was_asked_for_is_no_crash() {
    let mut played = Played::new(vec![service("worker")]);
    played.up();
    played.run("worker", RunReport::Spawned { pid: Some(7) });
    played.command(Command::Stop { services: vec![name("worker")] });
    assert_eq!(played.gone("worker", Exit::Code(143)), [""; 0]);
    assert_eq!(played.state("worker"), State::Stopped);
}

#[test]
fn reports_of_an_older_run_are_dropped() {
    let mut played = Played::new(vec![service("worker")]);
    played.up();
    played.run("worker", RunReport::Spawned { pid: Some(7) });
    let restart = Command::Restart { services: vec![name("worker")], with_dependents: false };
    played.command(restart);
    played.gone("worker", Exit::Signal(15));
    let late = Event::Run(name("worker"), Epoch(1), RunReport::Exited(Exit::Code(1)));
    assert_eq!(played.tell(late), [""; 0]);
    assert_eq!(played.state("worker"), State::Starting);
}

#[test]
fn a_name_that_the_stack_does_not_have_is_refused() {
    let mut played = Played::new(vec![service("worker")]);
    let effects = played.command(Command::Stop { services: vec![name("ghost")] });
    assert_eq!(effects, [r#"refuse: this stack has no service "ghost""#]);
}

#[test]
fn a_snapshot_tells_how_the_probes_of_the_present_run_came_out() {
    let mut web = service("web");
    web.health = Some(ProbeSpec::new(ProbeCheck::Tcp));
    let mut played = Played::new(vec![web]);
    played.up();
    played.run("web", RunReport::Spawned { pid: Some(7) });
    played.now += Duration::from_millis(30);
    played.run("web", RunReport::ProbeFailed { reason: "refused".into() });
    played.now += Duration::from_millis(12);
    played.run("web", RunReport::ProbePassed { latency: Duration::from_micros(700) });
    let shown = played.snapshot("web");
    let marks: Vec<_> = shown.probes.iter().map(|mark| (mark.ok, mark.latency_us)).collect();
    assert_eq!(marks, [(false, None), (true, Some(700))]);
    assert_eq!((shown.probes_made, shown.ready_after_ms, shown.start_limit_ms), (2, Some(42), Some(60_000)));
    played.gone("web", Exit::Code(1));
    let shown = played.snapshot("web");
    assert_eq!((shown.state, shown.probes_made, shown.ready_after_ms), (State::Backoff, 0, None));
    assert_eq!(shown.next_start_at, Some(UnixMillis(shown.since.0 + 500)));
    played.pass(Duration::from_millis(500));
    assert_eq!(played.snapshot("web").next_start_at, None);
}

#[test]
fn a_snapshot_without_the_newer_fields_is_still_read() {
    let played = Played::new(vec![service("web")]);
    let shown = played.snapshot("web");
    let mut json = serde_json::to_value(&shown).expect("snapshots are written as JSON");
    let fields = json.as_object_mut().expect("a snapshot is an object");
    for newer in ["probes", "probes_made", "start_limit_ms", "ready_after_ms", "next_start_at"] {
        assert!(fields.remove(newer).is_some(), "{newer}");
    }
    assert_eq!(serde_json::from_value::<ServiceSnapshot>(json).expect("the rest has defaults"), shown);
}

#[test]
fn a_look_that_was_begun_before_the_service_was_well_or_stopped_is_too_late() {
    let mut played = auth_and_api();
    let too_late = |played: &mut Played, looked: State| {
        let event = Event::Diagnosed(name("api"), Epoch(1), looked, vec![finding("late")]);
        played.stack.on_event(event, played.now);
        played.found()
    };
    assert_eq!(too_late(&mut played, State::Starting), [""; 0]);
    assert_eq!(too_late(&mut played, State::Healthy), ["late"]);
    played.command(Command::Stop { services: vec![name("api")] });
    played.run("api", RunReport::Exited(Exit::Code(0)));
    played.run("api", RunReport::Gone);
    assert_eq!(too_late(&mut played, State::Failed), [""; 0]);
}
