//! Facts of a stack in which all is well, to be spoiled by tests.

use std::time::Duration;

use crate::stack::{
    Epoch, Identity, Mode, Port, RunId, ServiceName, ServiceSnapshot, StackSnapshot, State, UnixMillis,
};

use super::super::facts::{
    Asked, Coming, EnvFacts, Facts, LogFacts, Party, PortFacts, Print, Remains, Required, Role, SeenEnv,
    ServiceFacts,
};

pub(super) fn name(text: &str) -> ServiceName {
    ServiceName::new(text).unwrap()
}

pub(super) fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

/// Healthy on 8000.
pub(super) fn service(text: &str) -> ServiceSnapshot {
    ServiceSnapshot {
        name: name(text),
        replica: 0,
        state: State::Healthy,
        mode: Mode::Local,
        epoch: Epoch(1),
        pid: Some(4242),
        host: Some("127.0.0.1".into()),
        port: Some(port(8000)),
        preferred_port: Some(port(8000)),
        held_by: None,
        url: Some("http://127.0.0.1:8000".into()),
        health_path: Some("/health".into()),
        latency_us: None,
        probes: Vec::new(),
        probes_made: 1,
        start_limit_ms: Some(60_000),
        ready_after_ms: Some(1_200),
        next_start_at: None,
        restarts: 0,
        exit: None,
        since: UnixMillis(0),
        started_at: Some(UnixMillis(0)),
        needs: Vec::new(),
        waiting_for: Vec::new(),
        failure: None,
        unwell: None,
        was_healthy: true,
        listens_elsewhere: None,
        wanted: true,
        findings: Vec::new(),
    }
}

pub(super) fn print(text: &str) -> Print {
    Print { length: text.len(), digest: text.bytes().map(u64::from).sum() }
}

pub(super) fn service_facts(text: &str) -> ServiceFacts {
    let required =
        Required { name: "SECRET".into(), given: Some(print("s3cret")), place: Some(".env:1".into()) };
    let seen = SeenEnv {
        pid: 4242,
        role: Role::Leader,
        after: Some(Duration::from_millis(3)),
        variables: [("SECRET".to_owned(), print("s3cret"))].into(),
        overwritten: false,
    };
    ServiceFacts {
        now: service(text),
        env: EnvFacts { required: vec![required], seen: vec![seen], refused: None },
        health: Asked::Well("GET /health".into()),
        port: Some(PortFacts {
            port: port(8000),
            any_owner: false,
            listeners: Ok(vec![("127.0.0.1:8000".parse().unwrap(), Party::Service(name(text)))]),
        }),
        addresses: Vec::new(),
    }
}

/// A stack of these services, all well.
pub(super) fn facts(services: Vec<ServiceFacts>) -> Facts {
    Facts {
        snapshot: StackSnapshot {
            identity: Identity {
                stack: "notes".into(),
                folder: "/notes".into(),
                pid: 1,
                run: RunId::from_bits(1),
                started_at: UnixMillis(0),
            },
            version: 1,
            shutting_down: false,
            services: services.iter().map(|service| service.now.clone()).collect(),
        },
        coming: Coming::Up,
        services,
        notices: Vec::new(),
        log: LogFacts::default(),
        remains: Some(Remains::default()),
    }
}
