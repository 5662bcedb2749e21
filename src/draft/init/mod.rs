//! What a folder shows of the services in it: each is a guess with its reason, or read from another tool's file.
//!
//! Reads files, starts nothing and writes nothing.

mod code;
mod cover;
mod folder;
mod go;
mod guess;
mod links;
mod native;
mod node;
mod others;
mod python;
mod rust;
mod script;
mod survey;

pub use folder::Folder;
pub use survey::{LOOKED_FOR, Survey, survey};
