//! What is looked for in the lines of one source, until it is found: the readiness pattern, a taken address.

use std::collections::HashMap;

use regex::bytes::Regex;

use super::tally::Tally;
use super::{LogSignal, Source, address, ansi};

/// What one source has not said yet.
pub(crate) struct Lookout {
    watch: Option<Regex>,
    address: bool,
    /// How often each number was spotted, and when it was last told.
    spotted: HashMap<u32, Spotted>,
}

#[derive(Clone, Copy, Debug)]
struct Spotted {
    times: u32,
    told: u64,
}

/// So often what was spotted is told at once, and then once in so many microseconds.
const TOLD_AT_ONCE: u32 = 3;
const TOLD_EVERY: u64 = 1_000_000;

impl Lookout {
    /// Looks for `watch` and for taken addresses.
    pub(crate) fn new(watch: Option<Regex>) -> Self {
        Self { watch, address: true, spotted: HashMap::new() }
    }

    /// Looks for nothing: our own words say nothing about the service's.
    pub(crate) fn for_notices() -> Self {
        Self { watch: None, address: false, spotted: HashMap::new() }
    }

    /// Those of `numbers`, spotted at `micros`, that are to be told: a flood of one message is not.
    pub(crate) fn worth_telling(&mut self, mut numbers: Vec<u32>, micros: u64) -> Vec<u32> {
        numbers.retain(|number| {
            let spotted = self.spotted.entry(*number).or_insert(Spotted { times: 0, told: 0 });
            let tell = spotted.times < TOLD_AT_ONCE || micros >= spotted.told.saturating_add(TOLD_EVERY);
            if tell {
                *spotted = Spotted { times: spotted.times.saturating_add(1), told: micros };
            }
            tell
        });
        numbers
    }

    /// What the lines say; sequence numbers count from the chunk's first line.
    pub(crate) fn look(&mut self, source: &Source, tally: Tally, lines: &[u8]) -> Vec<LogSignal> {
        let mut signals = Vec::new();
        let Source { service, epoch, stream: _ } = source;
        if self.watch.as_ref().is_some_and(|watch| any_line_matches(watch, lines)) {
            self.watch = None;
            signals.push(LogSignal::PatternMatched { service: service.clone(), epoch: *epoch });
        }
        if self.address
            && tally.address
            && let Some((seq, line)) = address::find(lines)
        {
            self.address = false;
            let line = String::from_utf8_lossy(&line[..line.len().min(400)]).into_owned();
            signals.push(LogSignal::AddressInUse { service: service.clone(), epoch: *epoch, seq, line });
        }
        signals
    }
}

fn any_line_matches(watch: &Regex, lines: &[u8]) -> bool {
    let mut plain = Vec::new();
    lines.split(|&b| b == b'\n').any(|line| {
        if ansi::is_clean(line) {
            return watch.is_match(line);
        }
        plain.clear();
        ansi::strip_into(line, &mut plain);
        watch.is_match(&plain)
    })
}
