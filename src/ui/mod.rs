//! The console: what a person sees of a running stack in a terminal, and what their keys do to it.
//!
//! Facts of the stack (`facts`) and the state of the console (`model`) stand apart. `update` is a pure function from a
//! message to a changed model and requests; `view` one from both to cells. The loop (`console`) is the only place that
//! waits, reads the log store, speaks to the stack and writes to the terminal; nothing here decides anything about
//! services.

mod action;
mod console;
mod facts;
mod field;
mod keymap;
mod keys;
mod layers;
mod layout;
mod model;
mod msg;
#[cfg(test)]
mod samples;
pub mod terminal;
pub mod text;
pub mod theme;
mod update;
mod view;

pub use console::{Applied, ConsoleError, ConsoleParts, Leaving, Outside, open};
pub use keymap::{check_keys, key_table};
pub use model::Welcome;
