//! What happened to the stack, in order, and the last thing that happened to each service.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::handle::Entry;
use crate::stack::ServiceName;

/// Events that are kept for the events view, as many as the stack itself keeps.
const KEPT: usize = 4096;

/// The stack's events so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Happenings {
    events: VecDeque<Arc<Entry>>,
    latest: BTreeMap<ServiceName, Arc<Entry>>,
}

impl Happenings {
    /// Adds an event.
    pub(crate) fn add(&mut self, entry: Arc<Entry>) {
        if entry.notice.what.is_for_people() {
            self.latest.insert(entry.notice.service.clone(), Arc::clone(&entry));
        }
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        self.events.push_back(entry);
    }

    /// All that are kept, oldest first.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &Arc<Entry>> + ExactSizeIterator {
        self.events.iter()
    }

    /// The last thing that happened to a service and that a person may want to know.
    pub(crate) fn latest(&self, name: &ServiceName) -> Option<&Entry> {
        self.latest.get(name).map(|entry| &**entry)
    }
}
