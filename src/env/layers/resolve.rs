//! Stacks the layers of one service's environment, lowest first:
//!
//! 1. `generate` and `default` of the rules,
//! 2. what Portolan gives by itself and a user may replace,
//! 3. the stack's `env_files`, then the service's own,
//! 4. the shell,
//! 5. `env` in portolan.toml,
//! 6. `--set`,
//! 7. the port and the run, which nothing replaces.
//!
//! `default` lies below what Portolan gives: it is the value when nothing else gives one.
//!
//! References in files mean what they mean after `load_dotenv(override=False)` in a process that has the upper
//! layers already: `${A}` is looked for in 7, 6, 5 and 4, then in the same file above the reference, then in the
//! files before it, then in 2 and 1. An entry of portolan.toml that mentions `{env.NAME}` is made after the files,
//! and so is not seen by them. With several files this is what reading them in order into one shell would give: a
//! file sees what the ones before it said, never what a later one says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::env::dotenv::{FileState, StatementKind};
use crate::env::problem::{EnvProblem, Place, merged};
use crate::env::schema;
use crate::stack::{EnvSource, EnvWarning, Runs, ServiceSpec, StackSpec};

use super::automatic::{Automatic, clashes, forced, yielding};
use super::expand::Addresses;
use super::inputs::{EnvInputs, is_variable_name, system_name};
use super::resolved::ResolvedEnv;

/// One value of a variable, with its source.
pub(crate) struct Layer {
    pub(crate) source: EnvSource,
    /// `None` while an address that it holds is not known.
    pub(crate) value: Option<String>,
}

/// The layers of one service's environment while they are stacked, and what was met on the way.
pub(crate) struct Layers<'a> {
    pub(crate) inputs: EnvInputs<'a>,
    /// By variable, lowest first, never empty.
    pub(crate) stacks: BTreeMap<String, Vec<Layer>>,
    /// Default files that are not there.
    pub(crate) absent: Vec<Arc<Path>>,
    /// Files that were read, lowest first.
    pub(crate) read: Vec<Arc<Path>>,
    /// Names that a file mentions without `=`, and where.
    pub(crate) unset: BTreeMap<String, Place>,
    /// Names in statements that could not be read.
    pub(crate) unread: BTreeSet<String>,
    /// Whether a whole file could not be read: nothing is known of what is missing then.
    pub(crate) file_lost: bool,
    pub(crate) problems: Vec<EnvProblem>,
}

/// What a check of a whole stack found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What keeps services from starting, equal ones of several services merged.
    pub problems: Vec<EnvProblem>,
    /// What looks wrong, by service.
    pub warnings: Vec<EnvWarning>,
}

/// The environment of one service, or everything that is wrong with it.
pub fn resolve(inputs: &EnvInputs<'_>) -> Result<ResolvedEnv, Vec<EnvProblem>> {
    let mut layers = Layers::stacked(*inputs);
    schema::check(&mut layers);
    if layers.problems.is_empty() {
        Ok(ResolvedEnv::from_layers(layers))
    } else {
        Err(merged(layers.problems))
    }
}

/// What decides each variable of one service, by name, whatever is wrong with the values.
pub fn deciding(inputs: &EnvInputs<'_>) -> BTreeMap<String, EnvSource> {
    let stacks = Layers::stacked(*inputs).stacks.into_iter();
    stacks.filter_map(|(name, mut stack)| Some((name, stack.pop()?.source))).collect()
}

/// Checks every service that gets an environment, before anything starts. `inputs` gives those of one service.
pub fn check_stack<'a>(stack: &'a StackSpec, inputs: impl Fn(&'a ServiceSpec) -> EnvInputs<'a>) -> Checked {
    let mut checked = Checked::default();
    for service in stack.services.iter().filter(|service| !service.disabled) {
        match service.runs {
            Runs::Command(_) | Runs::Embedded(_) => {}
            Runs::Shared { .. } => continue,
        }
        match resolve(&inputs(service)) {
            Ok(resolved) => checked.warnings.extend_from_slice(resolved.warnings()),
            Err(problems) => checked.problems.extend(problems),
        }
    }
    checked.problems = merged(checked.problems);
    checked
}

impl<'a> Layers<'a> {
    /// All layers, one upon the other.
    fn stacked(inputs: EnvInputs<'a>) -> Self {
        let mut layers = Self::new(inputs);
        layers.clashes();
        layers.rules();
        layers.automatic();
        layers.files();
        layers.shell();
        layers.entries();
        layers.set();
        layers.forced();
        layers
    }

    fn new(inputs: EnvInputs<'a>) -> Self {
        Self {
            inputs,
            stacks: BTreeMap::new(),
            absent: Vec::new(),
            read: Vec::new(),
            unset: BTreeMap::new(),
            unread: BTreeSet::new(),
            file_lost: false,
            problems: Vec::new(),
        }
    }

    /// The winning layer of a variable.
    pub(crate) fn top(&self, name: &str) -> Option<&Layer> {
        self.stacks.get(system_name(name).as_ref()).and_then(|stack| stack.last())
    }

    pub(crate) fn problem(&mut self, variable: Option<&str>, place: Place, reason: String, remedy: String) {
        self.problems.push(EnvProblem {
            variable: variable.map(str::to_owned),
            services: vec![self.inputs.service.name.clone()],
            place,
            reason,
            remedy,
        });
    }

    pub(super) fn push(&mut self, name: &str, source: EnvSource, value: Option<String>) {
        let fault = if !is_variable_name(name) {
            Some(("has a name that no variable can have", "take `=` out of the name"))
        } else if value.as_ref().is_some_and(|value| value.contains('\0')) {
            Some(("holds a zero character", "take it out: no variable can hold one"))
        } else {
            None
        };
        match fault {
            Some((reason, remedy)) => {
                self.problem(Some(name), Place::from(&source), reason.to_owned(), remedy.to_owned());
            }
            None => {
                self.stacks.entry(system_name(name).into_owned()).or_default().push(Layer { source, value });
            }
        }
    }

    fn clashes(&mut self) {
        for clash in clashes(self.inputs.service) {
            let reason = format!("would be set for both {} and {}", clash.first, clash.second);
            let place = Place::Toml(self.inputs.service.origin.clone());
            self.problem(Some(&clash.name), place, reason, "rename one of the two".to_owned());
        }
    }

    fn rules(&mut self) {
        for (name, rule) in &self.inputs.stack.env_rules {
            if let Some(value) = self.inputs.generated.get(name)
                && rule.generate.is_some()
                && rule.default.is_none()
            {
                self.push(name, EnvSource::Generated, Some(value.clone()));
            }
            if let Some(value) = &rule.default {
                self.push(name, EnvSource::Default { origin: rule.origin.clone() }, Some(value.clone()));
            }
        }
    }

    fn automatic(&mut self) {
        let color = !self.asks_for_no_color();
        self.push_all(yielding(&self.inputs, color));
    }

    fn forced(&mut self) {
        self.push_all(forced(&self.inputs));
    }

    fn push_all(&mut self, all: Vec<Automatic>) {
        for Automatic { name, source, value } in all {
            self.push(&name, source, value);
        }
    }

    /// Whether any layer sets NO_COLOR to something; <https://no-color.org> says that empty does not count.
    fn asks_for_no_color(&self) -> bool {
        let inputs = &self.inputs;
        let is_it = |name: &str| system_name(name) == "NO_COLOR";
        let set = inputs.set.iter().rev().find(|(name, _)| is_it(name)).map(|(_, value)| value.as_str());
        let entry = || inputs.service.env.iter().find(|e| is_it(&e.name)).map(|e| e.value.as_str());
        let file = || {
            self.file_specs().into_iter().rev().find_map(|spec| match inputs.files.state(&spec.path) {
                FileState::Read(statements) => statements.iter().rev().find_map(|s| match &s.kind {
                    StatementKind::Binding { name, value } if is_it(name) => {
                        Some(value.as_deref().unwrap_or(""))
                    }
                    StatementKind::Binding { .. }
                    | StatementKind::Blank
                    | StatementKind::Comment
                    | StatementKind::Fault(_) => None,
                }),
                FileState::Absent | FileState::Faulty(_) => None,
            })
        };
        let rule = || self.top("NO_COLOR").and_then(|layer| layer.value.as_deref());
        let value = set.or_else(entry).or_else(|| inputs.shell.get("NO_COLOR")).or_else(file).or_else(rule);
        value.is_some_and(|value| !value.is_empty())
    }

    fn shell(&mut self) {
        for (name, value) in &self.inputs.shell.text {
            self.push(name, EnvSource::Shell, Some(value.clone()));
        }
    }

    pub(super) fn addresses(&self) -> Addresses<'a> {
        Addresses {
            service: &self.inputs.service.name,
            has_port: self.inputs.service.port.is_some(),
            port: self.inputs.port,
            lookup: self.inputs.addresses,
        }
    }

    fn set(&mut self) {
        for (name, value) in self.inputs.set {
            self.push(name, EnvSource::Set, Some(value.clone()));
        }
    }
}
