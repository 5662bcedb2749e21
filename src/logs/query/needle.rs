//! A literal text in a line or in a block of lines, as it stands or in any case.

use std::ops::Range;

use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};

/// Letters from frequent to rare in English; logs are not far from it.
const FREQUENT_FIRST: &[u8] = b"etaoinsrldcumhpgfywbvkxjqz";

/// A literal text.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    text: String,
    how: How,
}

#[derive(Clone, Debug)]
enum How {
    AsIs(memmem::Finder<'static>),
    /// ASCII in any case: looks for the byte that should be rare, then compares around it.
    AnyCase {
        rare: usize,
    },
    /// Letters beyond ASCII in any case.
    Unicode(Regex),
}

impl Needle {
    /// Looks for `text`, which is not empty; without a capital letter in it, in any case.
    pub(super) fn new(text: &str) -> Self {
        let any_case = !text.chars().any(char::is_uppercase) && text.chars().any(char::is_alphabetic);
        let as_is = || How::AsIs(memmem::Finder::new(text.as_bytes()).into_owned());
        let how = match (any_case, text.is_ascii()) {
            (false, _) => as_is(),
            (true, true) => How::AnyCase { rare: rarest(text.as_bytes()) },
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
            How::AnyCase { rare } => find_any_case(text, self.text.as_bytes(), *rare, at),
            How::Unicode(regex) => regex.find_at(text, at).map(|found| found.range()),
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

/// The place of the byte that is least likely to stand in a log.
fn rarest(text: &[u8]) -> usize {
    let rank = |byte: u8| match byte {
        b'0'..=b'9' | b' ' | b'.' | b':' | b'-' | b'/' | b'"' | b'=' | b',' => 0,
        b'a'..=b'z' => 1 + FREQUENT_FIRST.iter().position(|&known| known == byte).unwrap_or(0),
        _ => 20,
    };
    (0..text.len()).max_by_key(|&at| rank(text[at])).unwrap_or(0)
}

fn find_any_case(text: &[u8], needle: &[u8], rare: usize, at: usize) -> Option<Range<usize>> {
    let byte = needle[rare];
    let upper = byte.to_ascii_uppercase();
    // Beyond this no needle ends within the text.
    let last = text.len().checked_sub(needle.len() - rare)? + 1;
    let mut from = at + rare;
    loop {
        let rest = text.get(from..last)?;
        let found =
            if byte == upper { memchr::memchr(byte, rest) } else { memchr::memchr2(byte, upper, rest) };
        let start = from + found? - rare;
        if text[start..start + needle.len()].eq_ignore_ascii_case(needle) {
            return Some(start..start + needle.len());
        }
        from = start + rare + 1;
    }
}
