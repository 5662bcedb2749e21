//! All keys, by where they count.

use crate::ui::keys::Key;

use super::{Context, Outcome};

/// All keys, by where they count.
#[derive(Debug)]
pub(crate) struct Help {
    pub(crate) offset: usize,
}

impl Help {
    pub(super) fn key(&mut self, _key: Key, _context: Context<'_>) -> Outcome {
        Outcome::close()
    }
}
