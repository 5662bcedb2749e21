//! The keys of one map while they are read: each is taken once, and whatever nobody took is listed.

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::ImportError;
use super::leftover::{Fate, Leftovers};
use super::yaml::{Key, Node};

/// Longer is a slip, and more than portolan.toml takes.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The keys of one map.
pub(super) struct Keys<'n> {
    path: String,
    entries: &'n [(Key, Node)],
    taken: BTreeSet<&'n str>,
}

/// One value with its place.
#[derive(Clone)]
pub(super) struct Entry<'n> {
    /// As a path of keys.
    pub(super) key: String,
    pub(super) line: u32,
    pub(super) node: &'n Node,
}

impl<'n> Keys<'n> {
    /// `node` must be a map; null stands for an empty one.
    pub(super) fn of(node: &'n Node, path: &str) -> Result<Self, ImportError> {
        let entries = match node.map() {
            Some(entries) => entries,
            None if node.is_null() => &[],
            None => {
                let what = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
                return Err(ImportError::at(node.line, format!("{what} has to be a map of keys")));
            }
        };
        Ok(Self { path: path.to_owned(), entries, taken: BTreeSet::new() })
    }

    /// The value of a key, which then counts as read. Null counts as not written.
    pub(super) fn take(&mut self, name: &str) -> Option<Entry<'n>> {
        let (key, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        self.taken.insert(&key.name);
        (!node.is_null()).then(|| Entry { key: self.path_of(&key.name), line: key.line, node })
    }

    /// The text of a key; something else in its place is listed.
    pub(super) fn text(&mut self, name: &str, leftovers: &mut Leftovers) -> Option<(&'n str, Entry<'n>)> {
        let entry = self.take(name)?;
        match entry.node.text() {
            Some(text) => Some((text, entry)),
            None => {
                leftovers.lost(&*entry.key, entry.line, "a text was expected here");
                None
            }
        }
    }

    /// A whole number; something else in its place is listed.
    pub(super) fn number(&mut self, name: &str, leftovers: &mut Leftovers) -> Option<(u32, Entry<'n>)> {
        let (text, entry) = self.text(name, leftovers)?;
        match text.parse() {
            Ok(number) => Some((number, entry)),
            Err(_) => {
                leftovers.lost(&*entry.key, entry.line, "a whole number was expected here");
                None
            }
        }
    }

    /// Yes or no; something else in its place is listed.
    pub(super) fn flag(&mut self, name: &str, leftovers: &mut Leftovers) -> Option<(bool, Entry<'n>)> {
        let entry = self.take(name)?;
        match entry.node.flag() {
            Some(flag) => Some((flag, entry)),
            None => {
                leftovers.lost(&*entry.key, entry.line, "true or false was expected here");
                None
            }
        }
    }

    /// Lists every key that nobody took.
    pub(super) fn rest(self, leftovers: &mut Leftovers, why: impl Fn(&str) -> (Fate, String)) {
        for (key, _) in self.entries.iter().filter(|(key, _)| !self.taken.contains(key.name.as_str())) {
            let (fate, why) = why(&key.name);
            let path = self.path_of(&key.name);
            match fate {
                Fate::Lost => leftovers.lost(path, key.line, why),
                Fate::Approximated => leftovers.nearly(path, key.line, why),
                Fate::Kept => leftovers.kept(path, key.line, why),
            }
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// The reason for a key, from a table of reasons.
pub(super) fn reason(table: &[(&str, &str)], name: &str) -> (Fate, String) {
    if name.starts_with("x-") {
        return (Fate::Kept, "an extension, which that tool itself ignores".to_owned());
    }
    let known = table.iter().find(|(key, _)| *key == name).map(|(_, why)| (*why).to_owned());
    (Fate::Lost, known.unwrap_or_else(|| "not a key that Portolan knows of this format".to_owned()))
}

/// A duration as Go writes it: `1m30s`, `500ms`; a bare number is seconds.
pub(super) fn duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok().filter(|duration| *duration <= LONGEST);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let factor = match &rest[digits..unit] {
            "us" | "µs" => 0.000_001,
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * factor).ok()?)?;
        rest = &rest[unit..];
    }
    Some(total).filter(|duration| *duration <= LONGEST)
}

/// A whole number of seconds, if it is one that portolan.toml takes.
pub(super) fn seconds(number: u32) -> Option<Duration> {
    Some(Duration::from_secs(number.into())).filter(|duration| *duration <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("10"), Some(Duration::from_secs(10)));
        for text in ["", "x", "1y", "-1s", "99999999h", "s"] {
            assert!(duration(text).is_none_or(|d| d.is_zero()), "{text}");
        }
    }
}
