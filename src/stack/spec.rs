//! What a stack is, as validated from portolan.toml: services, what each needs, and the rules of its environment.
//!
//! Texts that may hold placeholders (`{auth.url}`) are kept as written; the `env` room expands them when the
//! addresses are known. `config` has checked by then that every placeholder can be expanded.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::bracketed;
use super::{
    Address, ConsoleSpec, EnvEntry, EnvFileSpec, EnvRule, Port, PortSpec, ProbeCheck, ProbeSpec, ServiceName,
};

/// A whole stack: everything that one portolan.toml says, checked.
#[derive(Clone, Debug)]
pub struct StackSpec {
    /// The stack's display name.
    pub name: String,
    /// The canonical path of portolan.toml, which identifies the stack on this machine.
    pub file: PathBuf,
    /// Environment files shared by all services, in the order in which they are read.
    pub env_files: Vec<EnvFileSpec>,
    /// The rules of `[env.NAME]`, by variable.
    pub env_rules: BTreeMap<String, EnvRule>,
    /// The services, in the order of the file. Profiles are applied: what is not selected is not here.
    pub services: Vec<ServiceSpec>,
    /// How the console looks and what it lights; of no concern to any service.
    pub console: ConsoleSpec,
}

impl StackSpec {
    /// The folder of portolan.toml, against which relative paths are read.
    pub fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }

    /// The service of that name.
    pub fn service(&self, name: &ServiceName) -> Option<&ServiceSpec> {
        self.services.iter().find(|service| service.name == *name)
    }
}

/// One service of a stack.
#[derive(Clone, Debug)]
pub struct ServiceSpec {
    /// Its name, unique in the stack.
    pub name: ServiceName,
    /// Where portolan.toml defines it.
    pub origin: Origin,
    /// Where the service comes from.
    pub runs: Runs,
    /// `mode = "disabled"`: known, shown, never started.
    pub disabled: bool,
    /// The working directory, absolute; also the base of a command that contains `/`.
    pub directory: PathBuf,
    /// One-shot commands that run before each start, after the needs are met, in order.
    pub prepare: Vec<CommandLine>,
    /// The port that the service listens on, if it has one.
    pub port: Option<PortSpec>,
    /// The pattern of its URL, if it is not `http://{host}:{port}`.
    pub url: Option<String>,
    /// How to tell that it is healthy. Without one, a verified listener or a running process counts.
    pub health: Option<ProbeSpec>,
    /// What must be up before it starts.
    pub needs: Vec<Need>,
    /// Services that its command, environment or url mention, needed or not; without itself.
    pub references: Vec<ServiceName>,
    /// Variables set in portolan.toml, in order.
    pub env: Vec<EnvEntry>,
    /// Environment files of its own, lowest first.
    pub env_files: Vec<EnvFileSpec>,
    /// When and how it is started again after it ended by itself.
    pub restart: RestartSpec,
    /// How it is asked to stop.
    pub stop: StopSpec,
    /// Whether it runs in a pseudo-terminal.
    pub tty: bool,
    /// The profiles that it belongs to; none if it is always there.
    pub profiles: Vec<String>,
}

impl ServiceSpec {
    /// The mode, as shown and recorded.
    pub fn mode(&self) -> Mode {
        if self.disabled {
            return Mode::Disabled;
        }
        match self.runs {
            Runs::Command(_) => Mode::Local,
            Runs::Shared { .. } => Mode::Shared,
            Runs::Embedded(_) => Mode::Embedded,
        }
    }

    /// What tells whether it is healthy: its own probe, else its listener; `None` when a running process is all.
    pub fn probe(&self) -> Option<ProbeSpec> {
        match (&self.health, self.mode()) {
            (Some(probe), _) => Some(probe.clone()),
            (None, Mode::Local | Mode::Embedded) if self.port.is_some() => {
                Some(ProbeSpec::new(ProbeCheck::Listening))
            }
            (None, _) => None,
        }
    }

    /// Whether it is a server, whose end is a fault even without an error: it has a port or a probe.
    pub fn should_stay(&self) -> bool {
        self.port.is_some() || self.health.is_some()
    }

    /// Whether it is known to speak HTTP: probed over HTTP, or served by Portolan itself.
    pub fn speaks_http(&self) -> bool {
        let probed = self.health.as_ref().is_some_and(|probe| matches!(probe.check, ProbeCheck::Http(_)));
        probed || matches!(self.runs, Runs::Embedded(_))
    }

    /// Whether it may be given an http URL when it is asked for by name: whatever is probed over bare TCP is not.
    fn may_speak_http(&self) -> bool {
        !self.health.as_ref().is_some_and(|probe| matches!(probe.check, ProbeCheck::Tcp))
    }

    /// Whether dependents get `<NAME>_URL` by themselves: an HTTP service or one with a `url` pattern. A database
    /// must not turn DATABASE_URL into http.
    pub fn announces_url(&self) -> bool {
        self.speaks_http() || self.url.is_some() || matches!(self.runs, Runs::Shared { .. })
    }

    /// Where it is reached when it listens on `host` and `port`.
    pub fn address(&self, host: &str, port: Option<Port>) -> Address {
        let url = match (&self.runs, port) {
            (Runs::Shared { url }, _) => return Address::from_url(Mode::Shared, url),
            (_, None) => None,
            (_, Some(port)) => match &self.url {
                Some(pattern) => Some(pattern.replace("{port}", &port.to_string())),
                None => self.may_speak_http().then(|| format!("http://{}:{port}", bracketed(host))),
            },
        };
        Address { mode: self.mode(), host: host.to_owned(), port, url }
    }

    /// The services that its environment may depend on: those that it needs and those that it mentions.
    pub fn links(&self) -> impl Iterator<Item = &ServiceName> {
        let needed = self.needs.iter().map(|need| &need.service);
        needed.chain(self.references.iter().filter(|name| !self.needs.iter().any(|n| n.service == **name)))
    }
}

/// Where a service comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// A process that Portolan starts and ends.
    Command(CommandLine),
    /// A service that runs elsewhere and is only pointed at.
    Shared {
        /// Its address, as written.
        url: String,
    },
    /// A service inside Portolan's own process.
    Embedded(EmbeddedKind),
}

/// The services that Portolan can serve itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbeddedKind {
    /// Accounts, sessions and tokens.
    Auth,
    /// Tasks of a signed-in user.
    Backend,
    /// A page that uses the two.
    Frontend,
}

/// How a service is provided: the `mode` of CONTRACTS, also in the discovery record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A process of this stack.
    Local,
    /// Somewhere else, only probed.
    Shared,
    /// Inside Portolan.
    Embedded,
    /// Not at all.
    Disabled,
}

impl Mode {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Shared => "shared",
            Self::Embedded => "embedded",
            Self::Disabled => "disabled",
        }
    }
}

/// A command with its arguments. Words may hold placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandLine {
    /// A program and its arguments; never empty.
    Words(Vec<String>),
    /// A text for the shell (`sh -c`, `cmd /C` on Windows).
    Shell(String),
}

impl CommandLine {
    /// The parts that may hold placeholders.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Words(words) => words,
            Self::Shell(text) => std::slice::from_ref(text),
        }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().join(" "))
    }
}

/// One dependency of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The service that is needed.
    pub service: ServiceName,
    /// What must have happened to it.
    pub until: Until,
    /// How long to wait for that, counted from when only the needed service itself keeps the dependent waiting.
    pub timeout: Duration,
    /// The address to use when the time is over; without one the dependent fails.
    pub fallback: Option<String>,
    /// Whether the dependent restarts whenever the needed service does.
    pub restart: bool,
}

/// `until`: what must have happened to a needed service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Until {
    /// Its process was started.
    Started,
    /// It is healthy.
    #[default]
    Healthy,
    /// It ended with exit code 0.
    Completed,
}

impl Until {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Healthy => "healthy",
            Self::Completed => "completed",
        }
    }
}

/// When and how a service is started again after it ended by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RestartSpec {
    /// After which endings.
    pub policy: RestartPolicy,
    /// How many restarts in a row without the service having been well for `reset`; `None` for no limit.
    pub max: Option<u32>,
    /// The pause before the first restart; doubled for each further one.
    pub backoff: Duration,
    /// The longest pause.
    pub backoff_max: Duration,
    /// A service that was up this long starts its count anew.
    pub reset: Duration,
}

impl Default for RestartSpec {
    fn default() -> Self {
        Self {
            policy: RestartPolicy::OnFailure,
            max: Some(5),
            backoff: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
            reset: Duration::from_secs(30),
        }
    }
}

/// `restart`: after which endings a service is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    /// Never.
    No,
    /// After an exit other than 0.
    #[default]
    OnFailure,
    /// After every exit that was not asked for.
    Always,
}

/// How a service is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopSpec {
    /// The signal sent to everything of it; on Windows none is sent, and the grace period is all it gets.
    pub signal: StopSignal,
    /// How long it may take before it is killed.
    pub grace: Duration,
}

impl Default for StopSpec {
    fn default() -> Self {
        Self { signal: StopSignal::Term, grace: Duration::from_secs(10) }
    }
}

/// The signals that `stop.signal` may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StopSignal {
    /// SIGTERM
    Term,
    /// SIGINT
    Int,
    /// SIGQUIT
    Quit,
    /// SIGHUP
    Hup,
    /// SIGUSR1
    Usr1,
    /// SIGUSR2
    Usr2,
    /// SIGKILL
    Kill,
}

/// A place in a file, for messages: line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The file.
    pub file: Arc<Path>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}
