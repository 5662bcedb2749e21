//! What a stack says about environments: files, entries of portolan.toml, and the rules of variables.
//!
//! Values may be secrets, so `Debug` shows none.

use std::fmt;
use std::path::PathBuf;

use super::Origin;

/// One variable set under a service's `env`.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvEntry {
    /// The variable.
    pub name: String,
    /// Its value as written, with placeholders.
    pub value: String,
    /// Where it stands.
    pub origin: Origin,
}

/// One environment file and what its absence means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFileSpec {
    /// The file, absolute.
    pub path: PathBuf,
    /// Where portolan.toml lists it; `None` for a default file, which may be absent.
    pub listed: Option<Origin>,
}

/// The rules of one variable under `[env.NAME]`.
#[derive(Clone, PartialEq)]
pub struct EnvRule {
    /// Where the rule stands.
    pub origin: Origin,
    /// Every service must get a value.
    pub required: bool,
    /// The value is never shown.
    pub secret: bool,
    /// The least number of characters.
    pub min_length: Option<usize>,
    /// What the value must look like.
    pub format: Option<EnvFormat>,
    /// The value when nothing else gives one.
    pub default: Option<String>,
    /// A random value of this many characters, made once and kept in the stack's state, when nothing gives one.
    pub generate: Option<usize>,
}

/// `format`: what a variable's value must look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvFormat {
    /// An absolute URL.
    Url,
    /// A number from 1 to 65535.
    Port,
    /// A whole number.
    Int,
    /// true, false, 1, 0, yes, no, on, off.
    Bool,
    /// A match of this regular expression, from begin to end.
    Regex(String),
}

impl fmt::Debug for EnvEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvEntry")
            .field("name", &self.name)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EnvRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvRule")
            .field("origin", &self.origin)
            .field("required", &self.required)
            .field("secret", &self.secret)
            .field("min_length", &self.min_length)
            .field("format", &self.format)
            .field("has_default", &self.default.is_some())
            .field("generate", &self.generate)
            .finish()
    }
}
