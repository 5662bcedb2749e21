//! Which key, click or change of focus a sequence stands for.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{Found, Input};

/// The Esc key.
pub(super) fn escape() -> Event {
    Event::Key(KeyCode::Esc.into())
}

/// The character or control key at the start of `bytes`, which are not empty.
pub(super) fn typed(bytes: &[u8]) -> Found {
    let control = |code: u8| {
        let event = KeyEvent::new(KeyCode::Char(char::from(code)), KeyModifiers::CONTROL);
        Found::Whole(1, Some(Input::Event(Event::Key(event))))
    };
    match bytes[0] {
        b'\r' => Found::Whole(1, key(KeyCode::Enter)),
        b'\t' => Found::Whole(1, key(KeyCode::Tab)),
        0x08 | 0x7f => Found::Whole(1, key(KeyCode::Backspace)),
        0 => control(b' '),
        byte @ 0x01..=0x1a => control(byte - 1 + b'a'),
        byte @ 0x1c..=0x1f => control(byte - 0x1c + b'4'),
        _ => character(bytes),
    }
}

/// The same with Alt.
pub(super) fn with_alt(input: Input) -> Input {
    match input {
        Input::Event(Event::Key(mut key)) => {
            key.modifiers |= KeyModifiers::ALT;
            Input::Event(Event::Key(key))
        }
        other @ (Input::Event(_) | Input::Reply(_)) => other,
    }
}

/// ESC O and `code`.
pub(super) fn single_shift(code: u8) -> Option<Input> {
    key(match code {
        b'M' => KeyCode::Enter,
        _ => lettered(code)?,
    })
}

/// The Linux console's F1 to F5: ESC [ [ and `code`.
pub(super) fn console(code: u8) -> Option<Input> {
    matches!(code, b'A'..=b'E').then(|| key(KeyCode::F(1 + code - b'A'))).flatten()
}

/// ESC [, `parameters` and `code`.
pub(super) fn control(parameters: &[u8], code: u8) -> Option<Input> {
    if let Some(mouse) = parameters.strip_prefix(b"<") {
        return click(mouse, code);
    }
    if !parameters.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':')) {
        return None;
    }
    let mut values = numbers(parameters);
    let (first, second, third) = (values.next(), values.next(), values.next());
    let plain = parameters.is_empty();
    let (code, modifiers) = match code {
        b'I' if plain => return Some(Input::Event(Event::FocusGained)),
        b'O' if plain => return Some(Input::Event(Event::FocusLost)),
        b'Z' => (KeyCode::BackTab, KeyModifiers::SHIFT),
        b'~' if first == Some(27) => (unicode(third?)?, held(second)),
        b'~' => (numbered(first?)?, held(second)),
        b'u' => (unicode(first?)?, held(second)),
        code => (lettered(code)?, held(second)),
    };
    Some(Input::Event(Event::Key(KeyEvent::new(code, modifiers))))
}

/// The numbers of `parameters`, what follows a colon in each left out; one that is none, or too large, is 0.
pub(super) fn numbers(parameters: &[u8]) -> impl Iterator<Item = u16> {
    parameters.split(|&byte| byte == b';').map(|parameter| {
        let digits = parameter.split(|&byte| byte == b':').next().unwrap_or_default();
        std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
    })
}

fn key(code: KeyCode) -> Option<Input> {
    Some(Input::Event(Event::Key(code.into())))
}

fn character(bytes: &[u8]) -> Found {
    let window = &bytes[..bytes.len().min(4)];
    let (valid, broken) = match std::str::from_utf8(window) {
        Ok(text) => (text, None),
        Err(error) => {
            (std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or(""), Some(error.error_len()))
        }
    };
    match (valid.chars().next(), broken) {
        (Some(c), _) => Found::Whole(c.len_utf8(), pressed(c)),
        (None, Some(None)) => Found::Part,
        (None, Some(Some(_)) | None) => Found::Whole(1, None),
    }
}

fn pressed(c: char) -> Option<Input> {
    let modifiers = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    (!c.is_control()).then(|| Input::Event(Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))))
}

fn lettered(code: u8) -> Option<KeyCode> {
    Some(match code {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(1 + code - b'P'),
        _ => return None,
    })
}

fn numbered(number: u16) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F((number - 10) as u8),
        17..=21 => KeyCode::F((number - 11) as u8),
        23..=24 => KeyCode::F((number - 12) as u8),
        _ => return None,
    })
}

fn unicode(codepoint: u16) -> Option<KeyCode> {
    Some(match char::from_u32(u32::from(codepoint))? {
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{1b}' => KeyCode::Esc,
        '\u{8}' | '\u{7f}' => KeyCode::Backspace,
        c if c.is_control() => return None,
        c => KeyCode::Char(c),
    })
}

/// The modifiers that xterm's number stands for: one more than the sum of shift 1, alt 2, control 4.
fn held(number: Option<u16>) -> KeyModifiers {
    let bits = number.unwrap_or(1).saturating_sub(1);
    bits_held(bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
}

fn bits_held(shift: bool, alt: bool, control: bool) -> KeyModifiers {
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, shift);
    modifiers.set(KeyModifiers::ALT, alt);
    modifiers.set(KeyModifiers::CONTROL, control);
    modifiers
}

/// A mouse event (1006): ESC [ <, button, column and row from 1, and M for pressed or m for released.
fn click(parameters: &[u8], code: u8) -> Option<Input> {
    let mut values = numbers(parameters);
    let (bits, column, row) = (values.next()?, values.next()?, values.next()?);
    let button = match bits & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let (moves, wheel) = (bits & 32 != 0, bits & 64 != 0);
    let kind = match (wheel, moves, code) {
        (true, _, b'M') => match bits & 3 {
            0 => MouseEventKind::ScrollUp,
            1 => MouseEventKind::ScrollDown,
            2 => MouseEventKind::ScrollLeft,
            _ => MouseEventKind::ScrollRight,
        },
        (false, true, b'M') => button.map_or(MouseEventKind::Moved, MouseEventKind::Drag),
        (false, false, b'M') => MouseEventKind::Down(button?),
        (false, _, b'm') => MouseEventKind::Up(button?),
        _ => return None,
    };
    let modifiers = bits_held(bits & 4 != 0, bits & 8 != 0, bits & 16 != 0);
    let event = MouseEvent { kind, column: column.saturating_sub(1), row: row.saturating_sub(1), modifiers };
    Some(Input::Event(Event::Mouse(event)))
}
