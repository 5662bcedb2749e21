//! What a run folder holds: which services, from which line to which, and where a position lies.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::merge::{Merge, run_of};
use super::search::Lane;
use super::service_reader::ServiceReader;
use super::tail::trim;
use super::{MergedCursor, Query, Run, Search};
use crate::stack::{Epoch, ServiceId, ServiceName};

/// Which services are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All, also those that come later.
    All,
    /// These.
    Only(Vec<ServiceId>),
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the first line of the run. Lines of it that are gone are announced as lost.
    Beginning,
    /// With the line of this sequence number, or the first one after it.
    Seq(u64),
    /// With the first line read at this time or later.
    Since(SystemTime),
    /// So that this many lines of the selected services are still to come, if there are that many.
    Last(u64),
}

/// What there is of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The ordinals of its lines; begins above 0 where segments were dropped.
    pub lines: Range<u64>,
    /// From its first line's sequence number to the one after its last line's.
    pub seqs: Range<u64>,
    /// When its first and last chunk were read, microseconds since 1970.
    pub micros: (u64, u64),
}

/// The log of a run, open for reading, in the process that writes it or in any other.
#[derive(Clone, Debug)]
pub struct RunLogs {
    folder: PathBuf,
}

impl Selection {
    /// Whether `service` is one of them.
    pub fn holds(&self, service: &ServiceId) -> bool {
        match self {
            Self::All => true,
            Self::Only(services) => services.contains(service),
        }
    }
}

impl RunLogs {
    /// The log of the run in this folder. Nothing is opened yet; a folder without a log is an empty one.
    pub fn of(run: &Path) -> Self {
        Self { folder: run.join("logs") }
    }

    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The services that have lines, by name.
    pub fn services(&self) -> io::Result<Vec<ServiceId>> {
        Ok(segments(&self.folder)?.into_keys().collect())
    }

    /// What there is of `service`; `None` if it has no lines.
    pub fn extent(&self, service: &ServiceId) -> io::Result<Option<Extent>> {
        let Some(mut reader) = self.reader(service)? else { return Ok(None) };
        let (Some(first), Some(last)) = (reader.first()?, reader.last()?) else { return Ok(None) };
        Ok(Some(Extent {
            lines: first.first_line..last.end_line(),
            seqs: first.first_seq..last.end_seq(),
            micros: (first.micros, last.micros),
        }))
    }

    /// Hands the lines of `service` with these ordinals to `take`, in order; those that are gone are left out.
    /// Costs a binary search and the reading of the chunks concerned, wherever they lie.
    pub fn lines(
        &self,
        service: &ServiceId,
        range: Range<u64>,
        mut take: impl FnMut(Run<'_>),
    ) -> io::Result<()> {
        let Some(mut reader) = self.reader(service)? else { return Ok(()) };
        reader.seek(&|record| record.end_line() <= range.start)?;
        while let Some(mut record) = reader.peek()?
            && record.first_line < range.end
        {
            let bytes = reader.bytes(&record)?;
            let skip = range.start.saturating_sub(record.first_line);
            let first_seq = record.first_seq + skip;
            let mut bytes = trim(&mut record, bytes, first_seq);
            let over = record.end_line().saturating_sub(range.end) as u32;
            if over > 0 {
                record.lines -= over;
                let newline = memchr::memchr_iter(b'\n', bytes).nth(record.lines as usize - 1);
                bytes = &bytes[..newline.map_or(bytes.len(), |at| at + 1)];
                record.unterminated = false;
                record.continues = false;
            }
            take(run_of(service, &record, bytes));
            reader.advance();
        }
        Ok(())
    }

    /// Reads the selected services as one stream, in true order.
    pub fn merged(&self, selection: Selection, start: Start) -> io::Result<MergedCursor> {
        let seq = self.resolve(&selection, start)?;
        Ok(MergedCursor::new(Merge::new(&self.folder, selection, seq), start == Start::Beginning))
    }

    /// How many lines of the selected services there are.
    pub fn rows(&self, selection: &Selection) -> io::Result<u64> {
        Ok(self.rows_from(&mut self.readers(selection)?, 0)?.0)
    }

    /// The sequence number of the line in this row, counted from 0 over the selected services in true order: where
    /// a merged view scrolls to. `None` beyond the last row. Costs some 20 binary searches a service, however
    /// many lines there are.
    pub fn seq_of_row(&self, selection: &Selection, row: u64) -> io::Result<Option<u64>> {
        let mut readers = self.readers(selection)?;
        let (rows, end) = self.rows_from(&mut readers, 0)?;
        let Some(to_come) = rows.checked_sub(row).filter(|&left| left > 0) else { return Ok(None) };
        self.seq_with(&mut readers, to_come, end).map(Some)
    }

    /// Searches the selected services; hits come in true order. See [`Search`].
    pub fn search(&self, selection: &Selection, query: Query) -> io::Result<Search> {
        self.search_from(selection, query, 0)
    }

    /// As [`Self::search`], but begins at the line with this sequence number, or the first one after it.
    pub fn search_from(&self, selection: &Selection, query: Query, first_seq: u64) -> io::Result<Search> {
        let chosen = |service: &ServiceId| selection.holds(service) && query.admits(service);
        let mut end = 0;
        for mut reader in self.readers(selection)? {
            end = end.max(reader.last()?.map_or(0, |record| record.end_seq()));
        }
        // Only now: what lies below an end that was seen is there for whoever looks after that (see `merge`).
        let mut lanes = Vec::new();
        for (service, numbers) in segments(&self.folder)? {
            if chosen(&service) {
                let latest =
                    ServiceReader::new(&self.folder, service.clone(), numbers.clone()).latest_epoch()?;
                lanes.push(Lane::new(&self.folder, service, latest, numbers));
            }
        }
        Ok(Search::new(lanes, query, first_seq..end))
    }

    /// The latest spawn of `service` that printed something: what `run:last` means. Our notices belong to none.
    pub fn latest_epoch(&self, service: &ServiceId) -> io::Result<Epoch> {
        self.reader(service)?.map_or(Ok(Epoch::default()), |reader| reader.latest_epoch())
    }

    /// The sequence number with which reading begins.
    pub(crate) fn resolve(&self, selection: &Selection, start: Start) -> io::Result<u64> {
        match start {
            Start::Beginning => Ok(0),
            Start::Seq(seq) => Ok(seq),
            Start::Since(time) => self.seq_since(selection, time),
            Start::Last(lines) => {
                let mut readers = self.readers(selection)?;
                let (rows, end) = self.rows_from(&mut readers, 0)?;
                match lines.min(rows) {
                    0 => Ok(end),
                    lines => self.seq_with(&mut readers, lines, end),
                }
            }
        }
    }

    fn seq_since(&self, selection: &Selection, time: SystemTime) -> io::Result<u64> {
        let micros = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
        let (mut first, mut end) = (None::<u64>, 0);
        for mut reader in self.readers(selection)? {
            reader.seek(&|record| record.micros < micros)?;
            if let Some(record) = reader.peek()? {
                first = Some(first.map_or(record.first_seq, |first| first.min(record.first_seq)));
            }
            end = end.max(reader.last()?.map_or(0, |record| record.end_seq()));
        }
        Ok(first.unwrap_or(end))
    }

    /// The highest sequence number from which on there are `lines` lines, which must be at least 1 and at most all.
    fn seq_with(&self, readers: &mut [ServiceReader], lines: u64, end: u64) -> io::Result<u64> {
        let (mut low, mut high) = (0, end);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.rows_from(readers, middle)?.0 >= lines { low = middle } else { high = middle }
        }
        Ok(low)
    }

    /// How many lines there are from `seq` on, and the end of all.
    fn rows_from(&self, readers: &mut [ServiceReader], seq: u64) -> io::Result<(u64, u64)> {
        let (mut rows, mut end) = (0, 0);
        for reader in readers {
            let Some(last) = reader.last()? else { continue };
            end = end.max(last.end_seq());
            if last.end_seq() <= seq {
                continue;
            }
            reader.seek(&|record| record.end_seq() <= seq)?;
            if let Some(record) = reader.peek()? {
                rows += last.end_line() - record.first_line - seq.saturating_sub(record.first_seq);
            }
        }
        Ok((rows, end))
    }

    fn readers(&self, selection: &Selection) -> io::Result<Vec<ServiceReader>> {
        let found = segments(&self.folder)?;
        let chosen = found.into_iter().filter(|(service, _)| selection.holds(service));
        Ok(chosen.map(|(service, numbers)| ServiceReader::new(&self.folder, service, numbers)).collect())
    }

    fn reader(&self, service: &ServiceId) -> io::Result<Option<ServiceReader>> {
        let numbers = segments(&self.folder)?.remove(service);
        Ok(numbers.map(|numbers| ServiceReader::new(&self.folder, service.clone(), numbers)))
    }
}

/// The segments that there are, by service, lowest number first. No folder is no segments.
pub(crate) fn segments(folder: &Path) -> io::Result<BTreeMap<ServiceId, Vec<u32>>> {
    let mut found: BTreeMap<ServiceId, Vec<u32>> = BTreeMap::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(found);
        }
        Err(error) => return Err(error),
    };
    for entry in entries {
        if let Some((service, number)) = entry?.file_name().to_str().and_then(parse) {
            found.entry(service).or_default().push(number);
        }
    }
    for numbers in found.values_mut() {
        numbers.sort_unstable();
    }
    Ok(found)
}

fn parse(file: &str) -> Option<(ServiceId, u32)> {
    let (stem, number) = file.strip_suffix(".idx")?.rsplit_once('.')?;
    let (name, replica) = match stem.split_once('~') {
        Some((name, replica)) => (name, replica.parse().ok()?),
        None => (stem, 0),
    };
    Some((ServiceId { name: ServiceName::new(name).ok()?, replica }, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_told_from_a_name_with_a_dot() {
        let id = |name: &str, replica| ServiceId { name: ServiceName::new(name).unwrap(), replica };
        assert_eq!(parse("auth.2.0.idx"), Some((id("auth.2", 0), 0)));
        assert_eq!(parse("auth~2.7.idx"), Some((id("auth", 2), 7)));
        assert_eq!(parse("auth.0.log"), None);
        assert_eq!(parse("~.0.idx"), None);
    }
}
