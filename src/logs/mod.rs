//! What the services print: framing, the store on disk, its index, reading, following and searching.
//!
//! Bytes in, lines out. What is text and what is meant for a terminal is told apart only when it is shown or
//! searched; the store keeps every byte, but for secrets. One thread ([`LogStore`]) reads every pipe, writes
//! segments, and never waits for a display. Everyone else reads: in this process through a [`Follower`], in
//! another one through [`RunLogs`] and [`MergedCursor`], which believe only what the index says. Nothing here
//! starts a process, decides what a line means for a service's state, or draws.
//!
//! # What is on disk
//!
//! `<run>/logs/<service>.<n>.log` holds the bytes that the service printed, each line ended by one `\n`, so
//! that searching it costs what searching any text file costs. `<service>.<n>.idx` beside it holds one
//! 48-byte record per *chunk*: the whole lines of one stream that one read brought. The record is written
//! after its bytes. Segments roll at 64 MiB; a service keeps 1 GiB a run unless told otherwise.
//!
//! # What it costs
//!
//! - Disk: the text itself, 1 byte for a missing last newline, and 48 bytes a chunk. A flood comes in chunks
//!   of up to 256 KiB (0.02 bytes of index a line of 100 bytes); a service that prints a line now and then has
//!   a chunk, thus 48 bytes, a line.
//! - Memory of the writer: 256 KiB to read into, and per service the tail (1 MiB of text at most, besides one
//!   chunk) and 32 bytes per segment. A line that has no end yet is held up to 4 MiB.
//! - Memory of a pseudo-terminal: its newest 256 KiB as they were printed; a service on pipes has none.
//! - Memory of a reader: per service at most 12 KiB of index and 64 KiB of text, more only for a longer chunk.
//!   Nothing grows with the number of lines: positions are found by binary search in the index files.
//! - Memory of a follower: no copy while it keeps up; up to 128 chunks are kept alive for it, which is the tail.
//! - Time, measured by `benches/log_throughput.rs` on two cores: a million lines of 100 bytes from a child to the
//!   store and to a plain file at once take 0.075 s, the same child piped to `cat > file` 0.044 s; the process
//!   peaks at 9 MB. Searching a million lines takes 0.4 to 1.8 times what
//!   `rg` takes; both use both cores (`benches/log_search.rs`).
//! - Order: a sequence number is 64 bits, one per line over all services of the run, without holes but for
//!   lines that were lost, which are announced.

mod address;
mod ansi;
mod classify;
mod crew;
mod cursor;
mod desk;
mod extent;
mod follow;
mod framing;
mod ingest;
mod line;
mod lookout;
mod mask;
mod merge;
mod pages;
mod parts;
mod pipe;
mod plain;
mod query;
mod record;
mod runs;
mod search;
mod segment;
mod service_reader;
mod signal;
mod spot;
mod sweep;
mod tail;
mod tally;
mod terminal;
mod writer;

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

pub use ansi::strip_into;
pub(crate) use ansi::{Piece, last_state, pieces};
pub use classify::{Level, classify};
pub use cursor::MergedCursor;
#[cfg(test)]
pub(crate) use desk::ScratchRun;
pub use desk::{
    Anchor, BlockSummary, Counts, Desk, Entry, FaultCount, FramePlace, Language, Line, Look, Page,
    PageRequest, Part, Reach,
};
pub(crate) use desk::{is_python_exception, is_python_link};
pub use extent::{Extent, RunLogs, Selection, Start};
pub use follow::Follower;
pub use ingest::{LogStore, StoreError, StoreOptions};
pub use line::{LineRef, Run, Step, Stream};
pub use pipe::{PipeReader, Source};
pub use plain::{Plain, PlainOptions, Timestamps};
pub use query::{Candidate, Query, QueryFault};
pub use runs::{FoundRun, RunFolder, RunFolderError, RunRecord, Runs};
pub use search::{Found, Hit, Search};
pub use signal::LogSignal;
pub use spot::Spotter;
pub use terminal::{Terminal, TerminalChunk};
