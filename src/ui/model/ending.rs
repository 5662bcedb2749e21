//! How far the console is on its way out.

/// Whether, and how, the console is ending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is not.
    #[default]
    Not,
    /// The stack was told to go down; the console stays to show it.
    Stopping,
    /// The stack was told to die.
    Killing,
    /// The console is to close now; the stack lives on, or is gone.
    Over,
}
