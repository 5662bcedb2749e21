//! The control API, asked by a client that is not ours: curl over the Unix socket.
#![expect(clippy::disallowed_methods, reason = "a client of its own is a process of its own")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Project, started, until};

const STACK: &str = "[services.db]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n\
                     [services.api]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\nneeds = ['db']\n";

/// What curl prints and the status that it saw; `None` where there is no curl.
fn curl(socket: &Path, path: &str, arguments: &[&str]) -> Option<(String, u16)> {
    let output = Command::new("curl")
        .args(["-sS", "-w", "\n%{http_code}", "--unix-socket"])
        .arg(socket)
        .args(arguments)
        .arg(format!("http://portolan{path}"))
        .output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: the control API asked by curl: there is no curl here");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    Some((body.to_owned(), status.parse().unwrap()))
}

fn states(snapshot: &Value) -> Vec<&str> {
    snapshot["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| service["state"].as_str().unwrap())
        .collect()
}

fn until_healthy(socket: &Path) -> Option<Value> {
    let (first, _) = curl(socket, "/v1/snapshot", &[])?;
    let mut snapshot: Value = serde_json::from_str(&first).unwrap();
    while states(&snapshot) != ["healthy", "healthy"] {
        let (newer, status) = curl(socket, &format!("/v1/snapshot?after={}", snapshot["version"]), &[])?;
        assert_eq!(status, 200);
        snapshot = serde_json::from_str(&newer).unwrap();
    }
    Some(snapshot)
}

#[test]
fn a_foreign_client_reads_and_steers_the_stack() {
    let (project, runtime) = (Project::new(STACK), tempfile::tempdir().unwrap());
    let (mut up, socket) = started(&project, runtime.path());
    let Some(before) = until_healthy(&socket) else { return };
    let order = json!({ "command": "restart", "services": ["db"] }).to_string();
    let post = ["-X", "POST", "-H", "content-type: application/json", "-d"];
    let (answer, status) = curl(&socket, "/v1/commands", &[&post[..], &[&order]].concat()).unwrap();
    assert_eq!((answer.as_str(), status), (r#"{"services":["db"],"port":null}"#, 200));
    until("db has run anew", || {
        let now = until_healthy(&socket)?;
        (now["services"][0]["epoch"] == 2).then_some(())
    });
    assert_eq!(before["services"][0]["epoch"], 1);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn refusals_and_wrong_calls_are_told_apart() {
    let (project, runtime) = (Project::new(STACK), tempfile::tempdir().unwrap());
    let (mut up, socket) = started(&project, runtime.path());
    let post = |body: &str| {
        let arguments = ["-X", "POST", "-H", "content-type: application/json", "-d", body];
        curl(&socket, "/v1/commands", &arguments)
    };
    let Some((refusal, status)) = post(r#"{"command":"stop","services":["ghost"]}"#) else { return };
    assert_eq!(status, 409, "{refusal}");
    assert!(refusal.contains("unknown_service"), "{refusal}");
    assert_eq!(post(r#"{"command":"explode"}"#).unwrap().1, 422);
    assert_eq!(post("{").unwrap().1, 400);
    assert_eq!(curl(&socket, "/v1/nothing", &[]).unwrap().1, 404);
    assert_eq!(curl(&socket, "/v1/services/ghost/why", &[]).unwrap().1, 409);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn events_resume_after_a_number_and_end_with_the_stack() {
    let (project, runtime) = (Project::new(STACK), tempfile::tempdir().unwrap());
    let (mut up, socket) = started(&project, runtime.path());
    if until_healthy(&socket).is_none() {
        return;
    }
    let mut reader = Command::new("curl")
        .args(["-sSN", "--unix-socket", &socket.to_string_lossy(), "http://portolan/v1/events?after=2"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(reader.stdout.take().unwrap()).lines();
    let mut text = lines.next().unwrap().unwrap();
    assert_eq!(up.interrupt(), 130);
    // A reader must neither miss the end nor hold it up.
    for line in lines {
        text.push('\n');
        text.push_str(&line.unwrap());
    }
    reader.wait().unwrap();
    assert!(text.ends_with(r#""from":"stopping","to":"stopped"}"#), "{text}");
    let seqs: Vec<u64> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert!(seqs.len() > 3 && seqs.iter().copied().eq(3..3 + seqs.len() as u64), "{seqs:?}");
}
