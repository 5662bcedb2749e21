//! Numbers the chunks, writes them, keeps the tails, and lives through a full disk. Owned by one thread.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::framing::Ending;
use super::record::Record;
use super::segment::{Limits, Segments, WriteFailure};
use super::tail::{Chunk, Shared};
use super::tally::Tally;
use super::{LogSignal, Source};
use crate::stack::ServiceId;

/// How long a disk that refused is left alone, in microseconds.
const RETRY: u64 = 100_000;

/// What the ingest thread tells its owner with.
pub(crate) type Tell = Box<dyn FnMut(LogSignal) + Send>;

/// The store, as its only writer sees it.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    limits: Limits,
    tail_bytes: usize,
    services: HashMap<ServiceId, ServiceLog>,
    next_seq: u64,
    last_micros: u64,
    disk: Disk,
    tell: Tell,
}

struct ServiceLog {
    segments: Segments,
    next_line: u64,
}

enum Disk {
    Working,
    Refusing { tried: u64, lost: u64 },
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, limits: Limits, tail_bytes: usize, tell: Tell) -> Self {
        Self {
            shared,
            limits,
            tail_bytes,
            services: HashMap::new(),
            next_seq: 0,
            last_micros: 0,
            disk: Disk::Working,
            tell,
        }
    }

    /// Whether lines wait in memory for the disk.
    pub(crate) fn is_degraded(&self) -> bool {
        matches!(self.disk, Disk::Refusing { .. })
    }

    /// Tells the owner.
    pub(crate) fn tell(&mut self, signal: LogSignal) {
        (self.tell)(signal);
    }

    /// Takes whole lines, each ended by a newline, read at `micros`. Answers the first one's sequence number.
    pub(crate) fn append(
        &mut self,
        source: &Source,
        ending: Ending,
        tally: Tally,
        bytes: Vec<u8>,
        micros: u64,
    ) -> u64 {
        // A clock that goes backwards must not break the binary search by time.
        self.last_micros = self.last_micros.max(micros);
        let mut record = self.describe(source, ending, tally, bytes.len());
        let log = self.service(&source.service);
        record.first_line = log.next_line;
        log.next_line = record.end_line();
        self.next_seq = record.end_seq();
        self.retry(micros);
        let stored = !self.is_degraded() && self.store(&source.service, &record, &bytes);
        self.publish(&source.service, Chunk { record, bytes: Bytes::from(bytes), stored });
        record.first_seq
    }

    /// Writes what waits in memory, if the disk was left alone for long enough.
    pub(crate) fn retry(&mut self, micros: u64) {
        let Disk::Refusing { tried, lost } = self.disk else { return };
        if micros.saturating_sub(tried) < RETRY {
            return;
        }
        self.disk = Disk::Refusing { tried: micros, lost };
        for (service, chunk) in self.waiting() {
            if let Err(failure) = self.write(&service, &chunk.record, &chunk.bytes) {
                drop(failure);
                return;
            }
            let mut tails = self.shared.lock();
            let seq = chunk.record.first_seq;
            if let Some(kept) = tails.of(&service).chunks.iter_mut().find(|kept| kept.record.first_seq == seq)
            {
                kept.stored = true;
            }
            tails.stored_seq = chunk.record.end_seq();
        }
        let mut tails = self.shared.lock();
        tails.stored_seq = tails.next_seq;
        drop(tails);
        self.disk = Disk::Working;
        self.tell(LogSignal::StoreRecovered { lost });
    }

    /// Says that no more lines will come.
    pub(crate) fn close(&mut self) {
        self.retry(u64::MAX);
        self.shared.lock().closed = true;
        self.shared.notify();
    }

    fn describe(&self, source: &Source, ending: Ending, tally: Tally, len: usize) -> Record {
        Record {
            offset: 0,
            first_seq: self.next_seq,
            first_line: 0,
            micros: self.last_micros,
            len: len as u32,
            lines: tally.lines,
            epoch: source.epoch,
            stream: source.stream,
            unterminated: ending == Ending::EndOfStream,
            continues: ending == Ending::Spilled,
            warnings: tally.warnings,
            errors: tally.errors,
        }
    }

    fn service(&mut self, service: &ServiceId) -> &mut ServiceLog {
        if !self.services.contains_key(service) {
            let segments = Segments::new(&self.shared.folder, service.clone(), self.limits);
            self.services.insert(service.clone(), ServiceLog { segments, next_line: 0 });
        }
        self.services.get_mut(service).expect("inserted above")
    }

    /// Writes a chunk; a failure turns the store to its tails.
    fn store(&mut self, service: &ServiceId, record: &Record, bytes: &[u8]) -> bool {
        match self.write(service, record, bytes) {
            Ok(()) => true,
            Err(WriteFailure { path, error }) => {
                self.disk = Disk::Refusing { tried: self.last_micros, lost: 0 };
                let reason = format!("{}: {error}", path.display());
                self.tell(LogSignal::StoreDegraded { reason });
                false
            }
        }
    }

    fn write(&mut self, service: &ServiceId, record: &Record, bytes: &[u8]) -> Result<(), WriteFailure> {
        if self.is_degraded() {
            recreate(&self.shared.folder);
        }
        let lines = self.service(service).segments.append(*record, bytes)?;
        if lines > 0 {
            self.tell(LogSignal::SegmentDropped { service: service.clone(), lines });
        }
        Ok(())
    }

    fn publish(&mut self, service: &ServiceId, chunk: Chunk) {
        let (end, stored) = (chunk.record.end_seq(), chunk.stored);
        let mut tails = self.shared.lock();
        let unwritten = tails.of(service).push(chunk, self.tail_bytes);
        tails.next_seq = end;
        if stored {
            tails.stored_seq = end;
        } else if unwritten > 0 {
            tails.stored_seq = tails.first_waiting().unwrap_or(end);
        }
        drop(tails);
        self.shared.notify();
        if let Disk::Refusing { lost, .. } = &mut self.disk {
            *lost += unwritten;
        }
    }

    /// The chunks that are not on disk, in order.
    fn waiting(&self) -> Vec<(ServiceId, Chunk)> {
        let tails = self.shared.lock();
        let mut waiting: Vec<(ServiceId, Chunk)> = tails
            .services
            .iter()
            .flat_map(|tail| {
                let chunks = tail.chunks.iter().filter(|chunk| !chunk.stored);
                chunks.map(|chunk| (tail.service.clone(), chunk.clone()))
            })
            .collect();
        drop(tails);
        waiting.sort_by_key(|(_, chunk)| chunk.record.first_seq);
        waiting
    }
}

impl super::tail::Tails {
    /// The sequence number of the first line that waits in memory for the disk.
    fn first_waiting(&self) -> Option<u64> {
        let chunks = self.services.iter().flat_map(|tail| &tail.chunks);
        chunks.filter(|chunk| !chunk.stored).map(|chunk| chunk.record.first_seq).min()
    }
}

/// The folder may have been what was in the way: removed, or never made.
fn recreate(folder: &Path) {
    // If it fails, so does the write after it, and that failure is the one to keep.
    let _ = fs::create_dir_all(folder);
}
