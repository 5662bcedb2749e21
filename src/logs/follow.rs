//! Follows the log in the process that writes it: from memory while it keeps up, from the files where it fell
//! behind, woken by the writer instead of looking.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::merge::{Gaps, Merge, run_of};
use super::tail::{Chunk, Shared, Tails, trim};
use super::{RunLogs, Selection, Start, Step};
use crate::stack::ServiceId;

/// Chunks taken from memory at once, so that a slow follower does not keep more of them alive.
const TAKEN: usize = 128;

/// Several services' lines as one stream in true order, each line once, blocking until there are more.
///
/// However slow it is, it holds up nothing: what has left memory it reads from the files.
pub struct Follower {
    shared: Arc<Shared>,
    selection: Selection,
    position: Position,
    gaps: Gaps,
    queue: VecDeque<(ServiceId, Chunk)>,
    /// The chunk that was handed out last.
    current: Option<(ServiceId, Chunk)>,
    files: Merge,
    /// Where the files hand over to memory; `None` while reading from memory.
    reading_files_to: Option<u64>,
}

#[derive(Clone, Copy)]
enum Position {
    NotYet(Start),
    /// Everything before has been handed out or queued.
    At(u64),
}

enum Found {
    Memory,
    Files { horizon: u64 },
    Nothing,
    Closed,
}

impl Follower {
    pub(crate) fn new(shared: Arc<Shared>, selection: Selection, start: Start) -> Self {
        let files = Merge::new(&shared.folder, selection.clone(), 0);
        Self {
            shared,
            selection,
            position: Position::NotYet(start),
            gaps: Gaps::new(start == Start::Beginning),
            queue: VecDeque::new(),
            current: None,
            files,
            reading_files_to: None,
        }
    }

    /// What comes next. After an error reading the files the following step goes on behind them, and the lines
    /// between are announced as lost.
    ///
    /// [`Step::Idle`] after `timeout`, or earlier if there was something for others only;
    /// [`Step::End`] once the store is closed and all has been read.
    pub fn step(&mut self, timeout: Duration) -> io::Result<Step<'_>> {
        let mut position = self.begin()?;
        loop {
            if !self.queue.is_empty() {
                return Ok(self.next_in_memory());
            }
            if let Some(horizon) = self.reading_files_to {
                if self.files_have_more(horizon)? {
                    return self.next_in_files();
                }
                position = horizon;
            }
            match self.look(position, timeout) {
                Found::Memory => {}
                Found::Files { horizon } => {
                    // If the files cannot be read the next step goes on in memory, and says what is missing.
                    self.position = Position::At(horizon);
                    self.files.look_up_to(position, horizon)?;
                    self.reading_files_to = Some(horizon);
                }
                Found::Nothing => return Ok(Step::Idle),
                Found::Closed => return Ok(Step::End),
            }
        }
    }

    fn begin(&mut self) -> io::Result<u64> {
        let start = match self.position {
            Position::At(seq) => return Ok(seq),
            Position::NotYet(start) => start,
        };
        let in_memory = match start {
            Start::Last(lines) => last_in_memory(&self.shared.lock(), &self.selection, lines),
            Start::Beginning | Start::Seq(_) | Start::Since(_) => None,
        };
        let seq = match in_memory {
            Some(seq) => seq,
            None => RunLogs::in_folder(self.shared.folder.clone()).resolve(&self.selection, start)?,
        };
        self.position = Position::At(seq);
        Ok(seq)
    }

    /// Waits for lines at or after `position` and says where they are to be had.
    fn look(&mut self, position: u64, timeout: Duration) -> Found {
        let tails = self.shared.wait_for(position, timeout);
        if tails.next_seq <= position {
            return if tails.closed { Found::Closed } else { Found::Nothing };
        }
        let mut selected = tails.services.iter().filter(|tail| self.selection.holds(&tail.service));
        if position < tails.stored_seq && selected.any(|tail| tail.evicted_seq > position) {
            return Found::Files { horizon: tails.stored_seq };
        }
        for tail in tails.services.iter().filter(|tail| self.selection.holds(&tail.service)) {
            let from = tail.chunks.partition_point(|chunk| chunk.record.end_seq() <= position);
            let chunks = tail.chunks.range(from..).take(TAKEN);
            self.queue.extend(chunks.map(|chunk| (tail.service.clone(), chunk.clone())));
        }
        let mut end = tails.next_seq;
        drop(tails);
        self.queue.make_contiguous().sort_by_key(|(_, chunk)| chunk.record.first_seq);
        // As many from one tail alone may mean that it has more.
        if self.queue.len() >= TAKEN {
            self.queue.truncate(TAKEN);
            end = self.queue.back().map_or(end, |(_, chunk)| chunk.record.end_seq());
        }
        if let Some((_, chunk)) = self.queue.front_mut() {
            // Only the first one can begin before the position: the others have later numbers.
            let bytes = trim(&mut chunk.record, &chunk.bytes, position);
            chunk.bytes = chunk.bytes.slice_ref(bytes);
        }
        self.position = Position::At(end);
        if self.queue.is_empty() { Found::Nothing } else { Found::Memory }
    }

    /// Whether there is more below `horizon` in the files; if not, or if they fail, memory is next.
    fn files_have_more(&mut self, horizon: u64) -> io::Result<bool> {
        self.position = Position::At(horizon);
        let more = self.files.peek().map(|head| head.is_some());
        if !matches!(more, Ok(true)) {
            self.reading_files_to = None;
        }
        more
    }

    fn next_in_memory(&mut self) -> Step<'_> {
        if let Some((service, chunk)) = self.queue.front() {
            let lines = self.gaps.before(service, &chunk.record);
            if lines > 0 {
                let service = &self.queue[0].0;
                return Step::Lost { service, lines };
            }
        }
        self.current = self.queue.pop_front();
        match &self.current {
            Some((service, chunk)) => {
                self.gaps.shown(service, &chunk.record);
                Step::Run(run_of(service, &chunk.record, &chunk.bytes))
            }
            None => Step::Idle,
        }
    }

    fn next_in_files(&mut self) -> io::Result<Step<'_>> {
        let Some((head, service)) = self.files.peek()? else { return Ok(Step::Idle) };
        let lines = self.gaps.before(service, &head.record);
        if lines > 0 {
            return Ok(Step::Lost { service: self.files.service(head), lines });
        }
        self.gaps.shown(service, &head.record);
        self.files.take(head).map(Step::Run)
    }
}

/// Where the last `lines` lines begin, if all of them are in memory.
fn last_in_memory(tails: &Tails, selection: &Selection, lines: u64) -> Option<u64> {
    let selected = || tails.services.iter().filter(|tail| selection.holds(&tail.service));
    let evicted = selected().map(|tail| tail.evicted_seq).max().unwrap_or(0);
    let mut spans: Vec<(u64, u64)> = selected()
        .flat_map(|tail| {
            tail.chunks.iter().map(|chunk| (chunk.record.end_seq(), u64::from(chunk.record.lines)))
        })
        .collect();
    spans.sort_unstable_by(|a, b| b.cmp(a));
    let (mut left, mut start) = (lines, tails.next_seq);
    for (end, many) in spans {
        if left == 0 {
            break;
        }
        let taken = many.min(left);
        start = end - taken;
        left -= taken;
    }
    (start >= evicted && (left == 0 || evicted == 0)).then_some(start)
}
