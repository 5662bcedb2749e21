//! Discovery records on disk, as other programs read them.

use std::collections::BTreeSet;

use rustix::process::Signal;

use crate::support::{Project, alive, marked_processes, text_of, until};

const WEB: &str =
    "[stack]\nname = 'notes'\n[services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n";

/// The keys of the contract, no more and no fewer.
const KEYS: [&str; 15] = [
    "api_url",
    "health_endpoint",
    "health_url",
    "host",
    "mode",
    "pid",
    "port",
    "schema",
    "service",
    "started_at",
    "stack",
    "state",
    "timestamp",
    "url",
    "ws_url",
];

#[test]
fn a_record_has_exactly_the_keys_of_the_contract() {
    let project = Project::new(WEB);
    let mut up = project.up_healthy(&[]);
    let record = project.record("web").unwrap();
    let keys: BTreeSet<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(KEYS));
    let port = project.port("web");
    assert_eq!(record["schema"], 1);
    assert_eq!(record["stack"], "notes");
    assert_eq!(record["service"], "web");
    assert_eq!(record["mode"], "local");
    assert_eq!(record["state"], "healthy");
    assert_eq!(record["host"], "127.0.0.1");
    assert_eq!(record["port"], port);
    assert_eq!(record["url"], format!("http://127.0.0.1:{port}"));
    assert_eq!(record["api_url"], record["url"]);
    assert_eq!(record["ws_url"], format!("ws://127.0.0.1:{port}/ws"));
    assert_eq!(record["health_endpoint"], "/health");
    assert_eq!(record["health_url"], format!("http://127.0.0.1:{port}/health"));
    assert_eq!(record["pid"], project.service("web")["pid"]);
    for key in ["started_at", "timestamp"] {
        assert!(text_of(&record[key]).ends_with('Z'), "{record}");
    }
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_record_goes_when_its_service_stops_and_comes_back_with_it() {
    let project = Project::new(WEB);
    let mut up = project.up_healthy(&[]);
    project.ok(&["stop", "web"]);
    assert_eq!(project.record("web"), None);
    // A stack of which nothing runs any more has ended by itself.
    let _ = up.ended();
    let mut up = project.up_healthy(&[]);
    assert!(project.record("web").is_some());
    project.ok(&["down"]);
    assert_eq!(project.record("web"), None);
    assert_eq!(up.ended(), 0);
}

#[test]
fn a_record_follows_a_restart() {
    let project = Project::new(WEB);
    let mut up = project.up_healthy(&[]);
    let before = project.record("web").unwrap();
    project.ok(&["restart", "web"]);
    let after = project.record("web").unwrap();
    assert_ne!(before["pid"], after["pid"]);
    assert_eq!(before["port"], after["port"]);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_wildcard_is_recorded_as_loopback_and_said_to_be_wide() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE http --host 0.0.0.0'\nport = {}\nhealth = '/health'\n",
    );
    let mut up = project.up_healthy(&[]);
    assert_eq!(project.record("web").unwrap()["host"], "127.0.0.1");
    up.until_err("other machines can reach it");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn what_a_killed_launcher_left_is_swept_at_the_next_start() {
    let project = Project::new(&format!(
        "{WEB}[services.slow]\ncommand = 'FIXTURE http --delay 1000000'\nport = {{}}\nhealth = '/health'\n"
    ));
    let mut up = project.up(&[]);
    project.until_state("web", "healthy");
    let service = u32::try_from(project.service("web")["pid"].as_u64().unwrap()).unwrap();
    up.signal(Signal::KILL);
    assert_eq!(up.ended(), 137);
    until("the guardian has ended everything", || {
        (!alive(service) && marked_processes(&project.mark()).is_empty()).then_some(())
    });
    assert!(project.record("web").is_some(), "nobody was there to remove it");
    // A start that does not bring it up must not leave the old record to be believed.
    let mut up = project.up(&["slow"]);
    project.until_state("slow", "starting");
    assert_eq!(project.record("web"), None);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn what_is_no_record_is_left_alone() {
    let project = Project::new(WEB);
    project.write(".service_discovery/notes.txt", "mine");
    let mut up = project.up_healthy(&[]);
    assert_eq!(up.interrupt(), 130);
    assert_eq!(project.read(".service_discovery/notes.txt"), "mine");
}

#[test]
fn a_shared_service_has_a_record_with_its_address() {
    let project =
        Project::new(&format!("{WEB}[services.mail]\nmode = 'shared'\nurl = 'https://mail.example.com'\n"));
    let mut up = project.up_healthy(&[]);
    let record = project.record("mail").unwrap();
    assert_eq!(record["mode"], "shared");
    assert_eq!(record["url"], "https://mail.example.com");
    assert_eq!(record["pid"], serde_json::Value::Null);
    assert_eq!(up.interrupt(), 130);
    assert_eq!(project.record("mail"), None);
}
