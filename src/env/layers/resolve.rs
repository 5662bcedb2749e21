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

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::env::dotenv::{Bound, FileState, LineFault, Statement, StatementKind, evaluate, references};
use crate::env::problem::{EnvProblem, Place, merged};
use crate::env::schema;
use crate::stack::{
    AddressField, EnvFileSpec, EnvSource, EnvWarning, RecordField, Runs, ServiceSpec, StackSpec,
};

use super::automatic::{Automatic, clashes, forced, yielding};
use super::expand::{Addresses, ExpandError, mentions_variables, records_in, similar};
use super::inputs::{EnvInputs, Stage, is_variable_name, system_name};
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
    let mut layers = Layers::new(*inputs);
    layers.clashes();
    layers.rules();
    layers.automatic();
    layers.files();
    layers.shell();
    layers.entries();
    layers.set();
    layers.forced();
    schema::check(&mut layers);
    if layers.problems.is_empty() {
        Ok(ResolvedEnv::from_layers(layers))
    } else {
        Err(merged(layers.problems))
    }
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

    fn push(&mut self, name: &str, source: EnvSource, value: Option<String>) {
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

    /// The files in order, each once: a service in the stack's folder has the same `.env` by default, which must
    /// not rise above `.env.local`. One that is listed twice on purpose counts twice.
    fn file_specs(&self) -> Vec<&'a EnvFileSpec> {
        let mut seen = HashSet::new();
        let all = self.inputs.stack.env_files.iter().chain(&self.inputs.service.env_files);
        all.filter(|spec| seen.insert(self.inputs.files.identity(&spec.path)) || spec.listed.is_some())
            .collect()
    }

    fn files(&mut self) {
        let above = self.above_files();
        for spec in self.file_specs() {
            let path: Arc<Path> = spec.path.as_path().into();
            match (self.inputs.files.state(&spec.path), &spec.listed) {
                (FileState::Absent, None) => self.absent.push(path),
                (FileState::Absent, Some(origin)) => {
                    self.file_lost = true;
                    self.problem(
                        None,
                        Place::Toml(origin.clone()),
                        format!("the listed environment file {} does not exist", path.display()),
                        "create it, or take it out of `env_files`".to_owned(),
                    );
                }
                (FileState::Faulty(fault), _) => {
                    self.file_lost = true;
                    let place = Place::File { path, line: fault.line() };
                    self.problem(
                        None,
                        place,
                        format!("the environment file {fault}"),
                        fault.remedy().to_owned(),
                    );
                }
                (FileState::Read(statements), _) => self.file(&path, statements, &above),
            }
        }
    }

    /// What references in files see of the layers above them; `None` for what is not known yet.
    fn above_files(&self) -> BTreeMap<String, Option<String>> {
        let mut above = BTreeMap::new();
        for entry in self.inputs.service.env.iter().filter(|entry| !mentions_variables(&entry.value)) {
            // What cannot be expanded is reported when the entries are stacked.
            let unknown = |_: &str| Ok(String::new());
            let value = self.addresses().expand(&entry.value, unknown).ok();
            above.insert(system_name(&entry.name).into_owned(), value);
        }
        for (name, value) in self.inputs.set {
            above.insert(system_name(name).into_owned(), Some(value.clone()));
        }
        above.extend(forced(&self.inputs).into_iter().map(|a| (system_name(&a.name).into_owned(), a.value)));
        above
    }

    fn file(
        &mut self,
        path: &Arc<Path>,
        statements: &'a [Statement],
        above: &BTreeMap<String, Option<String>>,
    ) {
        self.read.push(path.clone());
        for statement in statements {
            if let StatementKind::Fault(fault) = &statement.kind {
                self.unread.extend(fault.name().map(str::to_owned));
                let (line, reason, remedy) = fault_words(statement.line, fault);
                let place = Place::File { path: path.clone(), line: Some(line) };
                // What no `=` follows may be no name, but part of a secret that lost its quotes.
                let name = fault.name().filter(|_| !matches!(fault, LineFault::NoEquals { .. }));
                self.problem(name, place, reason, remedy.to_owned());
            }
        }
        let shell = self.inputs.shell;
        let known = |name: &str| above.get(system_name(name).as_ref()).map(|v| v.as_deref().unwrap_or(""));
        let over = |name: &str| known(name).or_else(|| shell.get(name));
        let under = |name: &str| self.top(name).map(|layer| layer.value.as_deref().unwrap_or(""));
        match evaluate(statements, over, under) {
            Err(error) => {
                let place = Place::File { path: path.clone(), line: Some(error.line) };
                let reason = "makes the file's values too long once its references are replaced".to_owned();
                self.problem(Some(&error.name), place, reason, "shorten the references".to_owned());
            }
            Ok(bound) => {
                let open = self.open_bindings(statements, above);
                self.push_file(path, bound, &open);
            }
        }
    }

    /// The lines whose values hold something that is not known yet, directly or through another line.
    fn open_bindings(
        &self,
        statements: &[Statement],
        above: &BTreeMap<String, Option<String>>,
    ) -> HashSet<u32> {
        let mut lines = HashSet::new();
        let mut names: HashSet<&str> = HashSet::new();
        for statement in statements {
            let StatementKind::Binding { name, value: Some(value) } = &statement.kind else { continue };
            let is_open = |name: &str| match above.get(system_name(name).as_ref()) {
                Some(value) => value.is_none(),
                None if self.inputs.shell.get(name).is_some() => false,
                None => names.contains(name) || self.top(name).is_some_and(|layer| layer.value.is_none()),
            };
            if references(value).any(is_open) {
                lines.insert(statement.line);
                names.insert(name);
            } else {
                names.remove(name.as_str());
            }
        }
        lines
    }

    /// Stacks a file's bindings; a name whose last binding has no `=` is not set by the file at all.
    fn push_file(&mut self, path: &Arc<Path>, bound: Vec<Bound<'_>>, open: &HashSet<u32>) {
        let mut last: BTreeMap<&str, (bool, u32)> = BTreeMap::new();
        for binding in &bound {
            last.insert(binding.name, (binding.value.is_some(), binding.line));
        }
        for (name, (_, line)) in last.iter().filter(|(_, (is_set, _))| !is_set) {
            let place = Place::File { path: path.clone(), line: Some(*line) };
            self.unset.insert((*name).to_owned(), place);
        }
        for binding in bound {
            let is_set = last.get(binding.name).is_some_and(|(is_set, _)| *is_set);
            if let (true, Some(value)) = (is_set, binding.value) {
                let source = EnvSource::File { path: path.clone(), line: binding.line };
                self.push(binding.name, source, (!open.contains(&binding.line)).then_some(value));
            }
        }
    }

    fn shell(&mut self) {
        for (name, value) in &self.inputs.shell.text {
            self.push(name, EnvSource::Shell, Some(value.clone()));
        }
    }

    fn addresses(&self) -> Addresses<'a> {
        Addresses {
            service: &self.inputs.service.name,
            has_port: self.inputs.service.port.is_some(),
            port: self.inputs.port,
            lookup: self.inputs.addresses,
        }
    }

    fn entries(&mut self) {
        let mut entries = Entries { layers: self, done: BTreeMap::new(), active: Vec::new() };
        let results: Vec<_> =
            self.inputs.service.env.iter().map(|entry| entries.entry(&system_name(&entry.name))).collect();
        let mut cycles = HashSet::new();
        for (entry, result) in self.inputs.service.env.iter().zip(results) {
            let source = EnvSource::Toml { origin: entry.origin.clone(), from: records_in(&entry.value) };
            match result {
                Ok(value) => self.push(&entry.name, source, Some(value)),
                Err(ExpandError::NotYet(_)) if self.inputs.stage == Stage::BeforeStart => {
                    self.push(&entry.name, source, None);
                }
                Err(error) => {
                    // One cycle is one problem, not one for each of its variables.
                    if let ExpandError::Cycle(names) = &error {
                        let mut members = names.clone();
                        members.sort();
                        members.dedup();
                        if !cycles.insert(members) {
                            continue;
                        }
                    }
                    let place = Place::Toml(entry.origin.clone());
                    let remedy = error.remedy().to_owned();
                    self.problem(Some(&entry.name), place, error.to_string(), remedy);
                }
            }
        }
    }

    fn set(&mut self) {
        for (name, value) in self.inputs.set {
            self.push(name, EnvSource::Set, Some(value.clone()));
        }
    }
}

/// The service's entries in portolan.toml while they are expanded, each once.
struct Entries<'l, 'a> {
    layers: &'l Layers<'a>,
    done: BTreeMap<String, Result<String, ExpandError>>,
    active: Vec<String>,
}

impl Entries<'_, '_> {
    /// The deepest chain of entries that refer to each other.
    const MAX_DEPTH: usize = 64;

    fn entry(&mut self, name: &str) -> Result<String, ExpandError> {
        if let Some(done) = self.done.get(name) {
            return done.clone();
        }
        if self.active.iter().any(|active| active == name) || self.active.len() >= Self::MAX_DEPTH {
            let from = self.active.iter().position(|active| active == name).unwrap_or(0);
            let mut cycle = self.active[from..].to_vec();
            cycle.push(name.to_owned());
            return Err(ExpandError::Cycle(cycle));
        }
        let layers = self.layers;
        let Some(entry) = layers.inputs.service.env.iter().find(|entry| system_name(&entry.name) == name)
        else {
            return Err(ExpandError::UnknownVariable { name: name.to_owned(), suggestion: None });
        };
        self.active.push(name.to_owned());
        let result =
            layers.addresses().expand(&entry.value, |variable| self.variable(&system_name(variable)));
        self.active.pop();
        self.done.insert(name.to_owned(), result.clone());
        result
    }

    /// What `{env.NAME}` stands for: the value that the service gets; in the entry of NAME itself, the one below.
    fn variable(&mut self, name: &str) -> Result<String, ExpandError> {
        let layers = self.layers;
        let inputs = &layers.inputs;
        if let Some(given) = forced(inputs).into_iter().find(|given| system_name(&given.name) == name) {
            let port = || RecordField { service: inputs.service.name.clone(), field: AddressField::Port };
            return given.value.ok_or_else(|| ExpandError::NotYet(port()));
        }
        if let Some((_, value)) = inputs.set.iter().rev().find(|(set, _)| system_name(set) == name) {
            return Ok(value.clone());
        }
        let is_itself = self.active.last().is_some_and(|active| active == name);
        if !is_itself && inputs.service.env.iter().any(|entry| system_name(&entry.name) == name) {
            return self.entry(name);
        }
        match layers.top(name) {
            Some(Layer { value: Some(value), .. }) => Ok(value.clone()),
            Some(Layer { value: None, source }) => Err(ExpandError::NotYet(open_field(source, layers))),
            None => {
                let entries = inputs.service.env.iter().map(|entry| entry.name.as_str());
                let known = layers.stacks.keys().map(String::as_str).chain(entries);
                Err(ExpandError::UnknownVariable { name: name.to_owned(), suggestion: similar(name, known) })
            }
        }
    }
}

/// Which part of an address is missing in a value that is not known yet.
fn open_field(source: &EnvSource, layers: &Layers<'_>) -> RecordField {
    match source {
        EnvSource::Record(field) => field.clone(),
        EnvSource::Default { .. }
        | EnvSource::Generated
        | EnvSource::Automatic { .. }
        | EnvSource::File { .. }
        | EnvSource::Shell
        | EnvSource::Toml { .. }
        | EnvSource::Set => {
            RecordField { service: layers.inputs.service.name.clone(), field: AddressField::Port }
        }
    }
}

/// The line at fault, what is wrong with it, and what to do.
fn fault_words(line: u32, fault: &LineFault) -> (u32, String, &'static str) {
    match fault {
        LineFault::NoName => (
            line,
            "the line does not begin with a name".to_owned(),
            "write NAME=value, or put `#` before a comment",
        ),
        LineFault::UnclosedName => {
            (line, "the name's quote is never closed".to_owned(), "write the name without quotes")
        }
        LineFault::NoEquals { .. } => (
            line,
            "the line's first word is not followed by `=`".to_owned(),
            "write NAME=value, or put `#` before a comment",
        ),
        LineFault::UnclosedQuote { quote, opened, .. } => (
            *opened,
            format!("has a value whose {quote} is never closed"),
            "close the quote, or escape it with \\",
        ),
        LineFault::TextAfterQuote { opened, closed, .. } if opened == closed => (
            *opened,
            "has text after its quoted value".to_owned(),
            "escape the inner quote with \\, or put ` #` before a comment",
        ),
        LineFault::TextAfterQuote { opened, closed, .. } => (
            *opened,
            format!("has a value whose quote is closed only on line {closed}, with text after it"),
            "close the quote on the line where it opens",
        ),
    }
}
