//! Goes through one segment block by block and keeps the lines of a block that a query matches. Lines with escape
//! sequences are searched as they look, so that a colour in the middle of a word hides nothing.

use std::io;
use std::ops::Range;
use std::path::Path;

use super::pages::Pages;
use super::query::{Candidate, Query};
use super::record::Record;
use super::segment::segment_path;
use super::service_reader::{IndexFile, open_if_there};
use crate::stack::{Epoch, ServiceId};

/// What a segment is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) query: &'a Query,
    pub(crate) service: &'a ServiceId,
    pub(crate) latest: Epoch,
    /// Sequence numbers.
    pub(crate) range: &'a Range<u64>,
}

/// A segment being searched, and the hits of its present block.
pub(crate) struct Sweep {
    pages: Pages,
    chunks: Chunks,
    /// The line with which the next block begins.
    line: u64,
    /// All that follows is out of the range.
    over: bool,
    marks: Vec<Mark>,
    /// The first of the marks that was not handed out.
    next: usize,
    /// What the marks of the block refer to.
    records: Vec<Record>,
}

/// A hit in the present block.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) seq: u64,
    pub(crate) line: u64,
    start: usize,
    end: usize,
    record: usize,
}

/// Finds the record of a line; the next line asked for is often near.
struct Chunks {
    index: IndexFile,
    batch: Vec<Record>,
    /// The number of the record behind the batch.
    batch_end: u64,
    /// Within the batch.
    last: usize,
}

/// Keeps count of lines in the text searched, and of where they stand in the block.
struct Ruler {
    line: u64,
    at: usize,
    stored_at: usize,
}

impl Sweep {
    /// Opens a segment, at the first chunk that has lines in `range`; `None` if it has none or is gone.
    pub(crate) fn open(
        folder: &Path,
        service: &ServiceId,
        number: u32,
        range: &Range<u64>,
    ) -> io::Result<Option<Self>> {
        let Some(index) = IndexFile::open(folder, service, number)? else { return Ok(None) };
        let Some(last) = index.last()? else { return Ok(None) };
        if last.end_seq() <= range.start {
            return Ok(None);
        }
        let first_number = match range.start {
            0 => 0,
            start => index.partition(&|record| record.end_seq() <= start)?,
        };
        let first = index.record(first_number)?;
        let Some(log) = open_if_there(&segment_path(folder, service, number, "log"))? else {
            return Ok(None);
        };
        if first.first_seq >= range.end {
            return Ok(None);
        }
        // Only as far as the index vouches for the text, and no further than the range goes.
        let limit = match last.first_seq < range.end {
            true => last.end_offset(),
            false => index.record(index.partition(&|record| record.first_seq < range.end)?)?.offset,
        };
        Ok(Some(Self {
            pages: Pages::new(log, first.offset, limit),
            chunks: Chunks { index, batch: Vec::new(), batch_end: first_number, last: 0 },
            line: first.first_line,
            over: false,
            marks: Vec::new(),
            next: 0,
            records: Vec::new(),
        }))
    }

    /// Searches the next block; false at the end of the segment. Hits that were not handed out are forgotten.
    pub(crate) fn next_block(&mut self, asked: &Asked<'_>) -> io::Result<bool> {
        self.marks.clear();
        self.records.clear();
        self.next = 0;
        if self.over || !self.pages.advance()? {
            return Ok(false);
        }
        let page = self.pages.page();
        let text = page.text();
        let (cover, reads_origin) = (asked.query.cover(), asked.query.reads_origin());
        let mut ruler = Ruler { line: self.line, at: 0, stored_at: 0 };
        let mut at = 0;
        while let Some(likely) = cover.find(text, at) {
            let line = &text[likely.line.clone()];
            at = likely.line.end + 1;
            // Most of what is only likely is decided by its text alone, without a look into the index.
            let mut candidate = Candidate {
                service: asked.service,
                epoch: Epoch::default(),
                latest_epoch: asked.latest,
                stream: super::Stream::Stdout,
                micros: 0,
                line,
            };
            if !likely.certain && !reads_origin && !asked.query.matches_plain(&candidate) {
                continue;
            }
            ruler.advance(text, likely.line.start, page.unlike());
            let record = *self.chunks.of_line(ruler.line)?;
            candidate =
                Candidate { epoch: record.epoch, stream: record.stream, micros: record.micros, ..candidate };
            if !likely.certain && reads_origin && !asked.query.matches_plain(&candidate) {
                continue;
            }
            let seq = record.first_seq + (ruler.line - record.first_line);
            if seq >= asked.range.end {
                self.over = true;
                break;
            }
            if seq < asked.range.start {
                continue;
            }
            if self.records.last().is_none_or(|last| last.offset != record.offset) {
                self.records.push(record);
            }
            let (start, end) = match page.unlike() {
                None => (likely.line.start, likely.line.end),
                Some(stored) => ruler.stored(stored),
            };
            self.marks.push(Mark { seq, line: ruler.line, start, end, record: self.records.len() - 1 });
        }
        ruler.advance(text, text.len(), None);
        self.line = ruler.line;
        Ok(true)
    }

    /// The sequence number of the next hit in the block.
    pub(crate) fn head(&self) -> Option<u64> {
        self.marks.get(self.next).map(|mark| mark.seq)
    }

    /// The next hit in the block, its chunk and its bytes.
    pub(crate) fn hit(&self) -> Option<(Mark, Record, &[u8])> {
        let mark = *self.marks.get(self.next)?;
        Some((mark, self.records[mark.record], &self.pages.page().stored[mark.start..mark.end]))
    }

    /// Goes past the next hit.
    pub(crate) fn advance(&mut self) {
        self.next += 1;
    }

    /// Takes the hits of the block below the sequence number `until`: their sequence numbers and lines.
    pub(crate) fn take_until(&mut self, until: u64, mut take: impl FnMut(u64, u64)) {
        while let Some(mark) = self.marks.get(self.next)
            && mark.seq < until
        {
            take(mark.seq, mark.line);
            self.next += 1;
        }
    }
}

impl Chunks {
    /// The record of the line with this ordinal, which is in this segment and not before the one asked for last.
    fn of_line(&mut self, line: u64) -> io::Result<&Record> {
        let lies_behind = |record: Option<&Record>| record.is_none_or(|record| record.end_line() <= line);
        if lies_behind(self.batch.last()) {
            self.load(self.batch_end)?;
            if lies_behind(self.batch.last()) {
                self.load(self.index.partition(&|record| record.end_line() <= line)?)?;
            }
        }
        if lies_behind(self.batch.get(self.last)) {
            self.last += self.batch[self.last..].partition_point(|record| record.end_line() <= line);
        }
        let record = self.batch.get(self.last).filter(|record| record.first_line <= line);
        record.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "the log's index does not fit its text")
        })
    }

    fn load(&mut self, number: u64) -> io::Result<()> {
        self.batch = self.index.batch(number)?;
        self.batch_end = number + self.batch.len() as u64;
        self.last = 0;
        Ok(())
    }
}

impl Ruler {
    /// Goes on to `to`, where a line begins in `text`; `stored` is the block as it is stored if that is another text.
    fn advance(&mut self, text: &[u8], to: usize, stored: Option<&[u8]>) {
        let passed = memchr::memchr_iter(b'\n', &text[self.at..to]).count();
        self.line += passed as u64;
        self.at = to;
        if let (Some(stored), true) = (stored, passed > 0) {
            let rest = &stored[self.stored_at..];
            let newline = memchr::memchr_iter(b'\n', rest).nth(passed - 1);
            self.stored_at += newline.map_or(rest.len(), |at| at + 1);
        }
    }

    /// Where the line stands in the block.
    fn stored(&self, block: &[u8]) -> (usize, usize) {
        let rest = &block[self.stored_at..];
        (self.stored_at, self.stored_at + memchr::memchr(b'\n', rest).unwrap_or(rest.len()))
    }
}
