//! The segments of one service as they are written: bytes first, then the index record that vouches for them.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::platform;
use super::record::{RECORD, Record, header};
use crate::stack::ServiceId;

/// When segments roll and how much a service may keep, in bytes of text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) segment: u64,
    pub(crate) cap: u64,
}

/// Which file could not be written, and why.
#[derive(Debug)]
pub(crate) struct WriteFailure {
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

/// The segments of one service. Numbers only grow.
pub(crate) struct Segments {
    folder: PathBuf,
    service: ServiceId,
    limits: Limits,
    next_number: u32,
    open: Option<Open>,
    /// Those before the open one, oldest first.
    closed: VecDeque<Closed>,
}

struct Open {
    number: u32,
    log: File,
    idx: File,
    bytes: u64,
    idx_bytes: u64,
    lines: u64,
}

struct Closed {
    number: u32,
    bytes: u64,
    lines: u64,
}

/// The path of a segment's text (`log`) or index (`idx`). A replica is told from a name with a dot by `~`, which
/// no name may have.
pub(crate) fn segment_path(folder: &Path, service: &ServiceId, number: u32, extension: &str) -> PathBuf {
    folder.join(match service.replica {
        0 => format!("{}.{number}.{extension}", service.name),
        replica => format!("{}~{replica}.{number}.{extension}", service.name),
    })
}

impl Segments {
    pub(crate) fn new(folder: &Path, service: ServiceId, limits: Limits) -> Self {
        Self {
            folder: folder.to_owned(),
            service,
            limits,
            next_number: 0,
            open: None,
            closed: VecDeque::new(),
        }
    }

    /// Writes one chunk; its record's offset is filled in here. Answers how many lines were dropped to stay
    /// below the cap. After a failure nothing of the chunk is visible and the next call begins a new segment.
    pub(crate) fn append(&mut self, mut record: Record, bytes: &[u8]) -> Result<u64, WriteFailure> {
        if self.open.as_ref().is_some_and(|open| open.bytes + bytes.len() as u64 > self.limits.segment) {
            self.roll();
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        record.offset = open.bytes;
        let wrote = platform::write_all_at(&open.log, bytes, open.bytes)
            .map_err(|error| ("log", error))
            .and_then(|()| {
                platform::write_all_at(&open.idx, &record.encode(), open.idx_bytes)
                    .map_err(|error| ("idx", error))
            });
        if let Err((extension, error)) = wrote {
            let path = segment_path(&self.folder, &self.service, open.number, extension);
            self.abandon(&open);
            return Err(WriteFailure { path, error });
        }
        open.bytes += bytes.len() as u64;
        open.idx_bytes += RECORD as u64;
        open.lines += u64::from(record.lines);
        self.open = Some(open);
        Ok(self.drop_oldest())
    }

    fn begin(&mut self) -> Result<Open, WriteFailure> {
        let number = self.next_number;
        let create = |extension| {
            let path = segment_path(&self.folder, &self.service, number, extension);
            let file = OpenOptions::new().create(true).write(true).truncate(true).open(&path);
            file.map_err(|error| WriteFailure { path, error })
        };
        let log = create("log")?;
        let idx = create("idx")?;
        self.next_number += 1;
        if let Err(error) = platform::write_all_at(&idx, &header(), 0) {
            return Err(WriteFailure {
                path: segment_path(&self.folder, &self.service, number, "idx"),
                error,
            });
        }
        Ok(Open { number, log, idx, bytes: 0, idx_bytes: RECORD as u64, lines: 0 })
    }

    fn roll(&mut self) {
        if let Some(Open { number, bytes, lines, .. }) = self.open.take() {
            self.closed.push_back(Closed { number, bytes, lines });
        }
    }

    /// Gives up a segment after a failure, keeping what is whole of it.
    fn abandon(&mut self, open: &Open) {
        // A torn record must not be taken for one; and if it stays, readers ignore less than a whole record.
        let _ = open.idx.set_len(open.idx_bytes);
        let _ = open.log.set_len(open.bytes);
        if open.lines > 0 {
            self.closed.push_back(Closed { number: open.number, bytes: open.bytes, lines: open.lines });
            return;
        }
        self.remove(open.number);
    }

    fn drop_oldest(&mut self) -> u64 {
        let open = self.open.as_ref().map_or(0, |open| open.bytes);
        let mut kept = open + self.closed.iter().map(|closed| closed.bytes).sum::<u64>();
        let mut lines = 0;
        while kept > self.limits.cap {
            let Some(oldest) = self.closed.pop_front() else { break };
            self.remove(oldest.number);
            kept -= oldest.bytes;
            lines += oldest.lines;
        }
        lines
    }

    fn remove(&self, number: u32) {
        // The index goes first: a reader finds a segment by it. What cannot be removed takes room, no more.
        for extension in ["idx", "log"] {
            let _ = fs::remove_file(segment_path(&self.folder, &self.service, number, extension));
        }
    }
}
