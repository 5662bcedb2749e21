//! How a console ends.

use crate::ui::terminal::ScreenError;

/// Why a console closed. The terminal is given back by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// The user told the stack to go down, and it went.
    Down {
        /// With Ctrl-C rather than by a command.
        interrupted: bool,
    },
    /// The user left an attached console; the stack lives on.
    Left,
    /// The stack ended without the user's asking here.
    Over,
    /// The terminal is gone.
    Gone,
}

/// Why there is no console; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The terminal could not be taken over; it is as it was.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// There is no runtime for it.
    #[error("start the console: {0}")]
    Runtime(#[source] std::io::Error),
    /// The stack does not answer.
    #[error("ask the stack: {0}")]
    Stack(#[from] crate::handle::HandleError),
    /// The keys or patterns in portolan.toml cannot be used; every problem, rendered.
    #[error("read the console's settings:\n{0}")]
    Settings(String),
}
