//! The guardian: what is left of a run when its launcher is killed, and when the guardian is.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod process_support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use portolan::services::process::{ProcessRef, descendant_pids};
use process_support::{eventually, example, fresh_run, living, within};
use rustix::process::{Pid, Signal, kill_process};

/// Nothing lives this long after the launcher's death.
const CONTRACT: Duration = Duration::from_secs(2);

/// Four leaders, five children and two daemons, beside the guardian.
const PROCESSES: usize = 4 + 5 + 2;

struct MiniLauncher {
    child: Child,
    output: BufReader<ChildStdout>,
    guardian: ProcessRef,
}

impl MiniLauncher {
    async fn start() -> Self {
        let mut child = mini_launcher().spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let guardian = read_guardian(&mut output);
        assert_eq!(read_line(&mut output), "ready");
        Self { child, output, guardian }
    }

    /// Everything that it started, the guardian included, once all of it is up.
    async fn processes(&self) -> Vec<ProcessRef> {
        let launcher = self.child.id();
        eventually("the trees", || {
            let pids = descendant_pids(launcher);
            let found: Vec<_> =
                pids.iter().filter(|&&pid| pid != launcher).filter_map(|&pid| ProcessRef::of(pid)).collect();
            let daemons =
                found.iter().filter(|process| command_line(process.pid).ends_with("fixture\0sleep\0"));
            // The fixture is for a moment the middle of its own double fork: wait until only sleepers are left.
            (found.len() == PROCESSES + 1 && daemons.count() >= 7).then_some(found)
        })
        .await
    }

    fn signal(&self, signal: Signal) {
        send(self.child.id(), signal);
    }

    fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

impl Drop for MiniLauncher {
    fn drop(&mut self) {
        // Only after a failed test does it still live; the guardian then ends the rest.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn nothing_lives_two_seconds_after_the_launcher_is_killed() {
    let launcher = MiniLauncher::start().await;
    let processes = launcher.processes().await;
    assert!(processes.contains(&launcher.guardian));
    launcher.signal(Signal::KILL);
    within(CONTRACT, "all dead", || living(&processes).is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_launcher_killed_at_any_moment_of_its_start_leaves_nothing() {
    let mut kills = tokio::task::JoinSet::new();
    for moment in [0, 1, 2, 3, 5, 8, 13, 21] {
        kills.spawn(start_and_kill(Duration::from_millis(moment)));
    }
    while let Some(kill) = kills.join_next().await {
        kill.unwrap();
    }
}

async fn start_and_kill(moment: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let mut child = mini_launcher().env("TMPDIR", folder.path()).spawn().unwrap();
    tokio::time::sleep(moment).await;
    // A stopped launcher has no more children after we have looked.
    send(child.id(), Signal::STOP);
    let processes: Vec<_> =
        descendant_pids(child.id()).into_iter().skip(1).filter_map(ProcessRef::of).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    within(CONTRACT, "all dead", || {
        (living(&processes).is_empty() && in_folder(folder.path()).is_empty()).then_some(())
    })
    .await;
}

/// The processes that work in `folder`, as all that a launcher starts do in its temporary one.
fn in_folder(folder: &Path) -> Vec<ProcessRef> {
    let pids =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder))
        .filter_map(ProcessRef::of)
        .collect()
}

#[tokio::test]
async fn a_launcher_that_ends_without_a_word_leaves_nothing() {
    let mut launcher = MiniLauncher::start().await;
    let processes = launcher.processes().await;
    launcher.say("crash");
    within(CONTRACT, "all dead", || living(&processes).is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_launcher_that_ends_in_good_order_leaves_nothing_and_no_guardian() {
    let mut launcher = MiniLauncher::start().await;
    let processes = launcher.processes().await;
    launcher.say("quit");
    assert!(launcher.child.wait().unwrap().success());
    assert_eq!(living(&processes), []);
}

#[tokio::test]
async fn the_guardian_does_not_go_by_our_name() {
    let launcher = MiniLauncher::start().await;
    let pid = launcher.guardian.pid;
    let name = eventually("its name", || {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        (name != "exe\n").then_some(name)
    })
    .await;
    assert_eq!(name, "harbour-guard\n");
    assert_eq!(command_line(pid), "harbour-guard\0");
    assert_eq!(fs::read_link(format!("/proc/{pid}/cwd")).unwrap().to_str(), Some("/"));
    assert_eq!(fs::read(format!("/proc/{pid}/environ")).unwrap(), b"");
}

#[tokio::test]
async fn the_guardian_outlives_polite_signals() {
    let launcher = MiniLauncher::start().await;
    let processes = launcher.processes().await;
    for signal in [Signal::HUP, Signal::INT, Signal::TERM] {
        send(launcher.guardian.pid, signal);
    }
    launcher.signal(Signal::KILL);
    within(CONTRACT, "all dead", || living(&processes).is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_dead_guardian_is_replaced_and_its_successor_knows_everything() {
    let mut launcher = MiniLauncher::start().await;
    launcher.processes().await;
    send(launcher.guardian.pid, Signal::KILL);
    let successor = read_guardian(&mut launcher.output);
    assert_ne!(successor, launcher.guardian);
    let processes = launcher.processes().await;
    launcher.signal(Signal::KILL);
    within(CONTRACT, "all dead", || living(&processes).is_empty().then_some(())).await;
}

#[expect(clippy::disallowed_methods, reason = "the launcher under test is itself a process")]
fn mini_launcher() -> Command {
    let mut command = Command::new(example("mini_launcher"));
    command.arg(example("fixture")).arg(fresh_run().to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
}

fn command_line(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default()
}

fn read_guardian(output: &mut impl BufRead) -> ProcessRef {
    let line = read_line(output);
    let pid = line.strip_prefix("guardian ").unwrap_or_else(|| panic!("{line:?} names no guardian"));
    ProcessRef::of(pid.parse().unwrap()).unwrap()
}

fn read_line(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}
