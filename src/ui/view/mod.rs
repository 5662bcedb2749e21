//! From facts and model to cells. Pure: draws what it is given, in whatever size there is, and never beyond it.

mod axis;
mod canvas;
mod details;
mod environment;
mod events;
mod finding;
mod findings;
mod folder;
mod graph;
mod header;
mod health;
mod hints;
mod layers;
mod logs;
mod look;
#[cfg(test)]
mod looks;
mod meter;
mod paragraph;
mod ports;
mod rows;
mod scroll;
mod table;
#[cfg(test)]
mod tests;
mod under;
mod waterfall;
mod window;
mod words;

pub(crate) use canvas::Canvas;
pub(crate) use look::Look;
pub(crate) use rows::{drawn, height};
pub(crate) use under::{spot_near, under};
pub(crate) use window::view;
