//! Cuts the text of a query into tokens. Knows marks, quotes and operators, not what a key or a value means.

use super::fault::QueryFault;
use super::field::Comparison;

/// A piece of a query and where it begins, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Open,
    Close,
    Or,
    Not,
    Text(String),
    Regex(Value),
    Keyed(Key, Value),
    Field(String, Comparison, Value),
}

/// A text and where it begins in the query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) at: usize,
    pub(super) text: String,
}

/// The words that ask about more than the text of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Service,
    Level,
    Stream,
    Run,
    Since,
}

const KEYS: &[(&str, Key)] = &[
    ("svc:", Key::Service),
    ("service:", Key::Service),
    ("level:", Key::Level),
    ("stream:", Key::Stream),
    ("run:", Key::Run),
    ("since:", Key::Since),
];

/// Longer ones first.
const COMPARISONS: &[(&str, Comparison)] = &[
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("!=", Comparison::Differs),
    ("!~", Comparison::MatchesNot),
    ("==", Comparison::Equals),
    ("=~", Comparison::Matches),
    (">", Comparison::Above),
    ("<", Comparison::Below),
    ("=", Comparison::Equals),
    ("~", Comparison::Matches),
];

/// Cuts `text` into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryFault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::new();
    while let Some(token) = lexer.next()? {
        found.push(token);
    }
    Ok(found)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Result<Option<Token>, QueryFault> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let at = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let kind = match first {
            '(' => self.mark(1, Kind::Open),
            ')' => self.mark(1, Kind::Close),
            '|' => self.mark(if self.rest().starts_with("||") { 2 } else { 1 }, Kind::Or),
            '-' | '!' if self.excludes() => self.mark(1, Kind::Not),
            '"' => Kind::Text(self.quoted(true)?),
            _ => self.term()?,
        };
        Ok(Some(Token { at, kind }))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn mark(&mut self, len: usize, kind: Kind) -> Kind {
        self.at += len;
        kind
    }

    /// Whether the mark at hand stands before a term; alone or doubled it is text.
    fn excludes(&self) -> bool {
        let next = self.rest().chars().nth(1);
        next.is_some_and(|c| !c.is_whitespace() && !matches!(c, '-' | '!' | ')' | '|'))
    }

    fn term(&mut self) -> Result<Kind, QueryFault> {
        if let Some(pattern) = self.slashed() {
            return Ok(Kind::Regex(pattern));
        }
        if self.rest().starts_with("re:") {
            self.at += 3;
            return Ok(Kind::Regex(self.pattern()?));
        }
        if let Some((name, key)) = KEYS.iter().find(|(name, _)| self.rest().starts_with(name)) {
            self.at += name.len();
            return Ok(Kind::Keyed(*key, self.value()?));
        }
        if let Some((name, comparison, len)) = self.field() {
            self.at += len;
            let value = match comparison {
                Comparison::Matches | Comparison::MatchesNot => self.pattern()?,
                Comparison::Equals
                | Comparison::Differs
                | Comparison::Below
                | Comparison::AtMost
                | Comparison::Above
                | Comparison::AtLeast => self.value()?,
            };
            return Ok(Kind::Field(name, comparison, value));
        }
        Ok(Kind::Text(self.word(true)))
    }

    /// A regular expression between slashes, if one stands here.
    fn slashed(&mut self) -> Option<Value> {
        let inner = self.rest().strip_prefix('/')?;
        let (mut escaped, mut len) = (false, None);
        for (at, c) in inner.char_indices() {
            let ends = inner[at + c.len_utf8()..]
                .chars()
                .next()
                .is_none_or(|next| next.is_whitespace() || matches!(next, '|' | ')'));
            if c == '/' && !escaped && ends {
                len = Some(at);
                break;
            }
            escaped = c == '\\' && !escaped;
        }
        let len = len.filter(|&len| len > 0)?;
        let value = Value { at: self.at + 1, text: inner[..len].to_owned() };
        self.at += len + 2;
        Some(value)
    }

    fn pattern(&mut self) -> Result<Value, QueryFault> {
        if let Some(value) = self.slashed() {
            return Ok(value);
        }
        if self.rest().starts_with('"') {
            return Ok(Value { at: self.at + 1, text: self.quoted(false)? });
        }
        Ok(Value { at: self.at, text: self.word(false) })
    }

    fn value(&mut self) -> Result<Value, QueryFault> {
        let at = self.at;
        let text = if self.rest().starts_with('"') { self.quoted(true)? } else { self.word(true) };
        Ok(Value { at, text })
    }

    /// The name and operator of a field, and how long they are. `name=` without a value is text.
    fn field(&self) -> Option<(String, Comparison, usize)> {
        let rest = self.rest();
        let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '@');
        let goes_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '.' | '-');
        let len = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
        let name = &rest[..len];
        if !name.starts_with(begins) || name.ends_with(['.', '-']) {
            return None;
        }
        let after = &rest[len..];
        let (sign, comparison) = COMPARISONS.iter().find(|(sign, _)| after.starts_with(sign))?;
        let valued =
            after[sign.len()..].chars().next().is_some_and(|c| !c.is_whitespace() && !matches!(c, '|' | ')'));
        (valued || *sign != "=").then(|| (name.to_owned(), *comparison, len + sign.len()))
    }

    /// Up to a space, or a parenthesis that was not opened in the word, or a bar unless it is a pattern's own.
    fn word(&mut self, bars_end: bool) -> String {
        let (rest, mut open, mut escaped) = (self.rest(), 0u32, false);
        let end = rest.char_indices().find(|&(_, c)| {
            let ends = match c {
                _ if c.is_whitespace() => true,
                // What a pattern escapes is no parenthesis of it.
                _ if escaped && !bars_end => false,
                '|' => bars_end,
                '(' => {
                    open += 1;
                    false
                }
                ')' if open > 0 => {
                    open -= 1;
                    false
                }
                ')' => true,
                _ => false,
            };
            escaped = c == '\\' && !escaped;
            ends
        });
        let word = &rest[..end.map_or(rest.len(), |(at, _)| at)];
        self.at += word.len();
        word.to_owned()
    }

    /// What stands between quotation marks; a pattern keeps its backslashes, but for those before a mark.
    fn quoted(&mut self, unescape: bool) -> Result<String, QueryFault> {
        let (start, mut text) = (self.at, String::new());
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + at + 1;
                    return Ok(text);
                }
                '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                    Some((_, '\\')) if !unescape => text.push_str("\\\\"),
                    Some((_, next)) => text.push(next),
                    None => text.push('\\'),
                },
                c => text.push(c),
            }
        }
        Err(QueryFault::new(start, "this quotation mark is not closed"))
    }
}
