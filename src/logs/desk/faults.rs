//! The faults of a run as far as they are known, and how many there were. No I/O.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::Stream;
use super::recogniser::{BlockMark, Findings};
use super::seqs::SeqList;
use crate::stack::{Epoch, ServiceId};

/// How many tracebacks of a stream are known as blocks; of older ones only the place is kept. 1.2 MB.
const DETAILED: usize = 25_000;

/// What the thread that looks for faults shares with the desk.
#[derive(Clone, Default)]
pub(crate) struct SharedFaults(Arc<Mutex<Faults>>);

/// The faults of all services.
#[derive(Default)]
pub(crate) struct Faults {
    services: HashMap<ServiceId, ServiceFaults>,
    /// Something has not been looked at.
    pub(crate) scanning: bool,
}

/// The faults of one service.
#[derive(Default)]
pub(crate) struct ServiceFaults {
    /// The first line of each.
    pub(crate) firsts: SeqList,
    stdout: Blocks,
    stderr: Blocks,
    counts: BTreeMap<Epoch, Counted>,
}

/// The tracebacks of one stream: they do not overlap.
#[derive(Default)]
struct Blocks {
    ended: VecDeque<BlockMark>,
    open: Option<BlockMark>,
}

/// How much trouble there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) errors: u64,
    pub(crate) warnings: u64,
}

impl SharedFaults {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Faults> {
        // No code under the lock can leave it half done, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Faults {
    /// What is known of this service.
    pub(crate) fn of(&self, service: &ServiceId) -> Option<&ServiceFaults> {
        self.services.get(service)
    }

    /// Notes what lines of a stream meant, and the block at their end that may go on.
    pub(crate) fn note(
        &mut self,
        service: &ServiceId,
        (stream, epoch): (Stream, Epoch),
        findings: &Findings,
        open: Option<BlockMark>,
    ) {
        if !self.services.contains_key(service) {
            self.services.insert(service.clone(), ServiceFaults::default());
        }
        let Some(known) = self.services.get_mut(service) else { return };
        findings.faults.iter().for_each(|&seq| known.firsts.push(seq));
        if !findings.faults.is_empty() || findings.warnings > 0 {
            let counted = known.counts.entry(epoch).or_default();
            counted.errors += findings.faults.len() as u64;
            counted.warnings += findings.warnings;
        }
        let Some(blocks) = known.blocks_mut(stream) else { return };
        blocks.ended.extend(&findings.blocks);
        let over = blocks.ended.len().saturating_sub(DETAILED);
        blocks.ended.drain(..over);
        blocks.open = open;
    }
}

impl ServiceFaults {
    /// How much trouble there was in one spawn, or in all.
    pub(crate) fn count(&self, epoch: Option<Epoch>) -> Counted {
        let chosen = self.counts.iter().filter(|(of, _)| epoch.is_none_or(|epoch| epoch == **of));
        chosen.fold(Counted::default(), |sum, (_, more)| Counted {
            errors: sum.errors + more.errors,
            warnings: sum.warnings + more.warnings,
        })
    }

    /// The traceback in which a line of this stream stands.
    pub(crate) fn block_at(&self, stream: Stream, seq: u64) -> Option<BlockMark> {
        let Blocks { ended, open } = self.blocks(stream)?;
        let at = ended.partition_point(|block| block.last < seq);
        let found = ended.get(at).or(open.as_ref());
        found.filter(|block| block.first <= seq && seq <= block.last).copied()
    }

    /// The traceback that begins with this line.
    pub(crate) fn block_of(&self, first: u64) -> Option<(Stream, BlockMark)> {
        [Stream::Stdout, Stream::Stderr].into_iter().find_map(|stream| {
            let block = self.block_at(stream, first)?;
            (block.first == first).then_some((stream, block))
        })
    }

    /// Whether this traceback may still go on.
    pub(crate) fn is_open(&self, stream: Stream, mark: &BlockMark) -> bool {
        self.blocks(stream).is_some_and(|blocks| blocks.open == Some(*mark))
    }

    fn blocks(&self, stream: Stream) -> Option<&Blocks> {
        match stream {
            Stream::Stdout => Some(&self.stdout),
            Stream::Stderr => Some(&self.stderr),
            Stream::Notice => None,
        }
    }

    fn blocks_mut(&mut self, stream: Stream) -> Option<&mut Blocks> {
        match stream {
            Stream::Stdout => Some(&mut self.stdout),
            Stream::Stderr => Some(&mut self.stderr),
            Stream::Notice => None,
        }
    }
}
