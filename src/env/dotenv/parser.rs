//! The grammar of environment files: python-dotenv 1.2.4's `parser.py`, statement by statement.
//!
//! Pure and total: every text is a sequence of statements, a faulty one ends with its line as there. It does not
//! interpolate, does not read files, and never shows a value: not in faults and not in `Debug`.
//!
//! Linear in the text: a scan for a closing quote fails at most once per kind of quote, since a later opening
//! quote would have closed the earlier one.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr, memchr2, memchr2_iter};

/// One statement of an environment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The line on which the statement begins for python-dotenv, blank lines before it included; from 1.
    pub starts: u32,
    /// The line of its first character that is not whitespace; from 1.
    pub line: u32,
    /// What it says.
    pub kind: StatementKind,
}

/// What a statement says.
#[derive(Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// Whitespace up to the end of the text.
    Blank,
    /// A comment.
    Comment,
    /// A name, and its value unless the `=` is missing.
    Binding {
        /// The variable.
        name: String,
        /// Quotes and escapes resolved, not interpolated; `None` without `=`.
        value: Option<String>,
    },
    /// Something that python-dotenv warns about and skips up to the end of its line.
    Fault(LineFault),
}

/// Why a statement cannot be read. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// No name where one should begin.
    NoName,
    /// A name in single quotes that no quote ends.
    UnclosedName,
    /// Something other than `=` follows the name.
    NoEquals {
        /// The name.
        name: String,
    },
    /// A quoted value that no quote ends.
    UnclosedQuote {
        /// The variable.
        name: String,
        /// The quote, `'` or `"`.
        quote: char,
        /// The line of the opening quote.
        opened: u32,
    },
    /// Something other than a comment follows a quoted value.
    TextAfterQuote {
        /// The variable.
        name: String,
        /// The line of the opening quote.
        opened: u32,
        /// The line of the closing quote.
        closed: u32,
    },
}

impl fmt::Debug for StatementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("Blank"),
            Self::Comment => f.write_str("Comment"),
            Self::Binding { name, value: Some(value) } => {
                write!(f, "Binding({name:?}, {} bytes)", value.len())
            }
            Self::Binding { name, value: None } => write!(f, "Binding({name:?}, no value)"),
            Self::Fault(fault) => f.debug_tuple("Fault").field(fault).finish(),
        }
    }
}

impl LineFault {
    /// The variable that the faulty statement meant to set, where that is known.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::NoName | Self::UnclosedName => None,
            Self::NoEquals { name }
            | Self::UnclosedQuote { name, .. }
            | Self::TextAfterQuote { name, .. } => Some(name),
        }
    }
}

/// Reads `text` as python-dotenv reads a stream of it: a byte order mark at its begin is skipped, line ends are
/// taken as they are.
pub fn parse(text: &str) -> Vec<Statement> {
    let mut reader = Reader { text: text.strip_prefix('\u{feff}').unwrap_or(text), at: 0, line: 1 };
    let mut statements = Vec::new();
    while !reader.rest().is_empty() {
        statements.push(reader.statement());
    }
    statements
}

/// What Python's `\s` matches: Unicode whitespace and the four ASCII separators.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Whitespace that does not end a line.
fn is_blank(c: char) -> bool {
    is_space(c) && !matches!(c, '\r' | '\n')
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes the next `bytes` bytes in one step. A CRLF that two steps split counts as two lines, as it does in
    /// python-dotenv.
    fn take(&mut self, bytes: usize) -> &'a str {
        let taken = &self.rest()[..bytes];
        self.at += bytes;
        self.line = self.line.saturating_add(line_ends(taken));
        taken
    }

    /// Takes what satisfies `class`; whether that was anything.
    fn skip(&mut self, class: fn(char) -> bool) -> bool {
        let rest = self.rest();
        let end = rest.find(|c| !class(c)).unwrap_or(rest.len());
        !self.take(end).is_empty()
    }

    fn statement(&mut self) -> Statement {
        let starts = self.line;
        self.skip(is_space);
        let line = self.line;
        if self.rest().is_empty() {
            return Statement { starts, line, kind: StatementKind::Blank };
        }
        let kind = self.binding().unwrap_or_else(|fault| {
            self.skip_line();
            StatementKind::Fault(fault)
        });
        Statement { starts, line, kind }
    }

    fn binding(&mut self) -> Result<StatementKind, LineFault> {
        self.skip_export();
        if self.rest().starts_with('#') {
            self.comment();
            self.line_end();
            return Ok(StatementKind::Comment);
        }
        let name = self.name()?;
        self.skip(is_blank);
        if !self.rest().starts_with('=') {
            self.comment();
            return if self.line_end() {
                Ok(StatementKind::Binding { name: name.to_owned(), value: None })
            } else {
                Err(LineFault::NoEquals { name: name.to_owned() })
            };
        }
        self.take(1);
        let spaced = self.skip(is_blank);
        let opened = self.line;
        // `KEY= # comment` is empty, `KEY=#text` is `#text`.
        let value =
            if spaced && self.rest().starts_with('#') { Cow::Borrowed("") } else { self.value(name)? };
        let closed = self.line;
        self.comment();
        if self.line_end() {
            Ok(StatementKind::Binding { name: name.to_owned(), value: Some(value.into_owned()) })
        } else {
            Err(LineFault::TextAfterQuote { name: name.to_owned(), opened, closed })
        }
    }

    fn skip_export(&mut self) {
        let Some(after) = self.rest().strip_prefix("export") else { return };
        let blanks = after.find(|c| !is_blank(c)).unwrap_or(after.len());
        if blanks > 0 {
            self.take("export".len() + blanks);
        }
    }

    fn name(&mut self) -> Result<&'a str, LineFault> {
        let rest = self.rest();
        if let Some(quoted) = rest.strip_prefix('\'') {
            return match memchr(b'\'', quoted.as_bytes()) {
                None => Err(LineFault::UnclosedName),
                Some(0) => Err(LineFault::NoName),
                Some(length) => {
                    self.take(length + 2);
                    Ok(&quoted[..length])
                }
            };
        }
        match rest.find(|c| matches!(c, '=' | '#') || is_space(c)).unwrap_or(rest.len()) {
            0 => Err(LineFault::NoName),
            length => Ok(self.take(length)),
        }
    }

    fn value(&mut self, name: &str) -> Result<Cow<'a, str>, LineFault> {
        let rest = self.rest();
        match rest.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                let Some(length) = quoted_length(&rest.as_bytes()[1..], quote as u8) else {
                    return Err(LineFault::UnclosedQuote { name: name.to_owned(), quote, opened: self.line });
                };
                self.take(length + 2);
                let inside = &rest[1..=length];
                Ok(if quote == '"' {
                    unescape(inside, double_escape)
                } else {
                    unescape(inside, single_escape)
                })
            }
            _ => Ok(Cow::Borrowed(unquoted(self.take(line_length(rest))))),
        }
    }

    fn comment(&mut self) {
        let rest = self.rest();
        let blanks = rest.find(|c| !is_blank(c)).unwrap_or(rest.len());
        if rest[blanks..].starts_with('#') {
            self.take(line_length(rest));
        }
    }

    /// Takes the end of the line and blanks before it, if that is what follows.
    fn line_end(&mut self) -> bool {
        let rest = self.rest();
        let blanks = rest.find(|c| !is_blank(c)).unwrap_or(rest.len());
        let end = match rest.as_bytes()[blanks..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            [] => 0,
            _ => return false,
        };
        self.take(blanks + end);
        true
    }

    /// Takes the faulty rest of a line. Of a CRLF it takes the CR alone, as python-dotenv does.
    fn skip_line(&mut self) {
        let rest = self.rest();
        let end = line_length(rest);
        self.take((end + 1).min(rest.len()));
    }
}

fn line_length(text: &str) -> usize {
    memchr2(b'\r', b'\n', text.as_bytes()).unwrap_or(text.len())
}

/// How many line ends `text` has, a CRLF being one.
fn line_ends(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let ends = memchr2_iter(b'\r', b'\n', bytes)
        .filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
        .count();
    u32::try_from(ends).unwrap_or(u32::MAX)
}

/// Where `quote` ends the value that begins with `bytes`; a backslash takes the next character with it.
fn quoted_length(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'\\', quote, bytes.get(at..)?)?;
        if bytes[at] == quote {
            return Some(at);
        }
        at += 2;
    }
}

/// The value of the unquoted rest of a line: up to whitespace and `#`, without whitespace at its end.
fn unquoted(line: &str) -> &str {
    let mut before = None;
    let comment = line.char_indices().find(|&(_, c)| {
        let found = c == '#' && before.is_some_and(is_space);
        before = Some(c);
        found
    });
    comment.map_or(line, |(at, _)| &line[..at]).trim_end_matches(is_space)
}

fn unescape(inside: &str, escape: fn(u8) -> Option<char>) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        match rest.as_bytes().get(at + 1).copied().and_then(escape) {
            Some(c) => {
                text.push(c);
                rest = &rest[at + 2..];
            }
            None => {
                text.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

fn single_escape(byte: u8) -> Option<char> {
    matches!(byte, b'\\' | b'\'').then_some(char::from(byte))
}

fn double_escape(byte: u8) -> Option<char> {
    match byte {
        b'\\' | b'\'' | b'"' => Some(char::from(byte)),
        b'a' => Some('\u{7}'),
        b'b' => Some('\u{8}'),
        b'f' => Some('\u{c}'),
        b'n' => Some('\n'),
        b'r' => Some('\r'),
        b't' => Some('\t'),
        b'v' => Some('\u{b}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (u32, LineFault) {
        parse(text)
            .into_iter()
            .find_map(|s| match s.kind {
                StatementKind::Fault(fault) => Some((s.line, fault)),
                StatementKind::Blank | StatementKind::Comment | StatementKind::Binding { .. } => None,
            })
            .unwrap()
    }

    #[test]
    fn a_binding_knows_its_own_line_and_where_python_says_it_begins() {
        let statements = parse("# c\n\n\nA=1\nB='x\ny'\nC\n");
        let lines: Vec<_> = statements.iter().map(|s| (s.starts, s.line)).collect();
        assert_eq!(lines, [(1, 1), (2, 4), (5, 5), (7, 7)]);
    }

    #[test]
    fn an_unclosed_quote_is_named_by_the_line_where_it_opened() {
        let opened = LineFault::UnclosedQuote { name: "A".into(), quote: '"', opened: 3 };
        assert_eq!(fault("X=1\n\nA=\"abc\nB=2\n"), (3, opened));
    }

    #[test]
    fn a_quote_closed_lines_later_says_where_it_opened_and_closed() {
        let fault = fault("A='abc\nB=2\nC='x'\n");
        assert_eq!(fault, (1, LineFault::TextAfterQuote { name: "A".into(), opened: 1, closed: 3 }));
    }

    #[test]
    fn faults_tell_a_missing_name_from_a_missing_equals_sign() {
        assert_eq!(fault("=x").1, LineFault::NoName);
        assert_eq!(fault("''=x").1, LineFault::NoName);
        assert_eq!(fault("'x").1, LineFault::UnclosedName);
        assert_eq!(fault("A b").1, LineFault::NoEquals { name: "A".into() });
    }

    #[test]
    fn debug_never_shows_a_value() {
        assert!(!format!("{:?}", parse("A=hunter2\nB='hunter2\n")).contains("hunter2"));
    }
}
