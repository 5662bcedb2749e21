//! Any command, service, filter or theme, found by a few letters of its name.

mod command;
mod obstacle;
mod search;

pub(crate) use command::Command;
pub(crate) use search::{Found, Palette};
