//! The state of the console as a whole: screen, focus, and what lies on top.

use super::{Ending, FindingsState, LogsState, Recent, Settings, Spot, TableState, Toast, Undo, Welcome};
use std::collections::BTreeMap;

use ratatui::layout::Size;

use crate::stack::UnixMillis;
use crate::ui::keymap::{Keymap, Scope};
use crate::ui::layers::Layer;
use crate::ui::layout::WIDE;

/// The state of the console itself. Only `update` changes it.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) size: Size,
    pub(crate) screen: Screen,
    pub(crate) focus: Focus,
    pub(crate) table: TableState,
    pub(crate) logs: LogsState,
    pub(crate) findings: FindingsState,
    /// What lies on top, the last one topmost.
    pub(crate) layers: Vec<Layer>,
    pub(crate) toast: Option<Toast>,
    /// Which row of each full-window list is selected.
    pub(crate) lists: BTreeMap<Screen, usize>,
    pub(crate) ending: Ending,
    /// Whether the stack was told to go down from here, and whether with Ctrl-C.
    pub(crate) told_down: bool,
    pub(crate) interrupted: bool,
    /// Whether details are shown, if the user said; where there is room for them otherwise.
    pub(crate) details: Option<bool>,
    /// The greeting, while it is shown.
    pub(crate) welcome: Option<Welcome>,
    /// Whether any key was pressed yet: until then failures may move the selection.
    pub(crate) touched: bool,
    /// Whether the stack has come up, or given up, once: from then on nothing moves the selection by itself.
    pub(crate) started: bool,
    /// Whether the terminal has our window in focus.
    pub(crate) focused: bool,
    /// What the user set, here and in portolan.toml.
    pub(crate) settings: Settings,
    pub(crate) keymap: Keymap,
    /// Views as they were, for undo, the latest last.
    pub(crate) undo: Vec<Undo>,
    /// The snapshot for which, and when, a full-window view was last asked for.
    pub(crate) asked: (u64, UnixMillis),
    /// What was looked for before, the latest first.
    pub(crate) history: Vec<String>,
    /// What was used a moment ago.
    pub(crate) recent: Recent,
    /// What a pressed mouse button began.
    pub(crate) drag: Option<Drag>,
    /// Whether following goes on when the button is let go.
    pub(crate) thawing: bool,
}

/// What fills the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Screen {
    #[default]
    Main,
    Waterfall,
    Graph,
    Ports,
    Environment,
    Events,
}

/// Which pane of the main screen keys go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    Services,
    Logs,
}

/// What moving the mouse with its button down does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drag {
    /// Moves the rule between table and logs.
    Rule,
    /// Selects text, from this place on.
    Text(Spot),
}

impl Model {
    /// The console as it opens.
    pub(crate) fn new(size: Size, settings: Settings, keymap: Keymap, welcome: Welcome) -> Self {
        Self {
            size,
            screen: Screen::Main,
            focus: Focus::Services,
            table: TableState { rows: settings.remembered.table_rows, ..TableState::default() },
            logs: LogsState::new(&settings),
            findings: FindingsState::default(),
            layers: Vec::new(),
            toast: None,
            lists: BTreeMap::new(),
            ending: Ending::Not,
            told_down: false,
            interrupted: false,
            details: settings.remembered.details,
            welcome: welcome.is_shown(settings.remembered.starts).then_some(welcome),
            touched: false,
            started: false,
            focused: true,
            settings,
            keymap,
            undo: Vec::new(),
            asked: (0, UnixMillis(0)),
            history: Vec::new(),
            recent: Recent::default(),
            drag: None,
            thawing: false,
        }
    }

    /// Whether the details of the selected service are shown.
    pub(crate) fn shows_details(&self) -> bool {
        self.details.unwrap_or(self.size.width >= WIDE)
    }

    /// Where keys count now, as far as that does not depend on facts.
    pub(crate) fn scope(&self) -> Scope {
        match (self.screen, self.focus) {
            (Screen::Main, Focus::Services) => Scope::Services,
            (Screen::Main, Focus::Logs) => Scope::Logs,
            // Their rows are services: what can be done to one in the table can be done there.
            (Screen::Waterfall | Screen::Graph | Screen::Ports | Screen::Events, _) => Scope::Services,
            (Screen::Environment, _) => Scope::Anywhere,
        }
    }
}
