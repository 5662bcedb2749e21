//! A portolan.toml in the making: read from another tool's file, or guessed from what a folder shows, and rendered as
//! a person would have written it.
//!
//! Nothing here writes a file or knows whether the text loads: `cli` has `config` say that before it keeps anything.

mod addresses;
mod braces;
mod commands;
mod import;
mod init;
mod names;
mod render;
mod service;
mod stack;
mod text;

pub use import::{Fate, Format, ImportError, Imported, Leftover, import};
pub use init::{Folder, LOOKED_FOR, Survey, survey};
pub use render::render;
pub use service::{
    DraftCheck, DraftCommand, DraftEnv, DraftHealth, DraftNeed, DraftPort, DraftRestart, DraftService,
    DraftStop, Note, Said,
};
pub use stack::{Draft, DraftRule};
