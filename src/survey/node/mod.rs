//! What a Node project shows: what its package.json says, and what its code imports.

mod imports;
mod package;

pub(super) use imports::imports;
pub use package::{Package, aliases_of, packages_of};
