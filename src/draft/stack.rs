//! A whole draft, and what makes it hold together: names that portolan.toml takes, needs that can be met.

use std::collections::{BTreeMap, BTreeSet};

use crate::env::{Placeholder, Template};
use crate::stack::Port;

use super::names;
use super::service::{DraftService, Note, Said};

/// A rule of `[env.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftRule {
    /// Nothing may start without it.
    pub required: bool,
    /// The value when nothing else gives one.
    pub default: Option<Said<String>>,
}

/// A portolan.toml in the making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The stack's name, if it is not the folder's.
    pub name: Option<Said<String>>,
    /// Comments at the top.
    pub notes: Vec<String>,
    /// Rules for variables.
    pub rules: BTreeMap<String, DraftRule>,
    /// The services, in their order.
    pub services: Vec<DraftService>,
}

impl Draft {
    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&DraftService> {
        self.services.iter().find(|service| service.name == name)
    }

    /// Takes a service away, with every need of it and every variable that has its address.
    pub fn remove(&mut self, name: &str) {
        self.services.retain(|service| service.name != name);
        let mentions = |text: &str| {
            ["url", "host", "port"].iter().any(|field| text.contains(&format!("{{{name}.{field}}}")))
        };
        for service in &mut self.services {
            service.needs.retain(|need| need.value.service != name);
            service.env.retain(|entry| !mentions(&entry.value.value));
        }
    }

    /// Lets a service prefer another port.
    pub fn set_port(&mut self, name: &str, prefer: Port) {
        let service = self.services.iter_mut().find(|service| service.name == name);
        if let Some(port) = service.and_then(|service| service.port.as_mut()) {
            port.value.prefer = prefer;
            port.note =
                port.value.fixed.then(|| Note::Remark("the program has to take this port, too".to_owned()));
        }
    }

    /// Gives every service a name that portolan.toml takes and that no other has, and takes away needs that cannot be
    /// met and variables with the address of a service that has none here. Returns what was changed, each with the
    /// service's line.
    pub(super) fn settle(&mut self) -> Vec<(Option<u32>, String)> {
        let mut said = self.rename();
        let (mut start, mut known) = (BTreeSet::new(), BTreeSet::new());
        for service in &self.services {
            known.insert(service.name.clone());
            if service.starts() {
                start.insert(service.name.clone());
            }
        }
        for service in &mut self.services {
            said.extend(clean(service));
        }
        for service in &mut self.services {
            let (name, line, own) = (service.name.clone(), service.line, profiles(service));
            service.needs.retain(|need| {
                let needed = &need.value.service;
                let why = if *needed == name {
                    "it would need itself"
                } else if !known.contains(needed) {
                    "there is no such service"
                } else if own.is_empty() && !start.contains(needed) {
                    "which does not start by itself"
                } else {
                    return true;
                };
                said.push((line, format!("`{name}` does not wait for `{needed}`: {why}")));
                false
            });
            let mut met = BTreeSet::new();
            service.needs.retain(|need| met.insert(need.value.service.clone()));
        }
        said.extend(self.keep_addresses());
        said
    }

    /// Two files of other tools may have been put together, and a service of one left aside.
    fn keep_addresses(&mut self) -> Vec<(Option<u32>, String)> {
        let mut said = Vec::new();
        let with_port = self.services.iter().filter(|service| service.port.is_some());
        let reachable: BTreeSet<String> = with_port.map(|service| service.name.clone()).collect();
        for service in &mut self.services {
            let (name, line) = (service.name.clone(), service.line);
            service.env.retain(|entry| {
                let Ok(value) = Template::parse(&entry.value.value) else { return true };
                let missing = value.placeholders().find_map(|found| match found {
                    Placeholder::Service(other, _) => {
                        (!reachable.contains(other.as_str())).then(|| other.to_string())
                    }
                    Placeholder::OwnPort | Placeholder::Env(_) => None,
                });
                if let Some(other) = &missing {
                    let variable = shown(&entry.name);
                    said.push((
                        line,
                        format!("{variable} of `{name}` is not there: `{other}` has no address here"),
                    ));
                }
                missing.is_none()
            });
        }
        said
    }

    fn rename(&mut self) -> Vec<(Option<u32>, String)> {
        let mut said = Vec::new();
        let mut called = BTreeMap::new();
        let names = names::fitting_each(self.services.iter().map(|service| service.name.as_str()));
        for (service, name) in self.services.iter_mut().zip(names) {
            let name = name.as_str().to_owned();
            let old = std::mem::replace(&mut service.name, name.clone());
            if name != old {
                said.push((service.line, format!("`{}` is called `{name}` here", shown(&old))));
                if service.line.is_some() {
                    service.about.push(format!("{} in the file it was read from", shown(&old)));
                }
            }
            // Of two with one name the first is meant: it is of the file that speaks of it, the other is a guess.
            called.entry(old).or_insert(name);
        }
        for need in self.services.iter_mut().flat_map(|service| &mut service.needs) {
            if let Some(name) = called.get(&need.value.service) {
                need.value.service.clone_from(name);
            }
        }
        said
    }

    /// Says at the top what whoever reads the file should know; each sentence once.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Sets a default for a variable, unless it has one.
    pub(super) fn default_value(&mut self, name: &str, value: String, note: &str) {
        let rule = self.rules.entry(name.to_owned()).or_default();
        if rule.default.is_none() && !rule.required {
            rule.default = Some(Said { value, note: Some(Note::Remark(note.to_owned())) });
        }
    }
}

/// Takes away paths and names that portolan.toml takes from nobody.
fn clean(service: &mut DraftService) -> Vec<(Option<u32>, String)> {
    let mut said = Vec::new();
    let bad = |text: &str| text.trim().is_empty() || text.contains(char::is_control);
    let name = &service.name;
    if !service.directory.is_empty() && bad(&service.directory) {
        service.directory.clear();
        said.push((
            service.line,
            format!("`{name}` runs in the folder of portolan.toml: no path looks like that"),
        ));
    }
    let (files, profiles) = (service.env_files.len(), service.profiles.len());
    service.env_files.retain(|file| !bad(file));
    service.profiles.retain(|profile| !bad(&profile.value));
    if (service.env_files.len(), service.profiles.len()) != (files, profiles) {
        said.push((
            service.line,
            format!("an env file or a profile of `{name}` is not there: no name looks like that"),
        ));
    }
    said
}

fn profiles(service: &DraftService) -> Vec<String> {
    service.profiles.iter().map(|profile| profile.value.clone()).collect()
}

/// A foreign name as it may stand in a comment.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}
