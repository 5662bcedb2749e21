//! Durations as people write them: `60`, `1.5`, `250ms`, `5s`, `2m`, `1h`, `1m30s`.

use std::time::Duration;

use thiserror::Error;

/// A year: longer is a slip, and keeps every deadline far from what a clock can hold.
const LONGEST_SECONDS: f64 = 365.0 * 24.0 * 3600.0;

/// What a duration may look like as text, for the JSON Schema.
pub(super) const PATTERN: &str = r"^\s*([0-9]+(\.[0-9]+)?\s*(ms|s|m|h)?\s*)+$";

/// Why a text or number is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DurationError {
    /// Not a number with an optional unit.
    #[error("{0:?} is not a duration")]
    Malformed(String),
    /// Less than nothing.
    #[error("a duration cannot be negative")]
    Negative,
    /// More than a year.
    #[error("a duration cannot be longer than a year")]
    TooLong,
}

impl DurationError {
    /// What to write instead.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "write seconds, or a number with ms, s, m or h: \"250ms\", \"5s\", \"2m\"",
            Self::Negative => "write a number without the minus",
            Self::TooLong => "write at most \"8760h\"",
        }
    }
}

/// Reads a duration; a bare number is seconds.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let malformed = || DurationError::Malformed(text.chars().take(40).collect());
    let mut rest = text.trim();
    if rest.starts_with('-') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return Err(DurationError::Negative);
    }
    let mut seconds = 0.0;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(malformed());
        }
        let number: f64 = rest[..digits].parse().map_err(|_| malformed())?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let factor = match &rest[..letters] {
            // Only alone: in `1m30` the 30 could be anything.
            "" if parts == 0 && rest.is_empty() => 1.0,
            "ms" => 0.001,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(malformed()),
        };
        seconds += number * factor;
        rest = rest[letters..].trim_start();
        parts += 1;
    }
    if parts == 0 {
        return Err(malformed());
    }
    from_seconds(seconds)
}

/// Takes a number of seconds as a duration.
pub(super) fn from_seconds(seconds: f64) -> Result<Duration, DurationError> {
    if seconds < 0.0 {
        return Err(DurationError::Negative);
    }
    if seconds > LONGEST_SECONDS {
        return Err(DurationError::TooLong);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| DurationError::Malformed(seconds.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_seconds_and_units_are_understood() {
        for (text, millis) in
            [("60", 60_000), ("1.5", 1500), ("250ms", 250), ("5s", 5000), ("2m", 120_000), ("1h", 3_600_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(parse_duration(" 1m 30s "), Ok(Duration::from_secs(90)));
    }

    #[test]
    fn other_texts_are_refused_with_the_form_to_write() {
        for text in ["", "s", "5x", "1m30", "1..5s", "5 s s", "five", "ms5", "١s"] {
            assert_eq!(parse_duration(text), Err(DurationError::Malformed(text.into())), "{text}");
        }
        assert_eq!(parse_duration("-5s"), Err(DurationError::Negative));
        assert_eq!(parse_duration("9999999h"), Err(DurationError::TooLong));
        assert_eq!(from_seconds(f64::INFINITY), Err(DurationError::TooLong));
        assert!(from_seconds(f64::NAN).is_err());
    }
}
