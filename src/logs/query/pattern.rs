//! A regular expression as filters use it: over one line, with the case of a text, bounded in size.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

/// Compiled, in bytes. The crate allows ten times that for one; a filter may have several.
pub(super) const MAX_COMPILED: usize = 1 << 20;

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: Regex,
    source: String,
    any_case: bool,
    /// Asks where the text begins or ends, or what a newline is, which a block of lines cannot answer for one.
    by_line: bool,
}

impl Pattern {
    /// Compiles `source`: in any case, if it has no capital letter but in escapes and says nothing on case itself.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        if source.is_empty() {
            return Err("a regular expression is missing here".into());
        }
        let flags = inline_flags(source);
        let any_case = !flags.contains('i') && !has_capital(source);
        let by_line =
            flags.contains(['-', 'R', 's', 'x']) || source.contains("\\A") || source.contains("\\z");
        let built = RegexBuilder::new(source)
            .case_insensitive(any_case)
            .multi_line(true)
            .size_limit(MAX_COMPILED)
            .build();
        let regex = built.map_err(|error| reason(&error))?;
        Ok(Self { regex, source: source.to_owned(), any_case, by_line })
    }

    /// Whether one line matches.
    pub(super) fn is_in(&self, line: &[u8]) -> bool {
        self.regex.is_match(line)
    }

    /// Where it matches in one line, leaving out matches of nothing.
    pub(super) fn ranges<'a>(&'a self, line: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        self.regex.find_iter(line).map(|found| found.range()).filter(|range| !range.is_empty())
    }

    /// The expression to look for in a block of lines; `None` if lines must be asked one by one.
    pub(super) fn in_block(&self) -> Option<&Regex> {
        (!self.by_line).then_some(&self.regex)
    }

    /// As a part of a larger expression that is built as this one is.
    pub(super) fn as_part(&self) -> String {
        format!("(?{}:{})", if self.any_case { "i" } else { "-i" }, self.source)
    }
}

/// What is wrong, without the drawing that the crate makes of it.
fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "this regular expression is too large".into(),
        error => {
            let shown = error.to_string();
            let last = shown.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("this regular expression is not valid: {last}")
        }
    }
}

/// The letters of all `(?flags)` and `(?flags:`.
fn inline_flags(source: &str) -> String {
    let groups = source.split("(?").skip(1);
    groups.flat_map(|group| group.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-')).collect()
}

/// Whether there is a capital letter that stands for itself, not in `\S`, `\pL`, `\x{2F}` or a group's name.
fn has_capital(source: &str) -> bool {
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next();
                if matches!(escaped, Some('p' | 'P' | 'x' | 'u' | 'U' | 'b')) {
                    if chars.next_if_eq(&'{').is_some() {
                        chars.by_ref().find(|c| *c == '}');
                    } else if matches!(escaped, Some('p' | 'P')) {
                        chars.next();
                    }
                }
            }
            // Flags, and the name in `(?P<Name>` and `(?<Name>`
            '(' if chars.next_if_eq(&'?').is_some() => {
                while chars.next_if(|c| c.is_ascii_alphabetic() || *c == '-').is_some() {}
                if chars.next_if_eq(&'<').is_some() {
                    chars.by_ref().find(|c| *c == '>');
                }
            }
            c if c.is_uppercase() => return true,
            _ => {}
        }
    }
    false
}
