//! What outlives one console: what the project sets, and what the user chose last time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Stamps;

/// What the console is set to: by the command line, by portolan.toml, and by what the user chose before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Saved filters, by name; the project's own and those saved here.
    pub(crate) filters: BTreeMap<String, String>,
    /// What the project sets, for those who have chosen nothing else.
    pub(crate) project: ProjectLook,
    /// The user's own themes, by name.
    pub(crate) themes: Vec<String>,
    /// What is kept from console to console.
    pub(crate) remembered: Remembered,
}

/// How a project wants its console to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProjectLook {
    /// The theme, by name.
    pub(crate) theme: String,
    /// How times are shown.
    pub(crate) stamps: Stamps,
    /// Whether long lines wrap.
    pub(crate) wrap: bool,
    /// Whether the mouse is ours.
    pub(crate) mouse: bool,
}

impl Settings {
    /// The theme in use, by name.
    pub(crate) fn theme(&self) -> &str {
        self.remembered.theme.as_deref().unwrap_or(&self.project.theme)
    }

    /// How times are shown at first.
    pub(crate) fn stamps(&self) -> Stamps {
        self.remembered.timestamps.as_deref().and_then(Stamps::named).unwrap_or(self.project.stamps)
    }

    /// Whether long lines wrap at first.
    pub(crate) fn wrap(&self) -> bool {
        self.remembered.wrap.unwrap_or(self.project.wrap)
    }

    /// Whether the mouse is ours.
    pub(crate) fn mouse(&self) -> bool {
        self.remembered.mouse.unwrap_or(self.project.mouse)
    }
}

impl Default for ProjectLook {
    fn default() -> Self {
        Self { theme: "auto".to_owned(), stamps: Stamps::Absolute, wrap: false, mouse: true }
    }
}

/// What is kept in a file from console to console, and rewritten when it changes. Unknown keys are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    /// How often a console was opened: newcomers get a hint.
    pub(crate) starts: u32,
    /// The theme, by name.
    pub(crate) theme: Option<String>,
    /// Rows of the table.
    pub(crate) table_rows: Option<u16>,
    /// Whether details stay open, or closed.
    pub(crate) details: Option<bool>,
    /// Whether long lines wrap.
    pub(crate) wrap: Option<bool>,
    /// How times are shown: `absolute`, `relative` or `off`.
    pub(crate) timestamps: Option<String>,
    /// Whether the mouse is ours.
    pub(crate) mouse: Option<bool>,
    /// Whether what is looked for is lit rather than filtered by.
    pub(crate) find: bool,
    /// Saved filters, by name.
    pub(crate) filters: BTreeMap<String, String>,
    /// Words that are kept lit.
    pub(crate) pins: Vec<String>,
}
