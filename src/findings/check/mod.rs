//! Checks: what a text cannot say and has to be looked up. Each is named by rules and knows one topic.

mod dependency;
mod environment;
mod health;
mod memory;
mod node;
mod port;
mod secret;
mod shell;

use super::case::Case;

/// What a rule's texts may always name.
pub(super) const ALWAYS_GIVEN: [&str; 1] = ["service"];

/// A finding in the making: what was captured and seen, which a check completes or takes for nothing.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    values: Vec<(String, String)>,
    /// Where in the case's log it was said, if it was.
    pub(super) line: Option<usize>,
    pub(super) evidence: Vec<String>,
    pub(super) lines: Vec<u64>,
    pub(super) place: Option<String>,
    /// Take the place of the rule's own texts.
    pub(super) title: Option<String>,
    pub(super) remedy: Option<String>,
    pub(super) action: Option<String>,
}

impl Draft {
    pub(super) fn new(case: &Case<'_>, captures: Vec<(String, String)>) -> Self {
        let mut values = captures;
        values.push(("service".to_owned(), case.spec.name.to_string()));
        let nothing = (None, Vec::new(), Vec::new());
        let (line, evidence, lines) = nothing;
        Self { values, line, evidence, lines, place: None, title: None, remedy: None, action: None }
    }

    /// What is known under a name.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.values.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// Makes a value known.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.push((name.to_owned(), value.into()));
    }
}

/// A check, by the name that rules use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Where a variable that a service misses is defined instead.
    Variable,
    /// Which variable holds a value that a service cannot use.
    Value,
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
    /// Whether the out-of-memory killer was at work.
    Memory,
}

/// All of them by name.
pub(super) const NAMES: [(&str, Check); 9] = [
    ("variable", Check::Variable),
    ("value", Check::Value),
    ("port-holder", Check::PortHolder),
    ("dependency", Check::Dependency),
    ("secret", Check::Secret),
    ("node-package", Check::NodePackage),
    ("command", Check::Command),
    ("health-path", Check::HealthPath),
    ("memory", Check::Memory),
];

impl Check {
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, check)| *check)
    }

    /// The names that it makes known whenever it finds something.
    pub(super) fn gives(self) -> &'static [&'static str] {
        match self {
            Self::Variable | Self::Command | Self::HealthPath | Self::Memory => &[],
            Self::Value => &["variable"],
            Self::PortHolder => &["port", "holder"],
            Self::Dependency => &["address"],
            Self::Secret => &["variable", "other"],
            Self::NodePackage => &["package"],
        }
    }

    /// Looks, and completes the draft; `None` if there is nothing to tell after all.
    pub(super) fn look(self, case: &Case<'_>, draft: &mut Draft) -> Option<()> {
        match self {
            Self::Variable => environment::variable(case, draft),
            Self::Value => environment::value(case, draft),
            Self::PortHolder => port::holder(case, draft),
            Self::Dependency => dependency::address(case, draft),
            Self::Secret => secret::difference(case, draft),
            Self::NodePackage => node::package(case, draft),
            Self::Command => shell::command(case, draft),
            Self::HealthPath => health::path(case, draft),
            Self::Memory => memory::killed(case, draft),
        }
    }
}
