//! Counts the faults of which a filter shows no line, as both the faults and the hits become known.

use std::collections::HashMap;
use std::io;

use super::faults::SharedFaults;
use super::nearby::Sought;
use super::seqs::SeqList;
use super::viewer::Viewer;

/// Faults judged for one frame, of all services together: a millisecond's worth or two.
pub(crate) const AT_ONCE: u64 = 2000;

/// Faults looked at again and again behind a block that is still open: a part of what one frame may judge.
const AGAIN: u64 = 100;

/// What is settled so far, by lane.
#[derive(Default)]
pub(crate) struct HiddenFaults {
    lanes: HashMap<usize, Settled>,
    generation: u64,
}

#[derive(Default)]
struct Settled {
    /// How many faults have been judged.
    judged: u64,
    /// The first lines of those that are hidden.
    hidden: SeqList,
}

/// How many are hidden.
pub(crate) struct Hidden {
    pub(crate) faults: u64,
    /// There was no time for the rest of them.
    pub(crate) more: bool,
}

/// Whether a line of some fault is shown.
enum Verdict {
    Shown,
    Hidden,
    /// Hidden as far as it goes; but the block may go on.
    HiddenSoFar,
    /// Its lines have not been gone through.
    NotYet,
}

impl HiddenFaults {
    /// How many faults of this lane are hidden by `sought`, among those that both scans have come to. Judges at most
    /// `budget` more, which are taken from it.
    pub(crate) fn count(
        &mut self,
        viewer: &mut Viewer,
        lane: usize,
        faults: &SharedFaults,
        sought: &Sought,
        budget: &mut u64,
    ) -> io::Result<Hidden> {
        if self.generation != sought.generation() {
            *self = Self { generation: sought.generation(), ..Self::default() };
        }
        let floor = viewer.lanes[lane].first_seq();
        let settled = self.lanes.entry(lane).or_default();
        let (mut at, mut open, mut so_far) = (settled.judged, None, 0);
        let service = viewer.lanes[lane].service.clone();
        let nth = |at| faults.lock().of(&service).and_then(|faults| faults.firsts.nth(at));
        let mut more = false;
        while open.is_none_or(|open| at < open + AGAIN)
            && let Some(first) = nth(at)
        {
            if *budget == 0 {
                more = true;
                break;
            }
            *budget -= 1;
            match judge(viewer, lane, faults, sought, first)? {
                Verdict::NotYet => break,
                Verdict::Shown if open.is_none() => settled.judged = at + 1,
                Verdict::Hidden if open.is_none() => {
                    settled.hidden.push(first);
                    settled.judged = at + 1;
                }
                Verdict::Shown => {}
                Verdict::Hidden | Verdict::HiddenSoFar => {
                    so_far += 1;
                    open = open.or(Some(at));
                }
            }
            at += 1;
        }
        Ok(Hidden { faults: settled.hidden.len() - settled.hidden.rank(floor) + so_far, more })
    }
}

fn judge(
    viewer: &mut Viewer,
    lane: usize,
    faults: &SharedFaults,
    sought: &Sought,
    first: u64,
) -> io::Result<Verdict> {
    let service = viewer.lanes[lane].service.clone();
    let (block, is_open) = match faults.lock().of(&service) {
        Some(faults) => {
            let block = faults.block_of(first);
            (block, block.is_some_and(|(stream, mark)| faults.is_open(stream, &mark)))
        }
        None => (None, false),
    };
    let last = block.map_or(first, |(_, mark)| mark.last);
    if sought.known(viewer, lane, |hits| hits.scanned_to).is_none_or(|scanned| scanned <= last) {
        return Ok(Verdict::NotYet);
    }
    let mut seq = first;
    while let Some(hit) = sought.known(viewer, lane, |hits| hits.seqs.from(seq)).flatten()
        && hit <= last
    {
        let of_block = match block {
            Some((stream, _)) => viewer.first_from(lane, hit)?.is_some_and(|(_, of)| of == stream),
            None => true,
        };
        if of_block {
            return Ok(Verdict::Shown);
        }
        seq = hit + 1;
    }
    Ok(if is_open { Verdict::HiddenSoFar } else { Verdict::Hidden })
}
