//! `portolan check`: starts the stack, proves that it works, stops it, and says what of that is not so.
//!
//! `see/` looks and asks, and judges nothing. `judge/` is pure: from [`Facts`](facts::Facts) to outcomes. `tell/`
//! prints them: a table, JSON, JUnit, annotations. `round` and `running` are the two ways to come by facts.

mod args;
mod facts;
mod judge;
mod outcome;
mod progress;
mod prove;
mod round;
mod running;
mod see;
mod summary;
mod tell;
mod verb;

pub(super) use args::CheckArgs;
pub(super) use verb::check;
