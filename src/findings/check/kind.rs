//! Which checks there are, what each makes known, and what they complete.

use super::{dependency, environment, health, memory, node, port, secret, shell};
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
pub(in crate::findings) const NAMES: [(&str, Check); 9] = [
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
    pub(in crate::findings) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, check)| *check)
    }

    /// The names that it makes known whenever it finds something.
    pub(in crate::findings) fn gives(self) -> &'static [&'static str] {
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
    pub(in crate::findings) fn look(self, case: &Case<'_>, draft: &mut Draft) -> Option<()> {
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
