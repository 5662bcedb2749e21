//! Choosing colours, shown at once.

use crossterm::event::KeyCode;

use crate::ui::keys::Key;
use crate::ui::model::Settings;
use crate::ui::msg::Request;

use super::layer::leaves;
use super::{Change, Outcome};

/// The themes by name, and what each is for. The first one is the default.
pub(crate) const THEMES: [(&str, &str); 6] = [
    ("auto", "whatever fits the terminal"),
    ("dark", "for dark grounds"),
    ("light", "for light grounds"),
    ("high-contrast", "the strongest contrast there is"),
    ("terminal", "the terminal's own six colours"),
    ("colour-blind", "blue and orange instead of green and red"),
];

/// The themes that there are: ours, then the user's own.
pub(crate) fn names(settings: &Settings) -> Vec<String> {
    let ours = THEMES.iter().map(|(name, _)| (*name).to_owned());
    let own = settings.themes.iter().filter(|own| !THEMES.iter().any(|(name, _)| name == own)).cloned();
    ours.chain(own).collect()
}

/// What a theme is for.
pub(crate) fn about(name: &str) -> &'static str {
    THEMES.iter().find(|(known, _)| *known == name).map_or("your own", |(_, about)| about)
}

/// The list of themes; the chosen one is already in use.
#[derive(Debug)]
pub(crate) struct Themes {
    /// The theme that was in use when the list was opened.
    before: String,
    pub(crate) names: Vec<String>,
    pub(crate) at: usize,
}

impl Themes {
    pub(super) fn new(settings: &Settings) -> Self {
        let (before, names) = (settings.theme().to_owned(), names(settings));
        let at = names.iter().position(|name| *name == before).unwrap_or(0);
        Self { before, names, at }
    }

    pub(super) fn key(&mut self, key: Key) -> Outcome {
        if leaves(key) {
            return Outcome::close().and(Request::Theme(self.before.clone()));
        }
        let last = self.names.len().saturating_sub(1);
        let to = match (key.event().code, key.typed()) {
            (KeyCode::Enter, _) => return Outcome::close().changing(Change::Theme(self.chosen())),
            (KeyCode::Down | KeyCode::Tab, _) | (_, Some('j')) => self.at + 1,
            (KeyCode::Up | KeyCode::BackTab, _) | (_, Some('k')) => self.at.saturating_sub(1),
            (KeyCode::Home, _) => 0,
            (KeyCode::End, _) => last,
            (_, _) => return Outcome::stay(),
        };
        self.at = to.min(last);
        Outcome::stay().and(Request::Theme(self.chosen()))
    }

    fn chosen(&self) -> String {
        self.names.get(self.at).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_shows_a_theme_enter_keeps_it_and_esc_brings_back_the_old_one() {
        let mut settings = Settings { themes: vec!["mine".to_owned()], ..Settings::default() };
        settings.remembered.theme = Some("dark".to_owned());
        let mut themes = Themes::new(&settings);
        let show = |name: &str| vec![Request::Theme(name.to_owned())];
        assert_eq!(themes.key(Key::code(KeyCode::Down)).requests, show("light"));
        let outcome = themes.key(Key::code(KeyCode::Esc));
        assert_eq!((outcome.close, outcome.requests), (true, show("dark")));
        assert_eq!(themes.key(Key::code(KeyCode::End)).requests, show("mine"));
        assert_eq!(themes.key(Key::code(KeyCode::Down)).requests, show("mine"));
        let outcome = themes.key(Key::code(KeyCode::Enter));
        assert_eq!(outcome.changes, [Change::Theme("mine".to_owned())]);
    }
}
