//! The layer of environment files: which are read, in which order, and what their references see.
//!
//! Faults of files and of their lines become problems here; the grammar is `dotenv`'s.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::env::dotenv::{Bound, FileState, LineFault, Statement, StatementKind, evaluate, references};
use crate::env::problem::Place;
use crate::stack::{EnvFileSpec, EnvSource};

use super::automatic::forced;
use super::expand::mentions_variables;
use super::inputs::system_name;
use super::resolve::Layers;

impl<'a> Layers<'a> {
    /// The files in order, each once: a service in the stack's folder has the same `.env` by default, which must
    /// not rise above `.env.local`. One that is listed twice on purpose counts twice.
    pub(super) fn file_specs(&self) -> Vec<&'a EnvFileSpec> {
        let mut seen = HashSet::new();
        let all = self.inputs.stack.env_files.iter().chain(&self.inputs.service.env_files);
        all.filter(|spec| seen.insert(self.inputs.files.identity(&spec.path)) || spec.listed.is_some())
            .collect()
    }

    pub(super) fn files(&mut self) {
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
