//! Reads the merged log of a run from its files, and waits for more by looking at them again.

use std::io;
use std::thread;
use std::time::Duration;

use super::Step;
use super::merge::{Gaps, Merge};

/// How often a reader in another process looks for more.
const LOOK: Duration = Duration::from_millis(50);

/// Several services' lines as one stream in true order, read from the files: the reader for another process.
///
/// It shows no line before an earlier one, while the writer goes on, and each line once.
pub struct MergedCursor {
    merge: Merge,
    gaps: Gaps,
}

impl MergedCursor {
    pub(crate) fn new(merge: Merge, from_beginning: bool) -> Self {
        Self { merge, gaps: Gaps::new(from_beginning) }
    }

    /// What comes next; [`Step::Idle`] if everything that there is has been read. Never [`Step::End`]: whether
    /// more will come cannot be seen in the files.
    pub fn step(&mut self) -> io::Result<Step<'_>> {
        self.step_within(Duration::ZERO)
    }

    /// As [`Self::step`], but waits up to `timeout` for more, looking every 50 ms.
    pub fn step_within(&mut self, timeout: Duration) -> io::Result<Step<'_>> {
        let mut waited = Duration::ZERO;
        let (head, missing) = loop {
            if let Some((head, service)) = self.merge.peek()? {
                let missing = self.gaps.before(service, &head.record);
                if missing == 0 {
                    self.gaps.shown(service, &head.record);
                }
                break (head, missing);
            }
            self.merge.look()?;
            if self.merge.peek()?.is_some() {
                continue;
            }
            if waited >= timeout {
                return Ok(Step::Idle);
            }
            thread::sleep(LOOK.min(timeout - waited));
            waited += LOOK;
        };
        if missing > 0 {
            return Ok(Step::Lost { service: self.merge.service(head), lines: missing });
        }
        self.merge.take(head).map(Step::Run)
    }
}
