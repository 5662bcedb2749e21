//! Any command or service, found by a few letters of its name.

use crate::ui::keys::Key;

use super::{Context, Outcome};

/// Any command or service, found by a few letters of its name.
#[derive(Debug)]
pub(crate) struct Palette {
    pub(crate) input: tui_input::Input,
}

impl Palette {
    pub(super) fn key(&mut self, _key: Key, _context: Context<'_>) -> Outcome {
        Outcome::close()
    }
}
