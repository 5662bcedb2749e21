//! Keeps a background thread from taking more of a core than its share. The one place here that reads a clock.

use std::time::{Duration, Instant};

/// Work between two rests.
const STRETCH: Duration = Duration::from_millis(4);

/// The longest rest: after a stretch in which the machine was busy with something else.
const LONGEST_REST: Duration = Duration::from_millis(50);

/// One part of work, three of rest: a quarter of a core at most.
const RESTS: u32 = 3;

/// A stretch of work.
pub(crate) struct Pace {
    begun: Instant,
}

impl Pace {
    #[expect(clippy::disallowed_methods, reason = "how long work takes is known by the clock alone")]
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now() }
    }

    /// How long to rest now, if the stretch has been long enough.
    pub(crate) fn due(&self) -> Option<Duration> {
        let worked = self.begun.elapsed();
        (worked >= STRETCH).then(|| (worked * RESTS).min(LONGEST_REST))
    }
}
