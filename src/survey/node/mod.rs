//! What a Node project shows: what its package.json says, what installs its packages, and what its code imports.

mod imports;
mod manager;
mod package;

pub(super) use imports::imports;
pub use manager::PackageManager;
pub use package::{Package, aliases_of, packages_of};
