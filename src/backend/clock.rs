//! The one place where the embedded services read the clock, and the form in which they tell a moment.

use std::fmt;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A moment in milliseconds since 1970, as the database keeps it. Shown as RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timestamp(pub(super) i64);

impl Timestamp {
    /// This moment.
    #[expect(clippy::disallowed_methods, reason = "this is where the embedded services read the clock")]
    pub(super) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Whole seconds since 1970, as tokens count them.
    pub(super) fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `milliseconds` later.
    pub(super) fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        write!(f, "{moment:.3}")
    }
}

/// This moment on the clock that never goes back.
#[expect(clippy::disallowed_methods, reason = "this is where the embedded services read the clock")]
pub(super) fn instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_utc_with_milliseconds() {
        assert_eq!(Timestamp(1_763_612_521_456).to_string(), "2025-11-20T04:22:01.456Z");
        assert_eq!(Timestamp(1_763_612_521_000).to_string(), "2025-11-20T04:22:01.000Z");
    }
}
