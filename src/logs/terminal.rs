//! What a service prints on its pseudo-terminal, as it printed it: the newest bytes, unframed, so that a prompt without a
//! newline and a full screen can be shown. Filled by the ingest thread; nothing here interprets a byte.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::mask::{Mask, Unmasked};
use crate::stack::ServiceId;

/// So many of a terminal's newest bytes are kept: some fifty full screens of 200 by 60.
const KEPT: usize = 256 << 10;

/// Resets a terminal (RIS): what the last run left on the screen is none of the next one's.
const RESET: &[u8] = b"\x1bc";

/// The newest bytes of one service's terminal, in this process. Clones read the same ones.
#[derive(Clone, Debug)]
pub struct Terminal {
    ring: watch::Receiver<Ring>,
}

/// A piece of what a terminal was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalChunk {
    /// The place of the first byte, counted from the first that the service ever printed in this run of the stack.
    pub offset: u64,
    /// The bytes; secrets are replaced by stars. Each new process begins with a reset of the terminal.
    pub bytes: Vec<u8>,
    /// How many bytes between what was asked for and `offset` are kept no more. A reader whose screen is to be right
    /// again has to clear it.
    pub lost: u64,
}

impl TerminalChunk {
    /// What to ask for next.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

impl Terminal {
    /// What there is from `offset` on; nothing, if that is the end.
    pub fn after(&self, offset: u64) -> TerminalChunk {
        self.ring.borrow().after(offset)
    }

    /// Waits until there is something from `offset` on. `None` once the store is closed and all was read. Cancel-safe.
    pub async fn wait_after(&self, offset: u64) -> Option<TerminalChunk> {
        let mut ring = self.ring.clone();
        // A place that was never reached belongs to an earlier run of the stack: that reader begins anew.
        let has_more = |ring: &Ring| ring.end() != offset;
        let found = ring.wait_for(has_more).await.map(|ring| ring.after(offset)).ok();
        found.or_else(|| Some(self.after(offset)).filter(|chunk| !chunk.bytes.is_empty()))
    }
}

/// The newest bytes, and where they begin.
#[derive(Debug, Default)]
struct Ring {
    bytes: VecDeque<u8>,
    start: u64,
}

impl Ring {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.end() + bytes.len() as u64;
        let newest = &bytes[bytes.len().saturating_sub(KEPT)..];
        let surplus = (self.bytes.len() + newest.len()).saturating_sub(KEPT);
        self.bytes.drain(..surplus);
        self.bytes.extend(newest);
        self.start = end - self.bytes.len() as u64;
    }

    fn after(&self, offset: u64) -> TerminalChunk {
        if offset > self.end() {
            return self.after(0);
        }
        let from = offset.max(self.start);
        let skip = usize::try_from(from - self.start).unwrap_or(usize::MAX);
        TerminalChunk {
            offset: from,
            bytes: self.bytes.iter().skip(skip).copied().collect(),
            lost: from - offset,
        }
    }
}

/// The terminals of a store.
#[derive(Debug, Default)]
pub(super) struct Terminals(Mutex<HashMap<ServiceId, Arc<watch::Sender<Ring>>>>);

impl Terminals {
    /// The terminal of `service`, empty before anything was printed.
    pub(super) fn of(&self, service: &ServiceId) -> Terminal {
        Terminal { ring: self.ring(service).subscribe() }
    }

    /// Where a new process of `service` prints.
    pub(super) fn tap(&self, service: &ServiceId) -> Tap {
        Tap { ring: self.ring(service), unmasked: Unmasked::default(), has_begun: false }
    }

    /// Lets readers come to an end once the last tap is gone.
    pub(super) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn ring(&self, service: &ServiceId) -> Arc<watch::Sender<Ring>> {
        let mut terminals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ring =
            terminals.entry(service.clone()).or_insert_with(|| Arc::new(watch::Sender::new(Ring::default())));
        Arc::clone(ring)
    }
}

/// The ingest thread's end of a terminal.
pub(super) struct Tap {
    ring: Arc<watch::Sender<Ring>>,
    unmasked: Unmasked,
    /// Whether it has shown anything.
    has_begun: bool,
}

impl Tap {
    /// Takes what one read brought.
    pub(super) fn take(&mut self, mask: &Mask, bytes: &[u8]) {
        let mut out = Vec::with_capacity(bytes.len());
        self.unmasked.push(mask, bytes, &mut out);
        self.show(&out);
    }

    /// Whether a few bytes are held back that are hardly a secret, and that somebody may be looking for.
    pub(super) fn holds_few(&self) -> bool {
        self.unmasked.holds_few()
    }

    /// Shows what is held back.
    pub(super) fn release(&mut self, mask: &Mask) {
        let mut out = Vec::new();
        self.unmasked.release(mask, &mut out);
        self.show(&out);
    }

    fn show(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        // With its first bytes, so that the last ones of the process before are not mistaken for its own.
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        self.ring.send_modify(|ring| {
            if is_first && ring.end() > 0 {
                ring.push(RESET);
            }
            ring.push(bytes);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::ServiceName;

    fn service() -> ServiceId {
        ServiceName::new("shell").unwrap().into()
    }

    #[test]
    fn offsets_grow_and_what_left_the_ring_is_counted() {
        let mut ring = Ring::default();
        ring.push(b"abc");
        assert_eq!(ring.after(1), TerminalChunk { offset: 1, bytes: b"bc".to_vec(), lost: 0 });
        assert_eq!(ring.after(3), TerminalChunk { offset: 3, bytes: vec![], lost: 0 });
        ring.push(&vec![b'x'; KEPT]);
        let chunk = ring.after(1);
        assert_eq!((chunk.offset, chunk.lost, chunk.bytes.len()), (3, 2, KEPT));
        ring.push(&vec![b'y'; 3 * KEPT]);
        assert_eq!((ring.start, ring.end()), (3 + 3 * KEPT as u64, 3 + 4 * KEPT as u64));
        assert_eq!(ring.after(u64::MAX).offset, ring.start, "a reader of an earlier stack begins anew");
    }

    #[tokio::test]
    async fn readers_wait_for_more_and_end_with_the_store() {
        let terminals = Terminals::default();
        let terminal = terminals.of(&service());
        let mut tap = terminals.tap(&service());
        tap.take(&Mask::default(), b"$ ");
        let chunk = terminal.wait_after(0).await.unwrap();
        assert_eq!((chunk.bytes.as_slice(), chunk.end()), (&b"$ "[..], 2));
        let (more, ()) = tokio::join!(terminal.wait_after(2), async { tap.take(&Mask::default(), b"ls") });
        assert_eq!(more.unwrap().bytes, b"ls");
        let mut next = terminals.tap(&service());
        next.take(&Mask::default(), b"> ");
        assert_eq!(terminal.after(4).bytes, b"\x1bc> ");
        terminals.close();
        drop((tap, next));
        assert_eq!(terminal.wait_after(4).await.unwrap().bytes, b"\x1bc> ");
        assert_eq!(terminal.wait_after(8).await, None);
    }
}
