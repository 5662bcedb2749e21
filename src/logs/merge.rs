//! Merges the segments of several services by sequence number, without ever showing a line before an earlier one.
//!
//! The writer writes index records in the order of their sequence numbers. So once a record ending at `s` has
//! been seen, every record below `s` is there to be seen by whoever looks *after that*. A look at many files
//! takes time, and a file looked at early may lack a record that is older than one found in a file looked at
//! late. Hence two looks: the first finds the horizon, the second gathers what lies below it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::extent::segments;
use super::record::Record;
use super::service_reader::ServiceReader;
use super::tail::trim;
use super::{Run, Selection};
use crate::stack::ServiceId;

/// The chunks of the selected services in true order, up to a horizon.
pub(crate) struct Merge {
    folder: PathBuf,
    selection: Selection,
    lanes: Vec<Lane>,
    /// Everything before has been handed out.
    position: u64,
    horizon: u64,
}

struct Lane {
    service: ServiceId,
    reader: ServiceReader,
}

/// Which lines are due next per service, to notice those that are gone.
pub(crate) struct Gaps {
    due: HashMap<ServiceId, u64>,
    from_beginning: bool,
}

/// A chunk that is next in order.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    lane: usize,
    pub(crate) record: Record,
}

impl Merge {
    /// Begins at the line with sequence number `position`. Sees nothing before it is told to look.
    pub(crate) fn new(folder: &Path, selection: Selection, position: u64) -> Self {
        Self { folder: folder.to_owned(), selection, lanes: Vec::new(), position, horizon: position }
    }

    /// Looks for what was added, by itself.
    pub(crate) fn look(&mut self) -> io::Result<()> {
        let seen = self.gather()?;
        if seen > self.horizon {
            self.gather()?;
            self.horizon = seen;
        }
        Ok(())
    }

    /// Looks for what was added, where the writer has said that everything below `horizon` is there, and begins
    /// at `position`.
    pub(crate) fn look_up_to(&mut self, position: u64, horizon: u64) -> io::Result<()> {
        if position != self.position {
            self.lanes.clear();
            self.position = position;
        }
        self.gather()?;
        self.horizon = horizon;
        Ok(())
    }

    /// The next chunk in order below the horizon, and its service.
    pub(crate) fn peek(&mut self) -> io::Result<Option<(Head, &ServiceId)>> {
        let mut least: Option<Head> = None;
        for (lane, Lane { reader, .. }) in self.lanes.iter_mut().enumerate() {
            if let Some(record) = reader.peek()?
                && record.first_seq < self.horizon
                && least.is_none_or(|head| record.first_seq < head.record.first_seq)
            {
                least = Some(Head { lane, record });
            }
        }
        Ok(least.map(|mut head| {
            skip_lines(&mut head.record, self.position);
            (head, &self.lanes[head.lane].service)
        }))
    }

    /// Whose chunk it is.
    pub(crate) fn service(&self, head: Head) -> &ServiceId {
        &self.lanes[head.lane].service
    }

    /// The lines of the chunk that [`Self::peek`] gave, and goes past it.
    pub(crate) fn take(&mut self, head: Head) -> io::Result<Run<'_>> {
        let position = std::mem::replace(&mut self.position, head.record.end_seq());
        let Lane { service, reader } = &mut self.lanes[head.lane];
        let whole = reader.peek()?.unwrap_or(head.record);
        reader.advance();
        let mut record = whole;
        let bytes = trim(&mut record, reader.bytes(&whole)?, position);
        Ok(run_of(service, &record, bytes))
    }

    /// Looks once at all files; answers the end of what it saw.
    fn gather(&mut self) -> io::Result<u64> {
        let mut seen = 0;
        for (service, numbers) in segments(&self.folder)? {
            if !self.selection.holds(&service) {
                continue;
            }
            let lane = match self.lanes.iter_mut().position(|lane| lane.service == service) {
                Some(at) => {
                    self.lanes[at].reader.refresh(numbers)?;
                    at
                }
                None => {
                    let mut reader = ServiceReader::new(&self.folder, service.clone(), numbers);
                    let position = self.position;
                    reader.seek(&|record| record.end_seq() <= position)?;
                    self.lanes.push(Lane { service, reader });
                    self.lanes.len() - 1
                }
            };
            seen = seen.max(self.lanes[lane].reader.last()?.map_or(0, |record| record.end_seq()));
        }
        Ok(seen)
    }
}

impl Gaps {
    /// `from_beginning`: the first line due of each service is its very first.
    pub(crate) fn new(from_beginning: bool) -> Self {
        Self { due: HashMap::new(), from_beginning }
    }

    /// How many lines of `service` are missing before `record`; asked again about the same one: none.
    pub(crate) fn before(&mut self, service: &ServiceId, record: &Record) -> u64 {
        let first = if self.from_beginning { 0 } else { record.first_line };
        let Some(due) = self.due.get_mut(service) else {
            self.due.insert(service.clone(), record.first_line);
            return record.first_line - first;
        };
        let missing = record.first_line.saturating_sub(*due);
        *due = record.first_line;
        missing
    }

    /// Notes that the lines of `record` have been shown.
    pub(crate) fn shown(&mut self, service: &ServiceId, record: &Record) {
        if let Some(due) = self.due.get_mut(service) {
            *due = record.end_line();
        }
    }
}

/// A record and its bytes as readers are given them.
pub(crate) fn run_of<'a>(service: &'a ServiceId, record: &Record, bytes: &'a [u8]) -> Run<'a> {
    Run {
        service,
        epoch: record.epoch,
        stream: record.stream,
        first_seq: record.first_seq,
        first_line: record.first_line,
        lines: record.lines,
        micros: record.micros,
        bytes,
        unterminated: record.unterminated,
        continues: record.continues,
    }
}

/// Leaves the lines before `seq` out of the record's numbers; its place in the file stays.
fn skip_lines(record: &mut Record, seq: u64) {
    let skip = seq.saturating_sub(record.first_seq).min(u64::from(record.lines)) as u32;
    record.first_seq += u64::from(skip);
    record.first_line += u64::from(skip);
    record.lines -= skip;
}
