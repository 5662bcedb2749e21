//! The control API of a running stack: `/v1/…` over the control socket, on which other fronts build.
//!
//! It translates between HTTP and a [`LocalHandle`](crate::handle::LocalHandle) and decides nothing. Whoever may open
//! the socket may do everything; that is what its mode (0600 in a 0700 folder) is for.

mod listener;
mod ports;
mod router;
mod terminal;
#[cfg(all(test, unix))]
mod tests;

pub use listener::{ListenError, Listening};
pub use router::router;
