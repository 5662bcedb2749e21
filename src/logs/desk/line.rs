//! One line as the console holds it: owned, and cheap to clone however long it is.

use bytes::Bytes;

use super::super::Stream;
use crate::stack::{Epoch, ServiceId};

/// A line with where it comes from. Its text is shared with what was read from the segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whose line.
    pub service: ServiceId,
    /// Which spawn of the service printed it.
    pub epoch: Epoch,
    /// Where it was written.
    pub stream: Stream,
    /// Its place in the order of the whole run.
    pub seq: u64,
    /// Its ordinal within the service, counted from 0 over the whole run.
    pub line: u64,
    /// When it was read, microseconds since 1970.
    pub micros: u64,
    /// Its bytes as they are stored, without the newline.
    pub bytes: Bytes,
    /// It came without a newline at the end of its stream.
    pub unterminated: bool,
    /// It is a piece of a longer line that goes on in the stream's next line.
    pub continues: bool,
}
