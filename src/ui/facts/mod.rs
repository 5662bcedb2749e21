//! What the console knows of the stack at one moment: gathered by the loop, changed by nobody else, shown by views.

mod findings;
mod happenings;
mod history;
mod lists;
mod moment;

pub(crate) use happenings::Happenings;
pub(crate) use history::{Ring, ServiceHistory};
pub(crate) use moment::{Drawn, Facts, Link, Screenful};
