//! Tables for people: columns as wide as their widest cell, two spaces between, nothing else.

use unicode_width::UnicodeWidthStr;

/// The rows below the header, aligned. The last column is not padded.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = line(&widths, header.iter().copied());
    for row in rows {
        text.push_str(&line(&widths, row.iter().map(String::as_str)));
    }
    text
}

fn line<'a>(widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for (width, cell) in widths.iter().zip(cells) {
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
    }
    let mut text = text.trim_end().to_owned();
    text.push('\n');
    text
}

/// A length of time in the two largest units: `3m12s`, `1.2s`, `5d2h`.
pub(super) fn short_duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..10 => format!("{}.{}s", seconds, millis % 1000 / 100),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_they_show() {
        let rows = [vec!["ä".to_owned(), "b".to_owned()], vec!["ccc".to_owned(), String::new()]];
        assert_eq!(table(&["X", "YY"], &rows), "X    YY\nä    b\nccc\n");
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let shown: Vec<String> =
            [900, 9_990, 59_000, 61_000, 3_660_000, 90_000_000].map(short_duration).into();
        assert_eq!(shown, ["0.9s", "9.9s", "59s", "1m01s", "1h01m", "1d1h"]);
    }
}
