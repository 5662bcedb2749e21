//! A line of text to be typed, and what it is for.

use tui_input::Input;

use crate::stack::ServiceName;
use crate::ui::keys::Key;

use super::{Context, Outcome};

/// A line being typed.
#[derive(Debug)]
pub(crate) struct LineDialog {
    pub(crate) what: LineFor,
    pub(crate) input: Input,
}

/// What a line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineFor {
    /// To be sent to a service's standard input.
    Stdin(ServiceName),
    /// A word to be kept lit.
    Pin,
    /// The name under which this filter is kept.
    FilterName(String),
}

impl LineDialog {
    pub(super) fn key(&mut self, _key: Key, _context: Context<'_>) -> Outcome {
        Outcome::close()
    }
}
