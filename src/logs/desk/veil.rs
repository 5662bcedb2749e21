//! What is visible of each service: a filter lets only hits through, and a folded traceback shows one line.
//!
//! A line is visible if it is the first line of a folded block, or in an open block and not inside a run of
//! library frames, or in none. Under a filter it must be a hit as well; of a folded block then the first hit is
//! shown, and of an open block that has a hit every line.

use std::io;
use std::sync::Arc;

use super::super::{Level, Stream, ansi, classify};
use super::analysis::{Analyses, Analysis, Row};
use super::faults::SharedFaults;
use super::line::Line;
use super::nearby::{Next, Sought};
use super::page::{PageRequest, Part};
use super::recogniser::BlockMark;
use super::viewer::Viewer;

/// Lines at either end of a block that are read to understand it.
const READ: u64 = 1000;

/// What is to be seen of a run.
pub(crate) struct Veil<'a> {
    pub(crate) viewer: &'a mut Viewer,
    pub(crate) faults: &'a SharedFaults,
    pub(crate) analyses: &'a mut Analyses,
    pub(crate) filter: Option<&'a mut Sought>,
    pub(crate) request: &'a PageRequest<'a>,
    /// How many bytes may still be searched for this page.
    pub(crate) budget: usize,
    opened: Vec<Placed>,
}

/// A block and whose it is.
#[derive(Clone, Copy)]
struct Placed {
    lane: usize,
    stream: Stream,
    mark: BlockMark,
}

impl<'a> Veil<'a> {
    pub(crate) fn new(
        viewer: &'a mut Viewer,
        faults: &'a SharedFaults,
        analyses: &'a mut Analyses,
        filter: Option<&'a mut Sought>,
        request: &'a PageRequest<'a>,
    ) -> io::Result<Self> {
        let budget = filter.as_ref().map_or(0, |sought| sought.budget());
        let mut veil = Self { viewer, faults, analyses, filter, request, budget, opened: Vec::new() };
        if veil.filter.is_some() && request.fold {
            veil.open_those_with_hits()?;
        }
        Ok(veil)
    }

    /// The lane's last visible line below `seq`.
    pub(crate) fn above(&mut self, lane: usize, seq: u64) -> io::Result<Next> {
        if self.filter.is_none() {
            return self.line_above(lane, seq);
        }
        let mut open = None;
        for placed in self.opened.clone().into_iter().filter(|placed| placed.lane == lane) {
            open = open.max(self.opened_above(&placed, seq)?);
        }
        let hit = self.hit_above(lane, seq)?;
        Ok(match (hit, open) {
            (Next::At(hit), Some(open)) => Next::At(hit.max(open)),
            (Next::Unknown(known), Some(open)) if open < known => Next::Unknown(known),
            (Next::Unknown(_) | Next::Nothing, Some(open)) => Next::At(open),
            (hit, None) => hit,
        })
    }

    /// The lane's first visible line at or above `seq`.
    pub(crate) fn below(&mut self, lane: usize, seq: u64) -> io::Result<Next> {
        if self.filter.is_none() {
            return self.line_below(lane, seq);
        }
        let mut open: Option<u64> = None;
        for placed in self.opened.clone().into_iter().filter(|placed| placed.lane == lane) {
            open = match (open, self.opened_below(&placed, seq)?) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        let hit = self.hit_below(lane, seq)?;
        Ok(match (hit, open) {
            (Next::At(hit), Some(open)) => Next::At(hit.min(open)),
            (Next::Unknown(known), Some(open)) if open > known => Next::Unknown(known),
            (Next::Unknown(_) | Next::Nothing, Some(open)) => Next::At(open),
            (hit, None) => hit,
        })
    }

    /// How grave a visible line is, and what it is in a block.
    pub(crate) fn part(&mut self, lane: usize, line: &Line) -> io::Result<(Level, Part)> {
        let Some(mark) = self.block_at(lane, line.stream, line.seq) else {
            return Ok((classify(&line.bytes), Part::Alone));
        };
        let analysis = self.analysis(lane, line.stream, &mark)?;
        if self.is_folded(lane, &mark) {
            return Ok((Level::Error, Part::Folded(Arc::clone(&analysis.summary))));
        }
        let part = match analysis.row(line.seq) {
            Row::Head => Part::Head(Arc::clone(&analysis.summary)),
            Row::Run { frames, packages } if self.collapses(lane, &mark) => {
                Part::LibraryRun { frames: *frames, packages: packages.clone() }
            }
            Row::Run { .. } | Row::InRun => Part::Frame { yours: false },
            Row::Frame { yours } => Part::Frame { yours: *yours },
            Row::Text => Part::Text,
        };
        Ok((Level::Error, part))
    }

    /// Where a page that begins at `seq` really begins: at the folded block in which that line is hidden.
    pub(crate) fn settle(&mut self, seq: u64) -> io::Result<u64> {
        if self.filter.is_some() {
            return Ok(seq);
        }
        for lane in self.viewer.selected(self.request.selection) {
            let Some((found, stream)) = self.viewer.first_from(lane, seq)? else { continue };
            if found == seq {
                let block = self.block_at(lane, stream, seq).filter(|mark| self.is_folded(lane, mark));
                return Ok(block.map_or(seq, |mark| mark.first));
            }
        }
        Ok(seq)
    }

    fn line_above(&mut self, lane: usize, mut seq: u64) -> io::Result<Next> {
        while let Some((found, stream, chunk)) = self.viewer.last_before(lane, seq)? {
            if found < self.request.cleared_before {
                break;
            }
            let Some(mark) = self.hidden_by(lane, stream, found)? else { return Ok(Next::At(found)) };
            seq = if self.is_folded(lane, &mark) { chunk.max(mark.first + 1) } else { found };
        }
        Ok(Next::Nothing)
    }

    fn line_below(&mut self, lane: usize, mut seq: u64) -> io::Result<Next> {
        while let Some((found, stream)) = self.viewer.first_from(lane, seq)? {
            let Some(mark) = self.hidden_by(lane, stream, found)? else { return Ok(Next::At(found)) };
            let chunk_end = self.viewer.chunk_end(lane, found)?;
            seq = if self.is_folded(lane, &mark) { chunk_end.min(mark.last + 1) } else { found + 1 };
        }
        Ok(Next::Nothing)
    }

    fn hit_above(&mut self, lane: usize, mut seq: u64) -> io::Result<Next> {
        loop {
            let hit = match self.hit_before(lane, seq)? {
                Next::At(hit) if hit < self.request.cleared_before => return Ok(Next::Nothing),
                Next::At(hit) => hit,
                other => return Ok(other),
            };
            match self.shows(lane, hit)? {
                Some(true) => return Ok(Next::At(hit)),
                Some(false) => seq = hit,
                None => return Ok(Next::Unknown(hit)),
            }
        }
    }

    fn hit_below(&mut self, lane: usize, mut seq: u64) -> io::Result<Next> {
        loop {
            let hit = match self.hit_from(lane, seq)? {
                Next::At(hit) => hit,
                other => return Ok(other),
            };
            match self.shows(lane, hit)? {
                Some(true) => return Ok(Next::At(hit)),
                Some(false) => seq = hit + 1,
                None => return Ok(Next::Unknown(hit)),
            }
        }
    }

    /// Whether a hit is shown for itself; `None` if there was no time to find out.
    fn shows(&mut self, lane: usize, hit: u64) -> io::Result<Option<bool>> {
        if !self.request.fold {
            return Ok(Some(true));
        }
        let Some((_, stream)) = self.viewer.first_from(lane, hit)? else { return Ok(Some(false)) };
        let Some(mark) = self.block_at(lane, stream, hit) else { return Ok(Some(true)) };
        if self.opened.iter().any(|placed| placed.lane == lane && placed.mark == mark) {
            // All of it is shown.
            return Ok(Some(false));
        }
        if !self.is_folded(lane, &mark) {
            return Ok(Some(true));
        }
        let mut seq = hit;
        loop {
            match self.hit_before(lane, seq)? {
                Next::At(before) if before >= mark.first => {
                    if self.viewer.first_from(lane, before)?.is_some_and(|(_, of)| of == stream) {
                        return Ok(Some(false));
                    }
                    seq = before;
                }
                Next::Unknown(known) if known > mark.first => return Ok(None),
                Next::At(_) | Next::Unknown(_) | Next::Nothing => return Ok(Some(true)),
            }
        }
    }

    fn opened_above(&mut self, placed: &Placed, seq: u64) -> io::Result<Option<u64>> {
        let mut seq = seq.min(placed.mark.last + 1);
        while let Some((found, stream, chunk)) = self.viewer.last_before(placed.lane, seq)? {
            if found < placed.mark.first {
                break;
            }
            if stream != placed.stream {
                seq = chunk;
            } else if self.hidden_by(placed.lane, stream, found)?.is_none() {
                return Ok(Some(found));
            } else {
                seq = found;
            }
        }
        Ok(None)
    }

    fn opened_below(&mut self, placed: &Placed, seq: u64) -> io::Result<Option<u64>> {
        let mut seq = seq.max(placed.mark.first);
        while let Some((found, stream)) = self.viewer.first_from(placed.lane, seq)? {
            if found > placed.mark.last {
                break;
            }
            if stream != placed.stream {
                seq = self.viewer.chunk_end(placed.lane, found)?;
            } else if self.hidden_by(placed.lane, stream, found)?.is_none() {
                return Ok(Some(found));
            } else {
                seq = found + 1;
            }
        }
        Ok(None)
    }

    /// Finds the unfolded blocks of which some line is a hit.
    fn open_those_with_hits(&mut self) -> io::Result<()> {
        for &first in self.request.unfolded {
            for lane in self.viewer.selected(self.request.selection) {
                let service = &self.viewer.lanes[lane].service;
                let block = self.faults.lock().of(service).and_then(|faults| faults.block_of(first));
                let Some((stream, mark)) = block else { continue };
                if mark.first >= self.floor(lane) && self.has_hit(lane, stream, &mark)? {
                    self.opened.push(Placed { lane, stream, mark });
                }
            }
        }
        Ok(())
    }

    fn has_hit(&mut self, lane: usize, stream: Stream, mark: &BlockMark) -> io::Result<bool> {
        let mut seq = mark.first;
        while let Next::At(hit) = self.hit_from(lane, seq)? {
            if hit > mark.last {
                break;
            }
            if self.viewer.first_from(lane, hit)?.is_some_and(|(_, of)| of == stream) {
                return Ok(true);
            }
            seq = hit + 1;
        }
        Ok(false)
    }

    fn hit_before(&mut self, lane: usize, seq: u64) -> io::Result<Next> {
        match &mut self.filter {
            Some(filter) => filter.before(self.viewer, lane, seq, &mut self.budget),
            None => Ok(Next::Nothing),
        }
    }

    fn hit_from(&mut self, lane: usize, seq: u64) -> io::Result<Next> {
        match &mut self.filter {
            Some(filter) => filter.from(self.viewer, lane, seq, &mut self.budget),
            None => Ok(Next::Nothing),
        }
    }

    /// The block that keeps a line, if there were no filter, from being shown.
    fn hidden_by(&mut self, lane: usize, stream: Stream, seq: u64) -> io::Result<Option<BlockMark>> {
        if !self.request.fold {
            return Ok(None);
        }
        let Some(mark) = self.block_at(lane, stream, seq) else { return Ok(None) };
        if self.is_folded(lane, &mark) {
            return Ok((seq != mark.first).then_some(mark));
        }
        if !self.collapses(lane, &mark) {
            return Ok(None);
        }
        let analysis = self.analysis(lane, stream, &mark)?;
        Ok((*analysis.row(seq) == Row::InRun).then_some(mark))
    }

    fn block_at(&self, lane: usize, stream: Stream, seq: u64) -> Option<BlockMark> {
        self.faults.lock().of(&self.viewer.lanes[lane].service)?.block_at(stream, seq)
    }

    /// A block whose beginning is gone cannot be folded: nothing would stand for it.
    fn is_folded(&self, lane: usize, mark: &BlockMark) -> bool {
        self.request.fold && mark.first >= self.floor(lane) && !self.request.unfolded.contains(&mark.first)
    }

    /// Whether library frames of this open block are taken together.
    fn collapses(&self, lane: usize, mark: &BlockMark) -> bool {
        self.request.fold && mark.first >= self.floor(lane) && !self.request.expanded.contains(&mark.first)
    }

    fn floor(&self, lane: usize) -> u64 {
        self.request.cleared_before.max(self.viewer.lanes[lane].first_seq())
    }

    fn analysis(&mut self, lane: usize, stream: Stream, mark: &BlockMark) -> io::Result<Arc<Analysis>> {
        if let Some(known) = self.analyses.known(mark) {
            return Ok(known);
        }
        let mut lines = Vec::new();
        let half = |from: u64, until: u64, viewer: &mut Viewer, lines: &mut Vec<(u64, String)>| {
            viewer.stream_lines(lane, stream, from..until, |line| {
                let mut plain = Vec::new();
                ansi::strip_into(&line.bytes, &mut plain);
                lines.push((line.seq, String::from_utf8_lossy(&plain).into_owned()));
                lines.len() < 2 * READ as usize
            })
        };
        if mark.last - mark.first <= 2 * READ {
            half(mark.first, mark.last + 1, self.viewer, &mut lines)?;
        } else {
            half(mark.first, mark.first + READ, self.viewer, &mut lines)?;
            half(mark.last + 1 - READ, mark.last + 1, self.viewer, &mut lines)?;
        }
        let analysis = Arc::new(Analysis::of(mark, &lines));
        self.analyses.keep(mark, &analysis);
        Ok(analysis)
    }
}
