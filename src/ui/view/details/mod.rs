//! Everything about one service: why it is not up, what it is, how it does.

mod fit;
mod pane;
mod sections;
mod why;

pub(super) use pane::draw;
