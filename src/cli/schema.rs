//! `portolan schema`: the JSON Schema of portolan.toml, for editors.

use super::failure::{Failure, say};

/// Runs the verb.
pub(super) fn schema() -> Result<(), Failure> {
    say(&crate::config::schema())
}
