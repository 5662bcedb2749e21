//! Names, numbers and ports, each a type of its own and checked once, at construction.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a service as written in portolan.toml: ASCII letters, digits, `-`, `_` and `.`, at most 63
/// characters, beginning with a letter or digit. It is also a file name (`.service_discovery/<name>.json`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceName(Arc<str>);

/// Why a text is not a [`ServiceName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// The text is empty.
    Empty,
    /// The text has more than 63 characters.
    TooLong,
    /// The text begins with something other than an ASCII letter or digit.
    BadStart(char),
    /// The text holds a character that a service name may not have.
    BadCharacter(char),
}

impl ServiceName {
    /// Checks `text` and takes it as a name.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let Some(first) = text.chars().next() else {
            return Err(NameError::Empty);
        };
        if !first.is_ascii_alphanumeric() {
            return Err(NameError::BadStart(first));
        }
        if let Some(bad) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        {
            return Err(NameError::BadCharacter(bad));
        }
        if text.len() > 63 {
            return Err(NameError::TooLong);
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it stands in an environment variable: upper case, every letter other than A–Z, 0–9 as `_`.
    pub fn env_prefix(&self) -> String {
        self.0
            .chars()
            .map(|c| match c.to_ascii_uppercase() {
                c @ ('A'..='Z' | '0'..='9') => c,
                _ => '_',
            })
            .collect()
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a service name cannot be empty"),
            Self::TooLong => f.write_str("a service name has at most 63 characters"),
            Self::BadStart(c) => write!(f, "a service name begins with a letter or digit, not {c:?}"),
            Self::BadCharacter(c) => {
                write!(f, "a service name has only letters, digits, `-`, `_` and `.`, not {c:?}")
            }
        }
    }
}

impl std::error::Error for NameError {}

impl FromStr for ServiceName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl TryFrom<String> for ServiceName {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::new(&text)
    }
}

impl From<ServiceName> for String {
    fn from(name: ServiceName) -> Self {
        name.0.as_ref().to_owned()
    }
}

/// One running instance of a service: its name and a replica number, 0 while there is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServiceId {
    /// The service's name.
    pub name: ServiceName,
    /// Which replica, counted from 0.
    pub replica: u16,
}

impl From<ServiceName> for ServiceId {
    fn from(name: ServiceName) -> Self {
        Self { name, replica: 0 }
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.replica {
            0 => self.name.fmt(f),
            n => write!(f, "{}.{n}", self.name),
        }
    }
}

/// Counts the spawns of one service. A report that carries an older epoch is about a process that is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch of the next spawn.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A TCP port, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Port(NonZeroU16);

/// Why a text or number is not a port or a range of ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortError {
    /// Not a whole number.
    NotANumber(String),
    /// A number below 1 or above 65535.
    OutOfRange(i64),
    /// The first port of a range is above its last.
    Reversed(Port, Port),
}

impl Port {
    /// Takes `number` as a port, if it is not 0.
    pub fn new(number: u16) -> Option<Self> {
        NonZeroU16::new(number).map(Self)
    }

    /// The port as a number.
    pub fn get(self) -> u16 {
        self.0.get()
    }
}

impl TryFrom<i64> for Port {
    type Error = PortError;
    fn try_from(number: i64) -> Result<Self, PortError> {
        u16::try_from(number).ok().and_then(Self::new).ok_or(PortError::OutOfRange(number))
    }
}

impl FromStr for Port {
    type Err = PortError;
    fn from_str(text: &str) -> Result<Self, PortError> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PortError::NotANumber(text.to_owned()));
        }
        // More digits than fit are out of range, not "not a number".
        Self::try_from(text.parse::<i64>().unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An inclusive range of ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PortRange {
    first: Port,
    last: Port,
}

impl PortRange {
    /// The range from `first` to `last`, both included.
    pub fn new(first: Port, last: Port) -> Result<Self, PortError> {
        if first > last {
            return Err(PortError::Reversed(first, last));
        }
        Ok(Self { first, last })
    }

    /// The range of one port.
    pub fn single(port: Port) -> Self {
        Self { first: port, last: port }
    }

    /// The lowest port.
    pub fn first(self) -> Port {
        self.first
    }

    /// The highest port.
    pub fn last(self) -> Port {
        self.last
    }

    /// Whether `port` lies in the range.
    pub fn contains(self, port: Port) -> bool {
        self.first <= port && port <= self.last
    }

    /// The ports, lowest first.
    pub fn iter(self) -> impl Iterator<Item = Port> {
        (self.first.get()..=self.last.get()).filter_map(Port::new)
    }
}

impl FromStr for PortRange {
    type Err = PortError;
    /// Reads `8000-8010` or a single `8000`.
    fn from_str(text: &str) -> Result<Self, PortError> {
        match text.split_once('-') {
            Some((first, last)) => Self::new(first.parse()?, last.parse()?),
            None => Ok(Self::single(text.parse()?)),
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { self.first.fmt(f) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber(text) => write!(f, "{text:?} is not a port number"),
            Self::OutOfRange(n) => write!(f, "{n} is not a port: ports go from 1 to 65535"),
            Self::Reversed(first, last) => {
                write!(f, "the range {first}-{last} is reversed: write {last}-{first}")
            }
        }
    }
}

impl std::error::Error for PortError {}

/// Identifies one run of a stack: 16 hexadecimal digits, in every service's environment as `PORTOLAN_RUN_ID`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Arc<str>);

impl RunId {
    /// Names a run by 64 random bits.
    pub fn from_bits(bits: u64) -> Self {
        Self(format!("{bits:016x}").into())
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_outside_the_range_are_refused_by_number() {
        assert_eq!("0".parse::<Port>(), Err(PortError::OutOfRange(0)));
        assert_eq!("70000".parse::<Port>(), Err(PortError::OutOfRange(70000)));
        assert_eq!("abc".parse::<Port>(), Err(PortError::NotANumber("abc".into())));
        assert_eq!("-1".parse::<Port>(), Err(PortError::NotANumber("-1".into())));
        assert_eq!("99999999999999999999".parse::<Port>(), Err(PortError::OutOfRange(i64::MAX)));
    }

    #[test]
    fn a_reversed_range_says_how_to_write_it() {
        let error = "8010-8000".parse::<PortRange>().unwrap_err();
        assert_eq!(error.to_string(), "the range 8010-8000 is reversed: write 8000-8010");
    }

    #[test]
    fn names_that_cannot_be_file_names_are_refused() {
        assert!(ServiceName::new("auth-v2.1_x").is_ok());
        for bad in ["", "../etc", "-x", ".hidden", "a/b", "a b", "ä"] {
            assert!(ServiceName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn environment_prefix_replaces_everything_but_letters_and_digits() {
        assert_eq!(ServiceName::new("demo-auth.v2").unwrap().env_prefix(), "DEMO_AUTH_V2");
    }
}
