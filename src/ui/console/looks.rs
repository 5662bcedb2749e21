//! Themes and highlights, put together from what the project sets, what was chosen, and what the terminal can show.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

use crate::stack::{ConsoleSpec, HighlightColor, HighlightSpec, HighlightStyle, ThemeChoice, UnixMillis};
use crate::ui::text::{Highlighter, Pattern};
use crate::ui::theme::{
    Answers, CustomTheme, Depth, Environment, Glyphs, Palette, Role, Theme, ThemeSetting, choose,
};
use crate::ui::view::Look;

/// What the look of the console depends on.
#[derive(Clone, Debug)]
pub(super) struct Looks {
    pub(super) environment: Environment,
    pub(super) answers: Answers,
    pub(super) ascii: bool,
    pub(super) motion: bool,
    pub(super) highlights: Vec<HighlightSpec>,
    /// The user's own themes, by name.
    pub(super) themes: BTreeMap<String, CustomTheme>,
}

impl Looks {
    /// The look for a theme's name; what has no such name looks as the terminal would have it.
    pub(super) fn of(&self, theme: &str) -> Result<Look, String> {
        let setting = match self.themes.get(theme) {
            Some(own) => ThemeSetting::Custom(own.clone()),
            None => setting(theme),
        };
        let colour_blind = theme == "colour-blind";
        let palette = choose(&setting, &self.environment, &self.answers, colour_blind);
        let highlighter = Highlighter::new(&self.patterns(&palette));
        let highlighter = highlighter.map_err(|error| format!("failed to read the highlight {error}"))?;
        let glyphs = Glyphs::new(self.answers.glyphs(self.ascii));
        let theme = Theme { palette, glyphs, motion: self.motion };
        Ok(Look { theme, highlighter, query: None, fails_at: fails_at() })
    }

    fn patterns(&self, palette: &Palette) -> Vec<Pattern> {
        let patterns = self.highlights.iter().map(|highlight| Pattern {
            name: highlight.name.clone(),
            regex: highlight.pattern.clone(),
            style: style(highlight, palette),
        });
        patterns.collect()
    }
}

/// When a view is to panic, which only tests ask for, and only of debug builds.
fn fails_at() -> Option<UnixMillis> {
    if !cfg!(debug_assertions) {
        return None;
    }
    std::env::var("PORTOLAN_PANIC_IN_VIEW").ok()?.parse().ok().map(UnixMillis)
}

/// The name of the theme that a project sets.
pub(super) fn theme_of(spec: &ConsoleSpec) -> &'static str {
    match spec.theme {
        ThemeChoice::Auto => "auto",
        ThemeChoice::Dark => "dark",
        ThemeChoice::Light => "light",
        ThemeChoice::HighContrast => "high-contrast",
        ThemeChoice::Terminal => "terminal",
    }
}

fn setting(theme: &str) -> ThemeSetting {
    match theme {
        "dark" => ThemeSetting::Dark,
        "light" => ThemeSetting::Light,
        "high-contrast" => ThemeSetting::HighContrast,
        "terminal" => ThemeSetting::Terminal,
        _ => ThemeSetting::Auto,
    }
}

/// How what matches a highlight is painted.
fn style(highlight: &HighlightSpec, palette: &Palette) -> Style {
    let colour = match highlight.style {
        HighlightStyle::Lit => return palette.style(Role::Match),
        HighlightStyle::Warn => return palette.style(Role::Warn),
        HighlightStyle::Error => return palette.style(Role::Error),
        HighlightStyle::Color(colour) => colour,
    };
    if palette.choice().depth == Depth::Monochrome {
        return Style::new().add_modifier(Modifier::UNDERLINED);
    }
    Style::new().fg(match colour {
        HighlightColor::Red => Color::Red,
        HighlightColor::Green => Color::Green,
        HighlightColor::Yellow => Color::Yellow,
        HighlightColor::Blue => Color::Blue,
        HighlightColor::Magenta => Color::Magenta,
        HighlightColor::Cyan => Color::Cyan,
    })
}
