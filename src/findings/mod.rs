//! Why something is wrong: rules about what services print and how they end, and what looking around adds to them.
//!
//! Rules are data (`assets/findings/*.toml`, and the project's own in `.portolan/findings/`): patterns with captures,
//! conditions and texts, each with examples that are its tests. What has to be looked up (who holds a port, which file
//! names a module, where a variable comes from) is a check in code that a rule names. Nothing here starts a process,
//! changes a file or decides what becomes of a service; what blocks does so briefly and on the caller's thread.

mod case;
mod check;
mod diagnose;
mod fact;
mod files;
mod parse;
mod pattern;
mod pending;
mod place;
mod rule;
mod rules;
mod survived;
mod template;

pub use case::{Case, EnvFact, LogLine};
pub use diagnose::diagnose;
pub use fact::slow_after;
pub use parse::{RuleFault, RuleFaults};
pub use pending::LASTING_SILENCE;
pub use rules::Rules;
