//! Looks for faults in everything that is printed: the recognisers of all streams, fed with what a sweep reads.

use std::collections::HashMap;
use std::io;

use super::super::record::Record;
use super::super::tally::next_hinted;
use super::super::{RunLogs, Stream, ansi};
use super::faults::SharedFaults;
use super::recogniser::{Findings, Recogniser};
use super::sweep::{Swath, Sweep};
use crate::stack::Epoch;

/// The scan of a run, at some position.
pub(crate) struct FaultScan {
    sweep: Sweep,
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
        Self { sweep: Sweep::new(logs), streams: HashMap::new(), shared, plain: Vec::new() }
    }

    /// Looks for what was added; answers whether there is anything new.
    pub(crate) fn look(&mut self) -> io::Result<bool> {
        let added = self.sweep.look()?;
        if added {
            self.shared.lock().scanning = true;
        }
        Ok(added)
    }

    /// Goes through at most one block of text; false if there is none.
    pub(crate) fn step(&mut self) -> io::Result<bool> {
        let Some(swath) = self.sweep.next()? else {
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
