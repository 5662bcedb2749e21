//! Goes over everything that there is, once, oldest first, and then over what is added.

use std::io;
use std::sync::Arc;

use super::super::RunLogs;
use super::super::record::Record;
use super::block::Block;
use super::viewer::Viewer;
use crate::stack::ServiceId;

/// A way through every service's chunks. Of all services the one that is furthest behind is read next, so that
/// the end of what has been read moves on evenly.
pub(crate) struct Pass {
    viewer: Viewer,
    /// By lane: every line below has been handed out.
    positions: Vec<u64>,
}

/// What was read: a service's block, of which the records from `from` on are new.
pub(crate) struct Swath {
    pub(crate) lane: usize,
    pub(crate) block: Arc<Block>,
    from: usize,
}

impl Pass {
    pub(crate) fn new(logs: &RunLogs) -> Self {
        Self { viewer: Viewer::new(logs), positions: Vec::new() }
    }

    /// Looks for what was added; answers whether there is anything new.
    pub(crate) fn look(&mut self) -> io::Result<bool> {
        let added = self.viewer.refresh()?;
        self.positions.resize(self.viewer.lanes.len(), 0);
        Ok(added)
    }

    /// Begins anew.
    pub(crate) fn restart(&mut self) {
        self.positions.fill(0);
    }

    /// The end of what is there.
    pub(crate) fn horizon(&self) -> u64 {
        self.viewer.horizon()
    }

    /// How far each service has been handed out; beyond its last line it is as far as there is anything.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (&ServiceId, u64)> + '_ {
        let horizon = self.horizon();
        self.viewer.lanes.iter().zip(&self.positions).map(move |(lane, &position)| {
            (&lane.service, if position >= lane.end_seq() { horizon.max(position) } else { position })
        })
    }

    /// The next chunks of some service; `None` if all that was looked at has been handed out.
    pub(crate) fn next(&mut self) -> io::Result<Option<Swath>> {
        loop {
            let behind = self.viewer.lanes.iter().zip(&self.positions).enumerate();
            let behind = behind.filter(|(_, (lane, position))| lane.end_seq() > **position);
            let Some((lane, position)) =
                behind.map(|(at, (_, &position))| (at, position)).min_by_key(|&(_, p)| p)
            else {
                return Ok(None);
            };
            let Some(chunk) = self.viewer.lanes[lane].chunk_from(position)? else { return Ok(None) };
            let Some(block) = self.viewer.lanes[lane].block(&chunk)? else {
                // Dropped meanwhile: what comes after it is found at the next look.
                self.positions[lane] = chunk.record.end_seq();
                continue;
            };
            self.positions[lane] = block.end_seq().max(position + 1);
            let from = block.records.partition_point(|record| record.end_seq() <= position);
            return Ok(Some(Swath { lane, block, from }));
        }
    }
}

impl Swath {
    /// The chunks that are new, in order.
    pub(crate) fn records(&self) -> &[Record] {
        &self.block.records[self.from..]
    }

    /// Their text.
    pub(crate) fn text(&self) -> &[u8] {
        let skipped = self.block.records[..self.from].iter().map(|record| record.len as usize).sum();
        &self.block.text[skipped..]
    }
}
