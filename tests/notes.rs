//! examples/notes through the real binary: three real services that find one another wherever they are, and two users.
//!
//! Runs where `scripts/setup-example` has installed what the example needs and PORTOLAN_E2E_NOTES says so, as
//! `scripts/test` does; 20 rounds with PORTOLAN_SOAK.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod stack_support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::process::Signal;
use stack_support::{PATIENCE, Workspace, send, wait_until};

const SERVICES: [&str; 3] = ["auth", "backend", "frontend"];

/// What the three services would rather have.
const PREFERRED: [u16; 3] = [8081, 8000, 3000];

#[test]
fn two_users_find_their_way_through_the_example() {
    if is_skipped() {
        return;
    }
    let checkout = Checkout::new();
    let launcher = checkout.up();
    checkout.walk();
    checkout.end(launcher);
}

#[test]
fn the_example_works_where_strangers_have_all_of_its_ports() {
    if is_skipped() {
        return;
    }
    // If somebody else has one already, that is as good.
    let _strangers = PREFERRED.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    let checkout = Checkout::new();
    for _ in 0..rounds() {
        let launcher = checkout.up();
        let taken = checkout.ports();
        assert!(PREFERRED.iter().all(|port| !taken.contains(&u64::from(*port))), "{taken:?}");
        for port in PREFERRED {
            let told = format!("{port} is held by");
            assert!(checkout.workspace.said().contains(&told), "it says who has {port}");
        }
        checkout.walk();
        checkout.end(launcher);
    }
}

#[test]
fn two_checkouts_of_the_example_work_side_by_side() {
    if is_skipped() {
        return;
    }
    let checkouts = [Checkout::new(), Checkout::new()];
    for _ in 0..rounds() {
        // Both start at once and want the same ports.
        let launchers = checkouts.each_ref().map(Checkout::start);
        checkouts.iter().for_each(Checkout::await_health);
        let [first, second] = checkouts.each_ref().map(Checkout::ports);
        assert!(first.is_disjoint(&second), "{first:?} and {second:?}");
        checkouts.iter().for_each(Checkout::walk);
        for (checkout, launcher) in checkouts.iter().zip(launchers) {
            checkout.end(launcher);
        }
    }
}

/// A copy of the example, whose packages are those of the original.
struct Checkout {
    workspace: Workspace,
}

impl Checkout {
    fn new() -> Self {
        let workspace = Workspace::new();
        copy(&repository().join("examples/notes"), workspace.project());
        Self { workspace }
    }

    fn start(&self) -> Child {
        self.workspace.start(&["up"])
    }

    fn await_health(&self) {
        self.workspace.succeed(&["wait", "--timeout", "120s"]);
    }

    fn up(&self) -> Child {
        let launcher = self.start();
        self.await_health();
        launcher
    }

    /// A value of each service's record.
    fn recorded(&self, key: &str) -> Vec<serde_json::Value> {
        let value =
            |service| self.workspace.record(service).expect("a healthy service has a record")[key].clone();
        SERVICES.map(value).to_vec()
    }

    fn ports(&self) -> BTreeSet<u64> {
        self.recorded("port").iter().map(|port| port.as_u64().unwrap()).collect()
    }

    /// The journey of the two users, to the services where their records say that they are.
    #[expect(clippy::disallowed_methods, reason = "a program that is not ours")]
    fn walk(&self) {
        let urls = self.recorded("url");
        let urls = urls.iter().map(|url| url.as_str().unwrap());
        let journey = Command::new(repository().join("scripts/notes-journey")).args(urls).output().unwrap();
        let told = String::from_utf8_lossy(&journey.stdout);
        assert!(journey.status.success(), "{told}\nup said:\n{}", self.workspace.said());
    }

    /// Ctrl-C, and nothing lives.
    fn end(&self, mut launcher: Child) {
        send(launcher.id(), Signal::INT);
        let status = wait_until(PATIENCE, || launcher.try_wait().unwrap()).expect("it ends");
        assert_eq!(status.code(), Some(130), "{}", self.workspace.said());
        assert_eq!(self.workspace.living(), [], "it ended with all that it started");
        self.workspace.await_nothing_left(PATIENCE);
        assert!(self.workspace.record("auth").is_none(), "it removed its records");
    }
}

/// Whether there is no example to run, which is said in any case.
fn is_skipped() -> bool {
    let skipped = std::env::var_os("PORTOLAN_E2E_NOTES").is_none();
    if skipped {
        // Not a print macro: the test harness would keep that to itself.
        let _ = writeln!(
            io::stderr(),
            "SKIPPED examples/notes end to end: run scripts/setup-example, then set PORTOLAN_E2E_NOTES=1"
        );
    }
    skipped
}

fn rounds() -> u32 {
    if std::env::var_os("PORTOLAN_SOAK").is_some() { 20 } else { 1 }
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Copies a folder without what runs leave in it; installed packages are linked, not copied.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        match entry.file_name().to_str().unwrap() {
            "node_modules" | ".venv" => symlink(path, copied).unwrap(),
            ".service_discovery" | "__pycache__" => {}
            _ if path.is_dir() => copy(&path, &copied),
            _ => drop(fs::copy(path, copied).unwrap()),
        }
    }
}
