//! Who needs whom, with live states: drawn from left to right where it fits, as a list where it does not.

mod list;
mod order;
mod picture;
mod plan;
mod route;

pub(super) use picture::draw;
