//! The environment with which a process was started, as the system still shows it. Holds values: `Debug` shows names.

use std::collections::BTreeMap;
use std::fmt;

/// What a process was started with.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenEnv {
    variables: BTreeMap<String, Vec<u8>>,
    overwritten: bool,
}

impl GivenEnv {
    /// Reads `NAME=value` entries that end with a zero byte each.
    #[cfg_attr(not(any(target_os = "linux", test)), expect(dead_code, reason = "no other system shows them"))]
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut variables = BTreeMap::new();
        let mut overwritten = false;
        for entry in bytes.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            match entry.iter().position(|byte| *byte == b'=') {
                Some(at) if at > 0 => {
                    let name = String::from_utf8_lossy(&entry[..at]).into_owned();
                    // Of two with one name, programs see the first.
                    variables.entry(name).or_insert_with(|| entry[at + 1..].to_vec());
                }
                Some(_) | None => overwritten = true,
            }
        }
        Self { variables, overwritten }
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.variables.get(name).map(Vec::as_slice)
    }

    /// The variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// Whether the program has written something else over it, as those do that change their title: then what is not
    /// there may have been there.
    pub fn is_overwritten(&self) -> bool {
        self.overwritten
    }
}

impl fmt::Debug for GivenEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_from_what_was_written_over_them() {
        let given = GivenEnv::parse(b"A=1\0B=x=y\0A=2\0EMPTY=\0");
        assert_eq!(given.get("A"), Some(&b"1"[..]));
        assert_eq!(given.get("B"), Some(&b"x=y"[..]));
        assert_eq!(given.get("EMPTY"), Some(&b""[..]));
        assert_eq!(given.get("C"), None);
        assert!(!given.is_overwritten());
        assert!(GivenEnv::parse(b"postgres: writer\0\0\0").is_overwritten());
        assert!(!GivenEnv::parse(b"").is_overwritten());
    }

    #[test]
    fn no_value_is_shown() {
        assert_eq!(format!("{:?}", GivenEnv::parse(b"TOKEN=hunter2\0")), r#"{"TOKEN"}"#);
    }
}
