//! A regular expression of a rule, compiled when it is first needed: in a run that goes well few of hundreds are.

use std::sync::OnceLock;

use regex::bytes::{Captures, Regex, RegexBuilder};

/// A pattern that is larger when compiled would be a way to stall: the crate's own limit is 10 MB.
const LARGEST: usize = 1 << 20;

/// A regular expression, and its compiled form once it was asked.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// One that is known to be right.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new() }
    }

    /// One that has to be tried first.
    pub(super) fn checked(text: &str) -> Result<Self, regex::Error> {
        let regex = compile(text)?;
        Ok(Self { text: text.to_owned(), compiled: OnceLock::from(Some(regex)) })
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// What it captures by name, if it matches.
    pub(super) fn named(&self, text: &[u8]) -> Option<Vec<(String, String)>> {
        let regex = self.regex()?;
        regex.captures(text).map(|found| named(regex, &found))
    }

    /// Whether it captures something under that name when it matches.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.regex().is_some_and(|regex| regex.capture_names().flatten().any(|known| known == name))
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.text).ok()).as_ref()
    }
}

fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(LARGEST).build()
}

fn named(regex: &Regex, found: &Captures<'_>) -> Vec<(String, String)> {
    let names = regex.capture_names().flatten();
    names
        .filter_map(|name| {
            let text = String::from_utf8_lossy(found.name(name)?.as_bytes()).into_owned();
            Some((name.to_owned(), text))
        })
        .collect()
}
