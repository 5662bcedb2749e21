//! Compose files. There may be no docker daemon, so what stays in containers is looked at and not started.

use portolan::stack::{CommandLine, Runs, ServiceName};

use crate::support::{Project, get};

use super::{hold, loads, sample, starts};

fn import(name: &str, file: &str) -> Project {
    let project = sample(name);
    let said = project.ok(&["import", file]);
    hold(name, &project, &said);
    project
}

fn command(project: &Project, service: &str) -> String {
    let loaded = loads(project);
    match &loaded.spec.service(&ServiceName::new(service).unwrap()).unwrap().runs {
        Runs::Command(CommandLine::Words(words)) => words.join(" "),
        other => panic!("{other:?}"),
    }
}

#[test]
fn images_stay_with_docker_compose() {
    let project = import("compose/postgres-go", "compose.yaml");
    assert_eq!(command(&project, "db"), "docker compose up --no-deps --no-log-prefix db");
    assert_eq!(command(&project, "backend"), "docker compose up --no-deps --no-log-prefix backend");
}

#[test]
fn code_with_a_plain_command_runs_here_unless_a_container_asks_for_it() {
    let project = import("compose/local-code", "docker-compose.yml");
    assert_eq!(command(&project, "api"), "python3 server.py {port}");
    // A job in a container needs it, and would not find it outside.
    assert_eq!(command(&project, "store"), "docker compose up --no-deps --no-log-prefix store");
}

#[test]
fn a_file_elsewhere_is_named_in_its_folder() {
    let project = import("compose/mixed", "infra/docker-compose.dev.yml");
    let migrate = "docker compose -f docker-compose.dev.yml up --no-deps --no-log-prefix --exit-code-from migrate migrate";
    assert_eq!(command(&project, "migrate"), migrate);
    let loaded = loads(&project);
    let db = loaded.spec.service(&ServiceName::new("db").unwrap()).unwrap();
    assert_eq!(db.directory, project.path("infra"));
    assert_eq!(db.port.as_ref().unwrap().env, "DB_PORT");
}

#[test]
fn a_stack_of_plain_commands_starts_without_docker() {
    let project = import("compose/plain", "compose.yml");
    starts(&project, |project| {
        assert_eq!(get(project.port("web"), "/"), "ok\n");
        assert!(project.is("api", "healthy"));
        let api = format!("API=http://127.0.0.1:{}/v1", project.port("api"));
        assert!(project.ok(&["env", "web"]).out.contains(&api));
    });
}
