//! Choosing colours, shown at once.

use crossterm::event::KeyCode;

use crate::ui::keys::Key;
use crate::ui::msg::Request;

use super::layer::leaves;
use super::{Change, Outcome};

/// The themes by name, and what each is for. The first one is the default.
pub(crate) const THEMES: [(&str, &str); 5] = [
    ("auto", "whatever fits the terminal"),
    ("dark", "for dark grounds"),
    ("light", "for light grounds"),
    ("high-contrast", "the strongest contrast there is"),
    ("terminal", "the terminal's own six colours"),
];

/// The list of themes; the chosen one is already in use.
#[derive(Debug)]
pub(crate) struct Themes {
    /// The theme that was in use when the list was opened.
    before: String,
    pub(crate) at: usize,
}

impl Themes {
    pub(super) fn new(before: Option<&str>) -> Self {
        let before = before.unwrap_or(THEMES[0].0).to_owned();
        let at = THEMES.iter().position(|(name, _)| *name == before).unwrap_or(0);
        Self { before, at }
    }

    pub(super) fn key(&mut self, key: Key) -> Outcome {
        if leaves(key) {
            return Outcome::close().and(Request::Theme(self.before.clone()));
        }
        let (name, _) = THEMES[self.at];
        let last = THEMES.len() - 1;
        let to = match (key.event().code, key.typed()) {
            (KeyCode::Enter, _) => return Outcome::close().changing(Change::Theme(name.to_owned())),
            (KeyCode::Down | KeyCode::Tab, _) | (_, Some('j')) => self.at + 1,
            (KeyCode::Up | KeyCode::BackTab, _) | (_, Some('k')) => self.at.saturating_sub(1),
            (KeyCode::Home, _) => 0,
            (KeyCode::End, _) => last,
            (_, _) => return Outcome::stay(),
        };
        self.at = to.min(last);
        Outcome::stay().and(Request::Theme(THEMES[self.at].0.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_shows_a_theme_enter_keeps_it_and_esc_brings_back_the_old_one() {
        let mut themes = Themes::new(Some("dark"));
        let show = |name: &str| vec![Request::Theme(name.to_owned())];
        assert_eq!(themes.key(Key::code(KeyCode::Down)).requests, show("light"));
        let outcome = themes.key(Key::code(KeyCode::Esc));
        assert_eq!((outcome.close, outcome.requests), (true, show("dark")));
        assert_eq!(themes.key(Key::code(KeyCode::End)).requests, show("terminal"));
        assert_eq!(themes.key(Key::code(KeyCode::Down)).requests, show("terminal"));
        let outcome = themes.key(Key::code(KeyCode::Enter));
        assert_eq!(outcome.changes, [Change::Theme("terminal".to_owned())]);
    }
}
