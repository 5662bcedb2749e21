//! Short texts of our own making that hold words from outside: names, commands, paths, reasons.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use super::grapheme;

/// `text` without anything that could act on a terminal or deceive a reader; as it is if it is harmless.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let shown: Vec<u8> =
        text.bytes().map(|byte| if byte < 0x20 || byte == 0x7f { b' ' } else { byte }).collect();
    let mut clean = String::with_capacity(text.len());
    grapheme::text_into(&shown, &mut clean);
    Cow::Owned(clean)
}

/// How many cells a text takes once it is [`harmless`], as the buffer measures it.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // The buffer's measure does not bear control characters.
    harmless(text).graphemes(true).map(|cluster| usize::from(cluster.cell_width())).sum()
}

/// As much of a text as fits in so many cells, with a mark at its end if that is not all.
pub fn cut(text: &str, cells: usize, mark: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let Some(room) = cells.checked_sub(width(mark)) else { return String::new() };
    let mut kept = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        used += width(cluster);
        if used > room {
            break;
        }
        kept.push_str(cluster);
    }
    kept + mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_control_characters_in_it_has_a_width_too() {
        assert_eq!(width("日\u{9b}\n\u{202e}x"), 4);
    }
}
