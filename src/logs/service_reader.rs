//! Reads one service's segments in order, from any position. Believes only what the index says, so that it may
//! run in any process while the segments grow and the oldest ones vanish.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::Stream;
use super::platform;
use super::record::{RECORD, Record, is_header};
use super::segment::segment_path;
use crate::stack::{Epoch, ServiceId};

/// Records read at once: 12 KiB.
pub(crate) const BATCH: u64 = 256;

/// Text read at once where chunks are small.
const WINDOW: u64 = 64 << 10;

/// An index file and how many records of it could be seen when it was last looked at.
pub(crate) struct IndexFile {
    file: File,
    count: u64,
}

/// A position in one service's chunks.
pub(crate) struct ServiceReader {
    folder: PathBuf,
    service: ServiceId,
    /// The numbers of the segments that there are, lowest first.
    segments: Vec<u32>,
    open: Option<Open>,
    /// The newest segment's index, kept open because it is asked for the end again and again.
    newest: Option<(u32, IndexFile)>,
}

struct Open {
    number: u32,
    index: IndexFile,
    log: File,
    next: u64,
    batch: Vec<Record>,
    batch_start: u64,
    window: Vec<u8>,
    window_offset: u64,
}

impl IndexFile {
    /// Opens a segment's index; `None` if the segment is gone.
    pub(crate) fn open(folder: &Path, service: &ServiceId, number: u32) -> io::Result<Option<Self>> {
        let Some(file) = open_if_there(&segment_path(folder, service, number, "idx"))? else {
            return Ok(None);
        };
        let mut header = [0; RECORD];
        let mut index = Self { file, count: 0 };
        index.look()?;
        if index.count > 0 {
            read_exact_at(&index.file, &mut header, 0)?;
            if !is_header(&header) {
                return Err(damaged("is not of this version"));
            }
        }
        Ok(Some(index))
    }

    /// Looks how many records there are now.
    pub(crate) fn look(&mut self) -> io::Result<()> {
        self.count = (self.file.metadata()?.len() / RECORD as u64).saturating_sub(1);
        Ok(())
    }

    /// The record of this number, which must be below the count.
    pub(crate) fn record(&self, number: u64) -> io::Result<Record> {
        let mut bytes = [0; RECORD];
        read_exact_at(&self.file, &mut bytes, (number + 1) * RECORD as u64)?;
        Record::decode(&bytes).ok_or_else(|| damaged("holds a damaged record"))
    }

    /// The newest record.
    pub(crate) fn last(&self) -> io::Result<Option<Record>> {
        self.count.checked_sub(1).map(|last| self.record(last)).transpose()
    }

    /// The number of the first record that is not `before`, by binary search.
    pub(crate) fn partition(&self, before: &dyn Fn(&Record) -> bool) -> io::Result<u64> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(&self.record(middle)?) { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    /// How many records could be seen when it was last looked at.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Up to 256 records from this number on.
    pub(crate) fn batch(&self, start: u64) -> io::Result<Vec<Record>> {
        let many = BATCH.min(self.count.saturating_sub(start));
        let mut bytes = vec![0; many as usize * RECORD];
        read_exact_at(&self.file, &mut bytes, (start + 1) * RECORD as u64)?;
        let (records, _) = bytes.as_chunks::<RECORD>();
        let decoded: Option<Vec<Record>> = records.iter().map(Record::decode).collect();
        decoded.ok_or_else(|| damaged("holds a damaged record"))
    }
}

impl ServiceReader {
    /// Reads from the first chunk that there is.
    pub(crate) fn new(folder: &Path, service: ServiceId, segments: Vec<u32>) -> Self {
        Self { folder: folder.to_owned(), service, segments, open: None, newest: None }
    }

    /// Takes note of the segments that there are now, and of what was added to those open.
    pub(crate) fn refresh(&mut self, segments: Vec<u32>) -> io::Result<()> {
        self.segments = segments;
        if let Some(open) = &mut self.open {
            open.index.look()?;
        }
        Ok(())
    }

    /// The oldest record that there is.
    pub(crate) fn first(&self) -> io::Result<Option<Record>> {
        for &number in &self.segments {
            if let Some(index) = IndexFile::open(&self.folder, &self.service, number)?
                && index.count > 0
            {
                return index.record(0).map(Some);
            }
        }
        Ok(None)
    }

    /// The latest spawn that printed something.
    pub(crate) fn latest_epoch(&self) -> io::Result<Epoch> {
        for &number in self.segments.iter().rev() {
            let Some(index) = IndexFile::open(&self.folder, &self.service, number)? else { continue };
            let mut end = index.count;
            while end > 0 {
                let start = end.saturating_sub(BATCH);
                let batch = index.batch(start)?;
                let printed = batch.iter().rev().find(|record| record.stream != Stream::Notice);
                if let Some(record) = printed {
                    return Ok(record.epoch);
                }
                end = start;
            }
        }
        Ok(Epoch::default())
    }

    /// The newest record that there is at this moment, in the segments known.
    pub(crate) fn last(&mut self) -> io::Result<Option<Record>> {
        for &number in self.segments.iter().rev() {
            match &mut self.newest {
                Some((kept, index)) if *kept == number => index.look()?,
                kept => {
                    let index = IndexFile::open(&self.folder, &self.service, number)?;
                    *kept = index.map(|index| (number, index));
                }
            }
            if let Some((_, index)) = &self.newest
                && let Some(record) = index.last()?
            {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Goes to the first chunk that is not `before`; `before` must hold for a beginning of the chunks and for
    /// none after it.
    pub(crate) fn seek(&mut self, before: &dyn Fn(&Record) -> bool) -> io::Result<()> {
        self.open = None;
        let segments = self.segments.clone();
        for number in segments.into_iter().rev() {
            let Some(mut open) = self.open_segment(number)? else { continue };
            open.next = open.index.partition(before)?;
            let found = open.next > 0;
            self.open = Some(open);
            if found {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The chunk at the position; `None` at the end of what can be seen.
    pub(crate) fn peek(&mut self) -> io::Result<Option<Record>> {
        loop {
            if let Some(open) = &mut self.open {
                if open.next < open.index.count {
                    return open.record().map(Some);
                }
                let number = open.number;
                if self.segments.last().is_none_or(|&last| last <= number) {
                    return Ok(None);
                }
                // The next segment exists, so nothing is added to this one any more: look a last time.
                open.index.look()?;
                if open.next < open.index.count {
                    continue;
                }
            }
            let after = self.open.as_ref().map(|open| open.number);
            let next = self.segments.iter().copied().find(|&number| after.is_none_or(|after| number > after));
            let Some(next) = next else { return Ok(None) };
            match self.open_segment(next)? {
                Some(open) => self.open = Some(open),
                // Dropped meanwhile.
                None => self.segments.retain(|&number| number != next),
            }
        }
    }

    /// Goes past the chunk at the position.
    pub(crate) fn advance(&mut self) {
        if let Some(open) = &mut self.open {
            open.next += 1;
        }
    }

    /// The text of a chunk of the open segment that was peeked at.
    pub(crate) fn bytes(&mut self, record: &Record) -> io::Result<&[u8]> {
        match &mut self.open {
            Some(open) => open.bytes(record),
            None => Ok(&[]),
        }
    }

    fn open_segment(&self, number: u32) -> io::Result<Option<Open>> {
        let Some(index) = IndexFile::open(&self.folder, &self.service, number)? else { return Ok(None) };
        let Some(log) = open_if_there(&segment_path(&self.folder, &self.service, number, "log"))? else {
            return Ok(None);
        };
        Ok(Some(Open {
            number,
            index,
            log,
            next: 0,
            batch: Vec::new(),
            batch_start: 0,
            window: Vec::new(),
            window_offset: 0,
        }))
    }
}

impl Open {
    fn record(&mut self) -> io::Result<Record> {
        let within = |open: &Self| open.next.checked_sub(open.batch_start).map(|at| at as usize);
        if within(self).is_none_or(|at| at >= self.batch.len()) {
            self.batch = self.index.batch(self.next)?;
            self.batch_start = self.next;
        }
        within(self).and_then(|at| self.batch.get(at).copied()).ok_or_else(|| damaged("ends too early"))
    }

    fn bytes(&mut self, record: &Record) -> io::Result<&[u8]> {
        let held = self.window_offset..self.window_offset + self.window.len() as u64;
        if record.offset < held.start || record.end_offset() > held.end {
            // Not beyond what the index vouches for: there the text may be half written.
            let vouched = self.batch.last().map_or(record.end_offset(), Record::end_offset);
            let len = vouched.saturating_sub(record.offset).min(WINDOW).max(u64::from(record.len));
            if self.window.capacity() as u64 > 4 * WINDOW.max(len) {
                self.window = Vec::new();
            }
            self.window.resize(len as usize, 0);
            self.window_offset = record.offset;
            if let Err(error) = read_exact_at(&self.log, &mut self.window, record.offset) {
                self.window.clear();
                return Err(error);
            }
        }
        let start = (record.offset - self.window_offset) as usize;
        Ok(&self.window[start..start + record.len as usize])
    }
}

/// Fills `buffer` from `offset` on.
pub(crate) fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match platform::read_at(file, buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Opens a file to read; `None` if it is not there.
pub(crate) fn open_if_there(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the log's index {what}"))
}
