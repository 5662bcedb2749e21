//! Which checks there are, what each makes known, and what they complete.

use super::{
    database, dependency, environment, health, host, interpreter, json, memory, node, npm, port, python,
    rust, secret, shell, sqlite, traceback, words,
};
use crate::findings::case::Case;
use crate::stack::Port;

/// What a rule's texts may always name.
pub(in crate::findings) const ALWAYS_GIVEN: [&str; 1] = ["service"];

/// A finding in the making: what was captured and seen, which a check completes or takes for nothing.
#[derive(Clone, Debug)]
pub(in crate::findings) struct Draft {
    values: Vec<(String, String)>,
    /// Where in the case's log it was said, if it was.
    pub(in crate::findings) line: Option<usize>,
    pub(in crate::findings) evidence: Vec<String>,
    pub(in crate::findings) lines: Vec<u64>,
    pub(in crate::findings) place: Option<String>,
    /// Take the place of the rule's own texts.
    pub(in crate::findings) title: Option<String>,
    pub(in crate::findings) remedy: Option<String>,
    pub(in crate::findings) action: Option<String>,
}

impl Draft {
    pub(in crate::findings) fn new(case: &Case<'_>, captures: Vec<(String, String)>) -> Self {
        let mut values = captures;
        values.push(("service".to_owned(), case.spec.name.to_string()));
        Self {
            values,
            line: None,
            evidence: Vec::new(),
            lines: Vec::new(),
            place: None,
            title: None,
            remedy: None,
            action: None,
        }
    }

    /// What is known under a name.
    pub(in crate::findings) fn value(&self, name: &str) -> Option<String> {
        self.values.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// The port that is known under `port`.
    pub(super) fn port(&self) -> Option<Port> {
        self.value("port")?.parse().ok()
    }

    /// Tells of that place, if there is one, rather than of the one that is known.
    pub(super) fn place_at(&mut self, place: Option<String>) {
        self.place = place.or_else(|| self.place.take());
    }

    /// Makes a value known.
    pub(in crate::findings) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.push((name.to_owned(), value.into()));
    }
}

/// A check, by the name that rules use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::findings) enum Check {
    /// Where a variable that a service misses is defined instead.
    Variable,
    /// Which variable holds a value that a service cannot use.
    Value,
    /// Where a secret that is too short comes from.
    Length,
    /// Who holds a port.
    PortHolder,
    /// Which dependency an address was meant for, and where it is now.
    Dependency,
    /// Whether an address is another one than that of the dependency which is meant.
    DependencyElsewhere,
    /// Which two services have different secrets.
    Secret,
    /// Which variable names a host that cannot be resolved.
    Host,
    /// Which variable says TLS where none is spoken.
    Tls,
    /// Which variable says which origins may ask.
    Origin,
    /// Which variable leads to a database.
    Database,
    /// How the tables of a database are made.
    Migrations,
    /// Which database file cannot be opened, and why.
    SqliteFile,
    /// Who has a database file open.
    SqliteLock,
    /// Which package.json names a package.
    NodePackage,
    /// Who asks for a file that is missing.
    NodeFile,
    /// Which scripts a package.json has.
    NpmScript,
    /// Where there is a package.json.
    NpmManifest,
    /// Where a program of that name lies instead.
    Command,
    /// What is wrong with the first line of a script.
    ScriptInterpreter,
    /// What it takes to run a file.
    Permission,
    /// What a panic of Rust says.
    RustPanic,
    /// Which variable a Rust program asked for.
    RustVariable,
    /// The first error of a Rust compiler.
    RustError,
    /// Which file is no JSON.
    JsonFile,
    /// Which paths the code does serve.
    HealthPath,
    /// Where portolan.toml asks for a service's health.
    HealthPlace,
    /// Whether the out-of-memory killer was at work.
    Memory,
    /// Which requirements name a Python module, and which interpreter lacks it.
    PythonModule,
    /// Which name of a Python module may have been meant.
    PythonName,
    /// Where the Python of a virtual environment has gone.
    PythonEnvironment,
    /// Whether anybody caught a Python exception.
    Uncaught,
    /// Which exception a service that goes on let out, and where in its own code.
    Unhandled,
    /// Which exception a request for a service's health let out.
    UnhandledInProbe,
    /// Which script asks for an interpreter, and what there is instead.
    Interpreter,
    /// Where in the code a service is told where to listen.
    Listening,
    /// Which port only the administrator may have.
    Privileged,
    /// What a service printed last.
    LastWords,
}

/// All of them by name.
pub(in crate::findings) const NAMES: [(&str, Check); 38] = [
    ("variable", Check::Variable),
    ("value", Check::Value),
    ("length", Check::Length),
    ("port-holder", Check::PortHolder),
    ("dependency", Check::Dependency),
    ("dependency-elsewhere", Check::DependencyElsewhere),
    ("secret", Check::Secret),
    ("host", Check::Host),
    ("tls", Check::Tls),
    ("origin", Check::Origin),
    ("database", Check::Database),
    ("migrations", Check::Migrations),
    ("sqlite-file", Check::SqliteFile),
    ("sqlite-lock", Check::SqliteLock),
    ("node-package", Check::NodePackage),
    ("node-file", Check::NodeFile),
    ("npm-script", Check::NpmScript),
    ("npm-manifest", Check::NpmManifest),
    ("command", Check::Command),
    ("script-interpreter", Check::ScriptInterpreter),
    ("permission", Check::Permission),
    ("rust-panic", Check::RustPanic),
    ("rust-variable", Check::RustVariable),
    ("rust-error", Check::RustError),
    ("json-file", Check::JsonFile),
    ("health-path", Check::HealthPath),
    ("health-place", Check::HealthPlace),
    ("memory", Check::Memory),
    ("python-module", Check::PythonModule),
    ("python-name", Check::PythonName),
    ("python-environment", Check::PythonEnvironment),
    ("python-uncaught", Check::Uncaught),
    ("python-unhandled", Check::Unhandled),
    ("health-unhandled", Check::UnhandledInProbe),
    ("interpreter", Check::Interpreter),
    ("listening", Check::Listening),
    ("privileged-port", Check::Privileged),
    ("last-words", Check::LastWords),
];

impl Check {
    pub(in crate::findings) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, check)| *check)
    }

    /// The names that it makes known whenever it finds something.
    pub(in crate::findings) fn gives(self) -> &'static [&'static str] {
        match self {
            Self::Variable
            | Self::Command
            | Self::HealthPath
            | Self::Memory
            | Self::Tls
            | Self::Origin
            | Self::Database
            | Self::Migrations
            | Self::SqliteFile
            | Self::SqliteLock
            | Self::NodeFile
            | Self::NpmScript
            | Self::NpmManifest
            | Self::Permission
            | Self::RustPanic
            | Self::RustError
            | Self::JsonFile
            | Self::HealthPlace
            | Self::PythonModule
            | Self::PythonName
            | Self::Interpreter
            | Self::Uncaught
            | Self::Listening => &[],
            Self::Host => &["host"],
            Self::ScriptInterpreter => &["interpreter"],
            Self::Privileged => &["port"],
            Self::LastWords => &["words"],
            Self::PythonEnvironment => &["folder"],
            Self::RustVariable | Self::Value | Self::Length => &["variable"],
            Self::PortHolder => &["port", "holder"],
            Self::Dependency | Self::DependencyElsewhere => &["address"],
            Self::Secret => &["variable", "other"],
            Self::NodePackage => &["package"],
            Self::Unhandled | Self::UnhandledInProbe => &["exception", "where"],
        }
    }

    /// Whether it reads files or asks for sockets, beside the log: each look may take milliseconds.
    pub(in crate::findings) fn looks_around(self) -> bool {
        !matches!(self, Self::Uncaught | Self::Unhandled | Self::UnhandledInProbe)
    }

    /// Looks, and completes the draft; `None` if there is nothing to tell after all.
    pub(in crate::findings) fn look(self, case: &Case<'_>, draft: &mut Draft) -> Option<()> {
        match self {
            Self::Variable => environment::variable(case, draft),
            Self::Value => environment::value(case, draft),
            Self::Length => environment::length(case, draft),
            Self::PortHolder => port::holder(case, draft),
            Self::Dependency => dependency::address(case, draft),
            Self::DependencyElsewhere => dependency::elsewhere(case, draft),
            Self::Secret => secret::difference(case, draft),
            Self::Host => host::name(case, draft),
            Self::Tls => host::tls(case, draft),
            Self::Origin => host::origin(case, draft),
            Self::Database => database::variable(case, draft),
            Self::Migrations => database::migrations(case, draft),
            Self::SqliteFile => sqlite::unopened(case, draft),
            Self::SqliteLock => sqlite::locked(case, draft),
            Self::NodePackage => node::package(case, draft),
            Self::NodeFile => node::file(case, draft),
            Self::NpmScript => npm::script(case, draft),
            Self::NpmManifest => npm::manifest(case, draft),
            Self::Command => shell::command(case, draft),
            Self::ScriptInterpreter => shell::interpreter(case, draft),
            Self::Permission => shell::permission(case, draft),
            Self::RustPanic => rust::panic(case, draft),
            Self::RustVariable => rust::variable(case, draft),
            Self::RustError => rust::compile(case, draft),
            Self::JsonFile => json::file(case, draft),
            Self::HealthPath => health::path(case, draft),
            Self::HealthPlace => health::written(case, draft),
            Self::Memory => memory::killed(case, draft),
            Self::PythonModule => python::module(case, draft),
            Self::PythonName => python::name(case, draft),
            Self::PythonEnvironment => python::environment(case, draft),
            Self::Uncaught => traceback::uncaught(case, draft),
            Self::Unhandled => traceback::unhandled(case, draft),
            Self::UnhandledInProbe => traceback::in_probe(case, draft),
            Self::Interpreter => interpreter::missing(case, draft),
            Self::Listening => port::listening(case, draft),
            Self::Privileged => port::privileged(case, draft),
            Self::LastWords => words::last(case, draft),
        }
    }
}
