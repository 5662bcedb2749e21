//! What stands in the hint line until the first key is pressed.

/// Whom a console greets. The greeting has the place of the hints until the first key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Welcome {
    /// Somebody at work: greeted the first times that they see a console.
    Worker,
    /// Somebody who tries things, and is told which: greeted each time.
    Visitor,
}

impl Welcome {
    /// Whether it is shown when so many consoles were opened, this one included.
    pub(super) fn is_shown(self, starts: u32) -> bool {
        match self {
            Self::Worker => starts <= 2,
            Self::Visitor => true,
        }
    }
}
