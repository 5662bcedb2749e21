//! Another port for a service: what is free, who holds what, what restarts.

mod choice;
mod dialog;

pub(crate) use choice::Choice;
pub(crate) use dialog::{PortDialog, PortStep};
