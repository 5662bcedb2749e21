//! The edge to the terminal: its modes, what it is asked at the start, one write a frame, and what it sends.
//!
//! Impure, and the only part of the console that is. Decides nothing about what is shown or what a key does, and
//! reads no configuration.
//!
//! # A terminal that does not read
//!
//! A hung connection or a stopped multiplexer takes no output. The terminal is opened anew, so that it can be set
//! to not block without doing so to whoever shares our standard streams; a frame waits for room, and that holds up
//! nobody but the thread that draws. [`Restorer::restore`] can be called meanwhile from any other thread: the frame
//! is given up, and leaving waits for room no longer than [`LEAVE_PATIENCE`].

mod clipboard;
mod line;
mod screen;
mod sequences;

#[cfg(unix)]
mod decoder;
#[cfg(unix)]
mod input;
#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;
#[cfg(unix)]
mod query;
#[cfg(test)]
#[cfg(unix)]
mod tests;

pub use clipboard::{CopyError, copy_sequence};
pub use line::{LEAVE_PATIENCE, Restorer};
pub use platform::{Events, Modes, Tty};
pub use screen::{Entered, Screen, ScreenError, ScreenOptions, TerminalEvent};
