//! kill -9 of the launcher, its guardian or both, at any moment: what is left, and what the next start makes of it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod stack_support;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use portolan::services::process::{ProcessRef, descendant_pids};
use rustix::process::Signal;
use serde_json::Value;
use stack_support::{PATIENCE, Workspace, describe, send, wait_until};

/// Nothing lives this long after the launcher's death.
const CONTRACT: Duration = Duration::from_secs(2);

/// The services that listen, in the order of their start.
const SERVICES: [&str; 5] = ["forker", "daemons", "stubborn", "prepared", "top"];

/// The longest that a start and a stop take on a quiet machine, in milliseconds.
const START_SPAN: u64 = 900;
const STOP_SPAN: u64 = 700;

/// A stack in which every kind of process that is hard to end has a place.
struct Stack {
    workspace: Workspace,
    /// Every service's port is one of these.
    ports: Vec<u16>,
}

impl Stack {
    fn new() -> Self {
        let workspace = Workspace::new();
        let binary = Path::new(env!("CARGO_BIN_EXE_portolan"));
        let fixture = binary.parent().unwrap().join("examples/fixture");
        assert!(fixture.exists(), "{} is missing: `cargo build --examples` makes it", fixture.display());
        let ports = free_block();
        let toml = include_str!("corpus/kill.toml")
            .replace("FIXTURE", fixture.to_str().unwrap())
            .replace("END", &ports.last().unwrap().to_string());
        let toml = (0..SERVICES.len())
            .fold(toml, |toml, place| toml.replace(&format!("PORT{place}"), &ports[place].to_string()));
        fs::write(workspace.project().join("portolan.toml"), toml).unwrap();
        Self { workspace, ports }
    }

    fn up(&self) -> Launcher<'_> {
        Launcher { child: self.workspace.start(&["up"]), stack: self }
    }

    /// A stack that is up and healthy.
    fn healthy(&self) -> Launcher<'_> {
        let launcher = self.up();
        self.workspace.succeed(&["wait", "--timeout", "60s"]);
        launcher
    }

    fn pid_of(&self, service: &str) -> u64 {
        let record = self.workspace.record(service).unwrap_or_else(|| panic!("{service} has a record"));
        record["pid"].as_u64().unwrap()
    }

    /// Two seconds after the death: no process, no lease, no listener.
    fn assert_nothing_left(&self, started: &[ProcessRef]) {
        let left = || -> Vec<String> {
            let daemons = ["marked.pid", "clean.pid"].map(|file| self.workspace.project().join(file));
            let daemons =
                daemons.iter().filter_map(|file| fs::read_to_string(file).ok()?.parse::<u32>().ok());
            let daemons = daemons.filter(|pid| describe(*pid).contains("fixture"));
            let started = started.iter().filter(|process| process.is_current()).map(|process| process.pid);
            let living = self.workspace.living().into_iter().map(|process| process.pid);
            let mut left: Vec<String> = living.chain(started).chain(daemons).map(describe).collect();
            let taken = |port: &&u16| TcpListener::bind((Ipv4Addr::LOCALHOST, **port)).is_err();
            left.extend(self.ports.iter().filter(taken).map(|port| format!("port {port}")));
            left
        };
        let gone = wait_until(CONTRACT, || left().is_empty().then_some(()));
        assert!(gone.is_some(), "left: {:#?}\nup said:\n{}", left(), self.workspace.said());
        assert_eq!(self.workspace.leases(), [0; 0], "no lease is held");
    }

    /// The next start gets everything healthy and believes nothing that the last one left; then it ends clean.
    fn assert_next_start_works(&self) {
        self.workspace.succeed(&["up", "--detach"]);
        let table: Value = serde_json::from_str(&self.workspace.succeed(&["ps", "--json"])).unwrap();
        for row in table["services"].as_array().unwrap() {
            assert_eq!(row["state"], "healthy", "{row}");
            let record = self.workspace.record(row["name"].as_str().unwrap()).unwrap();
            assert_eq!(
                (&record["pid"], &record["port"]),
                (&row["pid"], &row["port"]),
                "the record is of this run"
            );
        }
        self.workspace.succeed(&["down"]);
        self.workspace.await_nothing_left(PATIENCE);
        assert!(
            !self.workspace.project().join(".service_discovery").exists(),
            "a clean end leaves no record"
        );
    }
}

/// A foreground `portolan up`.
struct Launcher<'a> {
    child: Child,
    stack: &'a Stack,
}

impl Launcher<'_> {
    /// Everything that descends from it now.
    fn started(&self) -> Vec<ProcessRef> {
        let own = self.child.id();
        descendant_pids(own).into_iter().filter(|pid| *pid != own).filter_map(ProcessRef::of).collect()
    }

    fn guardian(&self) -> Option<ProcessRef> {
        self.started().into_iter().find(|process| name_of(process.pid) == "harbour-guard")
    }

    /// kill -9, and nothing of it is left.
    fn kill(mut self) {
        let started = self.started();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.stack.assert_nothing_left(&started);
    }

    /// Waits for its end by itself; nothing of it is left.
    fn end(mut self) -> Option<i32> {
        let started = self.started();
        let status = wait_until(PATIENCE, || self.child.try_wait().unwrap()).expect("it ends");
        assert!(started.iter().all(|process| !process.is_current()), "what it started ended before it");
        self.stack.assert_nothing_left(&started);
        status.code()
    }
}

impl Drop for Launcher<'_> {
    fn drop(&mut self) {
        // Only after a failed test does it still live; the rest is ended with the workspace.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_launcher_killed_at_random_moments_leaves_nothing_and_the_next_start_works() {
    let rounds = if std::env::var_os("PORTOLAN_SOAK").is_some() { 100 } else { 5 };
    let seed = match std::env::var("PORTOLAN_KILL_SEED") {
        Ok(seed) => seed.parse().expect("PORTOLAN_KILL_SEED is a number"),
        Err(_) => getrandom::u64().unwrap(),
    };
    println!("PORTOLAN_KILL_SEED={seed} makes the same moments again");
    let mut dice = Dice { state: seed };
    let stack = Stack::new();
    for round in 1..=rounds {
        let (launcher, moment) = at_random_moment(&stack, &mut dice, round);
        println!("round {round} of {rounds}: {moment}");
        launcher.kill();
        stack.assert_next_start_works();
    }
}

/// A launcher in the midst of its start, its run or its stop, each in turn.
fn at_random_moment<'a>(stack: &'a Stack, dice: &mut Dice, round: u32) -> (Launcher<'a>, String) {
    let (launcher, deed, span) = match round % 3 {
        1 => (stack.up(), "start".to_owned(), START_SPAN),
        2 => {
            let launcher = stack.healthy();
            let service = SERVICES[dice.below(SERVICES.len() as u64) as usize];
            let verb = ["ps", "restart", "reassign", "stop"][dice.below(4) as usize];
            let arguments = if verb == "ps" { vec![verb] } else { vec![verb, service] };
            // It ends by itself, with the launcher if not before.
            drop(stack.workspace.portolan(&arguments).stdout(std::process::Stdio::null()).spawn().unwrap());
            (launcher, arguments.join(" "), STOP_SPAN)
        }
        _ => {
            let launcher = stack.healthy();
            let signal = [Signal::INT, Signal::TERM, Signal::HUP][dice.below(3) as usize];
            send(launcher.child.id(), signal);
            (launcher, format!("{signal:?}"), STOP_SPAN)
        }
    };
    let pause = dice.below(span);
    sleep(Duration::from_millis(pause));
    (launcher, format!("{pause} ms after {deed}"))
}

#[test]
fn the_records_of_a_killed_launcher_are_swept_by_the_next_and_not_believed() {
    let stack = Stack::new();
    stack.healthy().kill();
    let stale = stack.workspace.record("top").expect("a killed launcher cannot remove its records");
    assert_eq!(stale["state"], "healthy");
    fs::write(stack.workspace.project().join(".service_discovery/.half.tmp"), "{").unwrap();

    let table: Value = serde_json::from_str(&stack.workspace.succeed(&["ps", "--json"])).unwrap();
    let states: Vec<_> = table["services"].as_array().unwrap().iter().map(|row| &row["state"]).collect();
    assert!(states.iter().all(|state| *state == "stopped"), "{states:?}");
    let waiting = stack.workspace.portolan(&["wait", "--timeout", "100ms"]).output().unwrap();
    assert_eq!(waiting.status.code(), Some(1), "a dead stack is not healthy");

    stack.workspace.succeed(&["up", "--detach", "forker"]);
    let folder = fs::read_dir(stack.workspace.project().join(".service_discovery")).unwrap();
    let names: Vec<_> = folder.flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names, ["forker.json"], "only what runs now has a record");
    stack.workspace.succeed(&["down"]);
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn a_killed_guardian_is_replaced_and_the_stack_goes_on() {
    let stack = Stack::new();
    let launcher = stack.healthy();
    let pids = SERVICES.map(|service| stack.pid_of(service));
    for _ in 0..3 {
        let guardian = launcher.guardian().expect("a stack that runs has a guardian");
        send(guardian.pid, Signal::KILL);
        let next = wait_until(PATIENCE, || launcher.guardian().filter(|next| *next != guardian));
        assert!(next.is_some(), "there is another guardian");
    }
    stack.workspace.succeed(&["wait", "--timeout", "60s"]);
    assert_eq!(SERVICES.map(|service| stack.pid_of(service)), pids, "no service was touched");
    launcher.kill();
}

#[test]
fn pkill_by_our_name_finds_the_launcher_alone() {
    let stack = Stack::new();
    let launcher = stack.healthy();
    let guardian = launcher.guardian().unwrap();
    assert!(name_of(launcher.child.id()).contains("portolan"));
    for process in launcher.started() {
        assert!(!name_of(process.pid).contains("portolan"), "{}", describe(process.pid));
    }
    // With -f, pkill looks at the whole command line.
    assert!(!describe(guardian.pid).contains("portolan"));
    launcher.kill();
}

#[test]
fn launcher_and_guardian_killed_at_once_take_the_services_with_them() {
    let stack = Stack::new();
    let mut launcher = stack.healthy();
    let leaders = ["forker", "daemons", "prepared", "top"].map(|service| stack.pid_of(service));
    let leaders: Vec<_> =
        leaders.iter().filter_map(|pid| ProcessRef::of(u32::try_from(*pid).ok()?)).collect();
    assert_eq!(leaders.len(), 4);
    let guardian = launcher.guardian().unwrap();
    // Stopped, neither can act between the two kills.
    send(launcher.child.id(), Signal::STOP);
    send(guardian.pid, Signal::STOP);
    send(guardian.pid, Signal::KILL);
    launcher.child.kill().unwrap();
    launcher.child.wait().unwrap();
    let gone = wait_until(CONTRACT, || leaders.iter().all(|leader| !leader.is_current()).then_some(()));
    assert!(gone.is_some(), "{:?}", leaders.iter().map(|leader| describe(leader.pid)).collect::<Vec<_>>());
    assert_eq!(stack.workspace.leases(), [0; 0]);
    // What ignores SIGTERM or left its parent is out of reach by then; the next start has to manage beside it.
    stack.workspace.succeed(&["up", "--detach"]);
    stack.workspace.succeed(&["wait"]);
    stack.workspace.succeed(&["down"]);
}

#[test]
fn a_stopped_launcher_that_is_killed_leaves_nothing() {
    let stack = Stack::new();
    let launcher = stack.healthy();
    send(launcher.child.id(), Signal::STOP);
    launcher.kill();
    stack.assert_next_start_works();
}

#[test]
fn a_killed_daemon_leaves_nothing() {
    let stack = Stack::new();
    stack.workspace.succeed(&["up", "--detach"]);
    let table: Value = serde_json::from_str(&stack.workspace.succeed(&["ps", "--json"])).unwrap();
    let daemon = u32::try_from(table["pid"].as_u64().unwrap()).unwrap();
    let started: Vec<_> = descendant_pids(daemon).into_iter().filter_map(ProcessRef::of).collect();
    assert!(started.len() > SERVICES.len());
    send(daemon, Signal::KILL);
    stack.assert_nothing_left(&started);
    stack.assert_next_start_works();
}

#[test]
fn a_closed_terminal_ends_the_stack_cleanly() {
    let stack = Stack::new();
    let terminal = Terminal::open();
    let mut command = stack.workspace.portolan(&["up"]);
    command.stdin(terminal.line()).stdout(terminal.line()).stderr(terminal.line());
    let launcher = Launcher { child: command.spawn().unwrap(), stack: &stack };
    // It holds the terminal's line as long as it lives.
    drop(command);
    stack.workspace.succeed(&["wait", "--timeout", "60s"]);
    // As the kernel does when a terminal goes: the signal, and errors for whoever still writes.
    drop(terminal);
    send(launcher.child.id(), Signal::HUP);
    assert_eq!(launcher.end(), Some(129));
    assert!(!stack.workspace.project().join(".service_discovery").exists(), "it removed its records");
}

/// A pseudo-terminal; dropping it hangs up.
struct Terminal {
    host: std::os::fd::OwnedFd,
}

impl Terminal {
    fn open() -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, unlockpt};
        let host = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&host).unwrap();
        unlockpt(&host).unwrap();
        Self { host }
    }

    /// The end that a program gets.
    fn line(&self) -> fs::File {
        let name = rustix::pty::ptsname(&self.host, Vec::new()).unwrap();
        // A test that leads a session must not get it as its own terminal.
        fs::File::options()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NOCTTY)
            .open(name.to_str().unwrap())
            .unwrap()
    }
}

/// The name by which `pkill` finds a process.
fn name_of(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}

/// Ten neighbouring ports that are free and that the kernel gives to nobody by itself.
fn free_block() -> Vec<u16> {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok();
    let first = std::iter::from_fn(|| Some(10_000 + (getrandom::u32().ok()? % 2000) as u16 * 10));
    let mut blocks = first.map(|first| (first..first + 10).collect::<Vec<u16>>());
    blocks.find(|block| block.iter().all(is_free)).unwrap()
}

/// Random numbers that a seed makes again (SplitMix64).
struct Dice {
    state: u64,
}

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % limit
    }
}
