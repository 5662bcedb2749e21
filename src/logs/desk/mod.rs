//! What a console needs of the store: pages of lines around a position, filtered or not, with the tracebacks in
//! them as blocks, and counts that grow in the background.
//!
//! Reads the segments of a run and nothing else, so that the console of another process is the same as that of
//! the launcher. Decodes only what is on the page. Nothing here draws, and nothing here waits: what takes long
//! is done by threads of its own ([`Desk`] says which), and a page is whatever is known by now.

mod analysis;
mod bell;
mod block;
mod facade;
mod fault_scan;
mod faults;
mod frames;
mod hidden;
mod hit_scan;
mod hits;
mod kinds;
mod lane;
mod line;
mod matching;
mod nearby;
mod pace;
mod page;
mod paging;
mod pass;
mod reach;
mod recogniser;
mod seqs;
mod veil;
mod viewer;

pub use facade::{Counts, Desk, FaultCount, Look};
pub(crate) use kinds::{is_python_exception, is_python_link};
pub use line::Line;
pub use page::{Anchor, BlockSummary, Entry, FramePlace, Language, Page, PageRequest, Part};
pub use reach::Reach;

#[cfg(test)]
mod model_tests;
#[cfg(test)]
pub(super) mod scratch_run;
#[cfg(test)]
pub(crate) use scratch_run::ScratchRun;
#[cfg(test)]
mod tests;
