//! Which rows of a list are shown. Views clamp what the model says to what there is.

use std::ops::Range;

/// The rows that are shown of `total` in a pane of `rows`: all if they fit, else those around the selected one.
pub(super) fn around(selected: usize, total: usize, rows: usize) -> Range<usize> {
    let rows = rows.min(total);
    let start = selected.saturating_sub(rows / 2).min(total - rows);
    start..start + rows
}

/// How much of a list is out of sight, in words; nothing if all of it is shown.
pub(super) fn hidden(window: &Range<usize>, total: usize) -> Option<String> {
    let (above, below) = (window.start, total.saturating_sub(window.end));
    match (above, below) {
        (0, 0) => None,
        (0, below) => Some(format!("{below} more below")),
        (above, 0) => Some(format!("{above} more above")),
        (above, below) => Some(format!("{above} above, {below} below")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_is_always_shown() {
        assert_eq!(around(9, 3, 5), 0..3);
        assert_eq!(around(0, 10, 4), 0..4);
        assert_eq!(around(5, 10, 4), 3..7);
        assert_eq!(around(9, 10, 4), 6..10);
        assert_eq!(around(99, 10, 4), 6..10);
        assert_eq!(around(3, 10, 0), 3..3);
        assert_eq!(around(3, 0, 4), 0..0);
    }

    #[test]
    fn what_is_hidden_is_said() {
        assert_eq!(hidden(&(0..4), 4), None);
        assert_eq!(hidden(&(2..4), 9).as_deref(), Some("2 above, 5 below"));
    }
}
