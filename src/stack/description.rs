//! What the specification says of each service, in a form that may be shown: no secrets, paths short, health in words.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::without_password;
use super::{
    Mode, Port, PortRange, PortSpec, ProbeCheck, ProbeSpec, RestartPolicy, Runs, ServiceName, ServiceSpec,
    StackSpec, StopSignal, Until,
};

/// A stack as its specification has it now; a reload may change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackDescription {
    /// Its portolan.toml.
    pub file: PathBuf,
    /// Where its state lies: generated values, remembered ports, runs.
    pub state_folder: PathBuf,
    /// The folder of this run, with the logs.
    pub run_folder: PathBuf,
    /// The services, in the order of the stack.
    pub services: Vec<ServiceDescription>,
}

/// What the specification says of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceDescription {
    /// Its name.
    pub name: ServiceName,
    /// How it is provided.
    pub mode: Mode,
    /// Its command as written, placeholders included; the address of a shared service; `None` for one that Portolan
    /// serves itself.
    pub command: Option<String>,
    /// The one-shot commands before each start.
    pub prepare: Vec<String>,
    /// Its directory, relative to the folder of the stack where it lies in it; empty for that folder itself.
    pub directory: PathBuf,
    /// Its environment files, lowest first, those of the stack included; relative like the directory.
    pub env_files: Vec<PathBuf>,
    /// How its health is told, in words: `GET /health every 10s, up to 60s to start`.
    pub health: Option<String>,
    /// The port that it would like.
    pub preferred_port: Option<Port>,
    /// Where to look for another.
    pub ports: Option<PortRange>,
    /// What it needs.
    pub needs: Vec<NeedDescription>,
    /// Those that may be given its address, so that they restart when it moves to another port.
    pub readers: Vec<ServiceName>,
    /// After which endings it is started again.
    pub restart: RestartPolicy,
    /// How many restarts in a row at most; `None` for no limit.
    pub restart_max: Option<u32>,
    /// How it is asked to stop.
    pub stop_signal: StopSignal,
    /// How long it may take to, in milliseconds.
    pub grace_ms: u64,
    /// Whether it runs in a pseudo-terminal.
    pub tty: bool,
}

/// One need of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedDescription {
    /// What is needed.
    pub service: ServiceName,
    /// What must have happened to it.
    pub until: Until,
    /// How long that may take, in milliseconds.
    pub timeout_ms: u64,
    /// The address that is given instead when it takes longer.
    pub fallback: Option<String>,
    /// Whether a restart of the one restarts the other.
    pub restart: bool,
}

impl StackDescription {
    /// The service of that name.
    pub fn service(&self, name: &ServiceName) -> Option<&ServiceDescription> {
        self.services.iter().find(|service| service.name == *name)
    }
}

impl StackSpec {
    /// Describes every service. `mask` takes out what is known to be secret.
    pub fn describe(&self, mask: impl Fn(&str) -> String) -> Vec<ServiceDescription> {
        self.services.iter().map(|service| self.describe_service(service, &mask)).collect()
    }

    /// Those that may be given the address of `name`: they need it, or mention it in a command, variable or URL. A
    /// service elsewhere has no environment of ours.
    pub fn readers(&self, name: &ServiceName) -> Vec<ServiceName> {
        let given = |service: &&ServiceSpec| match service.mode() {
            Mode::Local | Mode::Embedded => service.links().any(|link| link == name),
            Mode::Shared | Mode::Disabled => false,
        };
        self.services.iter().filter(given).map(|service| service.name.clone()).collect()
    }

    fn describe_service(&self, service: &ServiceSpec, mask: &impl Fn(&str) -> String) -> ServiceDescription {
        let shown = |text: &str| mask(&without_passwords(text));
        let here = |path: &Path| path.strip_prefix(self.folder()).unwrap_or(path).to_owned();
        let port = service.port.as_ref();
        ServiceDescription {
            name: service.name.clone(),
            mode: service.mode(),
            command: match &service.runs {
                Runs::Command(command) => Some(shown(&command.to_string())),
                Runs::Shared { url } => Some(shown(url)),
                Runs::Embedded(_) => None,
            },
            prepare: service.prepare.iter().map(|command| shown(&command.to_string())).collect(),
            directory: here(&service.directory),
            env_files: self.env_files.iter().chain(&service.env_files).map(|file| here(&file.path)).collect(),
            health: service.probe().map(|probe| shown(&in_words(&probe))),
            preferred_port: port.and_then(|port| port.prefer),
            ports: port.and_then(|port: &PortSpec| port.range),
            needs: service
                .needs
                .iter()
                .map(|need| NeedDescription {
                    service: need.service.clone(),
                    until: need.until,
                    timeout_ms: millis(need.timeout),
                    fallback: need.fallback.as_deref().map(shown),
                    restart: need.restart,
                })
                .collect(),
            readers: self.readers(&service.name),
            restart: service.restart.policy,
            restart_max: service.restart.max,
            stop_signal: service.stop.signal,
            grace_ms: millis(service.stop.grace),
            tty: service.tty,
        }
    }
}

/// What is asked and how often. Header values are left out: they may be tokens.
fn in_words(probe: &ProbeSpec) -> String {
    let mut words = match &probe.check {
        ProbeCheck::Listening => "listens on its port".to_owned(),
        ProbeCheck::Tcp => "accepts a connection".to_owned(),
        ProbeCheck::Http(check) => format!("GET {}", check.path),
        ProbeCheck::Exec(command) => format!("`{command}` exits with 0"),
        // Seen once, it stays true: there is no rhythm to tell.
        ProbeCheck::Log(pattern) => format!("prints a line that matches /{pattern}/"),
    };
    if !matches!(probe.check, ProbeCheck::Log(_)) {
        // Writing to a string cannot fail.
        let _ = write!(words, ", every {}", short(probe.interval));
    }
    let _ = write!(words, ", up to {} to start", short(probe.start_timeout));
    words
}

/// `10s`, `250ms`, `1.5s`.
fn short(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{}ms", duration.as_millis())
    } else {
        format!("{}s", duration.as_secs_f64())
    }
}

/// The text with the password of every URL in it taken out.
fn without_passwords(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(without_password).collect()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
