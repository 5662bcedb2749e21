//! The next fault or hit that is shown, in either direction: what the filter hides and what was cleared is passed by.

use std::io;

use super::faults::SharedFaults;
use super::nearby::{Next, Sought};
use super::page::PageRequest;
use super::viewer::Viewer;

/// Faults judged for one jump: some milliseconds' worth.
const JUDGED: usize = 4000;

/// Faults looked at before the one next to a hit: blocks of two streams may lie in each other.
const ENTWINED: u64 = 16;

/// What a jump comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The line that is shown: of a folded traceback under a filter its first hit.
    At(u64),
    /// None is shown; so many are there that the filter hides, or that were cleared.
    Hidden(u64),
    /// There may be one; it has not been found in the time for one jump. Ask again.
    Searching,
    /// There is none at all.
    Nothing,
}

/// Looks for faults.
pub(crate) struct FaultReach<'a> {
    pub(crate) viewer: &'a mut Viewer,
    pub(crate) faults: &'a SharedFaults,
    pub(crate) filter: Option<&'a mut Sought>,
    pub(crate) request: &'a PageRequest<'a>,
    budget: usize,
    judged: usize,
}

/// Where one service's shown fault is.
enum Shown {
    At(u64),
    No,
    Unknown,
}

impl<'a> FaultReach<'a> {
    pub(crate) fn new(
        viewer: &'a mut Viewer,
        faults: &'a SharedFaults,
        filter: Option<&'a mut Sought>,
        request: &'a PageRequest<'a>,
    ) -> Self {
        let budget = filter.as_ref().map_or(0, |sought| sought.budget());
        Self { viewer, faults, filter, request, budget, judged: 0 }
    }

    /// The first one that begins after the line `seq`.
    pub(crate) fn next(mut self, seq: u64) -> io::Result<Reach> {
        let start = seq.saturating_add(1);
        let (mut nearest, mut unknown, mut hidden) = (None::<u64>, false, 0);
        for lane in self.viewer.selected(self.request.selection) {
            let start = start.max(self.viewer.lanes[lane].first_seq());
            hidden += self.between(lane, start, self.viewer.horizon());
            match self.lane_next(lane, start.max(self.request.cleared_before))? {
                Shown::At(at) => nearest = Some(nearest.map_or(at, |nearest| nearest.min(at))),
                Shown::Unknown => unknown = true,
                Shown::No => {}
            }
        }
        Ok(reach(nearest, unknown, hidden))
    }

    /// The last one that is shown before the line `seq`.
    pub(crate) fn previous(mut self, seq: u64) -> io::Result<Reach> {
        let seq = seq.min(self.viewer.horizon());
        let (mut nearest, mut unknown, mut hidden) = (None::<u64>, false, 0);
        for lane in self.viewer.selected(self.request.selection) {
            hidden += self.between(lane, self.viewer.lanes[lane].first_seq(), seq);
            match self.lane_previous(lane, seq)? {
                Shown::At(at) => nearest = nearest.max(Some(at)),
                Shown::Unknown => unknown = true,
                Shown::No => {}
            }
        }
        Ok(reach(nearest, unknown, hidden))
    }

    fn lane_next(&mut self, lane: usize, start: u64) -> io::Result<Shown> {
        let mut place = self.rank(lane, start);
        while let Some(first) = self.nth(lane, place).filter(|&first| first < self.viewer.horizon()) {
            let hit = match self.hit_from(lane, first)? {
                Next::At(hit) => hit,
                Next::Unknown(_) => return Ok(Shown::Unknown),
                Next::Nothing => return Ok(Shown::No),
            };
            match self.judge(lane, first)? {
                Shown::No => place = (place + 1).max(self.rank(lane, hit + 1).saturating_sub(ENTWINED)),
                shown @ (Shown::At(_) | Shown::Unknown) => return Ok(shown),
            }
        }
        Ok(Shown::No)
    }

    fn lane_previous(&mut self, lane: usize, seq: u64) -> io::Result<Shown> {
        let floor = self.request.cleared_before.max(self.viewer.lanes[lane].first_seq());
        let mut place = self.rank(lane, seq);
        while let Some(before) = place.checked_sub(1)
            && let Some(first) = self.nth(lane, before).filter(|&first| first >= floor)
        {
            match self.judge(lane, first)? {
                Shown::At(at) if at < seq => return Ok(Shown::At(at)),
                Shown::Unknown => return Ok(Shown::Unknown),
                Shown::At(_) | Shown::No => {}
            }
            place = match self.hit_before(lane, first)? {
                Next::At(hit) => self.rank(lane, hit + 1).min(before),
                Next::Unknown(_) => return Ok(Shown::Unknown),
                Next::Nothing => return Ok(Shown::No),
            };
        }
        Ok(Shown::No)
    }

    /// Whether the fault that begins with the line `first` is shown, and which of its lines then.
    fn judge(&mut self, lane: usize, first: u64) -> io::Result<Shown> {
        if self.filter.is_none() {
            return Ok(Shown::At(first));
        }
        self.judged += 1;
        if self.judged > JUDGED {
            return Ok(Shown::Unknown);
        }
        let service = &self.viewer.lanes[lane].service;
        let block = self.faults.lock().of(service).and_then(|faults| faults.block_of(first));
        let last = block.map_or(first, |(_, mark)| mark.last);
        let mut seq = first;
        loop {
            let hit = match self.hit_from(lane, seq)? {
                Next::At(hit) if hit <= last => hit,
                Next::Unknown(known) if known <= last => return Ok(Shown::Unknown),
                Next::At(_) | Next::Unknown(_) | Next::Nothing => return Ok(Shown::No),
            };
            let is_of_it = match block {
                Some((stream, _)) => self.viewer.first_from(lane, hit)?.is_some_and(|(_, of)| of == stream),
                None => true,
            };
            if is_of_it {
                // An open block is shown with all its lines.
                let open = self.request.unfolded.contains(&first);
                return Ok(Shown::At(if open { first } else { hit }));
            }
            seq = hit + 1;
        }
    }

    fn hit_from(&mut self, lane: usize, seq: u64) -> io::Result<Next> {
        match &mut self.filter {
            Some(filter) => filter.from(self.viewer, lane, seq, &mut self.budget),
            None => Ok(Next::At(seq)),
        }
    }

    fn hit_before(&mut self, lane: usize, seq: u64) -> io::Result<Next> {
        match &mut self.filter {
            Some(filter) => filter.before(self.viewer, lane, seq, &mut self.budget),
            None => Ok(seq.checked_sub(1).map_or(Next::Nothing, Next::At)),
        }
    }

    /// How many faults of a lane begin below `seq`.
    fn rank(&self, lane: usize, seq: u64) -> u64 {
        let service = &self.viewer.lanes[lane].service;
        self.faults.lock().of(service).map_or(0, |faults| faults.firsts.rank(seq))
    }

    fn between(&self, lane: usize, from: u64, until: u64) -> u64 {
        self.rank(lane, until).saturating_sub(self.rank(lane, from))
    }

    fn nth(&self, lane: usize, place: u64) -> Option<u64> {
        self.faults.lock().of(&self.viewer.lanes[lane].service)?.firsts.nth(place)
    }
}

/// What was found in any lane; what was not searched might be nearer, but is not waited for.
fn reach(nearest: Option<u64>, unknown: bool, hidden: u64) -> Reach {
    match (nearest, unknown, hidden) {
        (Some(at), _, _) => Reach::At(at),
        (None, true, _) => Reach::Searching,
        (None, false, 0) => Reach::Nothing,
        (None, false, hidden) => Reach::Hidden(hidden),
    }
}
