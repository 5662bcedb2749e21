//! The user's own theme, as TOML: a base, and other colours for some roles. Reads text, never a file.

use thiserror::Error;

use super::{Choice, Depth, Ink, Palette, Rgb, Role, Scheme};

/// A theme of the user's own: a built-in one with other colours for some roles.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomTheme {
    base: Scheme,
    roles: Vec<(Role, Ink)>,
    services: Vec<Ink>,
}

/// Why a theme could not be read; completes "failed to read the theme: ".
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ThemeError {
    /// It is not TOML.
    #[error("it is not TOML: {0}")]
    Syntax(String),
    /// A key means nothing.
    #[error("`{key}` is no role; there are {}", known_keys())]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// The base is none of the built-in themes.
    #[error(
        "`base` is {found}; use \"dark\", \"light\", \"high-contrast-dark\", \"high-contrast-light\" or \"terminal\""
    )]
    UnknownBase {
        /// What it is.
        found: String,
    },
    /// A value is no colour.
    #[error(
        "`{key}` is {found}; use \"#rrggbb\", a number from 0 to 255, or one of red, green, yellow, blue, magenta, cyan"
    )]
    NoColour {
        /// The key.
        key: String,
        /// What it is.
        found: String,
    },
    /// The colours of services are not a list.
    #[error("`services` is {found}; use a list of colours, [\"#7fb4ff\", 114, \"cyan\"]")]
    NoList {
        /// What it is.
        found: String,
    },
}

/// The keys of a theme, and what they paint.
const KEYS: [(&str, Role); 14] = [
    ("text", Role::Text),
    ("muted", Role::Muted),
    ("rule", Role::Rule),
    ("focus", Role::Focus),
    ("accent", Role::Accent),
    ("healthy", Role::Healthy),
    ("starting", Role::Starting),
    ("warn", Role::Warn),
    ("error", Role::Error),
    ("idle", Role::Idle),
    ("selection", Role::Selection),
    ("match", Role::Match),
    ("current_match", Role::CurrentMatch),
    ("dialog", Role::Dialog),
];

impl CustomTheme {
    /// Reads a theme: `base = "dark"`, `services = [colours]`, and `role = colour` for any roles.
    ///
    /// # Errors
    ///
    /// Names the first key, in the order of the text, that means nothing or has no colour.
    pub fn from_toml(text: &str) -> Result<Self, ThemeError> {
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| ThemeError::Syntax(error.message().to_owned()))?;
        let mut theme = Self { base: Scheme::Dark, roles: Vec::new(), services: Vec::new() };
        for (key, value) in &table {
            match key.as_str() {
                "base" => theme.base = base(value)?,
                "services" => {
                    let list =
                        value.as_array().ok_or_else(|| ThemeError::NoList { found: value.to_string() })?;
                    theme.services = list.iter().map(|value| ink(key, value)).collect::<Result<_, _>>()?;
                }
                _ => {
                    let known = KEYS.iter().find(|(name, _)| name == key);
                    let (_, role) = known.ok_or_else(|| ThemeError::UnknownKey { key: key.clone() })?;
                    theme.roles.push((*role, ink(key, value)?));
                }
            }
        }
        Ok(theme)
    }

    /// The palette of this theme for a terminal of `depth`.
    pub fn palette(&self, depth: Depth, colour_blind: bool) -> Palette {
        let mut palette = Palette::new(Choice { scheme: self.base, depth }, colour_blind);
        for (role, ink) in &self.roles {
            palette.set(*role, *ink);
        }
        if !self.services.is_empty() {
            palette.set_services(&self.services);
        }
        palette
    }
}

fn base(value: &toml::Value) -> Result<Scheme, ThemeError> {
    match value.as_str() {
        Some("dark") => Ok(Scheme::Dark),
        Some("light") => Ok(Scheme::Light),
        Some("high-contrast-dark") => Ok(Scheme::HighContrastDark),
        Some("high-contrast-light") => Ok(Scheme::HighContrastLight),
        Some("terminal") => Ok(Scheme::Terminal),
        Some(_) | None => Err(ThemeError::UnknownBase { found: value.to_string() }),
    }
}

fn ink(key: &str, value: &toml::Value) -> Result<Ink, ThemeError> {
    let named = |name: &str| match name {
        "red" => Some(Ink::Index(1)),
        "green" => Some(Ink::Index(2)),
        "yellow" => Some(Ink::Index(3)),
        "blue" => Some(Ink::Index(4)),
        "magenta" => Some(Ink::Index(5)),
        "cyan" => Some(Ink::Index(6)),
        other => Rgb::parse(other).map(Ink::Rgb),
    };
    let found = match value {
        toml::Value::String(text) => named(text),
        toml::Value::Integer(index) => u8::try_from(*index).ok().map(Ink::Index),
        _ => None,
    };
    found.ok_or_else(|| ThemeError::NoColour { key: key.to_owned(), found: value.to_string() })
}

fn known_keys() -> String {
    let names: Vec<_> = KEYS.iter().map(|(name, _)| *name).collect();
    format!("base, services, {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Color;

    #[test]
    fn a_theme_changes_what_it_names_and_nothing_else() {
        let theme =
            CustomTheme::from_toml("base = 'light'\naccent = '#102030'\nerror = 9\nservices = ['cyan']")
                .unwrap();
        let palette = theme.palette(Depth::True, false);
        assert_eq!(palette.style(Role::Accent).fg, Some(Color::Rgb(0x10, 0x20, 0x30)));
        assert_eq!(palette.style(Role::Error).fg, Some(Color::Indexed(9)));
        assert_eq!(palette.service(5).fg, Some(Color::Indexed(6)));
        let light = Palette::new(Choice { scheme: Scheme::Light, depth: Depth::True }, false);
        assert_eq!(palette.style(Role::Warn), light.style(Role::Warn));
    }

    #[test]
    fn a_theme_comes_down_to_what_the_terminal_has() {
        let theme = CustomTheme::from_toml("accent = '#ff1010'\nmatch = '#ff1010'").unwrap();
        let few = theme.palette(Depth::Ansi, false);
        assert_eq!(few.style(Role::Accent).fg, Some(Color::Red));
        assert_eq!(few.style(Role::Match).bg, None);
        assert_eq!(theme.palette(Depth::Monochrome, false).style(Role::Accent).fg, None);
    }

    #[test]
    fn errors_name_the_key_and_the_remedy() {
        let error = |text| CustomTheme::from_toml(text).unwrap_err().to_string();
        assert!(error("acent = 1").starts_with("`acent` is no role; there are base, services, text,"));
        assert_eq!(
            error("accent = '#12345'"),
            "`accent` is \"#12345\"; use \"#rrggbb\", a number from 0 to 255, or one of red, green, yellow, blue, \
             magenta, cyan"
        );
        assert!(error("accent = 256").contains("`accent` is 256;"));
        assert!(error("services = 3").contains("use a list"));
        assert!(error("base = 'solarized'").contains("high-contrast-dark"));
        assert!(error("base = ").starts_with("it is not TOML"));
    }

    #[test]
    fn every_role_can_be_painted() {
        assert_eq!(KEYS.map(|(_, role)| role), Role::ALL);
    }
}
