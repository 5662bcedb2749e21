//! The shop fourteen seconds after its start: one service in each state that a start-up has.

use crate::stack::{
    Exit, FailReason, Finding, NoticeKind, PortHolder, ProbeMark, ServiceName, ServiceSnapshot, State,
    UnixMillis,
};
use crate::ui::facts::Facts;

use super::beside;
use super::stacks::{bare, happen, name, of, port, to};

/// When the sample stacks were started: 14:02:01 UTC.
pub(crate) const BEGIN: UnixMillis = UnixMillis(1_772_460_121_000);
/// The moment of the samples: 14:02:15.
pub(crate) const NOW: UnixMillis = UnixMillis(BEGIN.0 + 14_000);

/// The shop: a moved port, a failure, one that waits for it, one that starts, one that is unhealthy.
pub(crate) fn shop() -> Facts {
    let mut facts = of("shop", services());
    facts.branch = Some("main".to_owned());
    happen(&mut facts, events());
    beside::fill(&mut facts);
    facts.page = super::page();
    facts.log_end = 412;
    facts.counts.lines = 412;
    facts.counts.done = true;
    facts
}

/// Who holds the port that postgres would like.
pub(super) fn holder() -> PortHolder {
    PortHolder {
        pid: Some(811),
        command: Some("postgres -D /opt/homebrew/var/postgres".to_owned()),
        folder: Some("/opt/homebrew/var".into()),
        stack: None,
        service: None,
    }
}

fn services() -> Vec<ServiceSnapshot> {
    let mut services = up();
    services.extend(not_up());
    services
}

/// A service that listens: on which port, since when, and after what needs.
fn listening(text: &str, state: State, number: u16, started: u64, needs: &[&str]) -> ServiceSnapshot {
    ServiceSnapshot {
        pid: Some(4100 + u32::from(number % 100)),
        host: Some("127.0.0.1".to_owned()),
        port: Some(port(number)),
        preferred_port: Some(port(number)),
        url: Some(format!("http://127.0.0.1:{number}")),
        started_at: Some(after(started)),
        needs: needs.iter().map(|need| name(need)).collect(),
        start_limit_ms: Some(60_000),
        ..bare(text, state)
    }
}

fn up() -> Vec<ServiceSnapshot> {
    let probes = marks("++++++++++", 1_200);
    vec![
        ServiceSnapshot {
            preferred_port: Some(port(5432)),
            held_by: Some(holder()),
            url: Some("postgres://127.0.0.1:5433".to_owned()),
            latency_us: Some(1_200),
            ready_after_ms: Some(2_080),
            probes_made: 12,
            probes: probes.clone(),
            was_healthy: true,
            ..listening("postgres", State::Healthy, 5433, 20, &[])
        },
        ServiceSnapshot {
            latency_us: Some(800),
            url: Some("redis://127.0.0.1:6379".to_owned()),
            ready_after_ms: Some(590),
            probes_made: 13,
            probes,
            was_healthy: true,
            ..listening("redis", State::Healthy, 6379, 10, &[])
        },
        ServiceSnapshot {
            exit: Some(Exit::Code(0)),
            needs: vec![name("postgres")],
            since: after(5_200),
            ..bare("migrate", State::Completed)
        },
        ServiceSnapshot {
            health_path: Some("/health".to_owned()),
            latency_us: Some(4_200),
            ready_after_ms: Some(2_500),
            probes_made: 6,
            probes: marks("-+++++", 4_200),
            was_healthy: true,
            ..listening("api", State::Healthy, 8000, 5_900, &["migrate", "redis"])
        },
    ]
}

fn not_up() -> Vec<ServiceSnapshot> {
    vec![
        ServiceSnapshot {
            pid: Some(4120),
            started_at: Some(after(5_210)),
            since: after(12_000),
            needs: vec![name("migrate"), name("redis")],
            unwell: Some("heartbeat 4s late".to_owned()),
            was_healthy: true,
            probes_made: 7,
            probes: marks("+++++--", 9_000),
            ..bare("worker", State::Unhealthy)
        },
        ServiceSnapshot {
            pid: None,
            host: None,
            started_at: None,
            since: after(2_400),
            restarts: 2,
            exit: Some(Exit::Code(137)),
            failure: Some(FailReason::Exited { exit: Exit::Code(137), restarts: 2 }),
            findings: vec![out_of_memory()],
            health_path: Some("/_health".to_owned()),
            ..listening("search", State::Failed, 9200, 1_700, &[])
        },
        ServiceSnapshot {
            pid: None,
            host: None,
            started_at: None,
            waiting_for: vec![name("search")],
            ..listening("web", State::Waiting, 5173, 0, &["api", "search"])
        },
        ServiceSnapshot {
            probes_made: 3,
            since: after(8_200),
            probes: marks("---", 0),
            unwell: Some("connection refused".to_owned()),
            ..listening("mailer", State::Starting, 1025, 8_200, &[])
        },
    ]
}

/// What was found of search.
fn out_of_memory() -> Finding {
    let remedy = "give it less to load, or a higher limit in portolan.toml, then restart it";
    Finding::new("out-of-memory", "search was killed because it ran out of memory: the limit is 512M")
        .shown_by("it ended with exit 137, twice after it had used 511M")
        .shown_by_line(401, "loading index products (1.2 GB)")
        .at("search/portolan.toml:14")
        .mended_by(remedy, Some("portolan restart search".to_owned()))
}

/// Probes a second apart, the last one a second ago: `+` passed, in so many microseconds.
fn marks(outcomes: &str, latency_us: u64) -> Vec<ProbeMark> {
    let before = (0..outcomes.len() as u64).rev();
    let mark = |(outcome, before): (char, u64)| ProbeMark {
        ok: outcome == '+',
        latency_us: (outcome == '+').then_some(latency_us),
        at: UnixMillis(NOW.0 - 1_000 - before * 1_000),
    };
    outcomes.chars().zip(before).map(mark).collect()
}

fn after(ms: u64) -> UnixMillis {
    UnixMillis(BEGIN.0 + ms)
}

fn events() -> Vec<(u64, ServiceName, NoticeKind)> {
    use State::{Backoff, Completed, Failed, Healthy, Preparing, Starting, Unhealthy, Waiting};
    let exit = Exit::Code(137);
    let moved = NoticeKind::PortMoved { from: port(5432), to: port(5433), held_by: Some(holder()) };
    let failed = FailReason::Exited { exit, restarts: 2 };
    let mut events: Vec<(u64, &str, NoticeKind)> = vec![
        (4, "postgres", moved),
        (10, "redis", to(Starting)),
        (10, "search", to(Starting)),
        (20, "postgres", to(Starting)),
        (22, "postgres", NoticeKind::Spawned { pid: Some(4133), port: Some(port(5433)) }),
        (600, "redis", to(Healthy)),
        (1_200, "search", NoticeKind::Exited { exit }),
        (1_200, "search", to(Backoff)),
        (1_200, "search", NoticeKind::Restarting { attempt: 1, in_ms: 500 }),
        (1_700, "search", to(Waiting)),
        (1_700, "search", to(Starting)),
        (2_100, "postgres", to(Healthy)),
        (2_110, "migrate", to(Starting)),
        (2_400, "search", NoticeKind::Exited { exit }),
        (2_400, "search", to(Failed)),
        (2_400, "search", NoticeKind::Failed { reason: failed }),
        (2_450, "search", NoticeKind::Found { finding: out_of_memory() }),
        (5_200, "migrate", to(Completed)),
        (5_210, "api", to(Preparing)),
        (5_210, "worker", to(Starting)),
        (5_900, "api", to(Starting)),
        (8_100, "mailer", to(Waiting)),
        (8_200, "mailer", to(Starting)),
        (8_400, "api", to(Healthy)),
        (9_000, "worker", to(Healthy)),
        (12_000, "worker", to(Unhealthy)),
        (12_000, "worker", NoticeKind::Unwell { reason: "heartbeat 4s late".to_owned() }),
    ];
    for waits in ["postgres", "redis", "migrate", "api", "worker", "search", "web"] {
        events.insert(0, (0, waits, to(Waiting)));
    }
    events.into_iter().map(|(at, service, what)| (at, name(service), what)).collect()
}
