//! Searches the text of the segments in large blocks, service by service, and hands out the hits in true order.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::crew::Crew;
use super::parts::{Cut, Part, parts};
use super::sweep::{Asked, Sweep};
use super::{Query, Stream};
use crate::stack::{Epoch, ServiceId};

/// From so much text on, a search by batches uses several threads: what is less is found before they pay.
const MUCH: u64 = 32 << 20;

/// What a thread searches at once: some milliseconds of work, so that all end at about the same time.
const PART: Cut = Cut { bytes: 4 << 20, lines: 1 << 16 };

/// More threads than this wait for memory, not for each other.
const MOST_THREADS: usize = 4;

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
/// of 256 KiB per service, twice that where there are colours, and the hits in it. Where [`Search::next_batch`] finds
/// more than 32 MiB to search it has up to four threads do it, and holds a block for each of them and 24 bytes for each
/// hit in parts of 4 MiB: two a thread and one a service.
pub struct Search {
    lanes: Vec<Lane>,
    crew: Option<Crew>,
    /// Something was searched, so that it is too late for a crew.
    begun: bool,
    query: Query,
    range: Range<u64>,
    cancel: Option<Arc<AtomicBool>>,
    /// The lane of the hit that was handed out last.
    shown: Option<usize>,
}

/// How much is searched by how many.
#[derive(Clone, Copy)]
struct Sharing {
    threads: usize,
    cut: Cut,
    much: u64,
}

/// One service's part of a search.
pub(crate) struct Lane {
    pub(crate) folder: PathBuf,
    pub(crate) service: ServiceId,
    latest: Epoch,
    /// Still to search, the next one last.
    segments: Vec<u32>,
    sweep: Option<Sweep>,
}

impl Search {
    /// Searches the lines whose sequence numbers are in `range`.
    pub(crate) fn new(lanes: Vec<Lane>, query: Query, range: Range<u64>) -> Self {
        Self { lanes, crew: None, begun: false, query, range, cancel: None, shown: None }
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
        self.dismiss();
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
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        self.share(Sharing { threads, cut: PART, much: MUCH })?;
        match self.next_of_crew(found) {
            Some(more) => more,
            None => self.next_of_lanes(found),
        }
    }

    fn next_of_lanes(&mut self, found: &mut Vec<Found>) -> io::Result<bool> {
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

    /// Has threads search it if nothing was searched yet and there is much.
    fn share(&mut self, sharing: Sharing) -> io::Result<()> {
        if self.begun || self.is_cancelled() {
            return Ok(());
        }
        self.begun = true;
        if sharing.threads < 2 {
            return Ok(());
        }
        let parts = parts(&self.lanes, &self.range, sharing.cut)?;
        if parts.iter().map(|part| part.bytes).sum::<u64>() <= sharing.much {
            return Ok(());
        }
        let lanes: Vec<Lane> = self.lanes.iter().map(Lane::anew).collect();
        let (query, cancel) = (self.query.clone(), self.cancel.clone());
        let work = move |part: &Part, stop: &AtomicBool| {
            let is_over = || stop.load(Ordering::Relaxed) || is_set(cancel.as_ref());
            lanes[part.lane].all_of(part, &query, &is_over)
        };
        self.crew = Crew::start(parts, sharing.threads, Arc::new(work));
        Ok(())
    }

    /// The next hits if threads search; `None` if they do not.
    fn next_of_crew(&mut self, found: &mut Vec<Found>) -> Option<io::Result<bool>> {
        let before = found.len();
        let more = self.crew.as_mut()?.next_batch(found);
        if more.is_err() {
            // What could not be read is tried again from there, as without threads.
            self.dismiss();
        }
        if self.is_cancelled() {
            // What a thread gave up is not whole.
            found.truncate(before);
            return Some(Ok(false));
        }
        Some(more)
    }

    /// Ends the threads and goes on without them where they had come to.
    fn dismiss(&mut self) {
        self.begun = true;
        if let Some(crew) = self.crew.take() {
            self.range.start = crew.handed_to().clamp(self.range.start, self.range.end);
        }
    }

    fn is_cancelled(&self) -> bool {
        is_set(self.cancel.as_ref())
    }

    /// Searches on until every lane has a hit or is at its end; false if the search was cancelled.
    fn fill(&mut self) -> io::Result<bool> {
        let cancel = self.cancel.clone();
        let cancelled = || is_set(cancel.as_ref());
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

    /// The numbers of its segments that are not searched yet, lowest first.
    pub(crate) fn segments(&self) -> impl Iterator<Item = u32> {
        self.segments.iter().rev().copied()
    }

    /// The same lane, of which nothing is open.
    fn anew(&self) -> Self {
        let (folder, service) = (self.folder.clone(), self.service.clone());
        Self { folder, service, latest: self.latest, segments: self.segments.clone(), sweep: None }
    }

    /// All hits in a part of it.
    fn all_of(&self, part: &Part, query: &Query, is_over: &impl Fn() -> bool) -> io::Result<Vec<Found>> {
        let asked = Asked { query, service: &self.service, latest: self.latest, range: &part.range };
        let mut found = Vec::new();
        let Some(mut sweep) = Sweep::open(&self.folder, &self.service, part.segment, &part.range)? else {
            return Ok(found);
        };
        while !is_over() && sweep.next_block(&asked)? {
            let service = part.lane as u32;
            sweep.take_until(u64::MAX, |seq, line| found.push(Found { seq, line, service }));
        }
        Ok(found)
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

fn is_set(flag: Option<&Arc<AtomicBool>>) -> bool {
    flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
