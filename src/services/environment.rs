//! What each service is given: the env room's answer for a service and the addresses of the moment, ready for a spawn.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::env::dotenv::EnvFiles;
use crate::env::{self, EnvInputs, EnvProblem, Redactor, ResolvedEnv, Shell, Stage};
use crate::stack::{
    CommandLine, EnvPrint, EnvReport, Launch, ProbeCheck, RunId, ServiceName, ServiceSpec, StackSpec,
};

use super::process::Program;
use super::reload::Given;

/// Resolves environments of one stack. The files are read anew each time, so that a restart sees what was edited.
#[derive(Debug)]
pub struct Environments {
    stack: Arc<StackSpec>,
    shell: Shell,
    set: Vec<(Option<ServiceName>, String, String)>,
    records: PathBuf,
    run: RunId,
    generated: BTreeMap<String, String>,
    /// Secrets of every environment that was resolved in this run.
    secrets: Redactor,
    /// What each service was last given or compared with. Any port that is found has every running service compared,
    /// most of which it does not concern; resolving them all took a third of the start of 20 services.
    prints: BTreeMap<ServiceName, (Launch, EnvPrint)>,
    /// What each service was given at its last start.
    given: BTreeMap<ServiceName, Given>,
}

/// A service's environment and commands with every placeholder expanded.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) env: Vec<(OsString, OsString)>,
    pub(super) text: BTreeMap<String, String>,
    pub(super) prepare: Vec<Program>,
    pub(super) command: Option<Program>,
    pub(super) exec_probe: Option<Program>,
    pub(super) print: EnvPrint,
}

impl Environments {
    /// Environments of `stack`, started from `shell`. `set` holds `--set` values, each for one service or for all;
    /// `generated` the values that rules asked for.
    pub fn new(
        stack: Arc<StackSpec>,
        shell: Shell,
        set: Vec<(Option<ServiceName>, String, String)>,
        records: &Path,
        run: RunId,
        generated: BTreeMap<String, String>,
    ) -> Self {
        let secrets = Redactor::of([]);
        Self {
            stack,
            shell,
            set,
            records: records.to_owned(),
            run,
            generated,
            secrets,
            prints: BTreeMap::new(),
            given: BTreeMap::new(),
        }
    }

    /// Goes on with a changed specification.
    pub(super) fn reload(&mut self, stack: Arc<StackSpec>, generated: BTreeMap<String, String>) {
        self.stack = stack;
        self.generated = generated;
        self.prints.clear();
    }

    /// Everything that is wrong with the environment of any service, before anything starts.
    pub fn check(&self) -> env::Checked {
        let files = self.files(self.stack.services.iter());
        let sets: BTreeMap<_, _> =
            self.stack.services.iter().map(|s| (&s.name, self.set_for(&s.name))).collect();
        let unknown = |_: &ServiceName| None;
        env::check_stack(&self.stack, |service| EnvInputs {
            stack: &self.stack,
            service,
            files: &files,
            shell: &self.shell,
            set: &sets[&service.name],
            generated: &self.generated,
            port: None,
            addresses: &unknown,
            records: &self.records,
            run: &self.run,
            stage: Stage::BeforeStart,
        })
    }

    /// Resolves for a start. The error is every problem, values masked.
    pub(super) fn prepare(&mut self, service: &ServiceSpec, launch: &Launch) -> Result<Prepared, String> {
        let resolved = match self.resolve(service, launch, Stage::Start) {
            Ok(resolved) => resolved,
            Err(problems) => {
                self.given.insert(service.name.clone(), self.values(service, launch));
                return Err(in_words(&problems));
            }
        };
        self.given.insert(service.name.clone(), digests(&resolved));
        let secrets = Redactor::new([&resolved]).secrets();
        let known = self.secrets.secrets();
        let all = known.iter().chain(&secrets).filter_map(|secret| std::str::from_utf8(secret).ok());
        self.secrets = Redactor::of(all);
        let prepared = prepared(service, &resolved)?;
        self.prints.insert(service.name.clone(), (launch.clone(), prepared.print));
        Ok(prepared)
    }

    /// The digest of what a start would be given with these addresses; files that were edited since the last start
    /// count from the next [`reload`](Self::reload) on.
    pub(super) fn print(&mut self, service: &ServiceSpec, launch: &Launch) -> Option<EnvPrint> {
        if let Some((last, print)) = self.prints.get(&service.name)
            && last == launch
        {
            return Some(*print);
        }
        let resolved = self.resolve(service, launch, Stage::Start).ok()?;
        let print = prepared(service, &resolved).ok()?.print;
        self.prints.insert(service.name.clone(), (launch.clone(), print));
        Some(print)
    }

    /// What `portolan env` shows.
    pub(super) fn report(
        &self,
        service: &ServiceSpec,
        launch: &Launch,
        reveal: bool,
    ) -> Result<EnvReport, String> {
        let resolved =
            self.resolve(service, launch, Stage::BeforeStart).map_err(|problems| in_words(&problems))?;
        Ok(resolved.report(reveal))
    }

    /// What the service would be given if it were started now: its preferred port, and what is known of the others.
    pub fn preview(&self, service: &ServiceSpec, reveal: bool) -> Result<EnvReport, String> {
        let port = service.port.as_ref().and_then(|port| port.prefer);
        self.report(service, &Launch { port, addresses: BTreeMap::new() }, reveal)
    }

    /// What the service was given at its last start, to be compared with what it would get after a reload.
    pub(super) fn given(&self, service: &ServiceName) -> Option<&Given> {
        self.given.get(service)
    }

    /// What the service would be given if it were started now.
    pub(super) fn values(&self, service: &ServiceSpec, launch: &Launch) -> Given {
        self.resolve(service, launch, Stage::BeforeStart)
            .map(|resolved| digests(&resolved))
            .unwrap_or_default()
    }

    /// The secrets of all environments so far, for the log store to mask.
    pub(super) fn secrets(&self) -> Vec<Vec<u8>> {
        self.secrets.secrets()
    }

    /// `text` without the secrets of any environment so far.
    pub(super) fn mask(&self, text: &str) -> String {
        self.secrets.mask(text).into_owned()
    }

    fn resolve(
        &self,
        service: &ServiceSpec,
        launch: &Launch,
        stage: Stage,
    ) -> Result<ResolvedEnv, Vec<EnvProblem>> {
        let files = self.files([service]);
        env::resolve(&EnvInputs {
            stack: &self.stack,
            service,
            files: &files,
            shell: &self.shell,
            set: &self.set_for(&service.name),
            generated: &self.generated,
            port: launch.port,
            addresses: &|name| launch.addresses.get(name).cloned(),
            records: &self.records,
            run: &self.run,
            stage,
        })
    }

    fn files<'s>(&'s self, services: impl IntoIterator<Item = &'s ServiceSpec>) -> EnvFiles {
        let own = services.into_iter().flat_map(|service| &service.env_files);
        EnvFiles::load(self.stack.env_files.iter().chain(own).map(|file| file.path.as_path()))
    }

    fn set_for(&self, service: &ServiceName) -> Vec<(String, String)> {
        let meant = self.set.iter().filter(|(only, _, _)| only.as_ref().is_none_or(|only| only == service));
        meant.map(|(_, name, value)| (name.clone(), value.clone())).collect()
    }
}

fn prepared(service: &ServiceSpec, resolved: &ResolvedEnv) -> Result<Prepared, String> {
    let expand = |command: &CommandLine| {
        resolved.expand_command(command).map_err(|error| format!("{error}; {}", error.remedy()))
    };
    let prepare = service.prepare.iter().map(expand).collect::<Result<Vec<_>, _>>()?;
    let command = match &service.runs {
        crate::stack::Runs::Command(command) => Some(expand(command)?),
        crate::stack::Runs::Shared { .. } | crate::stack::Runs::Embedded(_) => None,
    };
    let exec_probe = match service.health.as_ref().map(|probe| &probe.check) {
        Some(ProbeCheck::Exec(command)) => Some(expand(command)?),
        Some(ProbeCheck::Listening | ProbeCheck::Tcp | ProbeCheck::Http(_) | ProbeCheck::Log(_)) | None => {
            None
        }
    };
    let mut hasher = DefaultHasher::new();
    resolved.fingerprint().hash(&mut hasher);
    for line in prepare.iter().chain(&command).chain(&exec_probe) {
        line.texts().hash(&mut hasher);
    }
    Ok(Prepared {
        env: resolved.vars_os().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        text: resolved.variables().map(|variable| (variable.name.clone(), variable.value.clone())).collect(),
        prepare: prepare.iter().map(program).collect(),
        command: command.as_ref().map(program),
        exec_probe: exec_probe.as_ref().map(program),
        print: EnvPrint(hasher.finish()),
    })
}

fn digests(resolved: &ResolvedEnv) -> Given {
    let digest = |value: &str| {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    };
    resolved.variables().map(|variable| (variable.name.clone(), digest(&variable.value))).collect()
}

fn program(command: &CommandLine) -> Program {
    match command {
        CommandLine::Words(words) => {
            Program::Words(words.iter().map(|word| OsStr::new(word).to_owned()).collect())
        }
        CommandLine::Shell(text) => Program::Shell(text.into()),
    }
}

fn in_words(problems: &[EnvProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
