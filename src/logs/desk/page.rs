//! What a page of lines is asked for with, and what it holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::{Level, Selection};
use super::line::Line;
use crate::stack::ServiceId;

/// Where a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At the newest line, wherever that is by now.
    End,
    /// Its last line is this one, or the last one before it.
    Bottom(u64),
    /// Its first line is this one, or the first one after it.
    Top(u64),
}

/// What is to be seen. The filter is the [`super::Desk`]'s.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<'a> {
    /// Which services.
    pub selection: &'a Selection,
    /// Where.
    pub anchor: Anchor,
    /// How many entries at most.
    pub rows: usize,
    /// Tracebacks take one entry each.
    pub fold: bool,
    /// Those that do not: the sequence numbers of their first lines.
    pub unfolded: &'a BTreeSet<u64>,
    /// Those of the unfolded ones of which every line is shown, library frames too.
    pub expanded: &'a BTreeSet<u64>,
    /// Nothing below this sequence number is shown.
    pub cleared_before: u64,
}

/// A page, from the oldest entry to the newest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// At most as many as were asked for.
    pub entries: Vec<Entry>,
    /// There is something above.
    pub above: bool,
    /// Lines (under a filter: hits, as far as they are known) of the selected services after the last entry.
    pub lines_below: u64,
    /// Faults among what comes after the last entry, under a filter also hidden ones.
    pub faults_below: u64,
    /// The page may have room for hits that were not found in the time for one page: ask again.
    pub searching: bool,
}

/// One row before wrapping.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A line, or what stands for several.
    Line {
        /// The line; of a folded block the first one that is not filtered out.
        line: Line,
        /// How grave it is; all lines of a block are errors.
        level: Level,
        /// What it is in a block.
        part: Part,
    },
    /// Lines of this service that stood just before the next entry are gone: their segment was dropped, or the
    /// disk was full. Not told under a filter.
    Lost {
        /// Whose lines.
        service: ServiceId,
        /// How many.
        lines: u64,
        /// The sequence number of the line before which they stood.
        before: u64,
    },
}

/// What a line is in a traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// In none.
    Alone,
    /// It stands for the whole block.
    Folded(Arc<BlockSummary>),
    /// The first line of an open block.
    Head(Arc<BlockSummary>),
    /// A line of an open block that names a place in the code, or shows that code.
    Frame {
        /// The place is in the user's code.
        yours: bool,
    },
    /// Another line of an open block.
    Text,
    /// It stands for this many frames in a row, all in libraries, of these packages (at most three, in order).
    LibraryRun {
        /// How many frames.
        frames: u32,
        /// Where the names of packages can be told from the paths.
        packages: Vec<String>,
    },
}

/// Whose way of writing down a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python's tracebacks and exception groups.
    Python,
    /// V8's stacks: Node, Deno, Bun, browsers.
    Node,
    /// Panics of Rust, with or without a backtrace.
    Rust,
    /// Panics and fatal errors of Go, with goroutines.
    Go,
    /// Java and what else runs on its machine.
    Java,
}

/// A traceback in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockSummary {
    /// The sequence number of its first line, by which it is known.
    pub first: u64,
    /// The sequence number of its last line so far.
    pub last: u64,
    /// Who wrote it.
    pub language: Language,
    /// The exception, without escape sequences: `ValueError: bad sku "A-1"`.
    pub text: String,
    /// The deepest place in the user's code, else the deepest one.
    pub place: Option<FramePlace>,
    /// How many lines it has.
    pub lines: u64,
    /// How many frames are in the user's code.
    pub yours: u32,
}

/// Where in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FramePlace {
    /// The file as it was printed.
    pub file: String,
    /// The line in it, if that was printed.
    pub line: Option<u32>,
    /// The function, if one was named.
    pub function: Option<String>,
    /// Not in a library or a runtime.
    pub yours: bool,
}

impl Entry {
    /// The sequence number by which a page can be anchored at this entry.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Line { line, .. } => line.seq,
            Self::Lost { before, .. } => *before,
        }
    }
}
