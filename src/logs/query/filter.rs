//! A query as the rest of the program holds it: parsed once, shared, asked about lines.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use super::cover::Cover;
use super::expr::{Expr, Subject};
use super::fault::QueryFault;
use super::needle::Needle;
use super::parse::parse;
use crate::logs::{Level, Stream, ansi};
use crate::stack::{Epoch, ServiceId};

/// What is looked for in the logs. Cheap to clone. The default matches every line.
#[derive(Clone)]
pub struct Query {
    text: Arc<str>,
    tree: Arc<Tree>,
}

struct Tree {
    expr: Expr,
    cover: Cover,
    reads_text: bool,
    reads_origin: bool,
}

/// A line that a query is asked about, with where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Whose line.
    pub service: &'a ServiceId,
    /// Of which spawn.
    pub epoch: Epoch,
    /// The latest spawn of that service, for `run:last`.
    pub latest_epoch: Epoch,
    /// From which stream.
    pub stream: Stream,
    /// When it was read, microseconds since 1970.
    pub micros: u64,
    /// Its bytes as they are stored, without the newline.
    pub line: &'a [u8],
}

impl Query {
    /// Reads the text of a query; an empty one matches every line. `since:` counts back from `now`.
    pub fn parse(text: &str, now: SystemTime) -> Result<Self, QueryFault> {
        Ok(Self::new(text.into(), parse(text, now)?))
    }

    /// Looks for `text` as it stands, marks and quotes included; without a capital letter in it, in any case.
    pub fn text(text: &str) -> Self {
        let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let expr = if text.is_empty() { Expr::And(Vec::new()) } else { Expr::Text(Needle::new(text)) };
        Self::new(quoted.into(), expr)
    }

    /// Only lines of this level and above of what it matched so far.
    #[must_use]
    pub fn at_least(self, level: Level) -> Self {
        let Some(word) = level.word() else { return self };
        let text = match self.text.trim() {
            "" => format!("level:{word}"),
            text => format!("({text}) level:{word}"),
        };
        let parts = vec![self.tree.expr.clone(), Expr::Level(level)];
        Self::new(text.into(), Expr::And(parts))
    }

    fn new(text: Arc<str>, expr: Expr) -> Self {
        let reads_text = expr
            .has(&|part| matches!(part, Expr::Text(_) | Expr::Regex(_) | Expr::Field(_) | Expr::Level(_)));
        let reads_origin =
            expr.has(&|part| matches!(part, Expr::Stream(_) | Expr::Spawn(_) | Expr::Since(_)));
        let cover = Cover::of(&expr);
        Self { text, tree: Arc::new(Tree { expr, cover, reads_text, reads_origin }) }
    }

    /// Whether a line is what is looked for. Escape sequences are looked through.
    pub fn matches(&self, candidate: &Candidate<'_>) -> bool {
        if !self.tree.reads_text || ansi::is_clean(candidate.line) {
            return self.matches_plain(candidate);
        }
        let mut plain = Vec::with_capacity(candidate.line.len());
        ansi::strip_into(candidate.line, &mut plain);
        self.matches_plain(&Candidate { line: &plain, ..*candidate })
    }

    /// As [`Self::matches`], for a line that has no escape sequences any more.
    pub(crate) fn matches_plain(&self, candidate: &Candidate<'_>) -> bool {
        let Candidate { service, epoch, latest_epoch: latest, stream, micros, line: text } = *candidate;
        self.tree.expr.holds(&Subject {
            service,
            epoch,
            latest,
            stream,
            micros,
            text,
            level: OnceCell::new(),
        })
    }

    /// Whether every line matches, as without a filter.
    pub fn is_all(&self) -> bool {
        matches!(&self.tree.expr, Expr::And(parts) if parts.is_empty())
    }

    /// Whether a line of `service` can match at all: `svc:` may rule out whole services.
    pub fn admits(&self, service: &ServiceId) -> bool {
        self.tree.expr.for_service(service) != Some(false)
    }

    /// Where to light the texts and regular expressions that are asked for in a plain line: byte ranges, sorted,
    /// none touching another.
    pub fn highlights(&self, plain: &str) -> Vec<Range<usize>> {
        let mut marks = Vec::new();
        self.tree.expr.mark(plain.as_bytes(), &mut marks);
        // A regular expression may have been told to look at bytes.
        let mut marks: Vec<Range<usize>> = marks
            .into_iter()
            .map(|mark| plain.floor_char_boundary(mark.start)..plain.ceil_char_boundary(mark.end))
            .collect();
        marks.sort_unstable_by_key(|mark| mark.start);
        marks.dedup_by(|next, kept| {
            let joins = next.start <= kept.end;
            if joins {
                kept.end = kept.end.max(next.end);
            }
            joins
        });
        marks
    }

    /// How to find the lines in a block of them.
    pub(crate) fn cover(&self) -> &Cover {
        &self.tree.cover
    }

    /// Whether it asks for the stream, the spawn or the time of a line.
    pub(crate) fn reads_origin(&self) -> bool {
        self.tree.reads_origin
    }
}

impl Default for Query {
    fn default() -> Self {
        Self::new("".into(), Expr::And(Vec::new()))
    }
}

/// The text as it was typed.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Query").field(&self.text).finish()
    }
}

impl PartialEq for Query {
    /// Whether they were typed the same.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
