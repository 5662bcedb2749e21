//! Text in lines of a given width: broken between words, and within one only if it is longer than a line.

use unicode_segmentation::UnicodeSegmentation;

use crate::ui::text::{harmless, width};

/// The first `most` lines of `text`, none wider than `cells`. The rest is left out, and the last line then ends in `cut`.
pub(super) fn lines(text: &str, cells: usize, most: usize, cut: &str) -> Vec<String> {
    let text = harmless(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(&line) + 1 + width(word) > cells {
            lines.push(std::mem::take(&mut line));
        }
        if lines.len() > most {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        if width(word) <= cells {
            line.push_str(word);
        } else {
            break_word(word, cells, most, &mut line, &mut lines);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            shorten(last, cells.saturating_sub(width(cut)));
            last.push_str(cut);
        }
    }
    lines
}

/// Adds a word that is longer than a line.
fn break_word(word: &str, cells: usize, most: usize, line: &mut String, lines: &mut Vec<String>) {
    let mut used = width(line);
    for cluster in word.graphemes(true) {
        let wide = width(cluster);
        if used + wide > cells && !line.is_empty() {
            lines.push(std::mem::take(line));
            used = 0;
            if lines.len() > most {
                return;
            }
        }
        line.push_str(cluster);
        used += wide;
    }
}

/// Takes clusters off the end until the text is not wider than `cells`.
fn shorten(text: &mut String, cells: usize) {
    while width(text) > cells
        && let Some((at, _)) = text.grapheme_indices(true).next_back()
    {
        text.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples::NASTY;
    use proptest::prelude::*;

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(lines("a bc def g", 4, 9, "…"), ["a bc", "def", "g"]);
        assert_eq!(lines("x abcdefgh y", 4, 9, "…"), ["x", "abcd", "efgh", "y"]);
        assert_eq!(lines("日本語", 4, 9, "…"), ["日本", "語"]);
    }

    #[test]
    fn what_is_left_out_leaves_a_mark() {
        assert_eq!(lines("aaaa bbbb cccc", 4, 2, "…"), ["aaaa", "bbb…"]);
        assert_eq!(lines("aaaa bbbb", 4, 2, "…"), ["aaaa", "bbbb"]);
        assert!(lines("aaaa", 4, 0, "…").is_empty());
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text in ".*", cells in 3usize..30, most in 0usize..5) {
            for text in [text, NASTY.repeat(20)] {
                let lines = lines(&text, cells, most, "…");
                prop_assert!(lines.len() <= most);
                prop_assert!(lines.iter().all(|line| width(line) <= cells), "{:?}", lines);
            }
        }
    }
}
