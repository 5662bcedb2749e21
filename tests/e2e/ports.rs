//! Leased ports: sticky, visible, and moved on request with exactly those who were told of them.

use crate::support::{Project, Stranger, env_of, free_ports, text_of};

const STACK: &str = r#"
[services.auth]
command = "FIXTURE http"
port = {}
health = "/health"

[services.back]
command = "FIXTURE http"
port = {}
health = "/health"
needs = ["auth"]

[services.front]
command = "FIXTURE http"
port = {}
health = "/health"
needs = ["back"]
"#;

#[test]
fn a_second_start_gets_the_ports_of_the_first() {
    let project = Project::new(STACK);
    let mut up = project.up_healthy(&[]);
    let ports = ["auth", "back", "front"].map(|name| project.port(name));
    assert_eq!(up.interrupt(), 130);
    let mut up = project.up_healthy(&[]);
    assert_eq!(["auth", "back", "front"].map(|name| project.port(name)), ports);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn ports_shows_the_leases_with_who_listens() {
    let project = Project::new(STACK);
    let mut up = project.up_healthy(&[]);
    let report = project.ok(&["ports", "--json"]).json();
    assert_eq!(report["schema"], 1);
    let folder = project.folder().display().to_string();
    let rows = report["ports"].as_array().unwrap();
    let ours: Vec<_> = rows.iter().filter(|row| text_of(&row["folder"]) == folder).collect();
    assert_eq!(ours.len(), 3, "{report}");
    let auth = ours.iter().find(|row| row["port"] == project.port("auth")).unwrap();
    assert_eq!(auth["pid"], up.pid(), "{auth}");
    assert_eq!(auth["conflict"], false, "{auth}");
    assert!(auth.to_string().contains(&project.service("auth")["pid"].to_string()), "{auth}");
    assert!(project.ok(&["ports"]).out.contains(&folder));
    assert_eq!(up.interrupt(), 130);
    let report = project.ok(&["ports", "--json"]).json();
    let rows = report["ports"].as_array().unwrap();
    assert!(!rows.iter().any(|row| text_of(&row["folder"]) == folder), "leases are let go: {report}");
}

#[test]
fn reassign_restarts_exactly_those_who_were_told_the_port() {
    let project = Project::new(STACK);
    let mut up = project.up_healthy(&[]);
    let before = project.port("auth");
    let done = project.ok(&["reassign", "auth"]);
    let port = project.port("auth");
    assert_ne!(port, before);
    assert!(done.out.contains(&port.to_string()), "{done:?}");
    project.wait_well(&up);
    assert_eq!(["auth", "back", "front"].map(|name| project.epoch(name)), [2, 2, 1]);
    let told = env_of(project.port("back"), "AUTH_URL").unwrap();
    assert_eq!(told, format!("http://127.0.0.1:{port}"));
    assert_eq!(env_of(port, "PORT").unwrap(), port.to_string());
    assert_eq!(project.record("auth").unwrap()["port"], port);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn reassign_to_a_free_port_takes_that_one() {
    let project = Project::new(STACK);
    let mut up = project.up_healthy(&[]);
    let free = free_ports(1);
    project.ok(&["reassign", "front", "--to", &free.to_string()]);
    assert_eq!(project.port("front"), free);
    assert_eq!(["auth", "back", "front"].map(|name| project.epoch(name)), [1, 1, 2]);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn reassign_to_a_taken_port_is_refused_and_changes_nothing() {
    let project = Project::new(STACK);
    let mut up = project.up_healthy(&[]);
    let taken = free_ports(1);
    let _stranger = Stranger::on(taken);
    let before = project.port("auth");
    let done = project.run(&["reassign", "auth", "--to", &taken.to_string()]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains(&std::process::id().to_string()), "{done:?}");
    assert_eq!(project.port("auth"), before);
    assert_eq!(project.epoch("auth"), 1);
    assert!(project.is("auth", "healthy"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn reassign_of_an_unknown_service_or_port_is_a_wrong_call() {
    let project = Project::new(STACK);
    let mut up = project.up_healthy(&[]);
    for arguments in [
        &["reassign", "nobody"][..],
        &["reassign", "auth", "--to", "0"],
        &["reassign", "auth", "--to", "70000"],
    ] {
        let done = project.run(arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
    }
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn two_checkouts_run_side_by_side() {
    let first = free_ports(6);
    let toml = format!(
        r#"
[services.auth]
command = "FIXTURE http"
port = "{first}-{}"
health = "/health"
[services.back]
command = "FIXTURE http"
port = "{}-{}"
health = "/health"
needs = ["auth"]
"#,
        first + 2,
        first + 3,
        first + 5
    );
    let project = Project::new(&toml);
    let folder = project.checkout("other");
    let mut up = project.up_healthy(&[]);
    let mut other = crate::support::Up::start(&project, &folder, &["up"]);
    let waited = project.run_in(&folder, &["wait"]);
    assert_eq!(waited.code, 0, "{waited:?} {other:?}");
    let there = project.run_in(&folder, &["ps", "--json"]).json();
    let port = |index: usize| u16::try_from(there["services"][index]["port"].as_u64().unwrap()).unwrap();
    let (auth, back) = (port(0), port(1));
    assert!(auth != project.port("auth") && back != project.port("back"), "{there}");
    assert_eq!(env_of(back, "AUTH_URL").unwrap(), format!("http://127.0.0.1:{auth}"));
    let here = format!("http://127.0.0.1:{}", project.port("auth"));
    assert_eq!(env_of(project.port("back"), "AUTH_URL").unwrap(), here);
    assert_eq!(other.interrupt(), 130);
    assert!(project.is("back", "healthy"), "the end of one is nothing to the other");
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
}
