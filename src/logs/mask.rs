//! Replaces secret values in output before it reaches the disk or a tail. Never prints, shows or stores them
//! elsewhere; no type here has `Debug`.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

/// Shorter values are not masked: replacing them would blank out ordinary text.
const SHORTEST: usize = 8;
const STARS: &[u8] = b"********";

/// The values to hide.
#[derive(Default)]
pub(crate) struct Mask {
    secrets: Vec<Finder<'static>>,
    /// All of them in one pattern, if it could be built: one pass over a clean chunk instead of one per secret.
    any: Option<Regex>,
}

impl Mask {
    /// Hides `values` of 8 bytes and more. A value of several lines is hidden line by line, as lines are what
    /// a service prints.
    pub(crate) fn new(values: &[Vec<u8>]) -> Self {
        let mut parts: Vec<&[u8]> = values
            .iter()
            .flat_map(|value| value.split(|&b| b == b'\n'))
            .map(|part| part.strip_suffix(b"\r").unwrap_or(part))
            .filter(|part| part.len() >= SHORTEST)
            .collect();
        parts.sort_unstable();
        parts.dedup();
        if parts.is_empty() {
            return Self::default();
        }
        let pattern = parts.iter().map(|part| hex_pattern(part)).collect::<Vec<_>>().join("|");
        let any = RegexBuilder::new(&pattern).unicode(false).build().ok();
        Self { secrets: parts.into_iter().map(|part| Finder::new(part).into_owned()).collect(), any }
    }

    /// Replaces every occurrence in `text` by stars; leaves `text` alone if there is none.
    pub(crate) fn apply(&self, text: &mut Vec<u8>) {
        if self.secrets.is_empty() || self.any.as_ref().is_some_and(|any| !any.is_match(text)) {
            return;
        }
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for secret in &self.secrets {
            let mut from = 0;
            while let Some(at) = secret.find(&text[from..]) {
                spans.push((from + at, from + at + secret.needle().len()));
                // One byte on, not past the match: occurrences may overlap, and all of it must go.
                from += at + 1;
            }
        }
        spans.sort_unstable();
        let (mut masked, mut done, mut covered) = (Vec::with_capacity(text.len()), 0, 0);
        for (start, end) in spans {
            if start >= covered {
                masked.extend_from_slice(&text[done..start]);
                masked.extend_from_slice(STARS);
            }
            covered = covered.max(end);
            done = covered;
        }
        masked.extend_from_slice(&text[done..]);
        *text = masked;
    }

    /// How many bytes at the end of an unfinished line could be the beginning of a secret.
    pub(crate) fn reach(&self) -> usize {
        self.secrets.iter().map(|secret| secret.needle().len() - 1).max().unwrap_or(0)
    }
}

fn hex_pattern(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!(r"\x{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(values: &[&str], text: &str) -> String {
        let mask = Mask::new(&values.iter().map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>());
        let mut text = text.as_bytes().to_vec();
        mask.apply(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn every_occurrence_is_replaced_and_short_values_are_not() {
        assert_eq!(masked(&["hunter2hunter2", "short"], "a hunter2hunter2 short b"), "a ******** short b");
        assert_eq!(masked(&["hunter2hunter2"], "nothing here"), "nothing here");
    }

    #[test]
    fn overlapping_secrets_leave_nothing_of_either() {
        assert_eq!(masked(&["abcdefgh", "efghijkl"], "<abcdefghijkl>"), "<********>");
        assert_eq!(masked(&["aaaaaaaa"], "<aaaaaaaaaaa>"), "<********>");
        assert_eq!(masked(&["abcdefgh", "abcdefghijkl"], "<abcdefghijkl>"), "<********>");
    }

    #[test]
    fn a_value_of_several_lines_is_hidden_line_by_line() {
        assert_eq!(
            masked(&["first-line\r\nsecond-line\nx"], "first-line\nsecond-line\nx"),
            "********\n********\nx"
        );
    }
}
