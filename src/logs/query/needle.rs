//! A literal text in a line or in a block of lines, as it stands or in any case.

use std::ops::Range;

use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};

/// Letters from frequent to rare in English; logs are not far from it.
const FREQUENT_FIRST: &[u8] = b"etaoinsrldcumhpgfywbvkxjqz";

/// The letters looked for first, in any case: eight spellings, which the `regex` crate finds with vector
/// instructions, as it does not with many more.
const PROBE: usize = 3;

/// Bytes without a case that make a better probe than letters.
const CASELESS_PROBE: usize = 4;

/// A literal text.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    text: String,
    how: How,
}

#[derive(Clone, Debug)]
enum How {
    AsIs(Box<memmem::Finder<'static>>),
    /// ASCII in any case: looks for a part of it that begins at `offset`, then compares around that.
    AnyCase {
        probe: Probe,
        offset: usize,
    },
    /// Letters beyond ASCII in any case.
    Unicode(Regex),
}

#[derive(Clone, Debug)]
enum Probe {
    /// Digits and marks, which have no case.
    Caseless(Box<memmem::Finder<'static>>),
    Letters(Regex),
}

impl Needle {
    /// Looks for `text`, which is not empty; without a capital letter in it, in any case.
    pub(super) fn new(text: &str) -> Self {
        let any_case = !text.chars().any(char::is_uppercase) && text.chars().any(char::is_alphabetic);
        let as_is = || How::AsIs(Box::new(memmem::Finder::new(text.as_bytes()).into_owned()));
        let how = match (any_case, text.is_ascii()) {
            (false, _) => as_is(),
            (true, true) => any_ascii_case(text).unwrap_or_else(as_is),
            (true, false) => {
                let built = RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build();
                built.map_or_else(|_| as_is(), How::Unicode)
            }
        };
        Self { text: text.to_owned(), how }
    }

    /// The first place at or after `at`.
    pub(super) fn find_at(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        match &self.how {
            How::AsIs(finder) => {
                let start = at + finder.find(text.get(at..)?)?;
                Some(start..start + self.text.len())
            }
            How::AnyCase { probe, offset } => self.find_any_case(probe, *offset, text, at),
            How::Unicode(regex) => regex.find_at(text, at).map(|found| found.range()),
        }
    }

    fn find_any_case(&self, probe: &Probe, offset: usize, text: &[u8], at: usize) -> Option<Range<usize>> {
        let needle = self.text.as_bytes();
        let mut from = at + offset;
        loop {
            let found = match probe {
                Probe::Caseless(finder) => from + finder.find(text.get(from..)?)?,
                Probe::Letters(regex) if from <= text.len() => regex.find_at(text, from)?.start(),
                Probe::Letters(_) => return None,
            };
            let start = found - offset;
            if text.get(start..start + needle.len())?.eq_ignore_ascii_case(needle) {
                return Some(start..start + needle.len());
            }
            from = found + 1;
        }
    }

    /// Whether it is there.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.find_at(text, 0).is_some()
    }

    /// How well it tells lines apart: longer is rarer.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// As a part of a larger regular expression.
    pub(super) fn as_part(&self) -> String {
        let flags = match self.how {
            How::AsIs(_) => "-i",
            How::AnyCase { .. } => "i-u",
            How::Unicode(_) => "i",
        };
        format!("(?{flags}:{})", regex::escape(&self.text))
    }
}

fn any_ascii_case(text: &str) -> Option<How> {
    let bytes = text.as_bytes();
    let (mut caseless, mut run) = (0..0, 0);
    for (at, byte) in bytes.iter().enumerate() {
        run = if byte.is_ascii_alphabetic() { 0 } else { run + 1 };
        if run > caseless.len() {
            caseless = at + 1 - run..at + 1;
        }
    }
    if caseless.len() >= CASELESS_PROBE {
        let probe = Probe::Caseless(Box::new(memmem::Finder::new(&bytes[caseless.clone()]).into_owned()));
        return Some(How::AnyCase { probe, offset: caseless.start });
    }
    let len = PROBE.min(bytes.len());
    let rarity = |offset: usize| bytes[offset..offset + len].iter().map(|&byte| rarity(byte)).sum::<usize>();
    let offset = (0..=bytes.len() - len).max_by_key(|&offset| (rarity(offset), usize::MAX - offset))?;
    let part = regex::escape(&text[offset..offset + len]);
    let probe = RegexBuilder::new(&part).case_insensitive(true).unicode(false).build().ok()?;
    Some(How::AnyCase { probe: Probe::Letters(probe), offset })
}

/// How unlikely a byte is in a log: digits and marks stand in every line.
fn rarity(byte: u8) -> usize {
    FREQUENT_FIRST.iter().position(|&letter| letter == byte).unwrap_or(0)
}
