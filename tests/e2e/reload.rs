//! `portolan reload`: a changed `.env` or portolan.toml reaches exactly the services whose values changed.

use crate::support::{Project, env_of, until};

const STACK: &str = r#"
[services.one]
command = "FIXTURE http"
port = {}
health = "/health"
env = { MINE = "{env.SHARED}" }
[services.two]
command = "FIXTURE http"
directory = "two"
port = {}
health = "/health"
[services.three]
command = "FIXTURE http"
port = {}
health = "/health"
"#;

fn started() -> (Project, crate::support::Up) {
    let project = Project::new(STACK);
    project.write(".env", "SHARED=1\n");
    project.write("two/.env", "OWN=1\n");
    let up = project.up_healthy(&[]);
    (project, up)
}

fn epochs(project: &Project) -> [u64; 3] {
    ["one", "two", "three"].map(|name| project.epoch(name))
}

#[test]
fn a_changed_file_of_one_service_restarts_that_one() {
    let (project, mut up) = started();
    let pids = ["one", "three"].map(|name| project.service(name)["pid"].clone());
    project.write("two/.env", "OWN=2\n");
    let done = project.ok(&["reload"]);
    assert!(done.out.contains("two: OWN"), "{done:?}");
    let anew =
        crate::support::in_time(|| (project.epoch("two") == 2 && project.is("two", "healthy")).then_some(()));
    assert!(anew.is_some(), "{done:?} {up:?} {}", project.ps());
    assert_eq!(env_of(project.port("two"), "OWN").unwrap(), "2");
    assert_eq!(epochs(&project), [1, 2, 1]);
    assert_eq!(["one", "three"].map(|name| project.service(name)["pid"].clone()), pids);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn what_concerns_only_the_console_restarts_nothing() {
    let (project, mut up) = started();
    let text = project.read("portolan.toml");
    project.write("portolan.toml", format!("[console]\ntheme = 'dark'\n[filters]\nx = 'y'\n{text}"));
    project.ok(&["reload"]);
    project.wait_well(&up);
    assert_eq!(epochs(&project), [1, 1, 1]);
    project.write("portolan.toml", format!("[filters]\nx = 'level:loud'\n{text}"));
    let done = project.run(&["reload"]);
    assert!(done.code != 0 && done.err.contains("the filter `x` cannot be read"), "{done:?}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn nothing_changed_restarts_nothing() {
    let (project, mut up) = started();
    project.write(".env", "# a comment\nSHARED=1\n");
    let done = project.ok(&["reload"]);
    assert_eq!(done.out, "nothing changed\n");
    project.wait_well(&up);
    assert_eq!(epochs(&project), [1, 1, 1]);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_changed_definition_restarts_that_service() {
    let (project, mut up) = started();
    project.configure(&STACK.replace(
        "[services.three]\ncommand = \"FIXTURE http\"",
        "[services.three]\ncommand = \"FIXTURE http --body new\"",
    ));
    let done = project.ok(&["reload", "--json"]);
    let changes = &done.json()["changes"];
    assert_eq!(changes[0]["service"], "three", "{done:?}");
    until("three is anew", || (project.epoch("three") == 2 && project.is("three", "healthy")).then_some(()));
    assert_eq!(epochs(&project), [1, 1, 2]);
    assert_eq!(crate::support::get(project.port("three"), "/health"), "new");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn added_services_start_and_removed_ones_end() {
    let (project, mut up) = started();
    let text = STACK.replace("services.three", "services.four");
    project.configure(&text);
    project.ok(&["reload"]);
    project.until_state("four", "healthy");
    until("three is gone", || {
        let ps = project.ps();
        (!ps.to_string().contains("\"three\"")).then_some(())
    });
    assert_eq!(project.record("three"), None);
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn a_reload_of_a_broken_configuration_is_refused_and_changes_nothing() {
    let (project, mut up) = started();
    project.configure(&STACK.replace("command", "comand"));
    let done = project.run(&["reload"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("comand") && done.err.contains("portolan.toml:3"), "{done:?}");
    assert_eq!(epochs(&project), [1, 1, 1]);
    assert!(project.is("one", "healthy"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn reload_without_a_running_stack_fails_with_1() {
    let project = Project::new(STACK);
    let done = project.run(&["reload"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("portolan up"), "{done:?}");
}
