//! Checks: what a text cannot say and has to be looked up. Each is named by rules and knows one topic.

mod dependency;
mod environment;
mod health;
mod interpreter;
mod kind;
mod memory;
mod node;
mod port;
mod python;
mod secret;
mod shell;
mod traceback;
mod words;

pub(super) use kind::{ALWAYS_GIVEN, Check, Draft, NAMES};
