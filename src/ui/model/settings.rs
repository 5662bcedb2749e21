//! What outlives one console: what the project sets, and what the user chose last time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the console is set to: by the command line, by portolan.toml, and by what the user chose before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Saved filters, by name; the project's own and those saved here.
    pub(crate) filters: BTreeMap<String, String>,
    /// What is kept from console to console.
    pub(crate) remembered: Remembered,
}

/// What is kept in a file from console to console, and rewritten when it changes. Unknown keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    /// How often a console was opened: newcomers get a hint.
    pub(crate) starts: u32,
    /// The theme, by name.
    pub(crate) theme: Option<String>,
    /// Rows of the table.
    pub(crate) table_rows: Option<u16>,
    /// Whether details stay open.
    pub(crate) details: bool,
    /// Whether long lines wrap.
    pub(crate) wrap: bool,
    /// How times are shown: `absolute`, `relative` or `off`.
    pub(crate) timestamps: Option<String>,
    /// Whether the mouse is ours.
    pub(crate) mouse: bool,
    /// Whether what is looked for is lit rather than filtered by.
    pub(crate) find: bool,
    /// Saved filters, by name.
    pub(crate) filters: BTreeMap<String, String>,
    /// Words that are kept lit.
    pub(crate) pins: Vec<String>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            starts: 0,
            theme: None,
            table_rows: None,
            details: false,
            wrap: false,
            timestamps: None,
            mouse: true,
            find: false,
            filters: BTreeMap::new(),
            pins: Vec::new(),
        }
    }
}
