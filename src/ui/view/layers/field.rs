//! The part of a field that fits, and where its cursor is.

use tui_input::Input;
use unicode_segmentation::UnicodeSegmentation;

use crate::ui::text::{harmless, width};

/// As much of what is typed as fits `room` cells, the cursor always in sight, and the cell of the cursor.
pub(in crate::ui::view) fn seen(input: &Input, room: usize) -> (String, usize) {
    let room = room.max(1);
    let (before, after): (String, String) = (
        input.value().chars().take(input.cursor()).collect(),
        input.value().chars().skip(input.cursor()).collect(),
    );
    let (mut before, after) = (harmless(&before).into_owned(), harmless(&after).into_owned());
    while width(&before) >= room {
        let first = before.graphemes(true).next().map_or(before.len(), str::len);
        before.drain(..first);
    }
    let cursor = width(&before);
    let mut text = before;
    for cluster in after.graphemes(true) {
        if width(&text) + width(cluster) > room {
            break;
        }
        text.push_str(cluster);
    }
    (text, cursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cursor_stays_in_sight() {
        assert_eq!(seen(&Input::new("abcdef".to_owned()), 4), ("def".to_owned(), 3));
        assert_eq!(seen(&Input::new("abcdef".to_owned()).with_cursor(0), 4), ("abcd".to_owned(), 0));
        assert_eq!(seen(&Input::new("日本語".to_owned()), 5), ("本語".to_owned(), 4));
    }

    proptest! {
        #[test]
        fn no_field_is_wider_than_its_room(text in "[a-z日é\u{202e}👩]{0,30}", at in 0usize..40, room in 2usize..20) {
            let (shown, cursor) = seen(&Input::new(text).with_cursor(at), room);
            prop_assert!(width(&shown) <= room && cursor < room);
        }
    }
}
