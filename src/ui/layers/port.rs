//! Another port for a service: what is free, who holds what, what restarts.

use crate::ui::keys::Key;

use super::{Context, Outcome};

/// Another port for a service: what is free, who holds what, what restarts.
#[derive(Debug)]
pub(crate) struct PortDialog {
    pub(crate) service: crate::stack::ServiceName,
}

impl PortDialog {
    pub(super) fn key(&mut self, _key: Key, _context: Context<'_>) -> Outcome {
        Outcome::close()
    }
}
