//! Sentences over several rows, broken between words. Logs are not wrapped so: see `part`.

use unicode_segmentation::UnicodeSegmentation;

use super::{harmless, width};

/// `text` in rows of at most `room` cells, broken at spaces; a longer word is broken where it must be. At least one
/// row.
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut rows = vec![String::new()];
    let mut used = 0;
    for word in harmless(text).split_whitespace() {
        let wide = width(word);
        if used > 0 && used + 1 + wide <= room {
            append(&mut rows, " ", &mut used);
            append(&mut rows, word, &mut used);
            continue;
        }
        if used > 0 {
            rows.push(String::new());
            used = 0;
        }
        for cluster in word.graphemes(true) {
            if used > 0 && used + width(cluster) > room {
                rows.push(String::new());
                used = 0;
            }
            append(&mut rows, cluster, &mut used);
        }
    }
    rows
}

fn append(rows: &mut [String], text: &str, used: &mut usize) {
    if let Some(row) = rows.last_mut() {
        row.push_str(text);
        *used += width(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_break_between_words_and_long_words_where_they_must() {
        assert_eq!(wrapped("give the service another port", 12), ["give the", "service", "another port"]);
        assert_eq!(wrapped("/a/long/path", 5), ["/a/lo", "ng/pa", "th"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("日本語", 1).len(), 3, "what fits nowhere has a row of its own");
    }

    proptest! {
        #[test]
        fn no_row_is_wider_than_its_room_and_no_word_is_lost(text in "[ a-z日é]{0,80}", room in 2usize..40) {
            let rows = wrapped(&text, room);
            prop_assert!(rows.iter().all(|row| width(row) <= room), "{:?}", rows);
            let squeezed = |text: &str| text.replace(' ', "");
            prop_assert_eq!(squeezed(&rows.concat()), squeezed(&text));
        }
    }
}
