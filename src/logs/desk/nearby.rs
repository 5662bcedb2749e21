//! Finds hits near the page at once, where the thread that goes through everything has not been yet.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;

use super::super::RunLogs;
use super::super::query::Query;
use super::super::record::Record;
use super::bell::{Bell, Waker};
use super::block::Block;
use super::hit_scan::HitScan;
use super::hits::ServiceHits;
use super::lane::Chunk;
use super::matching::{Asked, each_hit};
use super::viewer::Viewer;
use crate::stack::Epoch;

/// Hits kept beside the list; beyond it what was found before is looked for again when it is wanted.
const KEPT: usize = 1 << 20;

/// Blocks between the page and what was searched before that are searched for the sake of one stretch.
const BRIDGED: usize = 8;

/// The next hit in some direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Here.
    At(u64),
    /// Not before this one; what comes after it was not searched, for want of time.
    Unknown(u64),
    /// There is none.
    Nothing,
}

/// A query, its hits so far, and what was searched around the page.
pub(crate) struct Sought {
    pub(crate) query: Query,
    scan: HitScan,
    stretches: HashMap<usize, Stretch>,
    generation: u64,
}

/// A stretch of a service's lines that was searched for the page, by sequence numbers.
#[derive(Default)]
struct Stretch {
    low: u64,
    high: u64,
    hits: VecDeque<u64>,
}

impl Sought {
    /// Begins to look for everything that `query` means.
    pub(crate) fn start(logs: &RunLogs, query: Query, bell: &Arc<Bell>, waker: &Arc<Waker>) -> Self {
        let scan = HitScan::start(logs, query.clone(), bell, waker);
        Self { query, scan, stretches: HashMap::new(), generation: 0 }
    }

    #[cfg(test)]
    pub(crate) fn with(query: Query, scan: HitScan) -> Self {
        Self { query, scan, stretches: HashMap::new(), generation: 0 }
    }

    /// How many bytes are searched for one page at most: some ten milliseconds' worth.
    pub(crate) fn budget(&self) -> usize {
        if self.query.cover().is_each_line() { 2 << 20 } else { 12 << 20 }
    }

    /// What is known of a lane's service.
    pub(crate) fn known<T>(
        &self,
        viewer: &Viewer,
        lane: usize,
        ask: impl FnOnce(&ServiceHits) -> T,
    ) -> Option<T> {
        self.scan.hits.lock().of(&viewer.lanes[lane].service).map(ask)
    }

    /// Whether all that there is has been gone through.
    pub(crate) fn is_done(&self) -> bool {
        self.scan.hits.lock().done
    }

    /// How often it was begun anew.
    pub(crate) fn generation(&self) -> u64 {
        self.scan.hits.lock().generation
    }

    /// The lane's last hit below `seq`. Reads at most `budget` bytes, which are taken from it.
    pub(crate) fn before(
        &mut self,
        viewer: &mut Viewer,
        lane: usize,
        seq: u64,
        budget: &mut usize,
    ) -> io::Result<Next> {
        let seq = seq.min(viewer.horizon());
        if !self.query.admits(&viewer.lanes[lane].service) {
            return Ok(Next::Nothing);
        }
        let scanned = self.scanned_to(viewer, lane);
        if seq > scanned {
            self.reach(viewer, lane, seq)?;
            loop {
                let stretch = self.stretches.entry(lane).or_default();
                let at = stretch.hits.partition_point(|&hit| hit < seq);
                if let Some(&hit) = at.checked_sub(1).and_then(|at| stretch.hits.get(at)) {
                    return Ok(Next::At(hit));
                }
                let low = stretch.low;
                if low <= scanned {
                    break;
                }
                if *budget == 0 {
                    return Ok(Next::Unknown(low));
                }
                let Some(chunk) = viewer.lanes[lane].chunk_before(low)? else { return Ok(Next::Nothing) };
                self.extend_down(viewer, lane, &chunk, budget)?;
            }
        }
        let found = self.known(viewer, lane, |hits| hits.seqs.before(seq.min(scanned)));
        Ok(found.flatten().map_or(Next::Nothing, Next::At))
    }

    /// The lane's first hit at or above `seq`. Reads at most `budget` bytes, which are taken from it.
    pub(crate) fn from(
        &mut self,
        viewer: &mut Viewer,
        lane: usize,
        seq: u64,
        budget: &mut usize,
    ) -> io::Result<Next> {
        if !self.query.admits(&viewer.lanes[lane].service) {
            return Ok(Next::Nothing);
        }
        let (scanned, horizon) = (self.scanned_to(viewer, lane), viewer.horizon());
        let seen = |hit: u64| if hit < horizon { Next::At(hit) } else { Next::Nothing };
        let known = self.known(viewer, lane, |hits| hits.seqs.from(seq)).flatten();
        if let Some(hit) = known.filter(|&hit| hit < scanned) {
            return Ok(seen(hit));
        }
        let start = seq.max(scanned);
        self.reach(viewer, lane, start)?;
        loop {
            let stretch = self.stretches.entry(lane).or_default();
            let at = stretch.hits.partition_point(|&hit| hit < start);
            if let Some(&hit) = stretch.hits.get(at) {
                return Ok(seen(hit));
            }
            let high = stretch.high.max(start);
            let Some(chunk) = viewer.lanes[lane].chunk_from(high)? else { return Ok(Next::Nothing) };
            if high >= horizon || chunk.record.first_seq >= horizon {
                return Ok(Next::Nothing);
            }
            if *budget == 0 {
                return Ok(Next::Unknown(high));
            }
            self.extend_up(viewer, lane, &chunk, budget)?;
        }
    }

    /// Below which the list lacks nothing.
    fn scanned_to(&mut self, viewer: &Viewer, lane: usize) -> u64 {
        let hits = self.scan.hits.lock();
        if hits.generation != self.generation {
            self.generation = hits.generation;
            self.stretches.clear();
        }
        hits.of(&viewer.lanes[lane].service).map_or(0, |hits| hits.scanned_to)
    }

    /// Has the stretch touch `seq`: goes on from the one that there is if that is near, else begins another.
    fn reach(&mut self, viewer: &mut Viewer, lane: usize, seq: u64) -> io::Result<()> {
        for _ in 0..BRIDGED {
            let stretch = self.stretches.entry(lane).or_default();
            if stretch.hits.len() > KEPT || seq < stretch.low || stretch.high == 0 {
                break;
            }
            if seq <= stretch.high {
                return Ok(());
            }
            let high = stretch.high;
            match viewer.lanes[lane].chunk_from(high)? {
                Some(chunk) if chunk.record.first_seq < seq => {
                    self.extend_up(viewer, lane, &chunk, &mut 0)?;
                }
                Some(_) | None => {
                    // Nothing of this service lies between.
                    stretch_to(self.stretches.entry(lane).or_default(), seq);
                    return Ok(());
                }
            }
        }
        let stretch = self.stretches.entry(lane).or_default();
        if seq < stretch.low || seq > stretch.high || stretch.hits.len() > KEPT || stretch.high == 0 {
            *stretch = Stretch { low: seq, high: seq, hits: VecDeque::new() };
        }
        Ok(())
    }

    /// Searches what lies in `chunk`'s block up to the stretch's lower end, which is in or just after `chunk`.
    fn extend_down(
        &mut self,
        viewer: &mut Viewer,
        lane: usize,
        chunk: &Chunk,
        budget: &mut usize,
    ) -> io::Result<()> {
        let Some(block) = viewer.lanes[lane].block(chunk)? else {
            self.stretches.entry(lane).or_default().low = chunk.record.first_seq;
            return Ok(());
        };
        let until = block.records.partition_point(|record| record.first_seq <= chunk.record.first_seq);
        let found = self.search(viewer, lane, &block, &block.records[..until], budget)?;
        let stretch = self.stretches.entry(lane).or_default();
        for &hit in found.iter().rev().filter(|&&hit| hit < stretch.low) {
            stretch.hits.push_front(hit);
        }
        stretch.low = block.first_seq();
        Ok(())
    }

    /// Searches what lies in `chunk`'s block from the stretch's upper end, which is in or just before `chunk`.
    fn extend_up(
        &mut self,
        viewer: &mut Viewer,
        lane: usize,
        chunk: &Chunk,
        budget: &mut usize,
    ) -> io::Result<()> {
        let Some(block) = viewer.lanes[lane].block(chunk)? else {
            stretch_to(self.stretches.entry(lane).or_default(), chunk.record.end_seq());
            return Ok(());
        };
        let from = block.records.partition_point(|record| record.first_seq < chunk.record.first_seq);
        let found = self.search(viewer, lane, &block, &block.records[from..], budget)?;
        let stretch = self.stretches.entry(lane).or_default();
        stretch.hits.extend(found.into_iter().filter(|&hit| hit >= stretch.high));
        stretch_to(stretch, block.end_seq());
        Ok(())
    }

    fn search(
        &self,
        viewer: &mut Viewer,
        lane: usize,
        block: &Block,
        records: &[Record],
        budget: &mut usize,
    ) -> io::Result<Vec<u64>> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(Vec::new()) };
        let text = block.text_between(first, last);
        *budget = budget.saturating_sub(text.len());
        let latest =
            if self.query.reads_origin() { viewer.lanes[lane].latest_epoch()? } else { Epoch::default() };
        let asked = Asked { query: &self.query, service: &block.service, latest };
        let mut found = Vec::new();
        each_hit(asked, records, text, |seq| found.push(seq));
        Ok(found)
    }
}

fn stretch_to(stretch: &mut Stretch, high: u64) {
    stretch.high = stretch.high.max(high);
}
