//! The console: what is drawn on the terminal and what its keys do.
//!
//! Holds what it needs of a stack behind [`crate::handle::Handle`]; starts and stops nothing by itself.

pub mod terminal;
pub mod text;
pub mod theme;
