//! A service's own terminal: what is typed goes to the program, as xterm would send it.

mod encode;
mod pane;

pub(crate) use pane::TerminalPane;
