//! The logs pane: whose lines, where it stands, and what is looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use tui_input::Input;

use crate::logs::{Anchor, Level};
use crate::stack::ServiceName;

use super::Settings;

/// What the user did to the logs pane.
#[derive(Clone, Debug)]
pub(crate) struct LogsState {
    pub(crate) source: Source,
    /// Services marked in the table: the source `Marked` shows these.
    pub(crate) marked: BTreeSet<ServiceName>,
    pub(crate) place: Place,
    /// Where other sources were left.
    pub(crate) places: BTreeMap<Source, Place>,
    /// Whether the logs have the whole window.
    pub(crate) zoomed: bool,
    pub(crate) wrap: bool,
    /// The first column shown of lines that do not wrap.
    pub(crate) column: usize,
    pub(crate) stamps: Stamps,
    /// The lowest level shown; all when none.
    pub(crate) level: Option<Level>,
    /// What is looked for.
    pub(crate) looking: Option<Looking>,
    /// The line in which something to look for is being typed.
    pub(crate) prompt: Option<Prompt>,
    /// First lines of the blocks that were unfolded.
    pub(crate) unfolded: BTreeSet<u64>,
    /// Those of them whose library frames are shown too.
    pub(crate) expanded: BTreeSet<u64>,
    /// Lines of JSON that are shown as what they hold.
    pub(crate) opened: BTreeSet<u64>,
    /// Words that are kept lit.
    pub(crate) pins: Vec<String>,
    /// Lines before this one are out of view.
    pub(crate) cleared: u64,
    pub(crate) markers: BTreeSet<u64>,
    pub(crate) span: Option<Span>,
}

/// Whose lines are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    #[default]
    All,
    Marked,
    One(ServiceName),
}

/// Where the pane stands, by sequence numbers, so that nothing that comes or goes moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) anchor: Anchor,
    /// Rows of the top line that are above the pane, where lines wrap.
    pub(crate) skip: usize,
    /// The line that keys act on; the last one when none.
    pub(crate) cursor: Option<u64>,
}

impl Default for Place {
    /// At the end, following.
    fn default() -> Self {
        Self { anchor: Anchor::End, skip: 0, cursor: None }
    }
}

/// A query in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Looking {
    pub(crate) text: String,
    /// Whether it lights matches and hides nothing.
    pub(crate) find: bool,
}

/// A query being typed.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    pub(crate) input: Input,
    pub(crate) find: bool,
    /// Where it is wrong, in bytes, and in what way. What was looked for before stays.
    pub(crate) fault: Option<(usize, String)>,
    /// What was looked for when it was opened.
    pub(crate) before: Option<Looking>,
    /// Which of the earlier queries is shown, counted from the latest.
    pub(crate) recalled: Option<usize>,
    /// What was being typed when an earlier one was shown first.
    pub(crate) draft: String,
}

/// How the time of a line is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stamps {
    /// As the time of day.
    #[default]
    Absolute,
    /// As the time since now.
    Relative,
    Off,
}

/// A stretch of the log that is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where it began, and where it is now; either may come first.
    pub(crate) from: Spot,
    pub(crate) to: Spot,
    /// Whether whole lines are selected.
    pub(crate) lines: bool,
}

/// A place in the text of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) seq: u64,
    /// In cells from the start of the text.
    pub(crate) column: usize,
}

impl LogsState {
    /// As the pane opens.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            source: Source::All,
            marked: BTreeSet::new(),
            place: Place::default(),
            places: BTreeMap::new(),
            zoomed: false,
            wrap: settings.wrap(),
            column: 0,
            stamps: settings.stamps(),
            level: None,
            looking: None,
            prompt: None,
            unfolded: BTreeSet::new(),
            expanded: BTreeSet::new(),
            opened: BTreeSet::new(),
            pins: settings.remembered.pins.clone(),
            cleared: 0,
            markers: BTreeSet::new(),
            span: None,
        }
    }

    /// Whether the pane stands at the end and follows.
    pub(crate) fn follows(&self) -> bool {
        self.place.anchor == Anchor::End
    }

    /// Shows another source, where it was left.
    pub(crate) fn show(&mut self, source: Source) {
        if source == self.source {
            return;
        }
        let place = self.places.get(&source).copied().unwrap_or_default();
        let left = std::mem::replace(&mut self.source, source);
        self.places.insert(left, std::mem::replace(&mut self.place, place));
        self.span = None;
    }
}

impl Span {
    /// The columns of the line `seq` that are selected.
    pub(crate) fn columns_of(&self, seq: u64) -> Option<Range<usize>> {
        let (first, last) = if self.from <= self.to { (self.from, self.to) } else { (self.to, self.from) };
        if !(first.seq..=last.seq).contains(&seq) {
            return None;
        }
        let start = if seq == first.seq && !self.lines { first.column } else { 0 };
        let end = if seq == last.seq && !self.lines { last.column.saturating_add(1) } else { usize::MAX };
        Some(start..end)
    }
}

impl Stamps {
    /// The next way in the circle.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Absolute => Self::Relative,
            Self::Relative => Self::Off,
            Self::Off => Self::Absolute,
        }
    }

    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::Relative => "relative",
            Self::Off => "off",
        }
    }

    /// The way of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Absolute, Self::Relative, Self::Off].into_iter().find(|stamps| stamps.name() == name)
    }
}
