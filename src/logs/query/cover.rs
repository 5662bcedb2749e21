//! What a query's lines cannot do without, so that a block of lines is searched at once and few are looked at singly.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

use super::expr::Expr;
use super::needle::Needle;
use super::pattern::MAX_COMPILED;

/// How to find the lines of a query in a block.
#[derive(Clone, Debug)]
pub(crate) struct Cover {
    finder: Finder,
    /// A line in which it is found is one; otherwise it still has to be asked.
    exact: bool,
}

#[derive(Clone, Debug)]
enum Finder {
    /// Every line has to be looked at.
    EachLine,
    Needle(Needle),
    Regex(Regex),
}

/// A line of a block that may match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Likely {
    /// Without its newline.
    pub(crate) line: Range<usize>,
    /// Nothing else has to be asked.
    pub(crate) certain: bool,
}

/// A necessary condition on the way from the leaves up.
enum Need<'a> {
    Needle(&'a Needle),
    Parts(Vec<String>),
    Nothing,
}

impl Cover {
    /// What lines of `expr` cannot do without.
    pub(super) fn of(expr: &Expr) -> Self {
        let exact = is_exact(expr);
        let finder = match expr {
            Expr::Regex(pattern) => pattern.in_block().cloned().map_or(Finder::EachLine, Finder::Regex),
            Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::Text(_)
            | Expr::Field(_)
            | Expr::Level(_)
            | Expr::Service(_)
            | Expr::Stream(_)
            | Expr::Spawn(_)
            | Expr::Since(_) => match need(expr) {
                Need::Needle(needle) => Finder::Needle(needle.clone()),
                Need::Parts(parts) => {
                    let built = RegexBuilder::new(&parts.join("|"))
                        .multi_line(true)
                        .size_limit(4 * MAX_COMPILED)
                        .build();
                    built.map_or(Finder::EachLine, Finder::Regex)
                }
                Need::Nothing => Finder::EachLine,
            },
        };
        let certain = exact && !matches!(finder, Finder::EachLine);
        let everything = matches!(expr, Expr::And(parts) if parts.is_empty());
        Self { finder, exact: certain || everything }
    }

    /// Whether there is no way but to ask every line.
    pub(crate) fn is_each_line(&self) -> bool {
        matches!(self.finder, Finder::EachLine) && !self.exact
    }

    /// The first line at or after `at`, where a line begins, that may match. Every line of `text` has its newline.
    pub(crate) fn find(&self, text: &[u8], at: usize) -> Option<Likely> {
        if at >= text.len() {
            return None;
        }
        let line_end =
            |from: usize| memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |end| from + end);
        let found = match &self.finder {
            Finder::EachLine => return Some(Likely { line: at..line_end(at), certain: self.exact }),
            Finder::Needle(needle) => needle.find_at(text, at)?,
            Finder::Regex(regex) => regex.find_at(text, at)?.range(),
        };
        let start = memchr::memrchr(b'\n', &text[at..found.start]).map_or(at, |end| at + end + 1);
        if start >= text.len() {
            // The place behind the last newline is no line.
            return None;
        }
        let end = line_end(found.start);
        // A match that goes on into the next line says nothing about this one alone.
        Some(Likely { line: start..end, certain: self.exact && found.end <= end })
    }
}

/// Whether what is needed is all that is asked for.
fn is_exact(expr: &Expr) -> bool {
    match expr {
        Expr::Text(_) | Expr::Regex(_) => true,
        Expr::Or(ways) => ways.iter().all(|way| matches!(way, Expr::Text(_))),
        Expr::And(_)
        | Expr::Not(_)
        | Expr::Field(_)
        | Expr::Level(_)
        | Expr::Service(_)
        | Expr::Stream(_)
        | Expr::Spawn(_)
        | Expr::Since(_) => false,
    }
}

fn need(expr: &Expr) -> Need<'_> {
    match expr {
        Expr::Text(needle) => Need::Needle(needle),
        Expr::Regex(pattern) if pattern.in_block().is_some() => Need::Parts(vec![pattern.as_part()]),
        Expr::Field(test) => Need::Parts(vec![regex::escape(test.key())]),
        Expr::And(parts) => parts.iter().map(need).max_by_key(Need::worth).unwrap_or(Need::Nothing),
        Expr::Or(ways) => either(ways),
        Expr::Regex(_)
        | Expr::Not(_)
        | Expr::Level(_)
        | Expr::Service(_)
        | Expr::Stream(_)
        | Expr::Spawn(_)
        | Expr::Since(_) => Need::Nothing,
    }
}

fn either(ways: &[Expr]) -> Need<'_> {
    let mut parts = Vec::new();
    for way in ways {
        match need(way) {
            Need::Needle(needle) => parts.push(needle.as_part()),
            Need::Parts(more) => parts.extend(more),
            Need::Nothing => return Need::Nothing,
        }
    }
    Need::Parts(parts)
}

impl Need<'_> {
    /// How much faster it makes a search: a text above an expression, a longer text above a shorter one.
    fn worth(&self) -> usize {
        match self {
            Self::Needle(needle) => 2 + needle.len(),
            Self::Parts(_) => 1,
            Self::Nothing => 0,
        }
    }
}
