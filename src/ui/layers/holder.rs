//! Ending whoever holds a port, asked twice.

use crate::ui::keys::Key;

use super::{Context, Outcome};

/// Ending whoever holds a port, asked twice.
#[derive(Debug)]
pub(crate) struct HolderDialog {
    pub(crate) service: crate::stack::ServiceName,
    pub(crate) port: crate::stack::Port,
    pub(crate) holder: crate::stack::PortHolder,
}

impl HolderDialog {
    pub(super) fn key(&mut self, _key: Key, _context: Context<'_>) -> Outcome {
        Outcome::close()
    }
}
