//! Checks: what a text cannot say and has to be looked up. Each is named by rules and knows one topic.

mod address;
mod database;
mod dependency;
mod environment;
mod health;
mod host;
mod interpreter;
mod json;
mod kind;
mod memory;
mod node;
mod npm;
mod port;
mod python;
mod rust;
mod secret;
mod shell;
mod source;
mod sqlite;
mod traceback;
mod words;

pub(super) use kind::{ALWAYS_GIVEN, Check, Draft, NAMES};
