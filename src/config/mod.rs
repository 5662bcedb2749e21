//! portolan.toml: found, read, merged with its overlays, checked, and turned into a [`StackSpec`](crate::stack::StackSpec).
//!
//! Everything that is wrong is reported at once, each problem with its place and remedy. Which keys exist is said
//! once, in `keys`; the checks and the JSON Schema both follow from it. This room starts nothing and expands no
//! placeholder.

mod build;
mod commands;
mod console;
mod duration;
mod env_files;
mod graph;
mod health;
mod keys;
mod load;
mod mask;
mod names;
mod parse;
mod placeholders;
mod port;
mod problem;
mod read;
mod remember;
mod render;
mod roster;
mod schema;
mod secrets;
mod service;
mod shape;
mod source;
mod suggest;
mod table;
mod tree;
mod values;
mod words;

pub use commands::check_commands;
pub use console::check_filters;
pub use duration::{DurationError, parse_duration};
pub use load::{FILE_NAME, LOCAL_FILE_NAME, LoadRequest, Loaded, find, load, real_path};
pub use problem::{Note, Place, Problem, Problems, Severity};
pub use remember::{RememberError, forget_port, remember_port};
pub use schema::schema;
