//! The newest chunks of every service in memory, and where followers in this process wait for more.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::record::Record;
use crate::stack::ServiceId;

/// What the ingest thread shares with followers. The lock is held only to move a few pointers.
pub(crate) struct Shared {
    /// Where the segments lie.
    pub(crate) folder: PathBuf,
    tails: Mutex<Tails>,
    changed: Condvar,
}

/// What is in memory, at one moment.
#[derive(Default)]
pub(crate) struct Tails {
    pub(crate) services: Vec<Tail>,
    /// The sequence number that the next line gets. All before are in a tail or below `stored_seq`.
    pub(crate) next_seq: u64,
    /// Lines below this one are on disk, or lost.
    pub(crate) stored_seq: u64,
    /// No more lines will come.
    pub(crate) closed: bool,
}

/// The newest chunks of one service.
pub(crate) struct Tail {
    pub(crate) service: ServiceId,
    pub(crate) chunks: VecDeque<Chunk>,
    pub(crate) bytes: usize,
    /// The sequence number after the last line that was evicted; 0 while none was.
    pub(crate) evicted_seq: u64,
}

/// One chunk in memory.
#[derive(Clone)]
pub(crate) struct Chunk {
    pub(crate) record: Record,
    pub(crate) bytes: Bytes,
    pub(crate) stored: bool,
}

impl Shared {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, tails: Mutex::default(), changed: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Tails> {
        // No code under the lock can leave it half done, so a panic elsewhere does not spoil it.
        self.tails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all who wait.
    pub(crate) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Waits until there is a line at or after `seq`, the store is closed, or `timeout` has passed.
    pub(crate) fn wait_for(&self, seq: u64, timeout: Duration) -> MutexGuard<'_, Tails> {
        let waiting = |tails: &mut Tails| tails.next_seq <= seq && !tails.closed;
        let waited = self.changed.wait_timeout_while(self.lock(), timeout, waiting);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Tails {
    /// The tail of `service`, made if there is none.
    pub(crate) fn of(&mut self, service: &ServiceId) -> &mut Tail {
        let at = self.services.iter().position(|tail| tail.service == *service).unwrap_or_else(|| {
            self.services.push(Tail {
                service: service.clone(),
                chunks: VecDeque::new(),
                bytes: 0,
                evicted_seq: 0,
            });
            self.services.len() - 1
        });
        &mut self.services[at]
    }
}

impl Tail {
    /// Adds the newest chunk and lets go of the oldest ones above `limit` bytes. Answers how many lines were
    /// let go that are not on disk.
    pub(crate) fn push(&mut self, chunk: Chunk, limit: usize) -> u64 {
        self.bytes += chunk.bytes.len();
        self.chunks.push_back(chunk);
        let mut lost = 0;
        // The newest one stays even if it alone is too large.
        while self.bytes > limit && self.chunks.len() > 1 {
            let Some(oldest) = self.chunks.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
            self.evicted_seq = oldest.record.end_seq();
            if !oldest.stored {
                lost += u64::from(oldest.record.lines);
            }
        }
        lost
    }
}

/// Cuts the lines before `seq` off a chunk that holds `seq`.
pub(crate) fn trim<'a>(record: &mut Record, bytes: &'a [u8], seq: u64) -> &'a [u8] {
    let skip = seq.saturating_sub(record.first_seq).min(u64::from(record.lines)) as u32;
    if skip == 0 {
        return bytes;
    }
    let cut = memchr::memchr_iter(b'\n', bytes).nth(skip as usize - 1).map_or(bytes.len(), |at| at + 1);
    record.first_seq += u64::from(skip);
    record.first_line += u64::from(skip);
    record.lines -= skip;
    record.offset += cut as u64;
    record.len -= (cut as u32).min(record.len);
    &bytes[cut..]
}
