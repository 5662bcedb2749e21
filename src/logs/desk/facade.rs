//! The desk: what the console's logs pane holds of a run.

use std::io;
use std::sync::Arc;

use super::super::{Query, RunLogs, Selection};
use super::line::Line;
use super::page::{Anchor, Page, PageRequest};
use super::paging::Paging;
use super::viewer::Viewer;
use crate::stack::{Epoch, ServiceId};

/// Told from another thread when something new may be seen; several times in a row are told once.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// The log of a run, laid out to be read: pages, a filter, faults.
///
/// Every method answers with what is known by now and takes no longer than a frame has time for. What takes
/// longer is done by two threads, one that looks for faults and one that filters; both end with the desk.
pub struct Desk {
    viewer: Viewer,
    filter: Option<Query>,
    find: Option<Query>,
    wake: Wake,
}

/// What there is to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The sequence number that the next line will get.
    pub end: u64,
    /// Lines of all services.
    pub lines: u64,
    /// There are more of them than at the last look.
    pub changed: bool,
}

/// What a service said of trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultCount {
    /// Tracebacks, and lines of level error that belong to none.
    pub errors: u64,
    /// Lines of level warn.
    pub warnings: u64,
    /// Not all lines have been looked at yet.
    pub scanning: bool,
}

/// How far a filter or a search has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines that there are.
    pub lines: u64,
    /// Those that match, as far as they were looked at; all without a filter and a search.
    pub hits: u64,
    /// Lines that the filter hides, among those looked at.
    pub hidden: u64,
    /// Faults of which the filter hides every line, among those looked at.
    pub hidden_faults: u64,
    /// Every line below this sequence number has been looked at.
    pub scanned_to: u64,
    /// There is nothing left to look at.
    pub done: bool,
}

impl Desk {
    /// Opens the log of a run. `wake` is called from another thread when there may be something new: lines,
    /// hits, faults.
    pub fn open(logs: &RunLogs, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { viewer: Viewer::new(logs), filter: None, find: None, wake }
    }

    /// Looks what there is now; pages and counts speak of this moment until the next look. Once a frame.
    pub fn look(&mut self) -> io::Result<Look> {
        let changed = self.viewer.refresh()?;
        let end = self.viewer.horizon();
        Ok(Look { end, lines: self.viewer.rank(&Selection::All, end)?, changed })
    }

    /// Shows only what matches, from now on; `None` shows everything. The filter before is given up at once.
    pub fn filter(&mut self, query: Option<Query>) {
        self.filter = query;
        (self.wake)();
    }

    /// Looks for what matches and hides nothing; `None` gives it up.
    pub fn find(&mut self, query: Option<Query>) {
        self.find = query;
        (self.wake)();
    }

    /// The lines and blocks in the place asked for.
    pub fn page(&mut self, request: &PageRequest<'_>) -> io::Result<Page> {
        Paging { viewer: &mut self.viewer, request }.page()
    }

    /// Where the page of `request` comes to lie when it is moved `by` entries down, or up if negative.
    /// [`Anchor::End`] once there is nothing below.
    pub fn scrolled(&mut self, request: &PageRequest<'_>, by: isize) -> io::Result<Anchor> {
        Paging { viewer: &mut self.viewer, request }.scrolled(by)
    }

    /// What `service` said of trouble, in all its spawns or in one.
    pub fn faults(&self, _service: &ServiceId, _epoch: Option<Epoch>) -> FaultCount {
        FaultCount::default()
    }

    /// The first fault after the line `seq`.
    pub fn next_fault(&mut self, _selection: &Selection, _seq: u64) -> Option<u64> {
        None
    }

    /// The last fault before the line `seq`.
    pub fn previous_fault(&mut self, _selection: &Selection, _seq: u64) -> Option<u64> {
        None
    }

    /// The first hit of what is looked for, else of the filter, after the line `seq`.
    pub fn next_hit(&mut self, _selection: &Selection, _seq: u64) -> Option<u64> {
        None
    }

    /// The last hit of what is looked for, else of the filter, before the line `seq`.
    pub fn previous_hit(&mut self, _selection: &Selection, _seq: u64) -> Option<u64> {
        None
    }

    /// How far the filter has come, or what is looked for.
    pub fn counts(&mut self, selection: &Selection) -> io::Result<Counts> {
        let end = self.viewer.horizon();
        let lines = self.viewer.rank(selection, end)?;
        Ok(Counts { lines, hits: lines, hidden: 0, hidden_faults: 0, scanned_to: end, done: true })
    }

    /// The line with this sequence number; `None` if it is gone.
    pub fn line(&mut self, seq: u64) -> io::Result<Option<Line>> {
        Ok(self.viewer.line(seq)?.map(|(_, line)| line))
    }

    /// The lines of the block that begins with the line `first`, or that line alone; each ends with a newline.
    pub fn block_text(&mut self, first: u64) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        if let Some(line) = self.line(first)? {
            text.extend_from_slice(&line.bytes);
            text.push(b'\n');
        }
        Ok(text)
    }

    /// How many lines of the selected services lie below `seq`: where a scrollbar stands.
    pub fn lines_below(&mut self, selection: &Selection, seq: u64) -> io::Result<u64> {
        self.viewer.rank(selection, seq)
    }
}
