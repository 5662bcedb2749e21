//! What is known of a service when somebody asks what is wrong with it: facts, gathered by whoever runs it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::logs::Stream;
use crate::stack::{
    EnvSource, FailReason, Runs, ServiceName, ServiceSnapshot, ServiceSpec, StackSnapshot, StackSpec, State,
    UnixMillis,
};

/// A service whose latest run is looked into.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What the stack is.
    pub stack: &'a StackSpec,
    /// How it is.
    pub snapshot: &'a StackSnapshot,
    /// What the service is.
    pub spec: &'a ServiceSpec,
    /// How it is.
    pub service: &'a ServiceSnapshot,
    /// The last lines of its latest run, oldest first, secrets masked.
    pub log: Vec<LogLine>,
    /// What each service was given, by name of the variable.
    pub env: BTreeMap<ServiceName, BTreeMap<String, EnvFact>>,
    /// How long it usually takes to be healthy, if it was several times.
    pub usual_start: Option<Duration>,
    /// How many processes the out-of-memory killer has ended since the stack began, where that can be told.
    pub killed_for_memory: Option<u64>,
    /// Now.
    pub now: UnixMillis,
}

/// One line that the service printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its place in the log of the run.
    pub seq: u64,
    /// Where it was printed.
    pub stream: Stream,
    /// Its text, without ANSI.
    pub text: String,
    /// When it was read, milliseconds since 1970.
    pub millis: u64,
}

/// What is known of a variable that a service was given. A secret is known by its digest alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFact {
    /// The value; of a secret `None`, or what it leads to if it is an address with a password in it.
    pub value: Option<String>,
    /// Equal digests mean equal values; of no use in another process.
    pub digest: u64,
    /// Its length in characters.
    pub length: usize,
    /// What is odd about how it is written: quotes around it, a carriage return at its end.
    pub oddity: Option<&'static str>,
    /// Where it comes from.
    pub source: EnvSource,
}

impl Case<'_> {
    /// Whether the service is not as it should be, so that what it printed may tell why.
    pub(super) fn is_in_trouble(&self) -> bool {
        let service = self.service;
        match service.state {
            State::Failed | State::Backoff | State::Unhealthy => true,
            State::Completed => self.should_stay(),
            State::Starting => service.unwell.is_some() && service.age(self.now) >= PATIENCE,
            State::Disabled
            | State::Stopped
            | State::Waiting
            | State::Preparing
            | State::Running
            | State::Healthy
            | State::Stopping => false,
        }
    }

    /// Whether its process ended by itself. One that failed before there was a process still knows how the last ended.
    pub(super) fn has_ended(&self) -> bool {
        let of_that = matches!(self.service.failure, None | Some(FailReason::Exited { .. }));
        self.service.exit.is_some()
            && of_that
            && matches!(self.service.state, State::Failed | State::Backoff | State::Completed)
    }

    /// Whether it is a server, so that ending well is not what it is for.
    pub(super) fn should_stay(&self) -> bool {
        self.spec.should_stay()
    }

    /// The words of its command line; none of a service that is no process of the stack.
    pub(super) fn command_words(&self) -> impl Iterator<Item = &str> {
        let command = match &self.spec.runs {
            Runs::Command(command) => Some(command),
            Runs::Shared { .. } | Runs::Embedded(_) => None,
        };
        let texts = command.into_iter().flat_map(|command| command.texts());
        texts.flat_map(|text| text.split_whitespace())
    }

    /// The path as it is told: relative to the folder of portolan.toml where it lies in it.
    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.stack.folder()).unwrap_or(path).display().to_string()
    }

    /// What the service itself was given.
    pub(super) fn own_env(&self, variable: &str) -> Option<&EnvFact> {
        self.env.get(&self.spec.name)?.get(variable)
    }

    /// Where a variable's value comes from, in words.
    pub(super) fn origin_of(&self, source: &EnvSource) -> String {
        self.place_of(source).unwrap_or_else(|| source.to_string())
    }

    /// Where a variable's value comes from, in the form of a place.
    pub(super) fn place_of(&self, source: &EnvSource) -> Option<String> {
        match source {
            EnvSource::File { path, line } => Some(format!("{}:{line}", self.shown(path))),
            EnvSource::Toml { origin, .. } | EnvSource::Default { origin } => {
                Some(format!("{}:{}", self.shown(&origin.file), origin.line))
            }
            EnvSource::Generated
            | EnvSource::Automatic { .. }
            | EnvSource::Record(_)
            | EnvSource::Shell
            | EnvSource::Set => None,
        }
    }
}

/// A service that has just been started may have nothing to say to its probe yet.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
pub(super) mod samples {
    //! A case to try checks on.

    use std::hash::{DefaultHasher, Hash, Hasher};

    use super::*;
    use crate::stack::{CommandLine, Exit, samples};

    /// Owns what a case borrows.
    pub(crate) struct Scene {
        pub(crate) stack: StackSpec,
        pub(crate) snapshot: StackSnapshot,
        pub(crate) log: Vec<LogLine>,
        pub(crate) env: BTreeMap<ServiceName, BTreeMap<String, EnvFact>>,
    }

    impl Scene {
        /// A stack of the service `api` that printed these lines and failed.
        pub(crate) fn printing(lines: &[&str]) -> Self {
            let service = samples::service("api");
            let service =
                ServiceSpec { runs: Runs::Command(CommandLine::Words(vec!["api".into()])), ..service };
            let stack = samples::stack(vec![service]);
            let mut snapshot = samples::snapshot(stack.clone(), UnixMillis(1_000_000));
            snapshot.services[0].state = State::Failed;
            let exit = Exit::Code(1);
            snapshot.services[0].exit = Some(exit);
            snapshot.services[0].failure = Some(FailReason::Exited { exit, restarts: 0 });
            let line = |(n, text): (usize, &&str)| LogLine {
                seq: n as u64,
                stream: Stream::Stderr,
                text: (*text).to_owned(),
                millis: 0,
            };
            let log = lines.iter().enumerate().map(line).collect();
            Self { stack, snapshot, log, env: BTreeMap::new() }
        }

        /// The same, with its portolan.toml in that folder, in which the service runs.
        pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
            self.stack.file = folder.join("portolan.toml");
            self.stack.services[0].directory = folder.to_owned();
            self
        }

        /// The same, with a variable that the service is given in that line of `.env`.
        pub(crate) fn giving(mut self, service: &str, name: &str, value: &str, line: u32) -> Self {
            let source = EnvSource::File { path: Path::new("/sample/.env").into(), line };
            let mut hasher = DefaultHasher::new();
            value.hash(&mut hasher);
            let (value, length) = (Some(value.to_owned()), value.len());
            let fact = EnvFact { value, digest: hasher.finish(), length, oddity: None, source };
            let service = samples::name(service);
            self.env.entry(service).or_default().insert(name.to_owned(), fact);
            self
        }

        pub(crate) fn case(&self) -> Case<'_> {
            Case {
                stack: &self.stack,
                snapshot: &self.snapshot,
                spec: &self.stack.services[0],
                service: &self.snapshot.services[0],
                log: self.log.clone(),
                env: self.env.clone(),
                usual_start: None,
                killed_for_memory: None,
                now: UnixMillis(1_000_000),
            }
        }
    }
}
