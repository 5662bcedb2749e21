//! Which lines of some chunks a query means. Pure.

use super::super::query::{Candidate, Query};
use super::super::record::Record;
use super::super::{Stream, ansi};
use crate::stack::{Epoch, ServiceId};

/// A query and whose lines it is asked about.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) query: &'a Query,
    pub(crate) service: &'a ServiceId,
    /// The latest spawn of the service.
    pub(crate) latest: Epoch,
}

/// Hands the sequence numbers of the lines that match to `take`, in order. `text` is that of `records`.
pub(crate) fn each_hit(asked: Asked<'_>, records: &[Record], text: &[u8], mut take: impl FnMut(u64)) {
    if !asked.query.admits(asked.service) {
        return;
    }
    let mut plain = Vec::new();
    let text = if ansi::is_clean(text) {
        text
    } else {
        ansi::strip_into(text, &mut plain);
        &plain
    };
    let (cover, reads_origin) = (asked.query.cover(), asked.query.reads_origin());
    // The line at `counted` is the one of this number within the text, and `before` stand before the first record.
    let (mut counted, mut number, mut before) = (0, 0u64, 0u64);
    let (mut rest, mut at) = (records, 0);
    while let Some(likely) = cover.find(text, at) {
        let line = &text[likely.line.clone()];
        at = likely.line.end + 1;
        let candidate = Candidate {
            service: asked.service,
            epoch: Epoch::default(),
            latest_epoch: asked.latest,
            stream: Stream::Stdout,
            micros: 0,
            line,
        };
        // Most lines are decided by their text alone.
        if !likely.certain && !reads_origin && !asked.query.matches_plain(&candidate) {
            continue;
        }
        number += memchr::memchr_iter(b'\n', &text[counted..likely.line.start]).count() as u64;
        counted = likely.line.start;
        let record = loop {
            match rest.split_first() {
                Some((record, _)) if number < before + u64::from(record.lines) => break record,
                Some((record, others)) => {
                    before += u64::from(record.lines);
                    rest = others;
                }
                // More lines than the index vouches for.
                None => return,
            }
        };
        let Record { epoch, stream, micros, .. } = *record;
        let matches = likely.certain
            || !reads_origin
            || asked.query.matches_plain(&Candidate { epoch, stream, micros, ..candidate });
        if matches {
            take(record.first_seq + (number - before));
        }
    }
}
