//! Searches the text of the segments in large blocks, service by service, and hands out the hits in true order.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::sweep::{Asked, Sweep};
use super::{Query, Stream};
use crate::stack::{Epoch, ServiceId};

/// A line that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Whose line.
    pub service: &'a ServiceId,
    /// Of which spawn.
    pub epoch: Epoch,
    /// From which stream.
    pub stream: Stream,
    /// Its sequence number.
    pub seq: u64,
    /// Its ordinal within the service.
    pub line: u64,
    /// When it was read, microseconds since 1970.
    pub micros: u64,
    /// Its bytes as they are stored, without the newline.
    pub bytes: &'a [u8],
}

/// Where a line that was found stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its sequence number.
    pub seq: u64,
    /// Its ordinal within the service.
    pub line: u64,
    /// Whose line: which of [`Search::services`].
    pub service: u32,
}

/// A search under way: the lines that there were when it began, hits in true order over all services.
///
/// Dropping it ends it; [`Search::cancelled_by`] ends one that is busy in another thread. In memory it holds a block
/// of 256 KiB per service, twice that where there are colours, and the hits in it.
pub struct Search {
    lanes: Vec<Lane>,
    query: Query,
    range: Range<u64>,
    cancel: Option<Arc<AtomicBool>>,
    /// The lane of the hit that was handed out last.
    shown: Option<usize>,
}

/// One service's part of a search.
pub(crate) struct Lane {
    folder: PathBuf,
    service: ServiceId,
    latest: Epoch,
    /// Still to search, the next one last.
    segments: Vec<u32>,
    sweep: Option<Sweep>,
}

impl Search {
    /// Searches the lines whose sequence numbers are in `range`.
    pub(crate) fn new(lanes: Vec<Lane>, query: Query, range: Range<u64>) -> Self {
        Self { lanes, query, range, cancel: None, shown: None }
    }

    /// Ends the search, as if there were no more hits, soon after `cancel` is set: after 256 KiB at most.
    #[must_use]
    pub fn cancelled_by(mut self, cancel: Arc<AtomicBool>) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// The services searched, as [`Found::service`] counts them.
    pub fn services(&self) -> impl ExactSizeIterator<Item = &ServiceId> {
        self.lanes.iter().map(|lane| &lane.service)
    }

    /// The sequence number at which it ends: what was written later is not searched.
    pub fn end(&self) -> u64 {
        self.range.end
    }

    /// The next hit; `None` when there are no more.
    pub fn next_hit(&mut self) -> io::Result<Option<Hit<'_>>> {
        if let Some(shown) = self.shown.take() {
            self.lanes[shown].advance();
        }
        if !self.fill()? {
            return Ok(None);
        }
        let heads = self.lanes.iter().enumerate();
        let Some((_, lane)) = heads.filter_map(|(n, lane)| Some((lane.head()?, n))).min() else {
            return Ok(None);
        };
        self.shown = Some(lane);
        Ok(self.lanes[lane].hit())
    }

    /// Adds the next hits to `found`, some thousands at once, in order; false when there are no more. Where many are
    /// wanted and not their text, this is several times as fast as [`Self::next_hit`].
    pub fn next_batch(&mut self, found: &mut Vec<Found>) -> io::Result<bool> {
        if let Some(shown) = self.shown.take() {
            self.lanes[shown].advance();
        }
        if !self.fill()? {
            return Ok(false);
        }
        // As long as every lane that may have more knows its next hit, the least of them is the next of all.
        loop {
            let mut heads: Vec<(u64, usize)> =
                self.lanes.iter().enumerate().filter_map(|(n, lane)| Some((lane.head()?, n))).collect();
            heads.sort_unstable();
            let Some(&(_, lane)) = heads.first() else { return Ok(false) };
            let until = heads.get(1).map_or(u64::MAX, |&(seq, _)| seq);
            self.lanes[lane].take_until(until, lane as u32, found);
            if self.lanes[lane].head().is_none() {
                return Ok(true);
            }
        }
    }

    /// Searches on until every lane has a hit or is at its end; false if the search was cancelled.
    fn fill(&mut self) -> io::Result<bool> {
        let cancel = self.cancel.clone();
        let cancelled = || cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed));
        for lane in &mut self.lanes {
            lane.search(&self.query, &self.range, &cancelled)?;
        }
        Ok(!cancelled())
    }
}

impl Lane {
    /// `segments` are the numbers of those that there are, lowest first.
    pub(crate) fn new(folder: &Path, service: ServiceId, latest: Epoch, mut segments: Vec<u32>) -> Self {
        segments.reverse();
        Self { folder: folder.to_owned(), service, latest, segments, sweep: None }
    }

    /// Searches on until there is a hit or nothing left.
    fn search(&mut self, query: &Query, range: &Range<u64>, cancelled: &impl Fn() -> bool) -> io::Result<()> {
        let asked = Asked { query, service: &self.service, latest: self.latest, range };
        while self.sweep.as_ref().is_none_or(|sweep| sweep.head().is_none()) && !cancelled() {
            if let Some(sweep) = &mut self.sweep {
                if !sweep.next_block(&asked)? {
                    self.sweep = None;
                }
                continue;
            }
            let Some(number) = self.segments.pop() else { return Ok(()) };
            self.sweep = Sweep::open(&self.folder, &self.service, number, range)?;
        }
        Ok(())
    }

    fn head(&self) -> Option<u64> {
        self.sweep.as_ref()?.head()
    }

    fn advance(&mut self) {
        if let Some(sweep) = &mut self.sweep {
            sweep.advance();
        }
    }

    fn take_until(&mut self, until: u64, service: u32, found: &mut Vec<Found>) {
        if let Some(sweep) = &mut self.sweep {
            sweep.take_until(until, |seq, line| found.push(Found { seq, line, service }));
        }
    }

    fn hit(&self) -> Option<Hit<'_>> {
        let (mark, record, bytes) = self.sweep.as_ref()?.hit()?;
        Some(Hit {
            service: &self.service,
            epoch: record.epoch,
            stream: record.stream,
            seq: mark.seq,
            line: mark.line,
            micros: record.micros,
            bytes,
        })
    }
}
