//! A service's terminal.

use crate::ui::keys::Key;

use super::{Context, Outcome};

/// A service's terminal.
#[derive(Debug)]
pub(crate) struct TerminalPane {
    pub(crate) service: crate::stack::ServiceName,
}

impl TerminalPane {
    pub(super) fn key(&mut self, _key: Key, _context: Context<'_>) -> Outcome {
        Outcome::close()
    }
}
