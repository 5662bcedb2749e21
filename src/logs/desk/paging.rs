//! Puts a page together: merges what is visible of each service, backward or forward from a position.

use std::io;

use super::super::{Level, classify};
use super::page::{Anchor, Entry, Page, PageRequest, Part};
use super::viewer::Viewer;

/// A visible line: its sequence number and its lane.
type Found = (u64, usize);

/// One page being made.
pub(crate) struct Paging<'a> {
    pub(crate) viewer: &'a mut Viewer,
    pub(crate) request: &'a PageRequest<'a>,
}

/// What a walk came upon, in the order of the walk.
#[derive(Default)]
struct Walked {
    found: Vec<Found>,
    /// It ended because looking further would take too long.
    cut: bool,
}

/// The visible line that a lane has next.
#[derive(Clone, Copy)]
enum Next {
    At(u64),
    /// None before this one has been passed; what comes after is not known yet.
    Unknown(u64),
    Nothing,
}

impl Paging<'_> {
    pub(crate) fn page(mut self) -> io::Result<Page> {
        let (rows, horizon) = (self.request.rows, self.viewer.horizon());
        let mut cut = false;
        let found = match self.request.anchor {
            Anchor::End => self.upward(horizon, rows, &mut cut)?,
            Anchor::Bottom(seq) => {
                let above = self.upward(seq.saturating_add(1).min(horizon), rows, &mut cut)?;
                match above.first() {
                    Some(_) if above.len() >= rows || cut => above,
                    first => self.downward(first.map_or(0, |&(seq, _)| seq), rows, &mut cut)?,
                }
            }
            Anchor::Top(seq) => self.downward(seq, rows, &mut cut)?,
        };
        let mut entries = Vec::with_capacity(found.len());
        for &(seq, lane) in &found {
            self.push(lane, seq, &mut entries)?;
        }
        match self.request.anchor {
            Anchor::End | Anchor::Bottom(_) => drop(entries.drain(..entries.len().saturating_sub(rows))),
            Anchor::Top(_) => entries.truncate(rows),
        }
        let above = match found.first() {
            Some(&(first, _)) => !self.upward(first, 1, &mut cut)?.is_empty(),
            None => false,
        };
        let after = entries.last().map_or(horizon, |entry| entry.seq() + 1);
        let all = self.viewer.rank(self.request.selection, horizon)?;
        let lines_below = all - self.viewer.rank(self.request.selection, after)?.min(all);
        Ok(Page { entries, above, lines_below, faults_below: 0, searching: cut })
    }

    /// The anchor of the page that lies `by` entries further down, or up if negative. At the bottom it is
    /// [`Anchor::End`].
    pub(crate) fn scrolled(mut self, by: isize) -> io::Result<Anchor> {
        let (rows, horizon) = (self.request.rows.max(1), self.viewer.horizon());
        let mut cut = false;
        let top = match self.request.anchor {
            Anchor::Top(seq) => seq,
            Anchor::End | Anchor::Bottom(_) => {
                let end = match self.request.anchor {
                    Anchor::Bottom(seq) => seq.saturating_add(1).min(horizon),
                    Anchor::End | Anchor::Top(_) => horizon,
                };
                self.upward(end, rows, &mut cut)?.first().map_or(end, |&(seq, _)| seq)
            }
        };
        let far = by.unsigned_abs();
        let top = if by < 0 {
            self.upward(top, far, &mut cut)?.first().map_or(top, |&(seq, _)| seq)
        } else {
            let passed = self.downward(top, far + 1, &mut cut)?;
            match passed.last() {
                Some(&(seq, _)) => seq,
                None => return Ok(Anchor::End),
            }
        };
        let fits = self.downward(top, rows + 1, &mut cut)?.len() <= rows;
        Ok(if by >= 0 && fits { Anchor::End } else { Anchor::Top(top) })
    }

    /// The last `rows` visible lines below `seq`, oldest first.
    fn upward(&mut self, seq: u64, rows: usize, cut: &mut bool) -> io::Result<Vec<Found>> {
        let mut walked = self.walk(seq, rows, Self::above)?;
        walked.found.reverse();
        *cut |= walked.cut;
        Ok(walked.found)
    }

    /// The first `rows` visible lines at or above `seq`, oldest first.
    fn downward(&mut self, seq: u64, rows: usize, cut: &mut bool) -> io::Result<Vec<Found>> {
        let seq = seq.max(self.request.cleared_before);
        let walked = self.walk(seq, rows, Self::below)?;
        *cut |= walked.cut;
        Ok(walked.found)
    }

    /// Takes the nearest of all lanes' next lines, again and again.
    fn walk(
        &mut self,
        seq: u64,
        rows: usize,
        next: impl Fn(&mut Self, usize, u64) -> io::Result<Next>,
    ) -> io::Result<Walked> {
        let mut walked = Walked::default();
        if rows == 0 {
            return Ok(walked);
        }
        let mut heads = Vec::new();
        for lane in self.viewer.selected(self.request.selection) {
            heads.push((lane, next(self, lane, seq)?));
        }
        while walked.found.len() < rows {
            // Going up the nearest is the highest; a walk knows its direction by where the lanes lie from `seq`.
            let distance = |next: &Next| match next {
                Next::At(at) | Next::Unknown(at) => Some(at.abs_diff(seq)),
                Next::Nothing => None,
            };
            let nearest =
                heads.iter().enumerate().filter_map(|(n, (_, next))| Some((distance(next)?, n))).min();
            let Some((_, n)) = nearest else { break };
            let (lane, head) = heads[n];
            match head {
                Next::At(at) => {
                    walked.found.push((at, lane));
                    let onward = if at < seq { at } else { at + 1 };
                    heads[n].1 = next(self, lane, onward)?;
                }
                Next::Unknown(_) => {
                    walked.cut = true;
                    break;
                }
                Next::Nothing => break,
            }
        }
        Ok(walked)
    }

    /// The lane's last visible line below `seq`.
    fn above(&mut self, lane: usize, seq: u64) -> io::Result<Next> {
        let found = self.viewer.last_before(lane, seq)?.filter(|&found| found >= self.request.cleared_before);
        Ok(found.map_or(Next::Nothing, Next::At))
    }

    /// The lane's first visible line at or above `seq`.
    fn below(&mut self, lane: usize, seq: u64) -> io::Result<Next> {
        Ok(self.viewer.first_from(lane, seq)?.map_or(Next::Nothing, Next::At))
    }

    fn push(&mut self, lane: usize, seq: u64, entries: &mut Vec<Entry>) -> io::Result<()> {
        let lines = self.viewer.lost_before(lane, seq)?;
        let Some(line) = self.viewer.line_in(lane, seq)? else { return Ok(()) };
        if lines > 0 {
            entries.push(Entry::Lost { service: line.service.clone(), lines, before: seq });
        }
        let level: Level = classify(&line.bytes);
        entries.push(Entry::Line { line, level, part: Part::Alone });
        Ok(())
    }
}
