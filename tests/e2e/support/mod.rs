//! What the end-to-end tests share: a project in a folder of its own, the binary, waiting, and the proof that nothing
//! is left. Knows no topic.

mod command;
mod control;
mod mendable;
mod net;
mod processes;
mod up;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) use command::{Done, finish, portolan_command};
pub(crate) use control::{Control, name};
pub(crate) use mendable::mendable;
pub(crate) use net::{Stranger, env_of, free_ports, get, text_of};
pub(crate) use processes::{alive, marked_processes, signal};
pub(crate) use up::{Up, started};

/// How long anything may take that only has to happen at last; generous, for a machine that has other work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// A folder with a portolan.toml, with a state folder of its own. Whatever was started for it ends with it.
pub(crate) struct Project {
    root: TempDir,
    folder: PathBuf,
}

impl Project {
    /// `FIXTURE` in `toml` is replaced by the fixture program's path.
    pub(crate) fn new(toml: &str) -> Self {
        let project = Self::empty();
        project.configure(toml);
        project
    }

    /// Without a portolan.toml.
    pub(crate) fn empty() -> Self {
        let root = tempfile::Builder::new().prefix("portolan-e2e-").tempdir().unwrap();
        // As the kernel will say it where a path is compared.
        let folder = root.path().canonicalize().unwrap().join("stack");
        fs::create_dir(&folder).unwrap();
        Self { root, folder }
    }

    /// The same stack in another folder, with the same state: a second checkout.
    pub(crate) fn checkout(&self, name: &str) -> PathBuf {
        let folder = self.folder.with_file_name(name);
        fs::create_dir(&folder).unwrap();
        fs::copy(self.folder.join("portolan.toml"), folder.join("portolan.toml")).unwrap();
        folder
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    /// In the environment of every process that comes of this project, unless it cleared it.
    pub(crate) fn mark(&self) -> String {
        format!("PORTOLAN_E2E={}", self.root.path().display())
    }

    pub(crate) fn configure(&self, toml: &str) {
        self.write("portolan.toml", toml.replace("FIXTURE", &fixture()));
    }

    pub(crate) fn write(&self, relative: &str, content: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// An executable shell script.
    pub(crate) fn script(&self, relative: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write(relative, format!("#!/bin/sh\n{}\n", text.replace("FIXTURE", &fixture())));
        fs::set_permissions(self.path(relative), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        finish(portolan_command(self, &self.folder, arguments))
    }

    /// Runs the binary to its end, elsewhere.
    pub(crate) fn run_in(&self, folder: &Path, arguments: &[&str]) -> Done {
        finish(portolan_command(self, folder, arguments))
    }

    /// Runs the binary to its end and expects success.
    pub(crate) fn ok(&self, arguments: &[&str]) -> Done {
        let done = self.run(arguments);
        assert_eq!(done.code, 0, "portolan {arguments:?}: {done:?}");
        done
    }

    /// Starts `portolan up` in the foreground.
    pub(crate) fn up(&self, arguments: &[&str]) -> Up {
        Up::start(self, &self.folder, &[&["up"], arguments].concat())
    }

    /// Starts `portolan up` and waits until all is healthy.
    pub(crate) fn up_healthy(&self, arguments: &[&str]) -> Up {
        let up = self.up(arguments);
        self.wait_well(&up);
        up
    }

    pub(crate) fn wait_well(&self, up: &Up) {
        let done = self.run(&["wait", "--timeout", "30s"]);
        assert_eq!(done.code, 0, "{done:?}\n{}\n{}", up.out(), up.err());
    }

    /// `ps --json`.
    pub(crate) fn ps(&self) -> Value {
        self.ok(&["ps", "--json"]).json()
    }

    /// One service of `ps --json`.
    pub(crate) fn service(&self, name: &str) -> Value {
        let ps = self.ps();
        let found = ps["services"].as_array().unwrap().iter().find(|service| service["name"] == name);
        found.cloned().unwrap_or_else(|| panic!("no {name} in {ps}"))
    }

    /// Whether the service is in that state now; false, too, while nobody answers.
    pub(crate) fn is(&self, name: &str, state: &str) -> bool {
        let done = self.run(&["ps", "--json"]);
        let Ok(ps) = serde_json::from_str::<Value>(&done.out) else { return false };
        let mut services = ps["services"].as_array().into_iter().flatten();
        services.any(|service| service["name"] == name && service["state"] == state)
    }

    pub(crate) fn until_state(&self, name: &str, state: &str) {
        until(&format!("{name} is {state}"), || self.is(name, state).then_some(()));
    }

    pub(crate) fn port(&self, name: &str) -> u16 {
        let service = self.service(name);
        let port = service["port"].as_u64().unwrap_or_else(|| panic!("no port: {service}"));
        u16::try_from(port).unwrap()
    }

    pub(crate) fn epoch(&self, name: &str) -> u64 {
        self.service(name)["epoch"].as_u64().unwrap()
    }

    /// A discovery record, if it is there.
    pub(crate) fn record(&self, service: &str) -> Option<Value> {
        let path = self.path(&format!(".service_discovery/{service}.json"));
        let text = fs::read(path).ok()?;
        Some(serde_json::from_slice(&text).expect("a whole record"))
    }

    /// Fails if a process of this project lives.
    pub(crate) fn assert_nothing_lives(&self) {
        let left = marked_processes(&self.mark());
        assert!(left.is_empty(), "processes are left: {left:?}");
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // After a failed test only. Again and again: what is being started has not got its mark yet.
        for _ in 0..5 {
            let left = marked_processes(&self.mark());
            if left.is_empty() {
                return;
            }
            for (pid, _) in left {
                signal(pid, rustix::process::Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The fixture program's path.
pub(crate) fn fixture() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_portolan"));
    let path = binary.with_file_name("examples").join("fixture");
    assert!(path.exists(), "{} is missing: `cargo build --examples` makes it", path.display());
    path.display().to_string()
}

/// Looks every few milliseconds until `found` has something.
pub(crate) fn until<T>(what: &str, found: impl FnMut() -> Option<T>) -> T {
    in_time(found).unwrap_or_else(|| panic!("waited in vain: {what}"))
}

/// Looks every few milliseconds until `found` has something, or patience is at its end.
#[expect(clippy::disallowed_methods, reason = "a test's own deadline")]
pub(crate) fn in_time<T>(mut found: impl FnMut() -> Option<T>) -> Option<T> {
    let begin = Instant::now();
    loop {
        let result = found();
        if result.is_some() || begin.elapsed() > PATIENCE {
            return result;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
