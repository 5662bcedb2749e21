//! The table of services: selection, sorting and height.

use crate::stack::{ServiceName, StackSnapshot};

/// What the user did to the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableState {
    /// The selected service, by name, so that a reload cannot move the selection.
    pub(crate) selected: Option<ServiceName>,
    /// Sorted by this column until Esc; in the order of the configuration otherwise.
    pub(crate) sort: Option<Column>,
    /// The rows that the user gave it; by need and window otherwise.
    pub(crate) rows: Option<u16>,
}

/// A column of the table, in the order in which it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    Service,
    State,
    Port,
    Health,
    Cpu,
    Spark,
    Memory,
    Up,
    Restarts,
    Why,
    Errors,
    LastEvent,
}

impl TableState {
    /// The selected service's place in the stack's order; the first one if none, or a vanished one, is selected.
    pub(crate) fn index(&self, snapshot: &StackSnapshot) -> usize {
        let selected = self.selected.as_ref();
        let found =
            selected.and_then(|name| snapshot.services.iter().position(|service| service.name == *name));
        found.unwrap_or(0)
    }
}
