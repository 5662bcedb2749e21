//! Consecutive chunks of one service with their text: the unit in which segments are read and searched.

use std::sync::OnceLock;

use bytes::Bytes;

use super::super::record::Record;
use super::line::Line;
use crate::stack::ServiceId;

/// Some chunks that lie next to each other in one segment. Never empty.
pub(crate) struct Block {
    pub(crate) service: ServiceId,
    /// The number of the segment, and of the first record within it.
    pub(crate) place: (u32, u64),
    pub(crate) records: Vec<Record>,
    pub(crate) text: Bytes,
    starts: OnceLock<Vec<u32>>,
}

impl Block {
    /// The text of `records`, which must be consecutive and at least one.
    pub(crate) fn new(service: ServiceId, place: (u32, u64), records: Vec<Record>, text: Bytes) -> Self {
        Self { service, place, records, text, starts: OnceLock::new() }
    }

    /// The sequence number of its first line.
    pub(crate) fn first_seq(&self) -> u64 {
        self.records.first().map_or(0, |record| record.first_seq)
    }

    /// The sequence number after its last line. Not all between belong to this service.
    pub(crate) fn end_seq(&self) -> u64 {
        self.records.last().map_or(0, Record::end_seq)
    }

    /// Where the text of a record stands.
    pub(crate) fn text_of(&self, record: &Record) -> &[u8] {
        let start = self.offset_of(record);
        &self.text[start..start + record.len as usize]
    }

    /// The text from one record to another, both taken in.
    pub(crate) fn text_between(&self, first: &Record, last: &Record) -> &[u8] {
        &self.text[self.offset_of(first)..self.offset_of(last) + last.len as usize]
    }

    /// The line with this sequence number.
    pub(crate) fn line(&self, seq: u64) -> Option<Line> {
        let at = self.records.partition_point(|record| record.end_seq() <= seq);
        let record = self.records.get(at).filter(|record| record.first_seq <= seq)?;
        let within = seq - record.first_seq;
        let starts = self.starts();
        let offset = self.offset_of(record);
        let first = starts.partition_point(|&start| (start as usize) < offset);
        let start = *starts.get(first + within as usize)? as usize;
        let next = starts.get(first + within as usize + 1).map_or(self.text.len(), |&next| next as usize);
        let last = within + 1 == u64::from(record.lines);
        Some(Line {
            service: self.service.clone(),
            epoch: record.epoch,
            stream: record.stream,
            seq,
            line: record.first_line + within,
            micros: record.micros,
            bytes: self.text.slice(start..next.saturating_sub(1).max(start)),
            unterminated: last && record.unterminated,
            continues: last && record.continues,
        })
    }

    /// Where each line begins.
    fn starts(&self) -> &[u32] {
        self.starts.get_or_init(|| {
            // A block has fewer than 2^32 bytes: a chunk's length is 32 bits, and a longer group is cut.
            let after = memchr::memchr_iter(b'\n', &self.text).map(|newline| newline as u32 + 1);
            let mut starts: Vec<u32> = std::iter::once(0).chain(after).collect();
            starts.pop_if(|last| *last as usize == self.text.len());
            starts
        })
    }

    fn offset_of(&self, record: &Record) -> usize {
        let begin = self.records.first().map_or(0, |first| first.offset);
        record.offset.saturating_sub(begin) as usize
    }
}
