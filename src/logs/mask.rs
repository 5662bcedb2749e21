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
        let (mut masked, mut done) = (Vec::with_capacity(text.len()), 0);
        for (start, end) in self.spans(text) {
            masked.extend_from_slice(&text[done..start]);
            masked.extend_from_slice(STARS);
            done = end;
        }
        masked.extend_from_slice(&text[done..]);
        *text = masked;
    }

    /// Where secrets stand in `text`: in order, those that overlap as one.
    fn spans(&self, text: &[u8]) -> Vec<(usize, usize)> {
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
        let mut apart: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
        for (start, end) in spans {
            match apart.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => apart.push((start, end)),
            }
        }
        apart
    }

    /// How many bytes at the end of `text` are the beginning of a secret.
    fn unfinished(&self, text: &[u8]) -> usize {
        let begun = |secret: &Finder<'_>| {
            let secret = secret.needle();
            (1..secret.len()).rev().find(|&len| text.ends_with(&secret[..len]))
        };
        self.secrets.iter().filter_map(begun).max().unwrap_or(0)
    }

    /// How many bytes at the end of an unfinished line could be the beginning of a secret.
    pub(crate) fn reach(&self) -> usize {
        self.secrets.iter().map(|secret| secret.needle().len() - 1).max().unwrap_or(0)
    }
}

/// A stream of bytes that is masked as it comes, without waiting for the end of a line.
///
/// What may be the beginning of a secret is held back until it is known to be none. A few bytes may be
/// [released](Self::release) all the same, since they tell nothing: what completes them is hidden even then.
#[derive(Default)]
pub(crate) struct Unmasked {
    /// What was handed on last, as far as a secret may reach back, and then what is held.
    bytes: Vec<u8>,
    /// So many of them were handed on or hidden.
    done: usize,
}

impl Unmasked {
    /// So few bytes of a secret of [`SHORTEST`] bytes or more tell nothing.
    const FEW: usize = 3;

    /// Takes `bytes`; what can be shown by now goes to `out`.
    pub(crate) fn push(&mut self, mask: &Mask, bytes: &[u8], out: &mut Vec<u8>) {
        self.bytes.extend_from_slice(bytes);
        let end = self.bytes.len() - mask.unfinished(&self.bytes);
        self.hand_on(mask, end, out);
        let past = self.done.saturating_sub(mask.reach());
        self.bytes.drain(..past);
        self.done -= past;
    }

    /// Hands on what comes before `end`, and hides the secrets that begin there.
    fn hand_on(&mut self, mask: &Mask, end: usize, out: &mut Vec<u8>) {
        for (from, to) in mask.spans(&self.bytes) {
            if to <= self.done {
                continue;
            }
            if from >= end {
                break;
            }
            out.extend_from_slice(self.bytes.get(self.done..from).unwrap_or_default());
            out.extend_from_slice(STARS);
            self.done = to;
        }
        out.extend_from_slice(self.bytes.get(self.done..end).unwrap_or_default());
        self.done = self.done.max(end);
    }

    /// Whether bytes are held back, but only so few that they tell nothing.
    pub(crate) fn holds_few(&self) -> bool {
        (1..=Self::FEW).contains(&(self.bytes.len() - self.done))
    }

    /// Hands on what is held back; whole secrets are hidden all the same.
    pub(crate) fn release(&mut self, mask: &Mask, out: &mut Vec<u8>) {
        self.hand_on(mask, self.bytes.len(), out);
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

    fn streamed(mask: &Mask, pieces: &[&[u8]]) -> (Vec<u8>, Unmasked) {
        let (mut unmasked, mut out) = (Unmasked::default(), Vec::new());
        for piece in pieces {
            unmasked.push(mask, piece, &mut out);
        }
        (out, unmasked)
    }

    #[test]
    fn a_secret_that_comes_in_pieces_is_hidden_and_a_prompt_is_shown_at_once() {
        let mask = Mask::new(&[b"hunter2hunter2".to_vec()]);
        let text = b"pass hunter2hunter2 huntsman";
        for first in 0..text.len() {
            for second in first..text.len() {
                let (out, _) = streamed(&mask, &[&text[..first], &text[first..second], &text[second..]]);
                assert_eq!(out, b"pass ******** huntsman");
            }
        }
        assert_eq!(streamed(&mask, &[b"name: "]).0, b"name: ");
    }

    #[test]
    fn a_few_held_bytes_may_go_out_and_what_completes_them_is_hidden_all_the_same() {
        let mask = Mask::new(&[b"hunter2hunter2".to_vec()]);
        let (mut out, mut unmasked) = streamed(&mask, &[b"> hu"]);
        assert_eq!(out, b"> ");
        assert!(unmasked.holds_few());
        unmasked.release(&mask, &mut out);
        assert_eq!(out, b"> hu");
        unmasked.push(&mask, b"nter2hunter2.", &mut out);
        assert_eq!(out, b"> hu********.");
        let (_, unmasked) = streamed(&mask, &[b"> hunt"]);
        assert!(!unmasked.holds_few(), "half of a secret is not let out");
    }

    #[test]
    fn a_secret_that_begins_a_longer_one_is_hidden_at_the_end() {
        let mask = Mask::new(&[b"abcdefgh".to_vec(), b"abcdefghijkl".to_vec()]);
        let (mut out, mut unmasked) = streamed(&mask, &[b"<abcdefgh"]);
        unmasked.release(&mask, &mut out);
        assert_eq!(out, b"<********");
        assert_eq!(streamed(&mask, &[b"<abcdefgh", b"ijkl>"]).0, b"<********>");
        assert_eq!(streamed(&mask, &[b"<abcdefgh", b">"]).0, b"<********>");
    }

    #[test]
    fn overlapping_secrets_in_pieces_leave_nothing_of_either() {
        let mask = Mask::new(&[b"abcdefgh".to_vec(), b"efghijkl".to_vec()]);
        let text = b"<abcdefghijkl>";
        for cut in 0..text.len() {
            let (out, _) = streamed(&mask, &[&text[..cut], &text[cut..]]);
            let shown = String::from_utf8(out).unwrap();
            assert_eq!(shown.replace("********", ""), "<>", "{shown}");
        }
    }
}
