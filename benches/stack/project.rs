//! A stack of one's own to be measured: folder, portolan.toml, state and runtime folder; nothing of it stays.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::report::Outcome;

/// A folder with a portolan.toml.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// A launcher that is killed if the benchmark fails; its guardian then ends the services.
pub(crate) struct Launcher(pub(crate) Child);

impl Project {
    pub(crate) fn new(toml: &str) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("portolan.toml"), toml)?;
        let runtime = folder.path().join("runtime");
        fs::create_dir(&runtime)?;
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700))?;
        Ok(Self { folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The log folder of the one run.
    pub(crate) fn run_folder(&self) -> Outcome<PathBuf> {
        let stacks = self.path().join("state/stacks");
        let stack = fs::read_dir(stacks)?.flatten().find(|entry| entry.path().join("runs").is_dir());
        let runs = stack.ok_or("no state of the stack")?.path().join("runs");
        Ok(fs::read_dir(runs)?.flatten().next().ok_or("no run")?.path())
    }

    /// Forgets every run.
    pub(crate) fn clear(&self) -> Outcome<()> {
        Ok(fs::remove_dir_all(self.path().join("state"))?)
    }

    pub(crate) fn portolan(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
        command
            .args(words)
            .current_dir(self.path())
            .env("PORTOLAN_STATE_DIR", self.path().join("state"))
            .env("XDG_RUNTIME_DIR", self.path().join("runtime"))
            .stdin(Stdio::null());
        command
    }
}

impl Launcher {
    /// Ends the stack as Ctrl-C does, and waits.
    pub(crate) fn end(mut self) -> Outcome<()> {
        let pid = i32::try_from(self.0.id())?;
        let pid = rustix::process::Pid::from_raw(pid).ok_or("no pid")?;
        rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
        self.0.wait()?;
        // What ended leaves the machine busy for a moment.
        std::thread::sleep(Duration::from_millis(100));
        Ok(())
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program that stands for services, which `scripts/bench` builds.
pub(crate) fn fixture() -> Outcome<PathBuf> {
    let binary = Path::new(env!("CARGO_BIN_EXE_portolan"));
    let fixture = binary.with_file_name("examples").join("fixture");
    if fixture.is_file() { Ok(fixture) } else { Err("first: cargo build --release --example fixture".into()) }
}

/// Twenty services, `s0` to `s19`, each with its own port and `health`, ready after `delay`. With `layers`, each needs
/// the four of the layer before.
pub(crate) fn twenty_services(delay: Duration, layers: bool) -> Outcome<String> {
    let (fixture, delay) = (fixture()?, delay.as_millis());
    let mut toml = String::new();
    for (number, port) in free_ports(20)?.into_iter().enumerate() {
        toml += &format!(
            "[services.s{number}]\ncommand = [{fixture:?}, \"http\", \"--delay\", \"{delay}\"]\n\
             port = {port}\nhealth = \"/health\"\n"
        );
        let first = (number / 4 * 4).saturating_sub(4);
        if layers && number >= 4 {
            let needs: Vec<String> = (first..first + 4).map(|need| format!("\"s{need}\"")).collect();
            toml += &format!("needs = [{}]\n", needs.join(", "));
        }
    }
    Ok(toml)
}

/// Ports that nobody had a moment ago.
pub(crate) fn free_ports(count: usize) -> Outcome<Vec<u16>> {
    let held = (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let ports = held.iter().map(|listener| Ok(listener.local_addr()?.port()));
    ports.collect()
}
