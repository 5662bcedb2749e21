//! The desk: what the console's logs pane holds of a run.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::super::query::Query;
use super::super::{RunLogs, Selection};
use super::analysis::Analyses;
use super::bell::{Bell, Waker};
use super::fault_scan;
use super::faults::SharedFaults;
use super::hidden::{self, HiddenFaults};
use super::line::Line;
use super::nearby::{Next, Sought};
use super::page::{Anchor, Page, PageRequest};
use super::paging::Paging;
use super::reach::{FaultReach, Reach};
use super::veil::Veil;
use super::viewer::Viewer;
use crate::stack::{Epoch, ServiceId};

/// The log of a run, laid out to be read: pages, a filter, faults.
///
/// Every method answers with what is known by now and takes no longer than a frame has time for. What takes
/// longer is done by threads: one looks for faults, and one goes through everything for the filter, one for what
/// is looked for. All end with the desk.
pub struct Desk {
    logs: RunLogs,
    viewer: Viewer,
    faults: SharedFaults,
    analyses: Analyses,
    filter: Option<Sought>,
    find: Option<Sought>,
    hidden: HiddenFaults,
    bell: Arc<Bell>,
    waker: Arc<Waker>,
    scan: Option<JoinHandle<()>>,
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
    /// hits, faults; after that not again before [`Desk::look`]. Fails if there is no thread to be had.
    pub fn open(logs: RunLogs, wake: Arc<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        let (bell, waker) = (Arc::new(Bell::default()), Arc::new(Waker::new(wake)));
        let faults = SharedFaults::default();
        let scan = fault_scan::start(&logs, &faults, &bell, &waker)?;
        Ok(Self {
            viewer: Viewer::new(&logs),
            logs,
            faults,
            analyses: Analyses::default(),
            filter: None,
            find: None,
            hidden: HiddenFaults::default(),
            bell,
            waker,
            scan: Some(scan),
        })
    }

    /// Looks what there is now; pages and counts speak of this moment until the next look. Once a frame.
    pub fn look(&mut self) -> io::Result<Look> {
        self.waker.heard();
        let changed = self.viewer.refresh()?;
        let end = self.viewer.horizon();
        Ok(Look { end, lines: self.viewer.rank(&Selection::All, end)?, changed })
    }

    /// Shows only what matches, from now on; `None` shows everything. The filter before is given up at once.
    pub fn filter(&mut self, query: Option<Query>) {
        self.hidden = HiddenFaults::default();
        self.filter = None;
        self.filter = query.map(|query| Sought::start(&self.logs, query, &self.bell, &self.waker));
    }

    /// Looks for what matches and hides nothing; `None` gives it up.
    pub fn find(&mut self, query: Option<Query>) {
        self.find = None;
        self.find = query.map(|query| Sought::start(&self.logs, query, &self.bell, &self.waker));
    }

    /// The lines and blocks in the place asked for.
    pub fn page(&mut self, request: &PageRequest<'_>) -> io::Result<Page> {
        Paging { veil: self.veil(request)? }.page()
    }

    /// Where the page of `request` comes to lie when it is moved `by` entries down, or up if negative.
    /// [`Anchor::End`] once there is nothing below.
    pub fn scrolled(&mut self, request: &PageRequest<'_>, by: isize) -> io::Result<Anchor> {
        Paging { veil: self.veil(request)? }.scrolled(by)
    }

    /// What `service` said of trouble, in all its spawns or in one.
    pub fn faults(&self, service: &ServiceId, epoch: Option<Epoch>) -> FaultCount {
        let faults = self.faults.lock();
        let counted = faults.of(service).map(|faults| faults.count(epoch)).unwrap_or_default();
        FaultCount { errors: counted.errors, warnings: counted.warnings, scanning: faults.scanning }
    }

    /// The first fault that begins after the line `seq` and that `request` shows.
    pub fn next_fault(&mut self, request: &PageRequest<'_>, seq: u64) -> io::Result<Reach> {
        FaultReach::new(&mut self.viewer, &self.faults, self.filter.as_mut(), request).next(seq)
    }

    /// The last fault before the line `seq` that `request` shows.
    pub fn previous_fault(&mut self, request: &PageRequest<'_>, seq: u64) -> io::Result<Reach> {
        FaultReach::new(&mut self.viewer, &self.faults, self.filter.as_mut(), request).previous(seq)
    }

    /// The first hit of what is looked for, else of the filter, after the line `seq` and not cleared. More than a
    /// page's worth of searching is not done for it; later the background has found it.
    pub fn next_hit(&mut self, request: &PageRequest<'_>, seq: u64) -> io::Result<Reach> {
        let Some(sought) = self.find.as_mut().or(self.filter.as_mut()) else { return Ok(Reach::Nothing) };
        let (mut nearest, mut budget) = (None::<(u64, bool)>, sought.budget());
        for lane in self.viewer.selected(request.selection) {
            let floor = request.cleared_before.max(self.viewer.lanes[lane].first_seq());
            let start = seq.saturating_add(1).max(floor);
            let next = match sought.from(&mut self.viewer, lane, start, &mut budget)? {
                Next::At(hit) => (hit, true),
                Next::Unknown(known) => (known, false),
                Next::Nothing => continue,
            };
            nearest = Some(nearest.map_or(next, |nearest| nearest.min(next)));
        }
        Ok(hit(nearest))
    }

    /// The last hit of what is looked for, else of the filter, before the line `seq`; as [`Self::next_hit`].
    pub fn previous_hit(&mut self, request: &PageRequest<'_>, seq: u64) -> io::Result<Reach> {
        let Some(sought) = self.find.as_mut().or(self.filter.as_mut()) else { return Ok(Reach::Nothing) };
        let (mut nearest, mut budget) = (None::<(u64, bool)>, sought.budget());
        for lane in self.viewer.selected(request.selection) {
            let floor = request.cleared_before.max(self.viewer.lanes[lane].first_seq());
            let next = match sought.before(&mut self.viewer, lane, seq, &mut budget)? {
                Next::At(hit) if hit >= floor => (hit, true),
                Next::Unknown(known) if known > floor => (known, false),
                Next::At(_) | Next::Unknown(_) | Next::Nothing => continue,
            };
            nearest = Some(nearest.map_or(next, |nearest| nearest.max(next)));
        }
        Ok(hit(nearest))
    }

    /// How far the filter has come, and what it hides.
    pub fn counts(&mut self, selection: &Selection) -> io::Result<Counts> {
        let mut counts = count(&mut self.viewer, selection, self.filter.as_ref())?;
        let Some(filter) = &self.filter else { return Ok(counts) };
        let mut budget = hidden::AT_ONCE;
        for lane in self.viewer.selected(selection) {
            let hidden = self.hidden.count(&mut self.viewer, lane, &self.faults, filter, &mut budget)?;
            counts.hidden_faults += hidden.faults;
            counts.done &= !hidden.more;
        }
        Ok(counts)
    }

    /// How far what is looked for has been found; it hides nothing.
    pub fn found(&mut self, selection: &Selection) -> io::Result<Counts> {
        let counts = count(&mut self.viewer, selection, self.find.as_ref())?;
        Ok(Counts { hidden: 0, ..counts })
    }

    /// The line with this sequence number; `None` if it is gone.
    pub fn line(&mut self, seq: u64) -> io::Result<Option<Line>> {
        Ok(self.viewer.line(seq)?.map(|(_, line)| line))
    }

    /// The first line of the block in which the line `seq` stands: what [`PageRequest::unfolded`] holds.
    pub fn block_of(&mut self, seq: u64) -> io::Result<Option<u64>> {
        let Some((_, line)) = self.viewer.line(seq)? else { return Ok(None) };
        let faults = self.faults.lock();
        let block = faults.of(&line.service).and_then(|faults| faults.block_at(line.stream, seq));
        Ok(block.map(|mark| mark.first))
    }

    /// The lines of the block that begins with the line `first`, or that line alone, as they were printed; each
    /// ends with a newline.
    pub fn block_text(&mut self, first: u64) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let mut add = |line: &Line| {
            text.extend_from_slice(&line.bytes);
            text.push(b'\n');
        };
        let Some((lane, line)) = self.viewer.line(first)? else { return Ok(text) };
        let block = self.faults.lock().of(&line.service).and_then(|faults| faults.block_of(first));
        match block {
            Some((stream, mark)) => self.viewer.stream_lines(lane, stream, first..mark.last + 1, |line| {
                add(&line);
                true
            })?,
            None => add(&line),
        }
        Ok(text)
    }

    /// How many lines of the selected services lie below `seq`: where a scrollbar stands. Lines that a full disk
    /// swallowed count.
    pub fn lines_before(&mut self, selection: &Selection, seq: u64) -> io::Result<u64> {
        self.viewer.rank(selection, seq)
    }

    fn veil<'a>(&'a mut self, request: &'a PageRequest<'a>) -> io::Result<Veil<'a>> {
        Veil::new(&mut self.viewer, &self.faults, &mut self.analyses, self.filter.as_mut(), request)
    }
}

#[cfg(test)]
impl Desk {
    pub(crate) fn set_filter(&mut self, sought: Sought) {
        self.hidden = HiddenFaults::default();
        self.filter = Some(sought);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.bell.finish();
        if let Some(scan) = self.scan.take() {
            // A panic there has been reported by the panic hook; there is nothing left to close.
            let _ = scan.join();
        }
    }
}

/// The hit that is nearest, if nothing that was not searched might be nearer.
fn hit(nearest: Option<(u64, bool)>) -> Reach {
    match nearest {
        Some((hit, true)) => Reach::At(hit),
        Some((_, false)) => Reach::Searching,
        None => Reach::Nothing,
    }
}

fn count(viewer: &mut Viewer, selection: &Selection, sought: Option<&Sought>) -> io::Result<Counts> {
    let horizon = viewer.horizon();
    let lines = viewer.rank(selection, horizon)?;
    let Some(sought) = sought else {
        return Ok(Counts { lines, hits: lines, scanned_to: horizon, done: true, ..Counts::default() });
    };
    let mut counts = Counts { lines, scanned_to: horizon, done: sought.is_done(), ..Counts::default() };
    for lane in viewer.selected(selection) {
        let floor = viewer.lanes[lane].first_seq();
        let (hits, scanned_to) = sought
            .known(viewer, lane, |hits| {
                (hits.seqs.rank(horizon) - hits.seqs.rank(floor.min(horizon)), hits.scanned_to)
            })
            .unwrap_or((0, 0));
        let scanned_to = scanned_to.min(horizon);
        counts.hits += hits;
        counts.hidden += viewer.lanes[lane].rank(scanned_to)?.saturating_sub(hits);
        if scanned_to < viewer.lanes[lane].end_seq().min(horizon) {
            counts.scanned_to = counts.scanned_to.min(scanned_to);
        }
    }
    Ok(counts)
}
