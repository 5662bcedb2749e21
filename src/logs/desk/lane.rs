//! One service's segments, kept open from look to look: finds chunks by sequence number and reads their blocks.
//!
//! Holds a few records and blocks that were used last, however long the log is. Segments may vanish at any
//! moment; what was dropped is then no more there, and is no error.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::super::Stream;
use super::super::record::Record;
use super::super::segment::segment_path;
use super::super::service_reader::{BATCH, IndexFile, open_if_there, read_exact_at};
use super::block::Block;
use crate::stack::{Epoch, ServiceId};

/// Text read at once, more only for a longer chunk.
pub(crate) const BLOCK: u64 = 256 << 10;

/// How many segments stay open, beside the newest one.
const OPEN: usize = 2;

/// How many batches of records and how many blocks are kept.
const KEPT: usize = 3;

/// The chunks of one service.
pub(crate) struct Lane {
    folder: PathBuf,
    pub(crate) service: ServiceId,
    /// Those that hold at least one record, oldest first.
    segments: Vec<Segment>,
    open: Vec<Open>,
    batches: Vec<Batch>,
    blocks: Vec<Arc<Block>>,
}

struct Segment {
    number: u32,
    count: u64,
    first: Record,
    last: Record,
}

struct Open {
    number: u32,
    index: IndexFile,
    log: Option<File>,
}

struct Batch {
    number: u32,
    start: u64,
    records: Vec<Record>,
}

/// A chunk and where its record stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    number: u32,
    at: u64,
    pub(crate) record: Record,
}

impl Lane {
    pub(crate) fn new(folder: &Path, service: ServiceId) -> Self {
        Self {
            folder: folder.to_owned(),
            service,
            segments: Vec::new(),
            open: Vec::new(),
            batches: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Takes note of the segments that there are now (`numbers`, lowest first), and of what was added.
    pub(crate) fn refresh(&mut self, numbers: &[u32]) -> io::Result<()> {
        let newest = self.segments.last().map(|segment| segment.number);
        self.segments.retain(|segment| numbers.contains(&segment.number));
        self.open.retain(|open| numbers.contains(&open.number));
        for &number in numbers {
            // Nothing is added any more to a segment before the newest one that had a record.
            if newest.is_none_or(|newest| number >= newest) {
                self.look(number)?;
            }
        }
        Ok(())
    }

    /// The sequence number of the first line that there is.
    pub(crate) fn first_seq(&self) -> u64 {
        self.segments.first().map_or(0, |segment| segment.first.first_seq)
    }

    /// The latest spawn that printed something; our notices belong to none.
    pub(crate) fn latest_epoch(&mut self) -> io::Result<Epoch> {
        let mut seq = self.end_seq();
        while let Some(chunk) = self.chunk_before(seq)? {
            match chunk.record.stream {
                Stream::Stdout | Stream::Stderr => return Ok(chunk.record.epoch),
                Stream::Notice => seq = chunk.record.first_seq,
            }
        }
        Ok(Epoch::default())
    }

    /// The sequence number after the last line.
    pub(crate) fn end_seq(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.last.end_seq())
    }

    /// How many lines below `seq` there are, counted by ordinals: lines that a full disk swallowed count.
    pub(crate) fn rank(&mut self, seq: u64) -> io::Result<u64> {
        let Some(chunk) = self.chunk_before(seq)? else { return Ok(0) };
        let record = chunk.record;
        let end = record.first_line + (seq - record.first_seq).min(u64::from(record.lines));
        Ok(end - self.segments.first().map_or(end, |segment| segment.first.first_line.min(end)))
    }

    /// The last chunk with a line below `seq`.
    pub(crate) fn chunk_before(&mut self, seq: u64) -> io::Result<Option<Chunk>> {
        loop {
            let after = self.segments.partition_point(|segment| segment.first.first_seq < seq);
            let Some(at) = after.checked_sub(1) else { return Ok(None) };
            let segment = &self.segments[at];
            if segment.last.first_seq < seq {
                let (number, at, record) = (segment.number, segment.count - 1, segment.last);
                return Ok(Some(Chunk { number, at, record }));
            }
            let (number, count) = (segment.number, segment.count);
            if let Some(chunk) = self.partition(number, count, seq)? {
                return Ok(Some(chunk));
            }
            self.forget(number);
        }
    }

    /// The first chunk with a line at or above `seq`.
    pub(crate) fn chunk_from(&mut self, seq: u64) -> io::Result<Option<Chunk>> {
        loop {
            match self.chunk_before(seq.saturating_add(1))? {
                Some(chunk) if chunk.record.end_seq() > seq => return Ok(Some(chunk)),
                Some(chunk) => {
                    if let Some(found) = self.following(chunk)? {
                        return Ok(found);
                    }
                }
                None => {
                    let first = self.segments.first();
                    return Ok(first.map(|first| Chunk { number: first.number, at: 0, record: first.first }));
                }
            }
        }
    }

    /// The chunk before `chunk`, if there is one.
    pub(crate) fn preceding(&mut self, chunk: &Chunk) -> io::Result<Option<Chunk>> {
        self.chunk_before(chunk.record.first_seq)
    }

    /// The block that holds `chunk`; `None` if its segment is gone.
    pub(crate) fn block(&mut self, chunk: &Chunk) -> io::Result<Option<Arc<Block>>> {
        let Some(group) = self.group(chunk)? else { return Ok(None) };
        let place = (chunk.number, group.0);
        let known = |block: &Arc<Block>| block.place == place && block.records.len() == group.1.len();
        if let Some(at) = self.blocks.iter().position(known) {
            self.blocks[at..].rotate_left(1);
            return Ok(self.blocks.last().cloned());
        }
        let (Some(first), Some(last)) = (group.1.first(), group.1.last()) else { return Ok(None) };
        if group.1.windows(2).any(|pair| pair[0].end_offset() != pair[1].offset) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the log's index leaves text out"));
        }
        let mut text = vec![0; (last.end_offset() - first.offset) as usize];
        let offset = first.offset;
        let path = segment_path(&self.folder, &self.service, chunk.number, "log");
        let Some(open) = self.opened(chunk.number)? else { return Ok(None) };
        if open.log.is_none() {
            open.log = open_if_there(&path)?;
        }
        let Some(log) = &open.log else { return Ok(None) };
        read_exact_at(log, &mut text, offset)?;
        let block = Arc::new(Block::new(self.service.clone(), place, group.1, Bytes::from(text)));
        // The newest group grows: an older state of it serves nobody.
        self.blocks.retain(|kept| kept.place != place);
        if self.blocks.len() >= KEPT {
            self.blocks.remove(0);
        }
        self.blocks.push(Arc::clone(&block));
        Ok(Some(block))
    }

    /// Looks at one segment; one without a record is not listed yet, one that is gone no more.
    fn look(&mut self, number: u32) -> io::Result<()> {
        let Some(open) = self.opened(number)? else {
            self.forget(number);
            return Ok(());
        };
        open.index.look()?;
        let count = open.index.count();
        let known = self.segments.iter().position(|segment| segment.number == number);
        if count == 0 || known.is_some_and(|at| self.segments[at].count == count) {
            return Ok(());
        }
        let Some(open) = self.opened(number)? else { return Ok(()) };
        let last = open.index.record(count - 1)?;
        match known {
            Some(at) => (self.segments[at].count, self.segments[at].last) = (count, last),
            None => {
                let first = open.index.record(0)?;
                self.segments.push(Segment { number, count, first, last });
            }
        }
        Ok(())
    }

    fn forget(&mut self, number: u32) {
        self.segments.retain(|segment| segment.number != number);
        self.open.retain(|open| open.number != number);
    }

    /// The index of this segment, and its text where that was needed before.
    fn opened(&mut self, number: u32) -> io::Result<Option<&mut Open>> {
        match self.open.iter().position(|open| open.number == number) {
            Some(at) => self.open[at..].rotate_left(1),
            None => {
                let Some(index) = IndexFile::open(&self.folder, &self.service, number)? else {
                    return Ok(None);
                };
                let newest = self.open.iter().map(|open| open.number).max();
                if self.open.len() > OPEN
                    && let Some(oldest) = self.open.iter().position(|open| Some(open.number) != newest)
                {
                    self.open.remove(oldest);
                }
                self.open.push(Open { number, index, log: None });
            }
        }
        Ok(self.open.last_mut())
    }

    /// The last chunk of a segment that begins below `seq`, where the first one does; `None` if it is gone.
    fn partition(&mut self, number: u32, count: u64, seq: u64) -> io::Result<Option<Chunk>> {
        let holds = |batch: &Batch| {
            batch.number == number
                && batch.records.first().is_some_and(|first| first.first_seq < seq)
                && batch.records.last().is_some_and(|last| last.first_seq >= seq)
        };
        let start = match self.batches.iter().find(|batch| holds(batch)) {
            Some(batch) => batch.start,
            None => {
                let Some(open) = self.opened(number)? else { return Ok(None) };
                let (mut low, mut high) = (0, count.div_ceil(BATCH));
                while high - low > 1 {
                    let middle = low + (high - low) / 2;
                    if open.index.record(middle * BATCH)?.first_seq < seq {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                low * BATCH
            }
        };
        let Some(records) = self.batch(number, start, count)? else { return Ok(None) };
        let within = records.partition_point(|record| record.first_seq < seq).saturating_sub(1);
        let record = records.get(within).copied();
        Ok(record.map(|record| Chunk { number, at: start + within as u64, record }))
    }

    /// The records from `start` on, up to a whole batch, of which there are `count` in the segment.
    fn batch(&mut self, number: u32, start: u64, count: u64) -> io::Result<Option<&[Record]>> {
        let want = count.saturating_sub(start).min(BATCH) as usize;
        let known = |batch: &Batch| batch.number == number && batch.start == start;
        let at = self.batches.iter().position(known);
        match at {
            Some(at) if self.batches[at].records.len() >= want => self.batches[at..].rotate_left(1),
            Some(_) | None => {
                let Some(open) = self.opened(number)? else { return Ok(None) };
                let records = open.index.batch(start)?;
                self.batches.retain(|batch| !known(batch));
                if self.batches.len() >= KEPT {
                    self.batches.remove(0);
                }
                self.batches.push(Batch { number, start, records });
            }
        }
        Ok(self.batches.last().map(|batch| batch.records.as_slice()))
    }

    /// The chunk after `chunk`: `Some(None)` if there is none, `None` if a segment vanished and all must be
    /// looked for again.
    fn following(&mut self, chunk: Chunk) -> io::Result<Option<Option<Chunk>>> {
        let Some(at) = self.segments.iter().position(|segment| segment.number == chunk.number) else {
            return Ok(None);
        };
        let (count, next) = (self.segments[at].count, chunk.at + 1);
        if next >= count {
            let after = self.segments.get(at + 1);
            return Ok(Some(after.map(|after| Chunk { number: after.number, at: 0, record: after.first })));
        }
        let start = next / BATCH * BATCH;
        let Some(records) = self.batch(chunk.number, start, count)? else {
            self.forget(chunk.number);
            return Ok(None);
        };
        let record = records.get((next - start) as usize).copied();
        Ok(Some(record.map(|record| Chunk { number: chunk.number, at: next, record })))
    }

    /// The records that are read together with `chunk`'s, and the number of the first. Groups begin with a batch
    /// and are filled one after the other, so that they stay as they are while more is added.
    fn group(&mut self, chunk: &Chunk) -> io::Result<Option<(u64, Vec<Record>)>> {
        let start = chunk.at / BATCH * BATCH;
        let Some(segment) = self.segments.iter().find(|segment| segment.number == chunk.number) else {
            return Ok(None);
        };
        let count = segment.count;
        let Some(records) = self.batch(chunk.number, start, count)? else { return Ok(None) };
        let within = (chunk.at - start) as usize;
        let (mut first, mut bytes) = (0, 0);
        for (at, record) in records.iter().enumerate() {
            let len = u64::from(record.len);
            if at > first && bytes + len > BLOCK {
                if at > within {
                    return Ok(Some((start + first as u64, records[first..at].to_vec())));
                }
                (first, bytes) = (at, 0);
            }
            bytes += len;
        }
        Ok(Some((start + first as u64, records[first..].to_vec())))
    }
}
