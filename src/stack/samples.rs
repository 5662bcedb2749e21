//! Small specifications for tests of the heart.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::{
    Clock, CommandLine, ConsoleSpec, EnvFileSpec, Identity, Need, Origin, PortSpec, RestartSpec, RunId, Runs,
    ServiceName, ServiceSpec, Stack, StackSnapshot, StackSpec, StopSpec, UnixMillis, Until,
};

/// A stack of these services.
pub(crate) fn stack(services: Vec<ServiceSpec>) -> StackSpec {
    StackSpec {
        name: "sample".into(),
        file: "/sample/portolan.toml".into(),
        env_files: Vec::<EnvFileSpec>::new(),
        env_rules: Default::default(),
        services,
        console: ConsoleSpec::default(),
    }
}

/// A run of the sample stack.
pub(crate) fn identity(started_at: UnixMillis) -> Identity {
    Identity {
        stack: "sample".into(),
        folder: "/sample".into(),
        pid: 1,
        run: RunId::from_bits(1),
        started_at,
    }
}

/// A stack as it begins at that time, before anything of it was started.
#[expect(clippy::disallowed_methods, reason = "any instant will do, and only a clock makes one")]
pub(crate) fn snapshot(stack: StackSpec, wall: UnixMillis) -> StackSnapshot {
    let clock = Clock { instant: Instant::now(), wall };
    Stack::new(Arc::new(stack), clock.instant).snapshot(identity(wall), 1, &clock)
}

/// A local service without port, probe or needs.
pub(crate) fn service(name: &str) -> ServiceSpec {
    ServiceSpec {
        name: self::name(name),
        origin: Origin { file: Path::new("/sample/portolan.toml").into(), line: 1, column: 1 },
        runs: Runs::Command(CommandLine::Words(vec!["run".into()])),
        disabled: false,
        directory: "/sample".into(),
        prepare: Vec::new(),
        port: None,
        url: None,
        health: None,
        needs: Vec::new(),
        references: Vec::new(),
        env: Vec::new(),
        env_files: Vec::new(),
        restart: RestartSpec::default(),
        stop: StopSpec::default(),
        tty: false,
        profiles: Vec::new(),
    }
}

/// A port of a range.
pub(crate) fn port(range: &str) -> PortSpec {
    let range: super::PortRange = range.parse().expect("a sample range is well formed");
    PortSpec {
        prefer: Some(range.first()),
        range: Some(range),
        env: "PORT".into(),
        conflict: Default::default(),
        reserve: Default::default(),
        owner: Default::default(),
    }
}

/// A need of `service`, healthy within a minute.
pub(crate) fn need(service: &str) -> Need {
    Need {
        service: name(service),
        until: Until::Healthy,
        timeout: std::time::Duration::from_secs(60),
        fallback: None,
        restart: false,
    }
}

/// A checked name.
pub(crate) fn name(text: &str) -> ServiceName {
    ServiceName::new(text).expect("a sample name is well formed")
}
