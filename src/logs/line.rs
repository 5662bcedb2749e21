//! What a reader of the store is handed: runs of lines with where they come from. Borrows; copies nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::stack::{Epoch, ServiceId};

/// Where a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The service's standard output, or its terminal.
    Stdout,
    /// The service's standard error.
    Stderr,
    /// Not printed by the service: our own word on it ("exited 1", "restarting").
    Notice,
}

/// Whole lines of one stream of one service that arrived together, in the order of the store.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Whose lines.
    pub service: &'a ServiceId,
    /// Which spawn of the service printed them.
    pub epoch: Epoch,
    /// Where they were written.
    pub stream: Stream,
    /// The sequence number of the first line; the others follow without a hole.
    pub first_seq: u64,
    /// The first line's ordinal within the service, counted from 0 over the whole run.
    pub first_line: u64,
    /// How many lines.
    pub lines: u32,
    /// When they were read, microseconds since 1970.
    pub micros: u64,
    /// The text: `lines` times a line and its `\n`.
    pub bytes: &'a [u8],
    /// The last line came without a newline at the end of its stream.
    pub unterminated: bool,
    /// The last line is a piece of a longer one that goes on in the stream's next run.
    pub continues: bool,
}

/// One line of a [`Run`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRef<'a> {
    /// Its place in the order of the whole run.
    pub seq: u64,
    /// Its ordinal within the service.
    pub line: u64,
    /// Its bytes, without the newline.
    pub bytes: &'a [u8],
}

/// What comes next when reading the store in order.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Lines.
    Run(Run<'a>),
    /// Lines of this service that stood here are gone: their segment was dropped, or the disk was full.
    Lost {
        /// Whose lines.
        service: &'a ServiceId,
        /// How many.
        lines: u64,
    },
    /// Nothing new within the time allowed.
    Idle,
    /// The store was closed and everything in it has been read.
    End,
}

impl<'a> Run<'a> {
    /// The lines one by one, in order.
    pub fn iter(&self) -> impl Iterator<Item = LineRef<'a>> + use<'a> {
        let (first_seq, first_line, bytes) = (self.first_seq, self.first_line, self.bytes);
        let mut start = 0;
        memchr::memchr_iter(b'\n', bytes).zip(0u64..).map(move |(end, n)| {
            let line = LineRef { seq: first_seq + n, line: first_line + n, bytes: &bytes[start..end] };
            start = end + 1;
            line
        })
    }

    /// When the lines were read.
    pub fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.micros)
    }
}
