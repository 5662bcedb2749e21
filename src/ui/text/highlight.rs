//! What in a line deserves attention: errors, warnings, addresses, and what the user named.

use std::ops::Range;

use ratatui::style::{Modifier, Style};
use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use thiserror::Error;

use super::Shown;
use crate::ui::theme::{Palette, Role};

/// What the compiled form of a pattern may weigh, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;

/// Names of errors as the common languages print them, and what stands where one has no name.
///
/// ASCII, as all of these names are: with Unicode's idea of a word, one umlaut in a line makes matching it many
/// times slower.
const ERROR: &str = concat!(
    "(?-u)",
    // ValueError, asyncpg.exceptions.UniqueViolationError, java.lang.NullPointerException
    r"\b(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)\b",
    r"|\b[a-z_]\w*\.(?:[A-Za-z_]\w*\.)*(?:Error|Exception)\b",
    r"|\b(?:Error|Exception)(?::|\b *\[)",
    // Python, and what Windows says through it
    r"|\[(?:Errno|WinError) -?\d+\]|\bTraceback \(most recent call last\)",
    // Node and C
    r"|\b(?:EADDRINUSE|EADDRNOTAVAIL|EACCES|EPERM|ENOENT|EPIPE|ENOSPC|EMFILE|ENOTFOUND|ETIMEDOUT|ECONNREFUSED|ECONNRESET)\b",
    // Rust, Go
    r"|\bpanicked at\b|\bpanic: |\bfatal error: |\(os error \d+\)",
    // Shells and libraries
    r"|\b[Pp]ermission denied\b|\b[Aa]ddress already in use\b",
    r"|\b(?:ERROR|FATAL|CRITICAL|PANIC)\b",
);

const WARN: &str = r"(?-u)\bWARN(?:ING)?\b|\b[A-Z]\w*Warning\b";

const URL: &str = r#"(?-u:\b)https?://[^\s"'<>`|\\^{}\u{0}-\u{20}]+"#;

/// A pattern of the user's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// What it is called in the configuration.
    pub name: String,
    /// A regular expression.
    pub regex: String,
    /// How what matches is painted.
    pub style: Style,
}

/// Why a pattern of the user's own cannot be used; completes "failed to read the highlight".
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{name}`: {reason}")]
pub struct PatternError {
    /// Which pattern.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What a spot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// The name of an error.
    Error,
    /// A warning.
    Warn,
    /// An address that a browser opens.
    Url,
    /// A match of the user's pattern with this index.
    User(usize),
}

/// A spot in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where, in bytes of the text.
    pub range: Range<usize>,
    /// What.
    pub spot: Spot,
}

/// Finds what deserves attention.
#[derive(Debug)]
pub struct Highlighter {
    /// All patterns at once: most lines have none of them and cost one pass.
    set: RegexSet,
    patterns: Vec<(Spot, Regex)>,
    styles: Vec<Style>,
}

impl Highlighter {
    /// The built-in patterns and the user's own.
    ///
    /// # Errors
    ///
    /// The first of `own` that is no regular expression, or too large a one.
    pub fn new(own: &[Pattern]) -> Result<Self, PatternError> {
        let built_in = [(Spot::Url, URL), (Spot::Warn, WARN), (Spot::Error, ERROR)];
        let mut patterns = Vec::new();
        for (spot, regex) in built_in {
            let regex = Regex::new(regex)
                .map_err(|error| PatternError { name: "built-in".to_owned(), reason: error.to_string() })?;
            patterns.push((spot, regex));
        }
        for (index, pattern) in own.iter().enumerate() {
            let regex = RegexBuilder::new(&pattern.regex)
                .size_limit(LARGEST_PATTERN)
                .build()
                .map_err(|error| PatternError { name: pattern.name.clone(), reason: error.to_string() })?;
            patterns.push((Spot::User(index), regex));
        }
        let set = RegexSetBuilder::new(patterns.iter().map(|(_, regex)| regex.as_str()))
            .size_limit(LARGEST_PATTERN * (1 + own.len()))
            .build()
            .map_err(|error| PatternError { name: "all together".to_owned(), reason: error.to_string() })?;
        Ok(Self { set, patterns, styles: own.iter().map(|pattern| pattern.style).collect() })
    }

    /// The spots of `line`, in the order in which they are painted: the user's own last, and so on top.
    pub fn marks(&self, line: &str) -> Vec<Mark> {
        let mut marks = Vec::new();
        for index in &self.set.matches(line) {
            let (spot, regex) = &self.patterns[index];
            for found in regex.find_iter(line).filter(|found| !found.is_empty()) {
                let range = match spot {
                    Spot::Url => found.start()..found.start() + address_len(found.as_str()),
                    Spot::Error | Spot::Warn | Spot::User(_) => found.range(),
                };
                marks.push(Mark { range, spot: *spot });
            }
        }
        marks
    }

    /// Paints the spots of `shown`, and returns them for whoever wants to click on one.
    pub fn light(&self, shown: &mut Shown, palette: &Palette) -> Vec<Mark> {
        let marks = self.marks(shown.plain());
        for mark in &marks {
            shown.lit([mark.range.clone()], self.style(mark.spot, palette));
        }
        marks
    }

    fn style(&self, spot: Spot, palette: &Palette) -> Style {
        match spot {
            Spot::Error => palette.emphasis(Role::Error),
            Spot::Warn => palette.style(Role::Warn),
            Spot::Url => Style::new().add_modifier(Modifier::UNDERLINED),
            Spot::User(index) => self.styles.get(index).copied().unwrap_or_default(),
        }
    }
}

/// The length of the address at the start of `found`, without the punctuation of the sentence around it.
fn address_len(found: &str) -> usize {
    let mut address = found;
    while let Some(last) = address.chars().next_back() {
        let opens = |open: char, close: char| address.matches(open).count() >= address.matches(close).count();
        let belongs = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '*' | '…' => false,
            ')' => opens('(', ')'),
            ']' => opens('[', ']'),
            _ => true,
        };
        if belongs {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Choice, Depth, Scheme};

    fn spots(line: &str) -> Vec<(Spot, &str)> {
        let marks = Highlighter::new(&[]).unwrap().marks(line);
        marks.into_iter().map(|mark| (mark.spot, &line[mark.range])).collect()
    }

    #[test]
    fn errors_of_the_common_languages_are_found() {
        for (line, found) in [
            ("ValueError: bad sku", "ValueError"),
            ("PermissionError: [Errno 13] Permission denied: 'x'", "PermissionError"),
            ("OSError: [Errno 98] Address already in use", "OSError"),
            ("listen EADDRINUSE: address already in use :::3000", "EADDRINUSE"),
            ("Error: listen EACCES: permission denied 0.0.0.0:80", "Error:"),
            ("[WinError 10013] An attempt was made", "[WinError 10013]"),
            ("at java.lang.NullPointerException: x", "java.lang.NullPointerException"),
            ("asyncpg.exceptions.UniqueViolationError: dup", "asyncpg.exceptions.UniqueViolationError"),
            ("psycopg2.Error: no", "psycopg2.Error"),
            ("thread 'main' panicked at src/main.rs:3:5:", "panicked at"),
            ("panic: runtime error: index out of range", "panic: "),
            ("Os { code: 13 } (os error 13)", "(os error 13)"),
            ("Traceback (most recent call last):", "Traceback (most recent call last)"),
            ("2026-11-21 ERROR boom", "ERROR"),
        ] {
            assert_eq!(spots(line).first(), Some(&(Spot::Error, found)), "{line}");
        }
    }

    #[test]
    fn ordinary_lines_have_no_spots() {
        for line in [
            "0 errors, 3 warnings",
            "no exceptions",
            "terror",
            "GET /error 200",
            "EACH of them",
            "Errors: 0",
            "",
            "on_error=continue",
        ] {
            assert_eq!(spots(line), [], "{line}");
        }
    }

    #[test]
    fn warnings_are_found() {
        assert_eq!(spots("WARN slow"), [(Spot::Warn, "WARN")]);
        assert_eq!(spots("WARNING: x"), [(Spot::Warn, "WARNING")]);
        assert_eq!(spots("app.py:3: DeprecationWarning: x"), [(Spot::Warn, "DeprecationWarning")]);
    }

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        for (line, found) in [
            ("running on http://127.0.0.1:8000.", "http://127.0.0.1:8000"),
            ("(see https://a.b/c(d)/e?x=1&y=2#z)", "https://a.b/c(d)/e?x=1&y=2#z"),
            ("\"http://[::1]:5173/\", next", "http://[::1]:5173/"),
            ("Local: http://localhost:5173/ ready", "http://localhost:5173/"),
        ] {
            assert_eq!(spots(line), [(Spot::Url, found)], "{line}");
        }
    }

    #[test]
    fn an_error_is_found_inside_of_colours() {
        let palette = Palette::new(Choice { scheme: Scheme::Dark, depth: Depth::True }, false);
        let mut shown = Shown::of(b"\x1b[1;31mValue\x1b[35mError\x1b[0m: [Err\x1b[2Kno 13]", &palette, 100);
        let marks = Highlighter::new(&[]).unwrap().light(&mut shown, &palette);
        assert_eq!(marks.len(), 2);
        let error = palette.style(Role::Error).fg;
        assert_eq!(shown.style_at(0).unwrap().fg, error);
        assert_eq!(shown.style_at(9).unwrap().fg, error);
        assert_eq!(shown.style_at(10).unwrap().fg, None);
    }

    #[test]
    fn the_users_own_patterns_come_last_and_bad_ones_are_named() {
        let pattern = |regex: &str| Pattern {
            name: "orders".to_owned(),
            regex: regex.to_owned(),
            style: Style::new().add_modifier(Modifier::BOLD),
        };
        let own = Highlighter::new(&[pattern(r"order \d+")]).unwrap();
        let line = "ValueError in order 17";
        let last = own.marks(line).pop().unwrap();
        assert_eq!((last.spot, &line[last.range]), (Spot::User(0), "order 17"));
        assert_eq!(Highlighter::new(&[pattern("(")]).unwrap_err().name, "orders");
        assert_eq!(Highlighter::new(&[pattern(r"\w{500}{500}")]).unwrap_err().name, "orders");
        assert_eq!(Highlighter::new(&[pattern("x*")]).unwrap().marks("aaa"), []);
    }
}
