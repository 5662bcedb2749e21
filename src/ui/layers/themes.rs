//! Choosing colours, shown at once.

use crate::ui::keys::Key;

use super::{Context, Outcome};

/// Choosing colours, shown at once.
#[derive(Debug)]
pub(crate) struct Themes {
    pub(crate) before: Option<String>,
}

impl Themes {
    pub(super) fn key(&mut self, _key: Key, _context: Context<'_>) -> Outcome {
        Outcome::close()
    }
}
