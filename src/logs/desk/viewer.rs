//! All services of a run, kept open from look to look: what is there, and where in the common order it lies.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::extent::segments;
use super::super::{RunLogs, Selection, Stream};
use super::lane::{Chunk, Lane};
use super::line::Line;
use crate::stack::ServiceId;

/// Readers of every service's segments, and the horizon below which nothing is missing any more.
///
/// Lanes are only ever added, at the end, so that their numbers keep their meaning.
pub(crate) struct Viewer {
    folder: PathBuf,
    pub(crate) lanes: Vec<Lane>,
    horizon: u64,
}

impl Viewer {
    /// Sees nothing before it is refreshed.
    pub(crate) fn new(logs: &RunLogs) -> Self {
        Self::in_folder(logs.folder())
    }

    fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), lanes: Vec::new(), horizon: 0 }
    }

    /// Looks for what was added and dropped; costs a look at the folder and at one file per service. Answers
    /// whether anything was added.
    pub(crate) fn refresh(&mut self) -> io::Result<bool> {
        // Twice, because a file looked at early may lack what is older than what one looked at late has (see
        // `merge`): the first look finds the horizon, the second what lies below it.
        let seen = self.gather()?;
        if seen <= self.horizon {
            return Ok(false);
        }
        self.gather()?;
        self.horizon = seen;
        Ok(true)
    }

    /// The sequence number after the last line that can be seen.
    pub(crate) fn horizon(&self) -> u64 {
        self.horizon
    }

    /// The numbers of the lanes whose services are selected.
    pub(crate) fn selected(&self, selection: &Selection) -> Vec<usize> {
        let chosen = self.lanes.iter().enumerate().filter(|(_, lane)| selection.holds(&lane.service));
        chosen.map(|(at, _)| at).collect()
    }

    /// The lane of this service.
    pub(crate) fn lane_of(&self, service: &ServiceId) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.service == *service)
    }

    /// How many lines of the selected services lie below `seq`. See [`Lane::rank`] for what counts as a line.
    pub(crate) fn rank(&mut self, selection: &Selection, seq: u64) -> io::Result<u64> {
        let seq = seq.min(self.horizon);
        let mut rank = 0;
        for lane in self.lanes.iter_mut().filter(|lane| selection.holds(&lane.service)) {
            rank += lane.rank(seq)?;
        }
        Ok(rank)
    }

    /// The line with this sequence number and its lane; `None` if it is gone or not there yet.
    pub(crate) fn line(&mut self, seq: u64) -> io::Result<Option<(usize, Line)>> {
        for at in 0..self.lanes.len() {
            if let Some(line) = self.line_in(at, seq)? {
                return Ok(Some((at, line)));
            }
        }
        Ok(None)
    }

    /// The line with this sequence number, if it is one of this lane's.
    pub(crate) fn line_in(&mut self, lane: usize, seq: u64) -> io::Result<Option<Line>> {
        if seq >= self.horizon {
            return Ok(None);
        }
        let lane = &mut self.lanes[lane];
        let Some(chunk) = lane.chunk_from(seq)?.filter(|chunk| chunk.record.first_seq <= seq) else {
            return Ok(None);
        };
        Ok(lane.block(&chunk)?.and_then(|block| block.line(seq)))
    }

    /// How many lines of the service are gone just before the line at `seq`.
    pub(crate) fn lost_before(&mut self, lane: usize, seq: u64) -> io::Result<u64> {
        let lane = &mut self.lanes[lane];
        let Some(chunk) = lane.chunk_from(seq)?.filter(|chunk| chunk.record.first_seq == seq) else {
            return Ok(0);
        };
        let due = lane.preceding(&chunk)?.map_or(0, |before| before.record.end_line());
        Ok(chunk.record.first_line.saturating_sub(due))
    }

    /// The lane's last line below `seq`: its sequence number, its stream, and where its chunk begins.
    pub(crate) fn last_before(&mut self, lane: usize, seq: u64) -> io::Result<Option<(u64, Stream, u64)>> {
        let seq = seq.min(self.horizon);
        let chunk = self.lanes[lane].chunk_before(seq)?;
        Ok(chunk.map(|Chunk { record, .. }| (record.end_seq().min(seq) - 1, record.stream, record.first_seq)))
    }

    /// The lane's first line at or above `seq`: its sequence number and its stream.
    pub(crate) fn first_from(&mut self, lane: usize, seq: u64) -> io::Result<Option<(u64, Stream)>> {
        let chunk = self.lanes[lane].chunk_from(seq)?;
        let found = chunk.map(|Chunk { record, .. }| (record.first_seq.max(seq), record.stream));
        Ok(found.filter(|&(found, _)| found < self.horizon))
    }

    /// Where the chunk ends in which the line at `seq` stands.
    pub(crate) fn chunk_end(&mut self, lane: usize, seq: u64) -> io::Result<u64> {
        let chunk = self.lanes[lane].chunk_from(seq)?;
        Ok(chunk.map_or(seq + 1, |chunk| chunk.record.end_seq().max(seq + 1)))
    }

    /// Hands the lines of one stream in a range of sequence numbers to `take`, in order, until it has enough.
    pub(crate) fn stream_lines(
        &mut self,
        lane: usize,
        stream: Stream,
        range: Range<u64>,
        mut take: impl FnMut(Line) -> bool,
    ) -> io::Result<()> {
        let mut seq = range.start;
        while let Some(chunk) = self.lanes[lane].chunk_from(seq)?
            && chunk.record.first_seq < range.end.min(self.horizon)
        {
            seq = chunk.record.first_seq.max(seq);
            let end = chunk.record.end_seq();
            if chunk.record.stream == stream
                && let Some(block) = self.lanes[lane].block(&chunk)?
            {
                let lines = (seq..end.min(range.end)).filter_map(|seq| block.line(seq));
                for line in lines {
                    if !take(line) {
                        return Ok(());
                    }
                }
            }
            seq = end;
        }
        Ok(())
    }

    /// Looks once at all files; answers the end of what it saw.
    fn gather(&mut self) -> io::Result<u64> {
        let found = segments(&self.folder)?;
        let mut seen = 0;
        for (service, numbers) in &found {
            let at = match self.lane_of(service) {
                Some(at) => at,
                None => {
                    self.lanes.push(Lane::new(&self.folder, service.clone()));
                    self.lanes.len() - 1
                }
            };
            self.lanes[at].refresh(numbers)?;
            seen = seen.max(self.lanes[at].end_seq());
        }
        for lane in self.lanes.iter_mut().filter(|lane| !found.contains_key(&lane.service)) {
            lane.refresh(&[])?;
        }
        Ok(seen)
    }
}
