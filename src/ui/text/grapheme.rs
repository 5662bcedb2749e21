//! What one cell, or two, can hold: user-perceived characters without anything that acts on a terminal or
//! deceives a reader.
//!
//! # Why so
//!
//! - Width is what ratatui's buffer takes it for (`CellWidth`), since a line that measures itself in another way
//!   would be drawn beside its cells. Terminals disagree about emoji sequences and ambiguous characters; ratatui
//!   puts the cursor explicitly after everything that is not one cell wide, so an error stays in its own cells.
//! - Clusters, not characters, are the unit: a combining mark belongs to its letter, also when the letter is in
//!   another colour, and no cut may part them.
//! - A cluster is at most [`LONGEST`] bytes: an emoji family has 25, Tibetan stacks fewer. A letter under a
//!   thousand accents would otherwise be drawn over its neighbours, and cost what it weighs.
//! - What is invisible is left out rather than shown as a mark: marks for direction are common in honest Arabic
//!   and Hebrew. Left out they can neither reorder the line (U+202A to U+202E, U+2066 to U+2069) nor hide text.
//!   Joiners inside of a cluster stay.
//! - A cluster of no width, such as a combining mark at the start of a line, has no cell to be in and is left out.
//! - Bytes that are not UTF-8 are taken for Latin-1: what programs that are not asked for UTF-8 still print in
//!   Western Europe, and readable as such. 0x80 to 0x9F are control characters there and gone before this.
//! - Tabs become spaces up to the next multiple of eight, counted from the start of the line, not of a wrapped
//!   row: the columns of a table stay columns.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// The most bytes that a cluster keeps.
const LONGEST: usize = 32;

/// The distance of tab stops, in cells.
pub(super) const TAB: usize = 8;

/// Appends `bytes`, which hold no control characters but tabs and newlines, to `out` as text without invisible
/// characters. Tabs stay, newlines become spaces.
pub(super) fn text_into(bytes: &[u8], out: &mut String) {
    if bytes.is_ascii() {
        out.extend(bytes.iter().map(|&byte| if byte == b'\n' { ' ' } else { char::from(byte) }));
        return;
    }
    for chunk in bytes.utf8_chunks() {
        out.extend(chunk.valid().chars().filter_map(harmless));
        out.extend(chunk.invalid().iter().filter_map(|&byte| harmless(char::from(byte))));
    }
}

/// The clusters of `text`, each with its offset in bytes.
pub(super) fn split(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.grapheme_indices(true)
}

/// `cluster` cut to [`LONGEST`] and its width in cells; `None` if it has none. No tab.
pub(super) fn measured(cluster: &str) -> Option<(&str, usize)> {
    let cluster = &cluster[..cluster.floor_char_boundary(LONGEST)];
    let width = usize::from(cluster.cell_width());
    (width > 0 && !cluster.is_empty()).then_some((cluster, width))
}

/// `c` if it may be shown, a space for what ends lines, nothing for what is invisible.
fn harmless(c: char) -> Option<char> {
    match c {
        '\t' => Some(c),
        '\n' | '\u{2028}' | '\u{2029}' => Some(' '),
        // Soft hyphen, Arabic letter mark, zero-width space, marks, embeddings and overrides, invisible operators,
        // isolates, byte-order mark, interlinear annotations, tags.
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' => None,
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => None,
        '\u{e0000}'..='\u{e007f}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        let mut out = String::new();
        text_into(bytes, &mut out);
        out
    }

    #[test]
    fn what_is_not_utf8_is_latin1() {
        assert_eq!(text(b"f\xfcr \xe4"), "für ä");
        assert_eq!(text("für".as_bytes()), "für");
    }

    #[test]
    fn what_reorders_or_hides_is_left_out() {
        assert_eq!(text("a\u{202e}b\u{2066}c\u{feff}d\u{200b}\u{2028}".as_bytes()), "abcd ");
    }

    #[test]
    fn a_mark_without_a_letter_and_a_thousand_marks_are_bounded() {
        assert_eq!(measured("\u{301}"), None);
        let zalgo = format!("a{}", "\u{301}".repeat(1000));
        let (cluster, width) = measured(&zalgo).unwrap();
        assert!(cluster.len() <= LONGEST && cluster.starts_with('a'));
        assert_eq!(width, 1);
    }

    #[test]
    fn clusters_are_as_wide_as_the_buffer_takes_them_for() {
        let widths = |text: &str| -> Vec<_> {
            split(text).filter_map(|(_, cluster)| measured(cluster)).map(|found| found.1).collect()
        };
        assert_eq!(widths("e\u{301}日👩‍👩‍👧x"), [1, 2, 2, 1]);
    }
}
