//! Which checks there are, what each makes known, and what they complete.

use super::{
    dependency, environment, health, interpreter, memory, node, port, python, secret, shell, traceback, words,
};
use crate::findings::case::Case;

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
        let nothing = (None, Vec::new(), Vec::new());
        let (line, evidence, lines) = nothing;
        Self { values, line, evidence, lines, place: None, title: None, remedy: None, action: None }
    }

    /// What is known under a name.
    pub(in crate::findings) fn value(&self, name: &str) -> Option<String> {
        self.values.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
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
    /// Which two services have different secrets.
    Secret,
    /// Which package.json names a package.
    NodePackage,
    /// Where a program of that name lies instead.
    Command,
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
pub(in crate::findings) const NAMES: [(&str, Check); 19] = [
    ("variable", Check::Variable),
    ("value", Check::Value),
    ("length", Check::Length),
    ("port-holder", Check::PortHolder),
    ("dependency", Check::Dependency),
    ("secret", Check::Secret),
    ("node-package", Check::NodePackage),
    ("command", Check::Command),
    ("health-path", Check::HealthPath),
    ("health-place", Check::HealthPlace),
    ("memory", Check::Memory),
    ("python-module", Check::PythonModule),
    ("python-name", Check::PythonName),
    ("python-environment", Check::PythonEnvironment),
    ("python-uncaught", Check::Uncaught),
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
            | Self::HealthPlace
            | Self::Memory
            | Self::PythonModule
            | Self::PythonName
            | Self::Interpreter
            | Self::Uncaught
            | Self::Listening => &[],
            Self::Privileged => &["port"],
            Self::LastWords => &["words"],
            Self::PythonEnvironment => &["folder"],
            Self::Value | Self::Length => &["variable"],
            Self::PortHolder => &["port", "holder"],
            Self::Dependency => &["address"],
            Self::Secret => &["variable", "other"],
            Self::NodePackage => &["package"],
        }
    }

    /// Looks, and completes the draft; `None` if there is nothing to tell after all.
    pub(in crate::findings) fn look(self, case: &Case<'_>, draft: &mut Draft) -> Option<()> {
        match self {
            Self::Variable => environment::variable(case, draft),
            Self::Value => environment::value(case, draft),
            Self::Length => environment::length(case, draft),
            Self::PortHolder => port::holder(case, draft),
            Self::Dependency => dependency::address(case, draft),
            Self::Secret => secret::difference(case, draft),
            Self::NodePackage => node::package(case, draft),
            Self::Command => shell::command(case, draft),
            Self::HealthPath => health::path(case, draft),
            Self::HealthPlace => health::written(case, draft),
            Self::Memory => memory::killed(case, draft),
            Self::PythonModule => python::module(case, draft),
            Self::PythonName => python::name(case, draft),
            Self::PythonEnvironment => python::environment(case, draft),
            Self::Uncaught => traceback::uncaught(case, draft),
            Self::Interpreter => interpreter::missing(case, draft),
            Self::Listening => port::listening(case, draft),
            Self::Privileged => port::privileged(case, draft),
            Self::LastWords => words::last(case, draft),
        }
    }
}
