//! Puts a page together: merges what is visible of each service, backward or forward from a position.

use std::io;

use super::faults::ServiceFaults;
use super::hits::ServiceHits;
use super::nearby::Next;
use super::page::{Anchor, Entry, Page};
use super::veil::Veil;

/// A visible line: its sequence number and its lane.
type Found = (u64, usize);

/// One page being made.
pub(crate) struct Paging<'a> {
    pub(crate) veil: Veil<'a>,
}

/// What a walk came upon, in the order of the walk.
#[derive(Default)]
struct Walked {
    found: Vec<Found>,
    /// It ended because looking further would take too long.
    cut: bool,
}

impl<'a> Paging<'a> {
    pub(crate) fn page(mut self) -> io::Result<Page> {
        let (rows, horizon) = (self.veil.request.rows, self.veil.viewer.horizon());
        let mut cut = false;
        let found = match self.veil.request.anchor {
            Anchor::End => self.upward(horizon, rows, &mut cut)?,
            Anchor::Bottom(seq) => {
                let above = self.upward(seq.saturating_add(1).min(horizon), rows, &mut cut)?;
                match above.first() {
                    Some(_) if above.len() >= rows || cut => above,
                    first => self.downward(first.map_or(0, |&(seq, _)| seq), rows, &mut cut)?,
                }
            }
            Anchor::Top(seq) => {
                let seq = self.veil.settle(seq)?;
                self.downward(seq, rows, &mut cut)?
            }
        };
        let mut entries = Vec::with_capacity(found.len());
        for &(seq, lane) in &found {
            self.push(lane, seq, &mut entries)?;
        }
        match self.veil.request.anchor {
            Anchor::End | Anchor::Bottom(_) => drop(entries.drain(..entries.len().saturating_sub(rows))),
            Anchor::Top(_) => entries.truncate(rows),
        }
        let above = match entries.first() {
            Some(first) => {
                let mut unknown = false;
                !self.upward(first.seq(), 1, &mut unknown)?.is_empty() || unknown
            }
            None => false,
        };
        let after = entries.last().map_or(horizon, |entry| entry.seq() + 1);
        let (lines_below, faults_below) = self.after(after)?;
        Ok(Page { entries, above, lines_below, faults_below, searching: cut })
    }

    /// How many lines or hits, and how many faults, lie at or above `seq`.
    fn after(&mut self, seq: u64) -> io::Result<(u64, u64)> {
        let Veil { viewer, faults, filter, request, .. } = &mut self.veil;
        let (horizon, mut lines, mut trouble) = (viewer.horizon(), 0, 0);
        for lane in viewer.selected(request.selection) {
            lines += match filter {
                Some(filter) => {
                    let between =
                        |hits: &ServiceHits| hits.seqs.rank(horizon) - hits.seqs.rank(seq.min(horizon));
                    filter.known(viewer, lane, between).unwrap_or(0)
                }
                None => {
                    let all = viewer.lanes[lane].rank(horizon)?;
                    all - viewer.lanes[lane].rank(seq.min(horizon))?.min(all)
                }
            };
            let service = &viewer.lanes[lane].service;
            let between =
                |faults: &ServiceFaults| faults.firsts.rank(horizon) - faults.firsts.rank(seq.min(horizon));
            trouble += faults.lock().of(service).map_or(0, between);
        }
        Ok((lines, trouble))
    }

    /// The anchor of the page that lies `by` entries further down, or up if negative. At the bottom it is
    /// [`Anchor::End`].
    pub(crate) fn scrolled(mut self, by: isize) -> io::Result<Anchor> {
        let (rows, horizon) = (self.veil.request.rows.max(1), self.veil.viewer.horizon());
        let mut cut = false;
        let top = match self.veil.request.anchor {
            Anchor::Top(seq) => self.veil.settle(seq)?,
            Anchor::End | Anchor::Bottom(_) => {
                let end = match self.veil.request.anchor {
                    Anchor::Bottom(seq) => seq.saturating_add(1).min(horizon),
                    Anchor::End | Anchor::Top(_) => horizon,
                };
                self.upward(end, rows, &mut cut)?.first().map_or(end, |&(seq, _)| seq)
            }
        };
        let far = by.unsigned_abs();
        let top = if by < 0 {
            let above = self.upward(top, far, &mut cut)?;
            let found = if above.is_empty() { self.downward(top, 1, &mut cut)? } else { above };
            found.first().map_or(top, |&(seq, _)| seq)
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
        let mut walked = self.walk(seq, rows, Veil::above)?;
        walked.found.reverse();
        *cut |= walked.cut;
        Ok(walked.found)
    }

    /// The first `rows` visible lines at or above `seq`, oldest first.
    fn downward(&mut self, seq: u64, rows: usize, cut: &mut bool) -> io::Result<Vec<Found>> {
        let seq = seq.max(self.veil.request.cleared_before);
        let walked = self.walk(seq, rows, Veil::below)?;
        *cut |= walked.cut;
        Ok(walked.found)
    }

    /// Takes the nearest of all lanes' next lines, again and again.
    fn walk(
        &mut self,
        seq: u64,
        rows: usize,
        next: impl Fn(&mut Veil<'a>, usize, u64) -> io::Result<Next>,
    ) -> io::Result<Walked> {
        let mut walked = Walked::default();
        if rows == 0 {
            return Ok(walked);
        }
        let mut heads = Vec::new();
        for lane in self.veil.viewer.selected(self.veil.request.selection) {
            heads.push((lane, next(&mut self.veil, lane, seq)?));
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
                    heads[n].1 = next(&mut self.veil, lane, onward)?;
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

    fn push(&mut self, lane: usize, seq: u64, entries: &mut Vec<Entry>) -> io::Result<()> {
        let lines = self.veil.viewer.lost_before(lane, seq)?;
        let Some(line) = self.veil.viewer.line_in(lane, seq)? else { return Ok(()) };
        if lines > 0 && self.veil.filter.is_none() {
            entries.push(Entry::Lost { service: line.service.clone(), lines, before: seq });
        }
        let (level, part) = self.veil.part(lane, &line)?;
        entries.push(Entry::Line { line, level, part });
        Ok(())
    }
}
