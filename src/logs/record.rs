//! The fixed-size records of the index files: how a chunk is described in 48 bytes. No I/O.

use crate::stack::Epoch;

use super::Stream;

/// Bytes of one record, and of the header before the first.
pub(crate) const RECORD: usize = 48;

const MAGIC: &[u8; 8] = b"PORTOLOG";
const VERSION: u32 = 1;

const STREAM_MASK: u8 = 0b0000_0011;
const UNTERMINATED: u8 = 0b0000_0100;
const CONTINUES: u8 = 0b0000_1000;

/// One chunk of a segment: whole lines of one stream that arrived together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Where its bytes begin in the segment.
    pub(crate) offset: u64,
    pub(crate) first_seq: u64,
    pub(crate) first_line: u64,
    pub(crate) micros: u64,
    pub(crate) len: u32,
    pub(crate) lines: u32,
    pub(crate) epoch: Epoch,
    pub(crate) stream: Stream,
    pub(crate) unterminated: bool,
    pub(crate) continues: bool,
    /// Lines of level warn, counted to 255.
    pub(crate) warnings: u8,
    /// Lines of level error, counted to 65,535.
    pub(crate) errors: u16,
}

impl Record {
    /// The sequence number after its last line.
    pub(crate) fn end_seq(&self) -> u64 {
        self.first_seq + u64::from(self.lines)
    }

    /// The ordinal after its last line.
    pub(crate) fn end_line(&self) -> u64 {
        self.first_line + u64::from(self.lines)
    }

    /// Where its bytes end in the segment.
    pub(crate) fn end_offset(&self) -> u64 {
        self.offset + u64::from(self.len)
    }

    /// The record as it stands in the file. An epoch beyond 32 bits is kept as the highest one.
    pub(crate) fn encode(&self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[0..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first_line.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.micros.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.len.to_le_bytes());
        bytes[36..40].copy_from_slice(&self.lines.to_le_bytes());
        bytes[40..44].copy_from_slice(&u32::try_from(self.epoch.0).unwrap_or(u32::MAX).to_le_bytes());
        bytes[44] = match self.stream {
            Stream::Stdout => 0,
            Stream::Stderr => 1,
            Stream::Notice => 2,
        } | if self.unterminated { UNTERMINATED } else { 0 }
            | if self.continues { CONTINUES } else { 0 };
        bytes[45] = self.warnings;
        bytes[46..48].copy_from_slice(&self.errors.to_le_bytes());
        bytes
    }

    /// Reads a record back; `None` if it is damaged.
    pub(crate) fn decode(bytes: &[u8; RECORD]) -> Option<Self> {
        let word = |at: usize| -> u64 {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        let half = |at: usize| -> u32 {
            let mut half = [0; 4];
            half.copy_from_slice(&bytes[at..at + 4]);
            u32::from_le_bytes(half)
        };
        let flags = bytes[44];
        let stream = match flags & STREAM_MASK {
            0 => Stream::Stdout,
            1 => Stream::Stderr,
            2 => Stream::Notice,
            _ => return None,
        };
        let record = Self {
            offset: word(0),
            first_seq: word(8),
            first_line: word(16),
            micros: word(24),
            len: half(32),
            lines: half(36),
            epoch: Epoch(u64::from(half(40))),
            stream,
            unterminated: flags & UNTERMINATED != 0,
            continues: flags & CONTINUES != 0,
            warnings: bytes[45],
            errors: u16::from_le_bytes([bytes[46], bytes[47]]),
        };
        // Every line has at least its newline, and no sum may overflow later.
        let sane = record.lines > 0
            && record.lines <= record.len
            && record.first_seq.checked_add(u64::from(record.lines)).is_some()
            && record.first_line.checked_add(u64::from(record.lines)).is_some()
            && record.offset.checked_add(u64::from(record.len)).is_some();
        sane.then_some(record)
    }
}

/// The header of an index file: what it is, its version and the size of its records.
pub(crate) fn header() -> [u8; RECORD] {
    let mut bytes = [0; RECORD];
    bytes[0..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&(RECORD as u32).to_le_bytes());
    bytes
}

/// Whether `bytes` is a header of the version that this program writes.
pub(crate) fn is_header(bytes: &[u8; RECORD]) -> bool {
    *bytes == header()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        for stream in [Stream::Stdout, Stream::Stderr, Stream::Notice] {
            let record = Record {
                offset: 1 << 40,
                first_seq: 7,
                first_line: 5,
                micros: 1_700_000_000_000_000,
                len: 4_000_000_000,
                lines: 3,
                epoch: Epoch(9),
                stream,
                unterminated: true,
                continues: false,
                warnings: 200,
                errors: 60_000,
            };
            assert_eq!(Record::decode(&record.encode()), Some(record));
        }
    }

    #[test]
    fn a_damaged_record_is_refused_rather_than_believed() {
        assert_eq!(Record::decode(&[0; RECORD]), None);
        assert_eq!(Record::decode(&[0xff; RECORD]), None);
        assert!(!is_header(&[0; RECORD]));
    }
}
