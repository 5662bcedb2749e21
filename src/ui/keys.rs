//! Keys as people write them (`ctrl-f`, `pgup`, `P`), and as terminals send them.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key with its modifiers. Shift is part of the character (`P`), as terminals have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    ctrl: bool,
    alt: bool,
}

/// Why a text names no key; completes "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the key {text:?}: keys are written like j, P, space, ctrl-f, pgup, up, enter, esc")]
pub(crate) struct KeyError {
    text: String,
}

/// Keys that have a name; the first name of a code is the one shown.
const NAMED: &[(&str, KeyCode)] = &[
    ("↑", KeyCode::Up),
    ("↓", KeyCode::Down),
    ("←", KeyCode::Left),
    ("→", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Space", KeyCode::Char(' ')),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("pageup", KeyCode::PageUp),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
];

impl Key {
    /// A character without modifiers.
    pub(crate) const fn char(c: char) -> Self {
        Self { code: KeyCode::Char(c), ctrl: false, alt: false }
    }

    /// A character with the control key.
    pub(crate) const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), ctrl: true, alt: false }
    }

    /// A key that is no character.
    pub(crate) const fn code(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// What a terminal sent. Upper case and Shift with lower case are the same.
    pub(crate) fn of(event: &KeyEvent) -> Self {
        let shifted = event.modifiers.contains(KeyModifiers::SHIFT);
        let code = match event.code {
            KeyCode::Char(c) if shifted && c.is_lowercase() => KeyCode::Char(c.to_ascii_uppercase()),
            KeyCode::BackTab => KeyCode::BackTab,
            code => code,
        };
        Self {
            code,
            ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
        }
    }

    /// The character that typing this key gives.
    pub(crate) fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// The event of this key, for widgets that take those.
    pub(crate) fn event(self) -> KeyEvent {
        let mut modifiers = KeyModifiers::NONE;
        modifiers.set(KeyModifiers::CONTROL, self.ctrl);
        modifiers.set(KeyModifiers::ALT, self.alt);
        KeyEvent::new(self.code, modifiers)
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError { text: text.to_owned() };
        let (mut rest, mut ctrl, mut alt) = (text, false, false);
        loop {
            let lower = rest.get(..5).map(str::to_ascii_lowercase);
            match lower.as_deref() {
                Some("ctrl-") if rest.len() > 5 => (rest, ctrl) = (&rest[5..], true),
                _ if rest.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("alt-"))
                    && rest.len() > 4 =>
                {
                    (rest, alt) = (&rest[4..], true);
                }
                Some(_) | None => break,
            }
        }
        let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(rest));
        let mut chars = rest.chars();
        let code = match (named, chars.next(), chars.next()) {
            (Some((_, code)), _, _) => *code,
            (None, Some(c), None) if !c.is_control() => KeyCode::Char(c),
            (None, _, _) => return Err(wrong()),
        };
        Ok(Self { code, ctrl, alt })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        match NAMED.iter().find(|(_, code)| *code == self.code) {
            Some((name, _)) => f.write_str(name),
            None => match self.code {
                KeyCode::Char(c) => write!(f, "{c}"),
                code => write!(f, "{code:?}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_shown() {
        for text in ["j", "P", "Space", "ctrl-f", "PgUp", "Enter", "Esc", "/", "alt-x", "↑", "-", "+"] {
            let key: Key = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
        }
        assert_eq!("up".parse::<Key>(), "↑".parse::<Key>());
    }

    #[test]
    fn what_is_no_key_says_how_keys_are_written() {
        for text in ["", "ctrl-", "foo", "ctrl-foo", "\n"] {
            let error = text.parse::<Key>().unwrap_err().to_string();
            assert!(error.contains("ctrl-f"), "{error}");
        }
    }

    #[test]
    fn shift_is_part_of_the_character() {
        let shifted = KeyEvent::new(KeyCode::Char('p'), KeyModifiers::SHIFT);
        assert_eq!(Key::of(&shifted), Key::char('P'));
        let upper = KeyEvent::new(KeyCode::Char('P'), KeyModifiers::SHIFT);
        assert_eq!(Key::of(&upper), Key::char('P'));
    }
}
