//! Figures in words: short durations, sizes, times of day.

use crate::stack::UnixMillis;

/// A duration in at most five cells: `12s`, `3m`, `2h`, `4d`.
pub(crate) fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A duration to a tenth of a second, shorter ones to a millisecond: `420ms`, `12.3s`, `2m05s`.
pub(crate) fn exact(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms}ms"),
        1000..60_000 => format!("{}.{}s", ms / 1000, ms % 1000 / 100),
        _ => format!("{}m{:02}s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// A running clock: `0:14`, `1:02:03`.
pub(crate) fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..3600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60),
    }
}

/// A latency: `420µs` reads badly in a column, so below a millisecond it is `<1ms`.
pub(crate) fn latency(micros: u64) -> String {
    match micros {
        0..1000 => "<1ms".to_owned(),
        1000..10_000_000 => format!("{}ms", micros / 1000),
        _ => format!("{}s", micros / 1_000_000),
    }
}

/// A size in at most four cells: `88M`, `1.2G`.
pub(crate) fn bytes(bytes: u64) -> String {
    const MEGA: u64 = 1 << 20;
    match bytes {
        0..MEGA => format!("{}K", bytes >> 10),
        _ if bytes < 1000 * MEGA => format!("{}M", bytes / MEGA),
        _ => format!("{:.1}G", bytes as f64 / (1u64 << 30) as f64),
    }
}

/// A count with separators: `20,412`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time of day, with milliseconds if wanted.
pub(crate) fn time_of_day(at: UnixMillis, utc_offset: i32, millis: bool) -> String {
    let local = i64::try_from(at.0).unwrap_or(0).saturating_add(i64::from(utc_offset) * 1000);
    let of_day = local.rem_euclid(86_400_000);
    let (hours, minutes, seconds) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
    if millis {
        format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", of_day % 1000)
    } else {
        format!("{hours:02}:{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(
            ["59s", "3m", "2h", "4d"],
            [59_000, 180_000, 7_200_000, 345_600_000].map(span).each_ref().map(|s| &**s)
        );
        assert_eq!(exact(420), "420ms");
        assert_eq!(exact(12_340), "12.3s");
        assert_eq!(exact(125_000), "2m05s");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(latency(400), "<1ms");
        assert_eq!(bytes(88 << 20), "88M");
        assert_eq!(bytes(1_288_490_188), "1.2G");
        assert_eq!(count(20_412), "20,412");
        assert_eq!(count(412), "412");
        assert_eq!(time_of_day(UnixMillis(3_723_004), 3600, true), "02:02:03.004");
    }
}
