//! The discovery records as a program that is not ours sees them, while a real stack rewrites one again and again.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod stack_support;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;
use stack_support::{PATIENCE, Workspace, send, wait_until};

const REWRITES: u32 = 200;

/// The keys of a record, as its contract has them.
const KEYS: [&str; 15] = [
    "schema",
    "stack",
    "service",
    "mode",
    "state",
    "host",
    "port",
    "url",
    "api_url",
    "ws_url",
    "health_endpoint",
    "health_url",
    "pid",
    "started_at",
    "timestamp",
];

/// Reads the record as fast as it can until its input ends, and fails at the first that is missing, torn or of
/// another form. The standard library of Python only, as a reader in a service would have it.
const READER: &str = r#"
import json, select, sys
path, keys = sys.argv[1], sys.argv[2].split()
reads, seen = 0, set()
print("reading", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    with open(path, encoding="utf-8") as file:
        record = json.load(file)
    if list(record) != keys:
        sys.exit(f"not the keys of the contract: {list(record)}")
    if record["state"] not in ("healthy", "unhealthy") or record["url"] != f"http://127.0.0.1:{record['port']}":
        sys.exit(f"neither the old nor the new record: {record}")
    reads += 1
    seen.add(record["timestamp"])
print(reads, len(seen), flush=True)
"#;

#[test]
fn a_foreign_reader_never_sees_a_torn_or_missing_record_during_200_rewrites() {
    let workspace = Workspace::new();
    let well = workspace.project().join("well");
    fs::write(&well, "").unwrap();
    let toml = r#"
        [services.auth]
        command = ["FIXTURE", "http"]
        port = "21000-31000"
        health = "/health"

        [services.backend]
        command = ["FIXTURE", "http"]
        port = "21000-31000"
        health = { exec = "test -e well", interval = "1ms", unhealthy_interval = "1ms", failures = 1 }
        "#;
    let fixture = Path::new(env!("CARGO_BIN_EXE_portolan")).parent().unwrap().join("examples/fixture");
    let toml = toml.replace("FIXTURE", fixture.to_str().unwrap());
    fs::write(workspace.project().join("portolan.toml"), toml).unwrap();
    let mut launcher = workspace.start(&["up"]);
    workspace.succeed(&["wait", "--timeout", "60s"]);
    check_values(&workspace.record("auth").unwrap());

    let reader = Reader::start(&workspace.project().join(".service_discovery/backend.json"));
    for rewrite in 0..REWRITES {
        let (state, outcome) = match rewrite % 2 {
            0 => ("unhealthy", fs::remove_file(&well)),
            _ => ("healthy", fs::write(&well, "")),
        };
        outcome.unwrap();
        let rewritten =
            wait_until(PATIENCE, || workspace.record("backend").filter(|record| record["state"] == state));
        assert!(rewritten.is_some(), "the record says {state}; up said:\n{}", workspace.said());
    }
    let (reads, seen) = reader.finish();
    println!("{reads} reads saw {seen} records of {REWRITES}");
    assert!(
        reads > u64::from(REWRITES) && seen > 1,
        "the reader kept up with nothing: {reads} reads, {seen} records"
    );

    send(launcher.id(), Signal::INT);
    launcher.wait().unwrap();
    workspace.await_nothing_left(PATIENCE);
    assert_eq!(workspace.record("backend"), None, "a stopped service has no record");
}

/// What each key of the record of a healthy http service holds.
fn check_values(record: &Value) {
    let keys: Vec<&String> = record.as_object().unwrap().keys().collect();
    let mut expected = KEYS;
    // serde_json's own maps are sorted.
    expected.sort_unstable();
    assert_eq!(keys, expected);
    let port = record["port"].as_u64().unwrap();
    assert_eq!(record["schema"], 1);
    assert_eq!((&record["service"], &record["mode"]), (&"auth".into(), &"local".into()));
    assert_eq!((&record["state"], &record["host"]), (&"healthy".into(), &"127.0.0.1".into()));
    assert_eq!(record["url"], format!("http://127.0.0.1:{port}"));
    assert_eq!(record["api_url"], record["url"]);
    assert_eq!(record["ws_url"], format!("ws://127.0.0.1:{port}/ws"));
    assert_eq!(record["health_endpoint"], "/health");
    assert_eq!(record["health_url"], format!("http://127.0.0.1:{port}/health"));
    assert!(record["pid"].is_u64());
    for time in ["started_at", "timestamp"] {
        let text = record[time].as_str().unwrap();
        // 2026-11-20T04:22:00.123Z
        assert!(text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.', "{time}: {text}");
    }
}

/// The reading program.
struct Reader {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Reader {
    #[expect(clippy::disallowed_methods, reason = "a program that is not ours")]
    fn start(record: &Path) -> Self {
        let mut command = Command::new("python3");
        command.args(["-c", READER]).arg(record).arg(KEYS.join(" "));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 runs");
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "reading\n");
        Self { child, output }
    }

    /// Ends it: how often it has read, and how many different records it has seen.
    fn finish(mut self) -> (u64, usize) {
        drop(self.child.stdin.take());
        let mut told = String::new();
        self.output.read_to_string(&mut told).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "the reader: {status}; its reason stands above");
        let (reads, seen) = told.trim().split_once(' ').unwrap();
        (reads.parse().unwrap(), seen.parse().unwrap())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Only after a failed test does it still live.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
