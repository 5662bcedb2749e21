//! Tables for people: columns as wide as their widest cell, two spaces between, nothing else. On a terminal they are
//! made to fit, since a row that wraps cannot be read; elsewhere nothing is cut.

use std::io::{IsTerminal, stdout};

use crate::ui::text::{cut, width};

/// What stands where a text was cut.
pub(super) const CUT: &str = "…";
/// Between two columns.
const GAP: usize = 2;

/// How many cells a line on standard output may have; `None` for any number: no terminal, or `wide`.
pub(super) fn room(wide: bool) -> Option<usize> {
    if wide || !stdout().is_terminal() {
        return None;
    }
    crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns)).filter(|columns| *columns > 0)
}

/// The rows below the header, aligned. The last column is not padded.
///
/// What is too wide for `room` is made to fit: of `yielding`, first to last, each column is cut down to so many cells,
/// or left out if that is 0; at last the lines themselves are cut.
pub(super) fn table(
    header: &[&str],
    rows: &[Vec<String>],
    room: Option<usize>,
    yielding: &[(&str, usize)],
) -> String {
    let mut wanted: Vec<usize> = header.iter().map(|cell| width(cell)).collect();
    for row in rows {
        for (column, cell) in wanted.iter_mut().zip(row) {
            *column = (*column).max(width(cell));
        }
    }
    let (mut widths, room) = (wanted.clone(), room.unwrap_or(usize::MAX));
    let column = |name: &str| header.iter().position(|title| *title == name);
    for (column, least) in yielding.iter().filter_map(|(name, least)| Some((column(name)?, *least))) {
        let too_wide = needed(&widths).saturating_sub(room);
        widths[column] = match least {
            _ if too_wide == 0 => break,
            0 => 0,
            least => widths[column].saturating_sub(too_wide).max(least).min(widths[column]),
        };
    }
    // What was left out may have made more room than was asked for.
    for column in yielding.iter().filter_map(|(name, _)| column(name)) {
        let spare = room.saturating_sub(needed(&widths));
        if widths[column] > 0 {
            widths[column] = wanted[column].min(widths[column].saturating_add(spare));
        }
    }
    let mut text = line(&widths, header.iter().copied(), room);
    for row in rows {
        text.push_str(&line(&widths, row.iter().map(String::as_str), room));
    }
    text
}

/// How wide a line of such columns is.
fn needed(widths: &[usize]) -> usize {
    let shown = widths.iter().filter(|column| **column > 0);
    shown.map(|column| column + GAP).sum::<usize>().saturating_sub(GAP)
}

fn line<'a>(widths: &[usize], cells: impl Iterator<Item = &'a str>, room: usize) -> String {
    let mut text = String::new();
    for (column, cell) in widths.iter().zip(cells).filter(|(column, _)| **column > 0) {
        let cell = cut(cell, *column, CUT);
        text.push_str(&cell);
        text.extend(std::iter::repeat_n(' ', column.saturating_sub(width(&cell)) + GAP));
    }
    let mut text = cut(text.trim_end(), room, CUT);
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
        assert_eq!(table(&["X", "YY"], &rows, None, &[]), "X    YY\nä    b\nccc\n");
    }

    #[test]
    fn what_does_not_fit_yields_in_turn_and_no_line_is_wider() {
        let words = |words: [&str; 3]| words.map(str::to_owned).to_vec();
        let rows = [words(["api", "is held by 日本語 and others", "http://127.0.0.1"])];
        let header = ["NAME", "HEALTH", "URL"];
        let yielding = [("HEALTH", 12), ("URL", 0), ("HEALTH", 6)];
        let fitted = |room| table(&header, &rows, Some(room), &yielding).lines().last().unwrap().to_owned();
        assert_eq!(fitted(60), "api   is held by 日本語 and others  http://127.0.0.1");
        assert_eq!(fitted(40), "api   is held by 日本…  http://127.0.0.1");
        assert_eq!(fitted(30), "api   is held by 日本語 and o…");
        assert_eq!(fitted(16), "api   is held b…");
        assert_eq!(fitted(9), "api   is…");
        for room in 1..80 {
            let text = table(&header, &rows, Some(room), &yielding);
            assert!(text.lines().all(|line| width(line) <= room), "{room}: {text}");
        }
        assert!(table(&header, &rows, None, &yielding).contains("others  http://127.0.0.1\n"));
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let shown: Vec<String> =
            [900, 9_990, 59_000, 61_000, 3_660_000, 90_000_000].map(short_duration).into();
        assert_eq!(shown, ["0.9s", "9.9s", "59s", "1m01s", "1h01m", "1d1h"]);
    }
}
