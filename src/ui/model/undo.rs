//! What can be undone: changes of what is shown of the logs. Where the pane stands and how it looks are not among them.

use std::collections::BTreeSet;

use crate::logs::Level;
use crate::stack::ServiceName;

use super::{LogsState, Looking, Source};

/// What was shown before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undo {
    source: Source,
    marked: BTreeSet<ServiceName>,
    looking: Option<Looking>,
    level: Option<Level>,
    pins: Vec<String>,
    cleared: u64,
    markers: BTreeSet<u64>,
}

impl Undo {
    /// What is shown now.
    pub(crate) fn of(logs: &LogsState) -> Self {
        Self {
            source: logs.source.clone(),
            marked: logs.marked.clone(),
            looking: logs.looking.clone(),
            level: logs.level,
            pins: logs.pins.clone(),
            cleared: logs.cleared,
            markers: logs.markers.clone(),
        }
    }

    /// Shows it again.
    pub(crate) fn restore(self, logs: &mut LogsState) {
        logs.show(self.source);
        logs.marked = self.marked;
        logs.looking = self.looking;
        logs.level = self.level;
        logs.pins = self.pins;
        logs.cleared = self.cleared;
        logs.markers = self.markers;
        logs.prompt = None;
    }
}
