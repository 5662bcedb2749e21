//! The one pass over everything that is printed: counts lines and finds those that speak of trouble.
//!
//! Only lines that hold one of a few words are looked at singly. That costs about 10 ns a line of 100 bytes, a
//! third of what it costs to classify every line (`benches/log_throughput.rs`).

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::classify::{Level, classify};
use super::{address, ansi};

/// No line is of level warn or error, or speaks of an address or of what is forbidden, without one of these. Written out in the usual
/// three cases and not `(?i)`: few enough literals are searched for with vector instructions.
const HINTS: &str = concat!(
    "err|Err|ERR|warn|Warn|WARN|wrn|Wrn|WRN|fatal|Fatal|FATAL|crit|Crit|CRIT|panic|Panic|PANIC",
    "|severe|Severe|SEVERE|alert|Alert|ALERT|emerg|Emerg|EMERG|xception|Traceback|Caused by",
    "|\"level\"|\"severity\"|\"lvl\"|ddress already|DDRESS ALREADY|ADDRINUSE|addrinuse|nly one usage",
    "|EACCES",
);

static USUAL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(HINTS).expect("the pattern is a constant that a test compiles"));

/// The words that make a line worth a look.
#[derive(Clone, Debug)]
pub(crate) struct Hints(Regex);

impl Hints {
    /// The usual ones, and `words` as they are written. Those that hold a usual one add nothing.
    pub(crate) fn with(words: &[String]) -> Self {
        let more: Vec<String> = words
            .iter()
            .filter(|word| !USUAL.is_match(word.as_bytes()))
            .map(|word| regex::escape(word))
            .collect();
        let all = [&[HINTS.to_owned()], &more[..]].concat().join("|");
        // Escaped words are a pattern; should they be too many, the usual ones remain.
        Self(Regex::new(&all).unwrap_or_else(|_| USUAL.clone()))
    }

    fn next(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        next(&self.0, text, at)
    }
}

impl Default for Hints {
    fn default() -> Self {
        Self(USUAL.clone())
    }
}

/// What a chunk holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) lines: u32,
    /// Lines of level warn.
    pub(crate) warnings: u8,
    /// Lines of level error. The indented lines of a stack trace belong to the line above them.
    pub(crate) errors: u16,
    /// Some line may say that an address is in use.
    pub(crate) address: bool,
}

/// The first line at or after `at` (where a line begins) that may speak of trouble: where it begins and ends.
/// `text` is without ANSI.
pub(crate) fn next_hinted(text: &[u8], at: usize) -> Option<(usize, usize)> {
    next(&USUAL, text, at)
}

fn next(hints: &Regex, text: &[u8], at: usize) -> Option<(usize, usize)> {
    let hint = hints.find_at(text, at)?;
    let start = memchr::memrchr(b'\n', &text[at..hint.start()]).map_or(at, |newline| at + newline + 1);
    let end = memchr::memchr(b'\n', &text[hint.end()..]).map_or(text.len(), |newline| hint.end() + newline);
    Some((start, end))
}

/// Looks through whole lines, and shows each that holds a hint: its index among them, and its text without ANSI.
pub(crate) fn tally(text: &[u8], hints: &Hints, show: &mut dyn FnMut(u64, &[u8])) -> Tally {
    // A chunk has fewer than 2^32 bytes.
    let lines = memchr::memchr_iter(b'\n', text).count() as u32;
    if memchr::memchr(0x1b, text).is_none() {
        return Tally { lines, ..look(text, hints, show) };
    }
    let mut plain = Vec::with_capacity(text.len());
    ansi::strip_into(text, &mut plain);
    Tally { lines, ..look(&plain, hints, show) }
}

fn look(text: &[u8], hints: &Hints, show: &mut dyn FnMut(u64, &[u8])) -> Tally {
    let (mut tally, mut at) = (Tally::default(), 0);
    let (mut counted, mut index) = (0, 0);
    while let Some((start, end)) = hints.next(text, at) {
        let line = &text[start..end];
        index += memchr::memchr_iter(b'\n', &text[counted..start]).count() as u64;
        counted = start;
        show(index, line);
        at = (end + 1).min(text.len());
        tally.address |= address::is_said_in(line);
        if matches!(line.first(), Some(b' ' | b'\t')) {
            continue;
        }
        match classify(line) {
            Level::Warn => tally.warnings = tally.warnings.saturating_add(1),
            Level::Error => tally.errors = tally.errors.saturating_add(1),
            Level::Unknown | Level::Trace | Level::Debug | Level::Info => {}
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(text: &[u8]) -> Tally {
        super::tally(text, &Hints::default(), &mut |_, _| {})
    }

    #[test]
    fn lines_with_a_hint_are_shown_with_their_index() {
        let hints = Hints::with(&["blocked by CORS".to_owned(), "an Error".to_owned()]);
        let mut shown = Vec::new();
        let text = b"plain\nWARN a\nplain\n\x1b[31mblocked\x1b[0m by CORS\nerr\n";
        super::tally(text, &hints, &mut |index, line| shown.push((index, line.to_vec())));
        assert_eq!(shown, [(1, b"WARN a".to_vec()), (3, b"blocked by CORS".to_vec()), (4, b"err".to_vec())]);
    }

    #[test]
    fn a_stack_trace_counts_once() {
        let text = b"Error: boom\n    at a (x:1:2)\n    at error (x:1:2)\nWARN x\nplain\n";
        assert_eq!(tally(text), Tally { lines: 5, warnings: 1, errors: 1, address: false });
    }

    #[test]
    fn colours_and_fields_hide_nothing() {
        let text = b"\x1b[31mER\x1b[1mROR\x1b[0m x\n{\"level\":50}\nlevel=warn msg=x\nCaused by: x\n";
        assert_eq!(tally(text), Tally { lines: 4, warnings: 1, errors: 3, address: false });
        assert!(tally(b"x\nOnly one usage of each socket address\n").address);
        assert!(tally(b"bind: Address already in use\n").address);
        assert!(tally(b"[WinError 10013] denied\n").address);
    }
}
