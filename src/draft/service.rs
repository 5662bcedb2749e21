//! One service of a draft: what is known of it so far, each value with the reason why it stands there.

use std::time::Duration;

use crate::stack::{Port, RestartPolicy, StopSignal, Until};

/// Why a value stands there; rendered as a comment beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nobody wrote it: it was concluded from this.
    Guessed(String),
    /// What whoever reads it should know.
    Remark(String),
}

impl Note {
    /// The text of the comment, without `#`.
    pub fn text(&self) -> String {
        match self {
            Self::Guessed(reason) => format!("guessed: {reason}"),
            Self::Remark(text) => text.clone(),
        }
    }
}

/// A value, and why it stands there if that is not obvious.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// The value.
    pub value: T,
    /// Why.
    pub note: Option<Note>,
}

impl<T> Said<T> {
    /// A value that its source says in so many words.
    pub fn plainly(value: T) -> Self {
        Self { value, note: None }
    }

    /// A value that was concluded.
    pub fn guessed(value: T, reason: impl Into<String>) -> Self {
        Self { value, note: Some(Note::Guessed(reason.into())) }
    }

    /// A value with something to know about it.
    pub fn remarked(value: T, text: impl Into<String>) -> Self {
        Self { value, note: Some(Note::Remark(text.into())) }
    }
}

/// A command, its braces already escaped: `{port}` in it is a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftCommand {
    /// One string; whether a shell reads it is the service's `shell`.
    Text(String),
    /// Words that no shell sees.
    Words(Vec<String>),
}

/// The port that a service wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftPort {
    /// The one to take if it is free.
    pub prefer: Port,
    /// Whether the next ten are named as the range to look in.
    pub range: bool,
    /// The variable that tells it, if it is not PORT.
    pub env: Option<String>,
    /// Whether no other port would do.
    pub fixed: bool,
}

impl DraftPort {
    /// This port if it is free, else any.
    pub fn prefer(prefer: Port) -> Self {
        Self { prefer, range: false, env: None, fixed: false }
    }
}

/// What is asked to learn whether a service is healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftCheck {
    /// A path, over HTTP.
    Http(String),
    /// An accepted connection.
    Tcp,
    /// A command.
    Exec(DraftCommand),
    /// A line of its output, by a regular expression.
    Log(String),
}

/// How to tell that a service is healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftHealth {
    /// The question.
    pub check: DraftCheck,
    /// The only status code that counts, if one was named.
    pub status: Option<u16>,
    /// Headers of the request.
    pub headers: Vec<(String, String)>,
    /// How long one answer may take.
    pub timeout: Option<Duration>,
    /// Between two probes of a healthy service.
    pub interval: Option<Duration>,
    /// Between two probes while it starts.
    pub start_interval: Option<Duration>,
    /// How long it may take at first.
    pub start_timeout: Option<Duration>,
    /// Failures in a row that count.
    pub failures: Option<u32>,
}

impl DraftHealth {
    /// This check, and nothing else said.
    pub fn new(check: DraftCheck) -> Self {
        Self {
            check,
            status: None,
            headers: Vec::new(),
            timeout: None,
            interval: None,
            start_interval: None,
            start_timeout: None,
            failures: None,
        }
    }
}

/// What must be up before a service starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftNeed {
    /// The name of the other service in the draft.
    pub service: String,
    /// What must have happened to it.
    pub until: Until,
    /// Whether to restart with it.
    pub restart: bool,
}

impl DraftNeed {
    /// The service must be healthy.
    pub fn healthy(service: impl Into<String>) -> Self {
        Self { service: service.into(), until: Until::Healthy, restart: false }
    }
}

/// A variable. Braces of the value are escaped: `{api.url}` in it is a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftEnv {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Said<String>,
}

/// When a service is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftRestart {
    /// After which endings.
    pub policy: RestartPolicy,
    /// How often in a row: `Some(None)` is without a limit.
    pub max: Option<Option<u32>>,
    /// The pause before each restart.
    pub backoff: Option<Duration>,
}

/// How a service is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftStop {
    /// The signal.
    pub signal: Option<StopSignal>,
    /// How long it may take.
    pub grace: Option<Duration>,
}

/// One service of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftService {
    /// Its name, which [`Draft::settle`](super::Draft::settle) makes one that portolan.toml takes.
    pub name: String,
    /// Comments above it.
    pub about: Vec<String>,
    /// The line of the file that it was read from.
    pub line: Option<u32>,
    /// What to start.
    pub command: Said<DraftCommand>,
    /// Whether a shell reads the command.
    pub shell: bool,
    /// Relative to the folder of portolan.toml; empty for that folder.
    pub directory: String,
    /// The port.
    pub port: Option<Said<DraftPort>>,
    /// The probe.
    pub health: Option<Said<DraftHealth>>,
    /// What it needs.
    pub needs: Vec<Said<DraftNeed>>,
    /// Its variables.
    pub env: Vec<DraftEnv>,
    /// Its environment files, relative to the folder of portolan.toml.
    pub env_files: Vec<String>,
    /// Its restarts.
    pub restart: Option<Said<DraftRestart>>,
    /// Its end.
    pub stop: Option<Said<DraftStop>>,
    /// Whether it runs in a pseudo-terminal.
    pub tty: bool,
    /// Commands before each start.
    pub prepare: Vec<Said<String>>,
    /// Why it is not to be started at all.
    pub disabled: Option<Note>,
    /// Left out unless one of these is selected.
    pub profiles: Vec<Said<String>>,
}

impl DraftService {
    /// A service that is only a command.
    pub fn new(name: impl Into<String>, command: Said<DraftCommand>) -> Self {
        Self {
            name: name.into(),
            about: Vec::new(),
            line: None,
            command,
            shell: false,
            directory: String::new(),
            port: None,
            health: None,
            needs: Vec::new(),
            env: Vec::new(),
            env_files: Vec::new(),
            restart: None,
            stop: None,
            tty: false,
            prepare: Vec::new(),
            disabled: None,
            profiles: Vec::new(),
        }
    }

    /// Its preferred port.
    pub fn preferred_port(&self) -> Option<Port> {
        self.port.as_ref().map(|port| port.value.prefer)
    }

    /// Whether others may be given an http URL of it.
    pub(super) fn has_url(&self) -> bool {
        let bare = self.health.as_ref().is_some_and(|health| health.value.check == DraftCheck::Tcp);
        self.port.is_some() && !bare
    }

    /// Whether it may start without being asked for by a profile.
    pub(super) fn starts(&self) -> bool {
        self.disabled.is_none() && self.profiles.is_empty()
    }
}
