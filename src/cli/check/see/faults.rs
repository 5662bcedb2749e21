//! Reads the log of a run for faults, with the recogniser of the log store.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use crate::logs::{Anchor, Desk, Entry, PageRequest, Part, Reach, RunLogs, Selection, strip_into};
use crate::services::now;
use crate::stack::ServiceName;

use super::super::facts::{LogFacts, LogFault};
use super::places::Places;

/// The pause between two looks at how far the recogniser has come, and how long it may take.
const LOOK: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(60);
/// So many faults of a service are read; a flood of them says no more.
const MOST: usize = 1000;
/// A line is told up to here.
const LONGEST: usize = 300;

/// Reads what the `chosen` services printed. Lines from the sequence number `end` on were printed after they were told
/// to stop. Blocks.
pub(in super::super) fn log_facts(
    logs: RunLogs,
    chosen: &[ServiceName],
    end: u64,
    places: &Places,
) -> LogFacts {
    match read(logs, chosen, end, places) {
        Ok(facts) => facts,
        Err(error) => LogFacts { unread: Some(error.to_string()), ..LogFacts::default() },
    }
}

fn read(logs: RunLogs, chosen: &[ServiceName], end: u64, places: &Places) -> io::Result<LogFacts> {
    let mut desk = Desk::open(logs, Arc::new(|| {}))?;
    let selection = Selection::Only(chosen.iter().cloned().map(Into::into).collect());
    let deadline = now().instant + PATIENCE;
    let lines = loop {
        let look = desk.look()?;
        // One service knows as much as all: the flag is of the whole scan.
        let scanning = chosen.first().is_some_and(|name| desk.faults(&name.clone().into(), None).scanning);
        if !scanning {
            break look.lines;
        }
        if now().instant > deadline {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "they are too long to be read in time"));
        }
        sleep(LOOK);
    };
    let none = BTreeSet::new();
    let mut request = PageRequest {
        selection: &selection,
        anchor: Anchor::Top(0),
        rows: 1,
        fold: true,
        unfolded: &none,
        expanded: &none,
        cleared_before: 0,
    };
    let mut facts = LogFacts { lines, ..LogFacts::default() };
    let mut counts: HashMap<ServiceName, usize> = HashMap::new();
    // The first line of all is after none.
    let mut next = match desk.previous_fault(&request, 1)? {
        Reach::At(seq) => Reach::At(seq),
        Reach::Hidden(_) | Reach::Searching | Reach::Nothing => desk.next_fault(&request, 0)?,
    };
    while let Reach::At(seq) = next {
        request.anchor = Anchor::Top(seq);
        let page = desk.page(&request)?;
        if let Some(fault) = page.entries.iter().find_map(|entry| fault(entry, end, places)) {
            let count = counts.entry(fault.service.clone()).or_default();
            *count += 1;
            if *count <= MOST {
                facts.faults.push(fault);
            }
        }
        next = desk.next_fault(&request, seq)?;
    }
    Ok(facts)
}

fn fault(entry: &Entry, end: u64, places: &Places) -> Option<LogFault> {
    let Entry::Line { line, part, .. } = entry else { return None };
    let block = match part {
        Part::Folded(block) | Part::Head(block) => Some(block),
        Part::Alone | Part::Frame { .. } | Part::Text | Part::LibraryRun { .. } => None,
    };
    let service = line.service.name.clone();
    let text = match block {
        Some(block) => block.text.clone(),
        None => {
            let mut plain = Vec::new();
            strip_into(&line.bytes, &mut plain);
            String::from_utf8_lossy(&plain).into_owned()
        }
    };
    let place = block.and_then(|block| block.place.as_ref()).map(|place| places.of_frame(&service, place));
    Some(LogFault {
        epoch: line.epoch,
        line: line.line + 1,
        text: shortened(&text),
        place,
        is_traceback: block.is_some(),
        in_the_end: line.seq >= end,
        service,
    })
}

/// One line that harms no terminal.
fn shortened(text: &str) -> String {
    let first = text.trim().lines().next().unwrap_or_default();
    let mut short: String = first.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if first.chars().count() > LONGEST {
        short.push('…');
    }
    short
}
