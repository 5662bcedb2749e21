//! What may be mended without more than a yes: edits of files, planned together, shown as one diff, written whole.

mod diff;
mod edit;
mod env_text;
mod masking;
mod package;
mod plan;
mod requirement;
mod stack_file;

pub use edit::{Cleaning, Fix};
pub use plan::{FixError, Plan};

pub(super) use env_text::quotable;
pub(super) use requirement::is_compiled;
