//! What the ingest thread tells the supervisor. Facts only; what follows from them is decided elsewhere.

use crate::stack::{Epoch, ServiceId};

use super::Stream;

/// A fact about the log, told through the callback given to [`super::LogStore::open`].
///
/// Signals come from the ingest thread, in the order in which things happened there, after the lines concerned
/// can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogSignal {
    /// The pattern given with a source matched a line for the first time.
    PatternMatched {
        /// Whose line.
        service: ServiceId,
        /// Of which spawn.
        epoch: Epoch,
    },
    /// A line says that an address is in use or may not be bound; told once per source.
    AddressInUse {
        /// Whose line.
        service: ServiceId,
        /// Of which spawn.
        epoch: Epoch,
        /// The line's sequence number.
        seq: u64,
        /// The line, stripped of ANSI, at most 400 bytes of it, secrets masked.
        line: String,
    },
    /// A line is one that the store's [`super::Spotter`] wants to hear of. Of lines that say the same, few are told.
    Spotted {
        /// Whose line.
        service: ServiceId,
        /// Of which spawn.
        epoch: Epoch,
        /// The line's sequence number.
        seq: u64,
        /// What it is told of for.
        numbers: Vec<u32>,
    },
    /// Everything that this source will ever say is in the store.
    Closed {
        /// Whose source.
        service: ServiceId,
        /// Of which spawn.
        epoch: Epoch,
        /// Which one.
        stream: Stream,
    },
    /// The disk refuses lines; the tails in memory go on. Told once, until [`LogSignal::StoreRecovered`].
    StoreDegraded {
        /// What the operating system said, and about which file.
        reason: String,
    },
    /// The disk takes lines again; those still in memory have been written.
    StoreRecovered {
        /// How many lines left memory unwritten meanwhile.
        lost: u64,
    },
    /// A service's oldest segment was removed to stay below its cap.
    SegmentDropped {
        /// Whose segment.
        service: ServiceId,
        /// How many lines it held.
        lines: u64,
    },
}
