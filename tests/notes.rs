//! examples/notes through the real binary: three real services that find one another wherever they are, and two users.
//!
//! Runs where `scripts/setup-example` has installed what the example needs and PORTOLAN_E2E_NOTES says so, as
//! `scripts/test` does; 20 rounds with PORTOLAN_SOAK.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod notes_example;
mod stack_support;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};

use notes_example::is_skipped;
use rustix::process::Signal;
use stack_support::{PATIENCE, Workspace, send, wait_until};

const SERVICES: [&str; 3] = ["auth", "backend", "frontend"];

/// What the three services would rather have.
const PREFERRED: [u16; 3] = [8081, 8000, 3000];

#[test]
fn two_users_find_their_way_through_the_example() {
    if is_skipped("examples/notes end to end") {
        return;
    }
    let checkout = Checkout::new();
    let launcher = checkout.up();
    checkout.walk();
    checkout.end(launcher);
}

#[test]
fn the_example_works_where_strangers_have_all_of_its_ports() {
    if is_skipped("examples/notes end to end") {
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
    if is_skipped("examples/notes end to end") {
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
        notes_example::copy_to(workspace.project());
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
        let journey = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/notes-journey"))
            .args(urls)
            .output()
            .unwrap();
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

fn rounds() -> u32 {
    if std::env::var_os("PORTOLAN_SOAK").is_some() { 20 } else { 1 }
}
