//! From tokens to a tree: or, and, not, groups. Bounded in length, depth and number of terms.

use std::iter::Peekable;
use std::time::SystemTime;
use std::vec::IntoIter;

use super::expr::Expr;
use super::fault::QueryFault;
use super::field::FieldTest;
use super::lex::{Kind, Token, tokens};
use super::needle::Needle;
use super::pattern::Pattern;
use super::words;

/// Longer than anybody types; a regular expression may be pasted.
const MAX_BYTES: usize = 4096;
/// Groups in groups: each level is a few frames of the stack here and when a line is looked at.
const MAX_DEPTH: u32 = 32;
const MAX_TERMS: u32 = 256;
/// Each may take [`super::pattern::MAX_COMPILED`] of memory.
const MAX_PATTERNS: u32 = 32;

/// Reads `text`; `since:` counts back from `now`.
pub(super) fn parse(text: &str, now: SystemTime) -> Result<Expr, QueryFault> {
    if text.len() > MAX_BYTES {
        let at = text.floor_char_boundary(MAX_BYTES);
        return Err(QueryFault::new(at, format!("the filter is longer than {MAX_BYTES} bytes")));
    }
    let tokens = tokens(text)?.into_iter().peekable();
    let mut parser = Parser { tokens, now, end: text.len(), depth: 0, terms: 0, patterns: 0 };
    if parser.tokens.peek().is_none() {
        return Ok(Expr::And(Vec::new()));
    }
    let expr = parser.either()?;
    match parser.tokens.next() {
        Some(token) => {
            Err(QueryFault::new(token.at, "this parenthesis closes nothing; quote it to search for it"))
        }
        None => Ok(expr),
    }
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    now: SystemTime,
    end: usize,
    depth: u32,
    terms: u32,
    patterns: u32,
}

impl Parser {
    fn either(&mut self) -> Result<Expr, QueryFault> {
        let mut ways = vec![self.all()?];
        while self.tokens.next_if(|token| token.kind == Kind::Or).is_some() {
            ways.push(self.all()?);
        }
        Ok(if ways.len() == 1 { ways.remove(0) } else { Expr::Or(ways) })
    }

    fn all(&mut self) -> Result<Expr, QueryFault> {
        let mut parts = Vec::new();
        while let Some(token) = self.tokens.next_if(|token| !matches!(token.kind, Kind::Or | Kind::Close)) {
            parts.push(self.part(token)?);
        }
        match parts.len() {
            0 => Err(self.nothing_here()),
            1 => Ok(parts.remove(0)),
            _ => Ok(Expr::And(parts)),
        }
    }

    fn nothing_here(&mut self) -> QueryFault {
        match self.tokens.peek() {
            Some(Token { at, kind: Kind::Or }) => {
                QueryFault::new(*at, "nothing stands before this |; quote it to search for it")
            }
            Some(Token { at, .. }) => QueryFault::new(*at, "nothing stands before this parenthesis"),
            None => QueryFault::new(self.end, "something to look for is missing here"),
        }
    }

    fn part(&mut self, token: Token) -> Result<Expr, QueryFault> {
        let at = token.at;
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(QueryFault::new(at, format!("the filter has more than {MAX_TERMS} terms")));
        }
        match token.kind {
            Kind::Not => {
                let Some(next) = self.tokens.next() else { return Err(self.nothing_here()) };
                Ok(Expr::Not(Box::new(self.part(next)?)))
            }
            Kind::Open => self.group(at),
            Kind::Text(text) if text.is_empty() => Ok(Expr::And(Vec::new())),
            Kind::Text(text) => Ok(Expr::Text(Needle::new(&text))),
            Kind::Regex(value) => {
                self.count_pattern(at)?;
                Ok(Expr::Regex(Pattern::new(&value.text).map_err(|why| QueryFault::new(value.at, why))?))
            }
            Kind::Keyed(key, value) => words::term(key, &value, self.now),
            Kind::Field(name, comparison, value) => {
                self.count_pattern(at)?;
                let test = FieldTest::new(&name, comparison, &value.text);
                test.map(Expr::Field).map_err(|why| QueryFault::new(value.at, why))
            }
            Kind::Or | Kind::Close => Err(QueryFault::new(at, "something to exclude is missing here")),
        }
    }

    fn group(&mut self, at: usize) -> Result<Expr, QueryFault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(QueryFault::new(at, format!("more than {MAX_DEPTH} groups stand in each other")));
        }
        let inner = self.either()?;
        self.depth -= 1;
        match self.tokens.next() {
            Some(Token { kind: Kind::Close, .. }) => Ok(inner),
            Some(_) | None => Err(QueryFault::new(at, "this parenthesis is not closed")),
        }
    }

    fn count_pattern(&mut self, at: usize) -> Result<(), QueryFault> {
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            let message = format!("the filter has more than {MAX_PATTERNS} regular expressions and fields");
            return Err(QueryFault::new(at, message));
        }
        Ok(())
    }
}
