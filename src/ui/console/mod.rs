//! The console as it runs: the only part of the room that waits, reads the log store, speaks to the stack and the
//! desktop, and knows the time. What is shown and what a key does is decided elsewhere.

mod aside;
mod beside;
mod copying;
mod desk;
mod errand;
mod error;
mod gather;
mod looks;
mod memory;
mod news;
mod outside;
mod pace;
mod parts;
mod perform;
mod run;
#[cfg(test)]
mod tests;
mod wrapped;

pub use error::{ConsoleError, Leaving};
pub use outside::{Applied, Outside};
pub use parts::ConsoleParts;
pub use run::open;
