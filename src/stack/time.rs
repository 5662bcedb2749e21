//! Times of day, as records, events and tables write them.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. Displays as RFC 3339 in UTC: `2026-11-20T04:22:00.123Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

/// The text is no time as [`UnixMillis`] writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeError;

impl UnixMillis {
    /// How long after `earlier` it is, in milliseconds; 0 if it is not.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl FromStr for UnixMillis {
    type Err = TimeError;

    /// Reads what `Display` writes, and no other form of RFC 3339.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        parse(text).filter(|read| read.to_string() == text).ok_or(TimeError)
    }
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time of the form 2026-11-20T04:22:00.123Z")
    }
}

impl std::error::Error for TimeError {}

/// The digits at their places; whether everything else is as it should be shows when it is written again.
fn parse(text: &str) -> Option<UnixMillis> {
    let number = |range: std::ops::Range<usize>| -> Option<u64> {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    // See `Display` for the algorithm: years begin on 1 March.
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    let seconds = (number(11..13)? * 60 + number(14..16)?) * 60 + number(17..19)?;
    Some(UnixMillis(days * 86_400_000 + seconds * 1000 + number(20..23)?))
}

/// In milliseconds, as many as fit.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, millis) = (self.0 / 86_400_000, self.0 % 86_400_000);
        // Days to a Gregorian date by eras of 400 years that begin on 1 March, so that leap days end a year:
        // https://howardhinnant.github.io/date_algorithms.html#civil_from_days
        let days = days + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
        let (second, millis) = (millis / 1000 % 60, millis % 1000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// One moment on both clocks, so that instants can be told as times of day.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The monotonic clock.
    pub instant: Instant,
    /// The wall clock at that instant.
    pub wall: UnixMillis,
}

impl Clock {
    /// The time of day of `instant`.
    pub fn wall_of(&self, instant: Instant) -> UnixMillis {
        match instant.checked_duration_since(self.instant) {
            Some(later) => UnixMillis(self.wall.0.saturating_add(millis(later))),
            None => UnixMillis(self.wall.0.saturating_sub(millis(self.instant.duration_since(instant)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_calendar_has_them() {
        for millis in (0..4_102_444_800_000).step_by(40_000_003).chain([951_782_400_000, 1_709_164_800_000]) {
            let time = jiff::Timestamp::from_millisecond(millis as i64).unwrap();
            assert_eq!(UnixMillis(millis).to_string(), format!("{time:.3}"));
            assert_eq!(UnixMillis(millis).to_string().parse(), Ok(UnixMillis(millis)));
        }
    }

    #[test]
    fn what_is_no_time_is_not_read_as_one() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T04:22:00Z",
            "2026-11-20T04:22:00.123+01:00",
            "2026-02-30T04:22:00.123Z",
            "2026-00-20T04:22:00.123Z",
            "2026-11-00T04:22:00.123Z",
            "2026-11-20T24:22:00.123Z",
            "2026-11-20T04:22:00.123Zx",
            "1969-12-31T23:59:59.999Z",
            "0000-01-01T00:00:00.000Z",
            "2026-11-2éT04:22:00.123Z",
        ] {
            assert_eq!(text.parse::<UnixMillis>(), Err(TimeError), "{text}");
        }
    }
}
