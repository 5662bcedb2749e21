//! A run written for tests, chunk by chunk, beside a list of what it holds.

use std::collections::BTreeMap;

use super::super::record::Record;
use super::super::segment::{Limits, Segments};
use super::super::{RunLogs, Stream};
use crate::stack::{Epoch, ServiceId, ServiceName};

/// A run in a folder of its own, and its lines as they were written.
pub(crate) struct ScratchRun {
    folder: tempfile::TempDir,
    limits: Limits,
    services: BTreeMap<ServiceId, (Segments, u64)>,
    pub(crate) next_seq: u64,
    /// All lines that are still there, in order.
    pub(crate) lines: Vec<Written>,
}

/// A line as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) service: ServiceId,
    pub(crate) stream: Stream,
    pub(crate) epoch: Epoch,
    pub(crate) seq: u64,
    pub(crate) line: u64,
    pub(crate) text: String,
}

pub(crate) fn id(name: &str) -> ServiceId {
    ServiceId::from(ServiceName::new(name).unwrap())
}

impl ScratchRun {
    /// Segments of `segment` bytes, of which a service keeps `cap` bytes.
    pub(crate) fn new(segment: u64, cap: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("logs")).unwrap();
        let limits = Limits { segment, cap };
        Self { folder, limits, services: BTreeMap::new(), next_seq: 0, lines: Vec::new() }
    }

    pub(crate) fn logs(&self) -> RunLogs {
        RunLogs::of(self.folder.path())
    }

    /// Writes one chunk of standard output of the first spawn.
    pub(crate) fn print(&mut self, service: &str, lines: &[&str]) {
        self.write(service, Stream::Stdout, Epoch(1), lines);
    }

    /// Writes one chunk.
    pub(crate) fn write(&mut self, service: &str, stream: Stream, epoch: Epoch, lines: &[&str]) {
        let service = id(service);
        let folder = self.folder.path().join("logs");
        let limits = self.limits;
        let (segments, next_line) = self
            .services
            .entry(service.clone())
            .or_insert_with(|| (Segments::new(&folder, service.clone(), limits), 0));
        let text: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        let record = Record {
            offset: 0,
            first_seq: self.next_seq,
            first_line: *next_line,
            micros: self.next_seq,
            len: text.len() as u32,
            lines: lines.len() as u32,
            epoch,
            stream,
            unterminated: false,
            continues: false,
            warnings: 0,
            errors: 0,
        };
        let dropped = segments.append(record, text.as_bytes()).map_err(|failure| failure.error).unwrap();
        for (text, n) in lines.iter().zip(0..) {
            let (seq, line) = (self.next_seq + n, *next_line + n);
            let (service, text) = (service.clone(), (*text).to_owned());
            self.lines.push(Written { service, stream, epoch, seq, line, text });
        }
        *next_line += lines.len() as u64;
        self.next_seq += lines.len() as u64;
        let mut left = dropped;
        self.lines.retain(|line| {
            let gone = left > 0 && line.service == service;
            left -= u64::from(gone);
            !gone
        });
    }

    /// Takes sequence numbers for lines that never come to the disk.
    pub(crate) fn lose(&mut self, service: &str, lines: u64) {
        if let Some((_, next_line)) = self.services.get_mut(&id(service)) {
            *next_line += lines;
            self.next_seq += lines;
        }
    }
}
