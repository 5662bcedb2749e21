//! The layer of a service's `env` in portolan.toml: entries that may be made of addresses and of each other.

use std::collections::{BTreeMap, HashSet};

use crate::env::problem::Place;
use crate::stack::{AddressField, EnvSource, RecordField};

use super::automatic::forced;
use super::expand::{ExpandError, records_in, similar};
use super::inputs::{Stage, system_name};
use super::resolve::{Layer, Layers};

impl Layers<'_> {
    pub(super) fn entries(&mut self) {
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
