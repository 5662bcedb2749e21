//! Files of other tools as drafts: pure readers, text in, a draft and a list of what has no equivalent out.
//!
//! No key is dropped in silence: whatever a reader does not carry over, it lists with its line and the reason.

mod compose;
mod error;
mod finish;
mod format;
mod keys;
mod leftover;
mod mprocs;
mod probe;
mod process_compose;
mod procfile;
mod read;
mod variables;
mod yaml;

pub(super) use compose::contexts as compose_contexts;
pub(super) use procfile::BY_NAME;

pub use error::ImportError;
pub use format::Format;
pub use leftover::{Fate, Leftover};
pub use read::{Imported, import};
