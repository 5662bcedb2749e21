//! What is known of the shop beside its snapshot: description, measurements, ports, environment.

use std::path::Path;
use std::sync::Arc;

use crate::logs::FaultCount;
use crate::stack::{
    AddressField, AutomaticValue, EnvReport, EnvReportHidden, EnvReportVariable, EnvSource, EnvWarning,
    Epoch, Holder, Mode, NeedDescription, Origin, PortsReport, PortsRow, ProcessFacts, RecordField,
    RestartPolicy, ServiceDescription, ServiceSnapshot, ServiceVitals, StackDescription, StopSignal, Until,
    Usage, Vitals,
};
use crate::ui::facts::{Facts, ServiceHistory};

use super::NOW;
use super::stacks::{name, port};

/// Adds it.
pub(super) fn fill(facts: &mut Facts) {
    facts.description = Some(Arc::new(StackDescription {
        console: Default::default(),
        file: "/home/ada/shop/portolan.toml".into(),
        state_folder: "/home/ada/.local/state/portolan/shop".into(),
        run_folder: "/home/ada/.local/state/portolan/shop/runs/1".into(),
        services: facts.snapshot.services.iter().map(|service| described(service, facts)).collect(),
    }));
    measure(facts);
    for (service, errors, warnings) in [("worker", 2, 1), ("search", 2, 0), ("api", 0, 1)] {
        facts.faults.insert(name(service), FaultCount { errors, warnings, scanning: false });
    }
    facts.ports = Some(ports());
    facts.environment = Some(environment());
}

fn described(service: &ServiceSnapshot, facts: &Facts) -> ServiceDescription {
    let (command, folder, health) = match service.name.as_str() {
        "postgres" => {
            ("postgres -D data -p {port}", "", Some("accepts a connection, every 1s, up to 60s to start"))
        }
        "redis" => {
            ("redis-server --port {port}", "", Some("accepts a connection, every 1s, up to 60s to start"))
        }
        "migrate" => ("uv run alembic upgrade head", "api", None),
        "api" => (
            "uv run uvicorn app.main:app --port {port}",
            "api",
            Some("GET /health, every 2s, up to 60s to start"),
        ),
        "worker" => (
            "uv run celery -A app worker",
            "api",
            Some("`celery inspect ping` exits with 0, every 2s, up to 60s to start"),
        ),
        "search" => (
            "./bin/search --index data/products",
            "search",
            Some("GET /_health, every 2s, up to 60s to start"),
        ),
        "web" => ("pnpm dev --port {port}", "web", Some("GET /, every 2s, up to 60s to start")),
        _ => {
            ("mailpit --smtp 127.0.0.1:{port}", "", Some("listens on its port, every 2s, up to 60s to start"))
        }
    };
    let need = |service: &_| NeedDescription {
        service: Clone::clone(service),
        until: if *service == name("migrate") { Until::Completed } else { Until::Healthy },
        timeout_ms: 60_000,
        fallback: None,
        restart: false,
    };
    let others = facts.snapshot.services.iter();
    let readers = others.filter(|other| other.needs.contains(&service.name));
    ServiceDescription {
        name: service.name.clone(),
        mode: Mode::Local,
        command: Some(command.to_owned()),
        prepare: if service.name == name("api") { vec!["uv sync --frozen".to_owned()] } else { Vec::new() },
        directory: folder.into(),
        env_files: vec![".env".into(), ".env.local".into()],
        health: health.map(str::to_owned),
        preferred_port: service.preferred_port,
        ports: None,
        needs: service.needs.iter().map(need).collect(),
        readers: readers.map(|reader| reader.name.clone()).collect(),
        restart: if service.name == name("migrate") { RestartPolicy::No } else { RestartPolicy::OnFailure },
        restart_max: Some(2),
        stop_signal: StopSignal::Term,
        grace_ms: 10_000,
        tty: false,
        profiles: Vec::new(),
    }
}

fn measure(facts: &mut Facts) {
    let used = [
        ("postgres", 2.0, 88, [1.0, 2.0, 9.0, 3.0]),
        ("redis", 1.0, 12, [1.0, 0.5, 1.0, 0.5]),
        ("api", 12.0, 214, [3.0, 24.0, 31.0, 12.0]),
        ("worker", 31.0, 402, [10.0, 60.0, 88.0, 31.0]),
        ("mailer", 4.0, 61, [0.0, 1.0, 3.0, 4.0]),
    ];
    let mut vitals = Vitals { version: 14, at: NOW, services: Vec::new(), launcher: Usage::default() };
    vitals.launcher = Usage { cpu: Some(0.4), memory: Some(21 << 20), processes: Some(1) };
    for (service, cpu, megabytes, shape) in used {
        let usage = Usage { cpu: Some(cpu), memory: Some(megabytes << 20), processes: Some(2) };
        vitals.services.push(ServiceVitals { name: name(service), epoch: Epoch(1), usage });
        let mut history = ServiceHistory::default();
        for step in 0..48 {
            let value = shape[step / 4 % 4] + (step % 3) as f32;
            history.cpu.push((step > 2).then_some(value));
            history.memory.push((step > 2).then_some((megabytes << 20) as f32 * (20 + step) as f32 / 68.0));
            history.latency.push((step % 11 != 3).then_some(900.0 + value * 40.0));
        }
        facts.history.insert(name(service), history);
    }
    facts.vitals = Some(Arc::new(vitals));
}

fn ports() -> PortsReport {
    let row = |number: u16, stack: &str, folder: &str, service: &str| PortsRow {
        port: port(number),
        stack: stack.to_owned(),
        folder: folder.to_owned(),
        service: name(service).into(),
        pid: if stack == "shop" { 4100 } else { 2200 },
        since: NOW.0 - 13_000,
        listening: None,
        conflict: false,
        preferred: None,
        preferred_held_by: None,
    };
    let process = |pid: u32, command: &str, folder: &str| ProcessFacts {
        pid,
        command: command.to_owned(),
        folder: Some(folder.to_owned()),
        user: Some(1000),
    };
    let listens =
        |pid: u32, command: &str, folder: &str| Some(Holder::Process(process(pid, command, folder)));
    let (shop, notes) = ("/home/ada/shop", "/home/ada/work/clients/northwind/notes");
    PortsReport {
        schema: 1,
        ports: vec![
            PortsRow { listening: None, ..row(1025, "shop", shop, "mailer") },
            PortsRow {
                listening: listens(2210, "node server.js", "/home/ada/work/clients/northwind/notes/backend"),
                ..row(3000, "notes", notes, "backend")
            },
            PortsRow { ..row(5173, "shop", shop, "web") },
            PortsRow {
                listening: listens(2230, "node node_modules/.bin/vite --port 5174", notes),
                preferred: Some(port(5173)),
                preferred_held_by: None,
                ..row(5174, "notes", notes, "frontend")
            },
            PortsRow {
                listening: listens(4133, "postgres -D data -p 5433", shop),
                preferred: Some(port(5432)),
                preferred_held_by: Some(Holder::Process(process(
                    811,
                    "postgres -D /opt/homebrew/var/postgres",
                    "/opt/homebrew/var",
                ))),
                ..row(5433, "shop", shop, "postgres")
            },
            PortsRow {
                listening: listens(4179, "redis-server 127.0.0.1:6379", shop),
                ..row(6379, "shop", shop, "redis")
            },
            PortsRow {
                listening: listens(4100, "python -m uvicorn app.main:app --port 8000", "/home/ada/shop/api"),
                ..row(8000, "shop", shop, "api")
            },
            PortsRow {
                listening: listens(977, "java -jar elasticsearch.jar", "/srv/elastic"),
                conflict: true,
                ..row(9200, "shop", shop, "search")
            },
        ],
    }
}

fn environment() -> EnvReport {
    let toml = |line: u32| Origin { file: Path::new("/home/ada/shop/portolan.toml").into(), line, column: 1 };
    let file = |path: &str, line: u32| EnvSource::File { path: Path::new(path).into(), line };
    let record = |service: &str, field| RecordField { service: name(service), field };
    let variable = |name: &str, value: &str, source: EnvSource| EnvReportVariable {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        secret: false,
        source,
        hidden: Vec::new(),
    };
    let automatic = |what| EnvSource::Automatic { what };
    let mut variables = vec![
        EnvReportVariable {
            secret: true,
            hidden: vec![
                EnvReportHidden { source: file(".env", 3), value: "********".to_owned() },
                EnvReportHidden { source: EnvSource::Shell, value: "********".to_owned() },
            ],
            ..variable("API_KEY", "********", file(".env.local", 1))
        },
        variable(
            "DATABASE_URL",
            "postgres://shop:********@127.0.0.1:5433/shop?sslmode=disable&application_name=api",
            EnvSource::Toml {
                origin: toml(31),
                from: vec![record("postgres", AddressField::Host), record("postgres", AddressField::Port)],
            },
        ),
        EnvReportVariable {
            hidden: vec![EnvReportHidden { source: file(".env", 7), value: "false".to_owned() }],
            ..variable("DEBUG", "true", EnvSource::Set)
        },
        variable("FORCE_COLOR", "1", automatic(AutomaticValue::Color)),
        EnvReportVariable {
            hidden: vec![EnvReportHidden { source: file(".env", 2), value: "5000".to_owned() }],
            ..variable("PORT", "8000", automatic(AutomaticValue::Port))
        },
        variable("PORTOLAN_RUN", "01j8", automatic(AutomaticValue::RunId)),
        variable("PYTHONUNBUFFERED", "1", automatic(AutomaticValue::Unbuffered)),
        variable(
            "REDIS_URL",
            "redis://127.0.0.1:6379",
            EnvSource::Record(record("redis", AddressField::Url)),
        ),
        EnvReportVariable {
            value: None,
            ..variable("SEARCH_URL", "", EnvSource::Record(record("search", AddressField::Url)))
        },
        EnvReportVariable { secret: true, ..variable("SESSION_SECRET", "********", EnvSource::Generated) },
        variable("WORKERS", "2", EnvSource::Default { origin: toml(12) }),
    ];
    for (name, value) in
        [("HOME", "/home/ada"), ("LANG", "en_GB.UTF-8"), ("SHELL", "/bin/zsh"), ("USER", "ada")]
    {
        variables.push(variable(name, value, EnvSource::Shell));
    }
    variables.push(variable("PATH", &"/home/ada/.cargo/bin:/usr/local/bin:".repeat(4), EnvSource::Shell));
    variables.sort_by(|a, b| a.name.cmp(&b.name));
    let warnings = vec![EnvWarning {
        variable: "PORT".to_owned(),
        service: name("api"),
        source: file(".env", 2),
        reason: "is set in a file, and Portolan sets it".to_owned(),
        remedy: "take it out of .env: the value there is never used".to_owned(),
    }];
    EnvReport { service: name("api"), variables, warnings }
}
