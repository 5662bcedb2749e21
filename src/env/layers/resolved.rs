//! The finished environment of one service: values with their sources, what they hid, and what of them is secret.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::env::redaction::Redactor;
use crate::env::schema;
use crate::env::secrecy::Secrecy;
use crate::stack::{
    Address, CommandLine, EnvReport, EnvReportHidden, EnvReportVariable, EnvSource, EnvWarning, Port,
    ServiceName,
};

use super::automatic::RUN_ID;
use super::expand::{Addresses, ExpandError, similar};
use super::inputs::system_name;
use super::loopback;
use super::resolve::Layers;

/// The environment of one service.
#[derive(Clone)]
pub struct ResolvedEnv {
    service: ServiceName,
    variables: BTreeMap<String, Variable>,
    open: BTreeMap<String, EnvSource>,
    opaque: Vec<(OsString, OsString)>,
    addresses: BTreeMap<ServiceName, Address>,
    has_port: bool,
    port: Option<Port>,
    warnings: Vec<EnvWarning>,
}

/// One variable of an environment.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, unmasked.
    pub value: String,
    /// How much of the value is secret.
    pub secrecy: Secrecy,
    /// Where the value comes from.
    pub source: EnvSource,
    /// What the value hid, nearest first.
    pub hidden: Vec<Hidden>,
}

/// A value that another one hid.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The value, unmasked.
    pub value: String,
    /// How much of the value is secret.
    pub secrecy: Secrecy,
    /// Where the value comes from.
    pub source: EnvSource,
}

impl fmt::Debug for ResolvedEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResolvedEnv({}, ", self.service)?;
        f.debug_list().entries(self.variables.values()).finish()?;
        f.write_str(")")
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?} from {}", self.name, self.secrecy.mask(&self.value), self.source)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} from {}", self.secrecy.mask(&self.value), self.source)
    }
}

impl ResolvedEnv {
    pub(super) fn from_layers(layers: Layers<'_>) -> Self {
        let inputs = layers.inputs;
        let mut warnings = schema::warnings(&layers);
        warnings.extend(loopback::warnings(&layers));
        let mut resolved = Self {
            service: inputs.service.name.clone(),
            variables: BTreeMap::new(),
            open: BTreeMap::new(),
            opaque: inputs.shell.opaque.clone(),
            addresses: BTreeMap::new(),
            has_port: inputs.service.port.is_some(),
            port: inputs.port,
            warnings,
        };
        let needed = inputs.service.needs.iter().map(|need| &need.service);
        for name in needed.chain(&inputs.service.references).chain([&inputs.service.name]) {
            if let Some(address) = (inputs.addresses)(name) {
                resolved.addresses.insert(name.clone(), address);
            }
        }
        for (name, mut stack) in layers.stacks {
            let rule = inputs.stack.env_rules.get(&name);
            let Some(top) = stack.pop() else { continue };
            let Some(value) = top.value else {
                resolved.open.insert(name, top.source);
                continue;
            };
            let hidden = stack.into_iter().rev().filter_map(|layer| {
                let value = layer.value?;
                Some(Hidden { secrecy: Secrecy::of(&name, &value, rule), source: layer.source, value })
            });
            let variable = Variable {
                name: name.clone(),
                secrecy: Secrecy::of(&name, &value, rule),
                source: top.source,
                hidden: hidden.collect(),
                value,
            };
            resolved.variables.insert(name, variable);
        }
        resolved
    }

    /// The service that this environment is for.
    pub fn service(&self) -> &ServiceName {
        &self.service
    }

    /// The variable of that name.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.get(system_name(name).as_ref())
    }

    /// The variables, by name.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.variables.values()
    }

    /// Everything to give to the process, unmasked, in place of an inherited environment: what the shell has that
    /// is not text comes first, then the variables by name.
    pub fn vars_os(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let opaque = self.opaque.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()));
        opaque.chain(self.variables.values().map(|v| (OsStr::new(&v.name), OsStr::new(&v.value))))
    }

    /// What looks wrong without being an error.
    pub fn warnings(&self) -> &[EnvWarning] {
        &self.warnings
    }

    /// A number that changes when a value changes that the service is given, the run's identifier excepted. Only to
    /// be compared within one process.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for variable in self.variables.values().filter(|variable| variable.name != RUN_ID) {
            (&variable.name, &variable.value).hash(&mut hasher);
        }
        self.opaque.hash(&mut hasher);
        hasher.finish()
    }

    /// `text` with its placeholders replaced, for commands and probes.
    pub fn expand(&self, text: &str) -> Result<String, ExpandError> {
        let lookup = |name: &ServiceName| self.addresses.get(name).cloned();
        let addresses =
            Addresses { service: &self.service, has_port: self.has_port, port: self.port, lookup: &lookup };
        addresses.expand(text, |name| match self.get(name) {
            Some(variable) => Ok(variable.value.clone()),
            None => Err(ExpandError::UnknownVariable {
                name: name.to_owned(),
                suggestion: similar(name, self.variables.keys().map(String::as_str)),
            }),
        })
    }

    /// A command with the placeholders of each of its parts replaced. A value stays within its word.
    pub fn expand_command(&self, command: &CommandLine) -> Result<CommandLine, ExpandError> {
        Ok(match command {
            CommandLine::Words(words) => {
                CommandLine::Words(words.iter().map(|word| self.expand(word)).collect::<Result<_, _>>()?)
            }
            CommandLine::Shell(text) => CommandLine::Shell(self.expand(text)?),
        })
    }

    /// What to show of this environment; secrets masked unless `reveal`.
    pub fn report(&self, reveal: bool) -> EnvReport {
        let redactor = Redactor::new([self]);
        let show = |secrecy: Secrecy, value: &str| {
            // A value that is no secret itself may be made of one.
            if reveal { value.to_owned() } else { redactor.mask(&secrecy.mask(value)).into_owned() }
        };
        let known = self.variables.values().map(|variable| EnvReportVariable {
            name: variable.name.clone(),
            value: Some(show(variable.secrecy, &variable.value)),
            secret: variable.secrecy != Secrecy::Public,
            source: variable.source.clone(),
            hidden: variable
                .hidden
                .iter()
                .map(|h| EnvReportHidden { source: h.source.clone(), value: show(h.secrecy, &h.value) })
                .collect(),
        });
        let open = self.open.iter().map(|(name, source)| EnvReportVariable {
            name: name.clone(),
            value: None,
            secret: false,
            source: source.clone(),
            hidden: Vec::new(),
        });
        let mut variables: Vec<_> = known.chain(open).collect();
        variables.sort_by(|a, b| a.name.cmp(&b.name));
        EnvReport { service: self.service.clone(), variables, warnings: self.warnings.clone() }
    }

    /// The secret parts of all values, hidden ones included.
    pub(crate) fn secret_parts(&self) -> impl Iterator<Item = &str> {
        self.variables.values().flat_map(|variable| {
            let hidden = variable.hidden.iter().filter_map(|hidden| hidden.secrecy.part(&hidden.value));
            variable.secrecy.part(&variable.value).into_iter().chain(hidden)
        })
    }
}
