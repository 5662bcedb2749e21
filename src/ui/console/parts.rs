//! What a console is opened with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::handle::Handle;
use crate::logs::RunLogs;
use crate::stack::ConsoleSpec;
use crate::ui::model::Welcome;
use crate::ui::terminal::Restorer;
use crate::ui::theme::{CustomTheme, Environment};

use super::Outside;

/// What a console needs.
pub struct ConsoleParts {
    /// The stack.
    pub handle: Handle,
    /// What its services print.
    pub logs: RunLogs,
    /// What the project sets.
    pub spec: ConsoleSpec,
    /// Whom it greets.
    pub welcome: Welcome,
    /// The desktop.
    pub outside: Arc<dyn Outside>,
    /// The folder of all state, and that of this stack.
    pub state: (PathBuf, PathBuf),
    /// What the environment says of the terminal.
    pub environment: Environment,
    /// The user's own themes, by name.
    pub themes: BTreeMap<String, CustomTheme>,
    /// Whether only ASCII is to be drawn.
    pub ascii: bool,
    /// The offset of this place from UTC in seconds.
    pub utc_offset: i32,
    /// Told once how to give the terminal back, for whoever ends the process.
    pub restorer: Box<dyn FnOnce(Restorer) + Send>,
}
