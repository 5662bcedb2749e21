//! Looks for faults in everything that is printed: the recognisers of all streams, fed with what a pass reads.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::super::record::Record;
use super::super::tally::next_hinted;
use super::super::{RunLogs, Stream, ansi};
use super::bell::{Bell, Waker};
use super::faults::SharedFaults;
use super::pace::Pace;
use super::pass::{Pass, Swath};
use super::recogniser::{Findings, Recogniser};
use crate::stack::Epoch;

/// How often it looks for more: as often as a screen is drawn.
const LOOK: Duration = Duration::from_millis(33);
/// How often once nothing was added for a while: a look costs a system call or two per service.
const QUIET_LOOK: Duration = Duration::from_millis(100);
/// Looks in vain after which it is quiet: a second.
const QUIET: u32 = 30;

/// Begins to look for faults, and rings the bell whenever there is something new, until the bell is over.
pub(crate) fn start(
    logs: &RunLogs,
    faults: &SharedFaults,
    bell: &Arc<Bell>,
    waker: &Arc<Waker>,
) -> io::Result<JoinHandle<()>> {
    let mut scan = FaultScan::new(logs, faults.clone());
    faults.lock().scanning = true;
    let (bell, waker) = (Arc::clone(bell), Arc::clone(waker));
    thread::Builder::new().name("log-faults".into()).spawn(move || {
        let never = AtomicBool::new(false);
        let mut in_vain = 0u32;
        while !bell.is_over() {
            in_vain = in_vain.saturating_add(1);
            // A file that cannot be read now may be readable at the next look.
            if scan.look().is_ok_and(|added| added) {
                in_vain = 0;
                bell.ring();
                waker.call();
            }
            let pace = Pace::begin();
            let mut found = false;
            while pace.due().is_none() && scan.step().is_ok_and(|more| more) {
                found = true;
            }
            if found {
                waker.call();
            }
            let look = if in_vain < QUIET { LOOK } else { QUIET_LOOK };
            bell.sleep(pace.due().unwrap_or(look), &never);
        }
    })
}

/// The scan of a run, at some position.
pub(crate) struct FaultScan {
    pass: Pass,
    streams: HashMap<(usize, Stream), Listener>,
    shared: SharedFaults,
    plain: Vec<u8>,
}

/// One stream and the spawn that was heard last.
#[derive(Default)]
struct Listener {
    epoch: Epoch,
    recogniser: Recogniser,
}

impl FaultScan {
    pub(crate) fn new(logs: &RunLogs, shared: SharedFaults) -> Self {
        Self { pass: Pass::new(logs), streams: HashMap::new(), shared, plain: Vec::new() }
    }

    /// Looks for what was added; answers whether there is anything new.
    pub(crate) fn look(&mut self) -> io::Result<bool> {
        let added = self.pass.look()?;
        if added {
            self.shared.lock().scanning = true;
        }
        Ok(added)
    }

    /// Goes through at most one block of text; false if there is none.
    pub(crate) fn step(&mut self) -> io::Result<bool> {
        let Some(swath) = self.pass.next()? else {
            self.shared.lock().scanning = false;
            return Ok(false);
        };
        let text = swath.text();
        let coloured = memchr::memchr(0x1b, text).is_some();
        let lane = swath.lane;
        let idle =
            self.streams.iter().filter(|((of, _), _)| *of == lane).all(|(_, l)| l.recogniser.is_idle());
        if idle && !coloured && next_hinted(text, 0).is_none() {
            return Ok(true);
        }
        for record in swath.records() {
            self.hear(&swath, record, coloured);
        }
        Ok(true)
    }

    fn hear(&mut self, swath: &Swath, record: &Record, coloured: bool) {
        // Our own word on a service is no trouble of its.
        if record.stream == Stream::Notice {
            return;
        }
        let raw = swath.block.text_of(record);
        let text = if coloured && memchr::memchr(0x1b, raw).is_some() {
            self.plain.clear();
            ansi::strip_into(raw, &mut self.plain);
            &self.plain
        } else {
            raw
        };
        let listener = self.streams.entry((swath.lane, record.stream)).or_default();
        let mut findings = Findings::default();
        let was_open = listener.recogniser.open();
        if listener.epoch != record.epoch {
            listener.recogniser.end(&mut findings);
            listener.epoch = record.epoch;
        }
        listener.hear(text, record.first_seq, &mut findings);
        let open = listener.recogniser.open();
        if findings != Findings::default() || open != was_open {
            self.shared.lock().note(&swath.block.service, (record.stream, record.epoch), &findings, open);
        }
    }
}

impl Listener {
    fn hear(&mut self, text: &[u8], first_seq: u64, findings: &mut Findings) {
        let (mut at, mut seq) = (0, first_seq);
        while at < text.len() {
            let (start, end) = if self.recogniser.is_idle() {
                let Some(hinted) = next_hinted(text, at) else { return };
                hinted
            } else {
                (at, memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |len| at + len))
            };
            seq += memchr::memchr_iter(b'\n', &text[at..start]).count() as u64;
            self.recogniser.push(&text[start..end], seq, findings);
            (at, seq) = (end + 1, seq + 1);
        }
    }
}
