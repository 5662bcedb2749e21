//! The tree of a query, and whether a line is what it asks for. Cheap questions are asked before dear ones.

use std::cell::OnceCell;
use std::ops::Range;

use super::field::FieldTest;
use super::needle::Needle;
use super::pattern::Pattern;
use crate::logs::{Level, Stream, classify};
use crate::stack::{Epoch, ServiceId};

/// What a query asks for. Its depth is bounded by the parser.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    /// All of these; of none: every line.
    And(Vec<Expr>),
    /// One of these.
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Text(Needle),
    Regex(Pattern),
    Field(FieldTest),
    Level(Level),
    /// By name, or by name and replica.
    Service(Vec<String>),
    Stream(Vec<Stream>),
    Spawn(Spawn),
    /// Microseconds since 1970.
    Since(u64),
}

/// Which spawn of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spawn {
    Last,
    Number(Epoch),
}

/// A line as the tree looks at it, without escape sequences.
pub(super) struct Subject<'a> {
    pub(super) service: &'a ServiceId,
    pub(super) epoch: Epoch,
    pub(super) latest: Epoch,
    pub(super) stream: Stream,
    pub(super) micros: u64,
    pub(super) text: &'a [u8],
    pub(super) level: OnceCell<Level>,
}

impl Expr {
    /// Whether the line is what is asked for.
    pub(super) fn holds(&self, line: &Subject<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(line)),
            Self::Or(ways) => ways.iter().any(|way| way.holds(line)),
            Self::Not(inner) => !inner.holds(line),
            Self::Text(needle) => needle.is_in(line.text),
            Self::Regex(pattern) => pattern.is_in(line.text),
            Self::Field(test) => test.holds_in(line.text),
            Self::Level(least) => line.level.get_or_init(|| classify(line.text)) >= least,
            Self::Service(names) => named(names, line.service),
            Self::Stream(streams) => streams.contains(&line.stream),
            Self::Spawn(Spawn::Last) => line.epoch == line.latest,
            Self::Spawn(Spawn::Number(epoch)) => line.epoch == *epoch,
            Self::Since(micros) => line.micros >= *micros,
        }
    }

    /// What is known when only the service is; `None` if it depends on the line.
    pub(super) fn for_service(&self, service: &ServiceId) -> Option<bool> {
        match self {
            Self::And(parts) => all(parts.iter().map(|part| part.for_service(service)), true),
            Self::Or(ways) => all(ways.iter().map(|way| way.for_service(service)), false),
            Self::Not(inner) => inner.for_service(service).map(|known| !known),
            Self::Service(names) => Some(named(names, service)),
            Self::Text(_)
            | Self::Regex(_)
            | Self::Field(_)
            | Self::Level(_)
            | Self::Stream(_)
            | Self::Spawn(_)
            | Self::Since(_) => None,
        }
    }

    /// Whether a part of it is as `wanted`.
    pub(super) fn has(&self, wanted: &dyn Fn(&Self) -> bool) -> bool {
        wanted(self)
            || match self {
                Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.has(wanted)),
                Self::Not(inner) => inner.has(wanted),
                Self::Text(_)
                | Self::Regex(_)
                | Self::Field(_)
                | Self::Level(_)
                | Self::Service(_)
                | Self::Stream(_)
                | Self::Spawn(_)
                | Self::Since(_) => false,
            }
    }

    /// Adds where texts and regular expressions that are asked for, not against, stand in `line`.
    pub(super) fn mark(&self, line: &[u8], marks: &mut Vec<Range<usize>>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.mark(line, marks)),
            Self::Text(needle) => {
                let mut at = 0;
                while let Some(found) = needle.find_at(line, at) {
                    at = found.end;
                    marks.push(found);
                }
            }
            Self::Regex(pattern) => marks.extend(pattern.ranges(line)),
            Self::Not(_)
            | Self::Field(_)
            | Self::Level(_)
            | Self::Service(_)
            | Self::Stream(_)
            | Self::Spawn(_)
            | Self::Since(_) => {}
        }
    }
}

/// And of what is known (`neutral` true), or or (false): one that decides is enough.
fn all(parts: impl Iterator<Item = Option<bool>>, neutral: bool) -> Option<bool> {
    let mut known = Some(neutral);
    for part in parts {
        match part {
            Some(value) if value == neutral => {}
            Some(value) => return Some(value),
            None => known = None,
        }
    }
    known
}

fn named(names: &[String], service: &ServiceId) -> bool {
    names.iter().any(|name| {
        name.eq_ignore_ascii_case(service.name.as_str())
            || (service.replica != 0 && service.to_string().eq_ignore_ascii_case(name))
    })
}
