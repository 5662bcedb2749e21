//! Keys and pasted text as xterm sends them.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::ui::keys::Key;

/// What the program has asked its terminal for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Modes {
    /// Arrows are sent as `ESC O`.
    pub(super) application_cursor: bool,
    /// Pasted text is sent between marks.
    pub(super) bracketed_paste: bool,
}

/// The bytes of a key; `None` for one that terminals do not send.
pub(super) fn encoded(key: Key, modes: Modes) -> Option<Vec<u8>> {
    let event = key.event();
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    let modifier = 1 + if alt { 2 } else { 0 } + if ctrl { 4 } else { 0 };
    let plain = match event.code {
        KeyCode::Char(c) => typed(c, ctrl),
        KeyCode::Enter => vec![b'\r'],
        KeyCode::Tab => vec![b'\t'],
        KeyCode::Esc => vec![0x1b],
        KeyCode::Backspace => vec![if ctrl { 0x08 } else { 0x7f }],
        KeyCode::BackTab => return Some(b"\x1b[Z".to_vec()),
        KeyCode::Up => return Some(cursor('A', modifier, modes)),
        KeyCode::Down => return Some(cursor('B', modifier, modes)),
        KeyCode::Right => return Some(cursor('C', modifier, modes)),
        KeyCode::Left => return Some(cursor('D', modifier, modes)),
        KeyCode::Home => return Some(cursor('H', modifier, modes)),
        KeyCode::End => return Some(cursor('F', modifier, modes)),
        KeyCode::Insert => return Some(numbered(2, modifier)),
        KeyCode::Delete => return Some(numbered(3, modifier)),
        KeyCode::PageUp => return Some(numbered(5, modifier)),
        KeyCode::PageDown => return Some(numbered(6, modifier)),
        KeyCode::F(number) => return function(number, modifier),
        _ => return None,
    };
    Some(if alt { [vec![0x1b], plain].concat() } else { plain })
}

/// What is pasted: lines end with returns, as if typed. Other control characters are left out, so that a text can
/// neither press keys nor end its own marks.
pub(super) fn pasted(text: &str, modes: Modes) -> Vec<u8> {
    let text = text.replace("\r\n", "\r").replace('\n', "\r");
    let kept: String = text.chars().filter(|c| matches!(c, '\r' | '\t') || !c.is_control()).collect();
    match modes.bracketed_paste {
        true => format!("\x1b[200~{kept}\x1b[201~").into_bytes(),
        false => kept.into_bytes(),
    }
}

/// A character, or the control character that it stands for.
fn typed(c: char, ctrl: bool) -> Vec<u8> {
    let control = match c {
        'a'..='z' => c as u8 & 0x1f,
        'A'..='Z' => c as u8 & 0x1f,
        ' ' | '@' | '2' => 0x00,
        '[' | '3' => 0x1b,
        '\\' | '4' => 0x1c,
        '^' | '6' => 0x1e,
        '_' | '7' | '/' => 0x1f,
        '?' | '8' => 0x7f,
        _ => return c.to_string().into_bytes(),
    };
    if ctrl { vec![control] } else { c.to_string().into_bytes() }
}

fn cursor(letter: char, modifier: u8, modes: Modes) -> Vec<u8> {
    match (modifier, modes.application_cursor) {
        (1, true) => format!("\x1bO{letter}"),
        (1, false) => format!("\x1b[{letter}"),
        (_, _) => format!("\x1b[1;{modifier}{letter}"),
    }
    .into_bytes()
}

fn numbered(number: u8, modifier: u8) -> Vec<u8> {
    match modifier {
        1 => format!("\x1b[{number}~"),
        _ => format!("\x1b[{number};{modifier}~"),
    }
    .into_bytes()
}

fn function(number: u8, modifier: u8) -> Option<Vec<u8>> {
    let tilde = match number {
        1..=4 => {
            let letter = char::from(b'O' + number);
            let text = match modifier {
                1 => format!("\x1bO{letter}"),
                _ => format!("\x1b[1;{modifier}{letter}"),
            };
            return Some(text.into_bytes());
        }
        5 => 15,
        6..=10 => number + 11,
        11 | 12 => number + 12,
        _ => return None,
    };
    Some(numbered(tilde, modifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sent_as_xterm_sends_them() {
        let plain = Modes::default();
        let application = Modes { application_cursor: true, ..plain };
        for (key, modes, bytes) in [
            ("a", plain, "a"),
            ("é", plain, "é"),
            ("ctrl-a", plain, "\x01"),
            ("ctrl-Space", plain, "\0"),
            ("ctrl-4", plain, "\x1c"),
            ("alt-x", plain, "\x1bx"),
            ("ctrl-alt-c", plain, "\x1b\x03"),
            ("Enter", plain, "\r"),
            ("Backspace", plain, "\x7f"),
            ("↑", plain, "\x1b[A"),
            ("↑", application, "\x1bOA"),
            ("ctrl-→", application, "\x1b[1;5C"),
            ("alt-←", plain, "\x1b[1;3D"),
            ("Home", application, "\x1bOH"),
            ("Delete", plain, "\x1b[3~"),
            ("ctrl-PgUp", plain, "\x1b[5;5~"),
        ] {
            let sent = encoded(key.parse().unwrap(), modes).unwrap();
            assert_eq!(String::from_utf8(sent).unwrap(), bytes, "{key}");
        }
        for (number, bytes) in
            [(1, "\x1bOP"), (4, "\x1bOS"), (5, "\x1b[15~"), (6, "\x1b[17~"), (12, "\x1b[24~")]
        {
            let sent = encoded(Key::code(KeyCode::F(number)), plain).unwrap();
            assert_eq!(String::from_utf8(sent).unwrap(), bytes, "F{number}");
        }
        assert_eq!(encoded(Key::code(KeyCode::CapsLock), plain), None);
    }

    #[test]
    fn a_pasted_text_cannot_end_its_own_marks_or_press_keys() {
        let marked = Modes { bracketed_paste: true, ..Modes::default() };
        assert_eq!(pasted("a\x1b[201~\x03rm\n", marked), b"\x1b[200~a[201~rm\r\x1b[201~");
        assert_eq!(pasted("a\r\nb\x1b", Modes::default()), b"a\rb");
    }
}
