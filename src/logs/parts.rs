//! Cuts the segments of a search into parts of like size, in true order. Reads the index only.

use std::io;
use std::ops::Range;

use super::search::Lane;
use super::service_reader::IndexFile;

/// How much one part is at most, give or take a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) bytes: u64,
    /// Bounds the memory that the hits of a part take.
    pub(crate) lines: u64,
}

/// Lines of one segment that one thread searches at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Which lane.
    pub(crate) lane: usize,
    pub(crate) segment: u32,
    /// Sequence numbers. The last part of a segment ends with the search: all that the segment has by then.
    pub(crate) range: Range<u64>,
    /// Of text, at least: what was there when it was cut.
    pub(crate) bytes: u64,
}

/// The parts of all `lanes` within `range`, in the order of their first lines.
pub(crate) fn parts(lanes: &[Lane], range: &Range<u64>, cut: Cut) -> io::Result<Vec<Part>> {
    let mut parts = Vec::new();
    for (at, lane) in lanes.iter().enumerate() {
        for segment in lane.segments() {
            if let Some(index) = IndexFile::open(&lane.folder, &lane.service, segment)? {
                cut_segment(&index, range, cut, &mut |range, bytes| {
                    parts.push(Part { lane: at, segment, range, bytes });
                })?;
            }
        }
    }
    parts.sort_by_key(|part| part.range.start);
    Ok(parts)
}

fn cut_segment(
    index: &IndexFile,
    range: &Range<u64>,
    cut: Cut,
    take: &mut impl FnMut(Range<u64>, u64),
) -> io::Result<()> {
    let Some(last) = index.last()? else { return Ok(()) };
    let mut number = match range.start {
        0 => 0,
        start => index.partition(&|record| record.end_seq() <= start)?,
    };
    while number < index.count() {
        let first = index.record(number)?;
        if first.first_seq >= range.end {
            break;
        }
        let (bytes, lines) =
            (first.offset.saturating_add(cut.bytes), first.first_line.saturating_add(cut.lines));
        let next = index.partition(&|record| record.offset < bytes && record.first_line < lines)?;
        // However small the cut is, one chunk is searched at least.
        number = next.max(number + 1);
        let (end, end_offset) = match number < index.count() {
            true => index.record(number).map(|next| (next.first_seq.min(range.end), next.offset))?,
            false => (range.end, last.end_offset()),
        };
        take(first.first_seq.max(range.start)..end, end_offset.saturating_sub(first.offset));
    }
    Ok(())
}
