//! What the tests of whole stacks share: a folder of their own, the real binary at work in it, and the search for
//! whatever is left of it.
//!
//! Every process that a stack starts carries the folder's mark in its environment or works in the folder, so that
//! nothing can be left behind, even when an assertion fails half-way.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use portolan::services::process::ProcessRef;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take that only has to happen at last, on a busy machine too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The variable with the folder's mark.
const MARK: &str = "STACK_TEST_MARK";

/// A folder with a portolan.toml and a state folder of its own; everything started in it ends with it.
pub(crate) struct Workspace {
    top: TempDir,
    project: PathBuf,
}

impl Workspace {
    /// An empty one; the project's files belong in [`project`](Self::project).
    pub(crate) fn new() -> Self {
        let top = TempDir::new().unwrap();
        // As the launcher and /proc tell it.
        let project = top.path().canonicalize().unwrap().join("project");
        fs::create_dir(&project).unwrap();
        Self { top, project }
    }

    /// The folder of portolan.toml, canonical.
    pub(crate) fn project(&self) -> &Path {
        &self.project
    }

    /// The real binary, to be run in the project with a state folder of its own.
    #[expect(clippy::disallowed_methods, reason = "the binary under test")]
    pub(crate) fn portolan(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
        let foreign = std::env::vars_os().map(|(name, _)| name);
        for name in foreign.filter(|name| name.to_string_lossy().starts_with("PORTOLAN_")) {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(&self.project).stdin(Stdio::null());
        command.env("PORTOLAN_STATE_DIR", self.top.path().join("state")).env(MARK, self.top.path());
        command
    }

    /// Starts it and leaves it running; what it says goes to a file, see [`said`](Self::said).
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let said = File::create(self.top.path().join("said")).unwrap();
        self.portolan(arguments).stdout(said.try_clone().unwrap()).stderr(said).spawn().unwrap()
    }

    /// What the last started one has said so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.top.path().join("said")).unwrap_or_default()
    }

    /// Runs it to its end, which has to be a good one.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.portolan(arguments).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "portolan {arguments:?}: {status}\n{out}{err}\nup said:\n{}", self.said());
        out.into_owned()
    }

    /// The discovery record of a service, if there is one.
    pub(crate) fn record(&self, service: &str) -> Option<Value> {
        let text = fs::read(self.project.join(format!(".service_discovery/{service}.json"))).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    /// The ports that the machine's registry says this project holds.
    pub(crate) fn leases(&self) -> Vec<u64> {
        let report: Value = serde_json::from_str(&self.succeed(&["ports", "--json"])).unwrap();
        let rows = report["ports"].as_array().unwrap().iter();
        let ours = rows.filter(|row| row["folder"].as_str() == self.project.to_str());
        ours.map(|row| row["port"].as_u64().unwrap()).collect()
    }

    /// Everything that lives and carries the mark or works in the folder.
    pub(crate) fn living(&self) -> Vec<ProcessRef> {
        let top = self.project.parent().unwrap();
        let mark = format!("{MARK}={}", self.top.path().display());
        let is_ours = |pid: &u32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
                || fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder.starts_with(top))
        };
        let pids = fs::read_dir("/proc").unwrap().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(is_ours).filter_map(ProcessRef::of).filter(|process| process.is_current()).collect()
    }

    /// Waits until nothing lives and no port is leased; says who is still there when `patience` is over.
    pub(crate) fn await_nothing_left(&self, patience: Duration) {
        let left =
            || (self.living().iter().map(|left| describe(left.pid)).collect::<Vec<_>>(), self.leases());
        let last = wait_until(patience, || {
            let left = left();
            (left.0.is_empty() && left.1.is_empty()).then_some(())
        });
        assert!(last.is_some(), "left after {patience:?}: {:?}\nup said:\n{}", left(), self.said());
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // Who is killed may have started another a moment before.
        let killed = wait_until(Duration::from_secs(5), || {
            let living = self.living();
            living.iter().for_each(|process| send(process.pid, Signal::KILL));
            living.is_empty().then_some(())
        });
        if killed.is_none() {
            eprintln!("not everything in {} could be killed", self.project.display());
        }
    }
}

/// Looks every few milliseconds, for at most `patience`, until `found` has something.
#[expect(clippy::disallowed_methods, reason = "a test's own deadline")]
pub(crate) fn wait_until<T>(patience: Duration, mut found: impl FnMut() -> Option<T>) -> Option<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return Some(found);
        }
        if begin.elapsed() >= patience {
            return None;
        }
        sleep(Duration::from_millis(5));
    }
}

/// Sends a signal to a process that may be gone.
pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).unwrap();
    let _ = kill_process(pid, signal);
}

/// A process in words, for messages.
pub(crate) fn describe(pid: u32) -> String {
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    format!("{pid} {}", String::from_utf8_lossy(&command).replace('\0', " "))
}
