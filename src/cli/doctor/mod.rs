//! `portolan doctor`: what is wrong before anything starts, and `--fix`.

mod args;
mod fixing;
mod looking;
mod show;
mod verb;

pub(super) use args::DoctorArgs;
pub(super) use verb::doctor;
