//! What the environment of a service is, as told to the console, the control API and `portolan env`.
//!
//! Values in it are masked already, unless they were asked for; nothing here knows a secret from another text.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Origin, ServiceName};

/// The environment of one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvReport {
    /// The service.
    pub service: ServiceName,
    /// Its variables, by name.
    pub variables: Vec<EnvReportVariable>,
    /// What looks wrong without being an error.
    pub warnings: Vec<EnvWarning>,
}

/// One variable of an [`EnvReport`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvReportVariable {
    /// Its name.
    pub name: String,
    /// Its value, masked unless revealed; `None` while an address that it holds is not known.
    pub value: Option<String>,
    /// Whether the value, or a part of it, is a secret.
    pub secret: bool,
    /// Where the value comes from.
    pub source: EnvSource,
    /// What the value hid, nearest first.
    pub hidden: Vec<EnvReportHidden>,
}

/// A value that did not win.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvReportHidden {
    /// Where it comes from.
    pub source: EnvSource,
    /// The value, masked unless revealed.
    pub value: String,
}

/// Something in the environment that will not do what its author meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvWarning {
    /// The variable.
    pub variable: String,
    /// The service that gets it.
    pub service: ServiceName,
    /// Where its value comes from.
    pub source: EnvSource,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EnvSource {
    /// The `default` of a rule.
    Default {
        /// Where the rule stands.
        origin: Origin,
    },
    /// The `generate` of a rule.
    Generated,
    /// Portolan, for every service.
    Automatic {
        /// What it tells.
        what: AutomaticValue,
    },
    /// The address of a needed service.
    Record(RecordField),
    /// An environment file.
    File {
        /// The file.
        path: Arc<Path>,
        /// The line, from 1.
        line: u32,
    },
    /// The environment in which Portolan was started.
    Shell,
    /// A service's `env` in portolan.toml.
    Toml {
        /// Where it stands.
        origin: Origin,
        /// The parts of addresses that its placeholders stand for, in order.
        from: Vec<RecordField>,
    },
    /// `--set`.
    Set,
}

/// One field of a service's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordField {
    /// The service.
    pub service: ServiceName,
    /// Which field.
    pub field: AddressField,
}

/// A field of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressField {
    /// The URL.
    Url,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The mode.
    Mode,
}

/// What an automatic variable tells a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AutomaticValue {
    /// The service's own port.
    Port,
    /// The run's identifier.
    RunId,
    /// The folder of the discovery records.
    RecordFolder,
    /// That output is wanted at once.
    Unbuffered,
    /// That colours are wanted.
    Color,
}

impl AddressField {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Host => "host",
            Self::Port => "port",
            Self::Mode => "mode",
        }
    }
}

impl fmt::Display for RecordField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.field.as_str(), self.service)
    }
}

impl fmt::Display for AutomaticValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Port => "own port",
            Self::RunId => "run",
            Self::RecordFolder => "folder of the discovery records",
            Self::Unbuffered => "unbuffered output",
            Self::Color => "colours",
        })
    }
}

impl fmt::Display for EnvSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default { origin } => write!(f, "default at {origin}"),
            Self::Generated => f.write_str("generated, kept in the stack's state"),
            Self::Automatic { what } => write!(f, "portolan: {what}"),
            Self::Record(field) => write!(f, "record: {field}"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Shell => f.write_str("shell"),
            Self::Toml { origin, from } => {
                write!(f, "{origin}")?;
                for (n, field) in from.iter().enumerate() {
                    write!(f, "{}{field}", if n == 0 { ", record: " } else { ", " })?;
                }
                Ok(())
            }
            Self::Set => f.write_str("--set"),
        }
    }
}
