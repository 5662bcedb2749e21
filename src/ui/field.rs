//! Lines of text that are typed: keys that edit them, and pasted text, which is one line and not without end.

use crossterm::event::Event;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use super::keys::Key;

/// The most bytes that a field takes: as long as a query may be.
const LONGEST: usize = 4096;

/// Lets a field take a key that edits it; a full one takes only those that make it shorter.
pub(crate) fn edit(input: &mut Input, key: Key) {
    if key.typed().is_none() || input.value().len() < LONGEST {
        input.handle_event(&Event::Key(key.event()));
    }
}

/// Puts pasted text into a field at its cursor: as much as it takes, control characters as spaces, without spaces at
/// its end.
pub(crate) fn insert(input: &mut Input, text: &str) {
    let room = LONGEST.saturating_sub(input.value().len());
    let text = &text[..text.floor_char_boundary(room)];
    let text: String = text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cursor = input.cursor();
    let at = input.value().char_indices().nth(cursor).map_or(input.value().len(), |(at, _)| at);
    let (before, after) = input.value().split_at(at);
    let value = [before, &text, after].concat();
    *input = Input::new(value).with_cursor(cursor + text.chars().count());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_text_goes_to_the_cursor_as_one_line() {
        let mut input = Input::new("ac".to_owned()).with_cursor(1);
        insert(&mut input, "é\n\u{1b}b  \n");
        assert_eq!((input.value(), input.cursor()), ("aé  bc", 5));
    }

    #[test]
    fn a_field_takes_no_more_than_a_query_may_be_long() {
        let mut input = Input::default();
        insert(&mut input, &"é".repeat(1 << 20));
        assert_eq!(input.value().len(), LONGEST);
        edit(&mut input, Key::char('x'));
        assert_eq!(input.value().len(), LONGEST);
    }
}
