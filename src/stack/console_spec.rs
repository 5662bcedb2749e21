//! What portolan.toml says about the console: how it looks, what it lights, saved filters and keys.
//!
//! Only words of the file, checked as far as that needs no other room: which actions exist is the console's
//! knowledge, what a filter may say that of the logs. No service depends on any of it, so a change restarts none.

use serde::{Deserialize, Serialize};

/// `[console]`, `[highlight]`, `[filters]` and `[keys]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsoleSpec {
    /// The colours.
    pub theme: ThemeChoice,
    /// Whether the console takes the mouse, or leaves it to the terminal.
    pub mouse: bool,
    /// Whether anything moves by itself.
    pub motion: bool,
    /// How the times of log lines are shown at first.
    pub timestamps: TimestampChoice,
    /// Whether long log lines are wrapped at first.
    pub wrap: bool,
    /// What is lit in log lines besides what the console knows itself, in the order of the file.
    pub highlights: Vec<HighlightSpec>,
    /// Saved filters, in the order of the file.
    pub filters: Vec<FilterSpec>,
    /// Keys that are not the usual ones, in the order of the file.
    pub keys: Vec<KeySpec>,
}

/// Which colours the console has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    /// Those that fit the terminal's background.
    #[default]
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// With more contrast, for either background.
    HighContrast,
    /// The terminal's own sixteen.
    Terminal,
}

/// How the times of log lines are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimestampChoice {
    /// The time of day.
    #[default]
    Absolute,
    /// How long ago.
    Relative,
    /// Not at all.
    Off,
}

/// One entry of `[highlight]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighlightSpec {
    /// Its name.
    pub name: String,
    /// A valid regular expression, for one line.
    pub pattern: String,
    /// How matches are shown.
    pub style: HighlightStyle,
}

/// How a match of a highlight is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HighlightStyle {
    /// Lit as a match of a search is.
    #[default]
    Lit,
    /// As a warning.
    Warn,
    /// As an error.
    Error,
    /// In this colour.
    Color(HighlightColor),
}

/// The colours that a highlight may ask for: those that every terminal can show on any background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "a colour's name says it")]
pub enum HighlightColor {
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
}

/// One entry of `[filters]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterSpec {
    /// Its name.
    pub name: String,
    /// What it says, as written.
    pub text: String,
}

/// One entry of `[keys]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySpec {
    /// The action's name, as written.
    pub action: String,
    /// The keys that do it instead of the usual ones, as written; none takes them away.
    pub keys: Vec<String>,
}

impl Default for ConsoleSpec {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            mouse: true,
            motion: true,
            timestamps: TimestampChoice::default(),
            wrap: false,
            highlights: Vec::new(),
            filters: Vec::new(),
            keys: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_writes_another_reads() {
        let spec = ConsoleSpec {
            theme: ThemeChoice::HighContrast,
            highlights: vec![HighlightSpec {
                name: "slow".into(),
                pattern: "slow".into(),
                style: HighlightStyle::Color(HighlightColor::Cyan),
            }],
            filters: vec![FilterSpec { name: "bad".into(), text: "level:error".into() }],
            keys: vec![KeySpec { action: "quit".into(), keys: vec!["Q".into()] }],
            ..ConsoleSpec::default()
        };
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<ConsoleSpec>(&text).unwrap(), spec);
        assert_eq!(serde_json::from_str::<ConsoleSpec>("{}").unwrap(), ConsoleSpec::default());
    }
}
