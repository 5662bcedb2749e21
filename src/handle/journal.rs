//! The stack's events in order, numbered, for `up --json` and the control protocol.
//!
//! Memory holds the latest ones; a reader that asks for older ones gets the oldest kept, and the numbers show the gap.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::stack::{Notice, UnixMillis};

/// Events kept for readers that come late: at about 300 bytes each, 1.2 MB.
const KEPT: usize = 4096;

/// One event, as it goes out: a JSON object a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of this format: 1.
    pub schema: u32,
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When it happened, RFC 3339 in UTC with milliseconds.
    #[serde(with = "as_text")]
    pub ts: UnixMillis,
    /// What happened, and to which run of which service.
    #[serde(flatten)]
    pub notice: Notice,
}

/// A time as the text that [`UnixMillis`] displays.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::stack::UnixMillis;

    pub(super) fn serialize<S: Serializer>(time: &UnixMillis, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UnixMillis, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The events of one run. Clones share them.
#[derive(Clone, Debug)]
pub struct Journal {
    kept: Arc<Mutex<Kept>>,
    latest: watch::Sender<Latest>,
}

/// What readers are woken by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Latest {
    seq: u64,
    closed: bool,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<Arc<Entry>>,
    last: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self { kept: Arc::default(), latest: watch::Sender::new(Latest::default()) }
    }
}

impl Journal {
    /// Adds an event. Never blocks on readers.
    pub fn append(&self, notice: Notice, now: UnixMillis) {
        let seq = {
            let mut kept = self.lock();
            kept.last += 1;
            let entry = Entry { schema: 1, seq: kept.last, ts: now, notice };
            if kept.entries.len() == KEPT {
                kept.entries.pop_front();
            }
            kept.entries.push_back(Arc::new(entry));
            kept.last
        };
        self.latest.send_modify(|latest| latest.seq = seq);
    }

    /// Says that nothing will come any more: readers come to their end, whoever else still holds the journal.
    pub fn close(&self) {
        self.latest.send_modify(|latest| latest.closed = true);
    }

    /// Reads on from after the event `seq`; 0 for the oldest that is kept.
    pub fn read_after(&self, seq: u64) -> JournalReader {
        JournalReader { kept: Arc::clone(&self.kept), latest: self.latest.subscribe(), after: seq }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing under this lock can panic half-way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a [`Journal`].
#[derive(Debug)]
pub struct JournalReader {
    kept: Arc<Mutex<Kept>>,
    latest: watch::Receiver<Latest>,
    after: u64,
}

impl JournalReader {
    /// The next event, at once if there is one; `None` when the journal is closed and everything was read. Cancel-safe.
    pub async fn next(&mut self) -> Option<Arc<Entry>> {
        loop {
            if let Some(entry) = self.next_now() {
                return Some(entry);
            }
            let closed = self.latest.borrow_and_update().closed;
            if closed || self.latest.changed().await.is_err() {
                return self.next_now();
            }
        }
    }

    /// The next event if it is there already. Events that are no longer kept are skipped; the numbers show the gap.
    pub fn next_now(&mut self) -> Option<Arc<Entry>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let first = kept.entries.front()?.seq;
        let wanted = (self.after + 1).max(first);
        let index = usize::try_from(wanted - first).ok()?;
        let entry = Arc::clone(kept.entries.get(index)?);
        self.after = entry.seq;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Epoch, NoticeKind, ServiceName, State};

    fn journal(entries: u64) -> Journal {
        let journal = Journal::default();
        for _ in 0..entries {
            let what = NoticeKind::State { from: State::Waiting, to: State::Starting };
            let service = ServiceName::new("a").unwrap();
            journal.append(Notice { service, epoch: Epoch(1), what }, UnixMillis(0));
        }
        journal
    }

    #[test]
    fn reading_resumes_after_a_number() {
        let mut reader = journal(5).read_after(3);
        assert_eq!(reader.next_now().unwrap().seq, 4);
        assert_eq!(reader.next_now().unwrap().seq, 5);
        assert!(reader.next_now().is_none());
    }

    #[test]
    fn what_is_no_longer_kept_is_skipped_visibly() {
        let mut reader = journal(KEPT as u64 + 10).read_after(2);
        assert_eq!(reader.next_now().unwrap().seq, 11);
    }

    #[test]
    fn an_event_is_one_flat_object() {
        let entry = journal(1).read_after(0).next_now().unwrap();
        let json: serde_json::Value = serde_json::to_value(&*entry).unwrap();
        assert_eq!(json["type"], "state");
        assert_eq!(json["service"], "a");
        assert_eq!(json["schema"], 1);
        assert_eq!(json["ts"], "1970-01-01T00:00:00.000Z");
        assert_eq!(json["to"], "starting");
        assert_eq!(serde_json::from_value::<Entry>(json).unwrap(), *entry);
    }
}
