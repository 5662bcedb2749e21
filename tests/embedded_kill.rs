//! kill -9 of a launcher whose embedded backend is being written to: what was acknowledged is there after the next
//! start, the port comes free, and nothing is left running.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod stack_support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::process::Signal;
use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use stack_support::{PATIENCE, Workspace, send, wait_until};

const WRITERS: usize = 8;

const SECRET: &str = "a-secret-for-tests-0123456789abcdef";

#[test]
fn whatever_was_acknowledged_before_a_launcher_was_killed_is_there_after_the_next_start() {
    kill_and_count("");
}

#[test]
fn the_same_holds_where_tasks_are_kept_in_postgresql() {
    let Some(server) = std::env::var("PORTOLAN_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        // Past the test harness, which shows only what failed tests print.
        let _ = std::io::stderr()
            .write_all(b"SKIPPED PostgreSQL: PORTOLAN_TEST_POSTGRES does not name a server\n");
        return;
    };
    let name = format!("portolan_kill_{:016x}", getrandom::u64().unwrap());
    order(&server, &format!("CREATE DATABASE {name}"));
    let mut own: url::Url = server.parse().unwrap();
    own.set_path(&name);
    let counted = std::panic::catch_unwind(|| kill_and_count(own.as_str()));
    order(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
    if let Err(panic) = counted {
        std::panic::resume_unwind(panic);
    }
}

/// Has the server do one thing.
fn order(server: &str, statement: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// Kills launchers whose backend keeps its tasks there, in a file of its own if `database` is empty.
fn kill_and_count(database: &str) {
    let rounds = if std::env::var_os("PORTOLAN_SOAK").is_some() { 50 } else { 3 };
    let workspace = Workspace::new();
    let port = free_port();
    let toml = format!(
        "[stack]\nname = \"kill\"\n\n[services.backend]\nembedded = \"backend\"\nport = {port}\n\
         env = {{ BETTER_AUTH_SECRET = \"{SECRET}\", DATABASE_URL = \"{database}\", RATE_LIMIT = \"0\" }}\n"
    );
    fs::write(workspace.project().join("portolan.toml"), toml).unwrap();
    let acknowledged = Mutex::new(Acknowledged::default());
    for round in 1..=rounds {
        let launcher = up(&workspace);
        let before = count(&acknowledged);
        let enough = before + usize::from(getrandom::u32().unwrap() as u8);
        println!("round {round} of {rounds}: killed after {} more", enough - before);
        thread::scope(|threads| {
            for writer in 0..WRITERS {
                let acknowledged = &acknowledged;
                threads.spawn(move || write_until_the_end(port, &format!("{round}/{writer}"), acknowledged));
            }
            let busy = wait_until(PATIENCE, || (count(&acknowledged) > enough).then_some(()));
            // Before anything is asserted: only then do the writers end.
            send(launcher, Signal::KILL);
            assert!(busy.is_some(), "the backend was written to\nup said:\n{}", workspace.said());
        });
        let nothing_lives = wait_until(PATIENCE, || workspace.living().is_empty().then_some(()));
        assert!(nothing_lives.is_some(), "left: {:?}", workspace.living());
        let free = wait_until(PATIENCE, || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
        assert!(free.is_some(), "port {port} is still taken");
        drop(free);

        up(&workspace);
        let kept = Client::to(port).unwrap().all();
        let mut acknowledged = acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        acknowledged.assert_kept(&kept, round);
        // Whatever became of what was on its way, from now on it is so.
        acknowledged.uncertain.clear();
        let title = |task: Value| Some(task["title"].as_str().unwrap().to_owned());
        acknowledged.titles = kept.into_iter().map(|(id, task)| (id, title(task))).collect();
        workspace.succeed(&["down"]);
    }
    workspace.await_nothing_left(PATIENCE);
}

/// What the backend has acknowledged of each task: its title, or that it is gone.
#[derive(Default)]
struct Acknowledged {
    titles: BTreeMap<String, Option<String>>,
    /// Tasks of which a change was asked for and not answered.
    uncertain: Vec<String>,
    count: usize,
}

impl Acknowledged {
    fn assert_kept(&self, kept: &BTreeMap<String, Value>, round: usize) {
        for (id, title) in self.titles.iter().filter(|(id, _)| !self.uncertain.contains(id)) {
            let found = kept.get(id).map(|task| &task["title"]);
            assert_eq!(found.and_then(Value::as_str), title.as_deref(), "round {round}: task {id}");
        }
        // Of each writer one creation may have been made that nobody heard of.
        let known = kept.keys().filter(|id| self.titles.contains_key(*id)).count();
        assert!(kept.len() <= known + WRITERS, "round {round}: {} tasks came of nothing", kept.len() - known);
    }
}

fn count(acknowledged: &Mutex<Acknowledged>) -> usize {
    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).count
}

/// Makes, changes and removes tasks until the backend is gone.
fn write_until_the_end(port: u16, name: &str, acknowledged: &Mutex<Acknowledged>) {
    let told = |id: &str, title: Option<&str>| {
        let mut acknowledged = acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        acknowledged.uncertain.retain(|known| known != id);
        acknowledged.titles.insert(id.to_owned(), title.map(str::to_owned));
        acknowledged.count += 1;
    };
    let asking = |id: &str| {
        acknowledged.lock().unwrap_or_else(PoisonError::into_inner).uncertain.push(id.to_owned());
    };
    let Some(mut client) = Client::to(port) else { return };
    for turn in 0.. {
        let title = format!("{name}/{turn}");
        let Some(made) = client.ask("POST", "/api/tasks", &json!({ "title": title })) else { return };
        let task: Value = serde_json::from_str(&made.1).unwrap_or_else(|_| panic!("{made:?}"));
        assert_eq!(made.0, 201, "{task}");
        let id = task["id"].as_str().unwrap();
        told(id, Some(&title));
        let path = format!("/api/tasks/{id}");
        match turn % 3 {
            0 => {
                asking(id);
                let Some(changed) = client.ask("PATCH", &path, &json!({ "title": "changed" })) else {
                    return;
                };
                assert_eq!(changed.0, 200, "{}", changed.1);
                told(id, Some("changed"));
            }
            1 => {
                asking(id);
                let Some(removed) = client.ask("DELETE", &path, &json!(null)) else { return };
                assert_eq!(removed.0, 204, "{}", removed.1);
                told(id, None);
            }
            _ => {}
        }
    }
}

/// Starts the stack; the pid of its launcher.
fn up(workspace: &Workspace) -> u32 {
    let status = workspace.start(&["up", "--detach"]).wait().unwrap();
    assert!(status.success(), "{status}\n{}", workspace.said());
    workspace.succeed(&["wait", "--timeout", "60s"]);
    let pid = workspace.record("backend").expect("a record")["pid"].as_u64().unwrap();
    u32::try_from(pid).unwrap()
}

/// A port that is free and that the kernel gives to nobody by itself.
fn free_port() -> u16 {
    let port = || 10_000 + (getrandom::u32().unwrap() % 20_000) as u16;
    let mut ports = std::iter::repeat_with(port);
    ports.find(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok()).unwrap()
}

/// A client on one connection; everything is `None` as soon as that is gone.
struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    fn to(port: u16) -> Option<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let token = token();
        Some(Self { stream: BufReader::new(stream), token })
    }

    /// Status and body.
    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Option<(u16, String)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).ok()?;
        let mut line = String::new();
        self.stream.read_line(&mut line).ok()?;
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let mut length = 0;
        loop {
            line.clear();
            // A head that breaks off is no answer.
            if self.stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().ok()?;
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some((status, String::from_utf8(body).unwrap()))
    }

    /// All tasks by id.
    fn all(&mut self) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        for page in 1.. {
            let path = format!("/api/tasks?per_page=100&page={page}");
            let (status, body) = self.ask("GET", &path, &json!(null)).expect("an answer");
            assert_eq!(status, 200, "{body}");
            let tasks: Vec<Value> = serde_json::from_str(&body).unwrap();
            if tasks.is_empty() {
                break;
            }
            all.extend(tasks.into_iter().map(|task| (task["id"].as_str().unwrap().to_owned(), task)));
        }
        all
    }
}

/// A token of the shared secret; nobody says where the auth service is, so it needs no more.
fn token() -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let exp = jiff::Timestamp::now().as_second() + 3_600;
    let text = format!(
        "{}.{}",
        part(json!({ "alg": "HS256", "typ": "JWT" })),
        part(json!({ "sub": "ada", "exp": exp }))
    );
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, text.as_bytes()));
    format!("{text}.{signature}")
}
