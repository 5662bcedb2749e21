//! What came of a check, told: to people, to scripts, to CI. Each file is one form; none judges.

mod github;
mod json;
mod junit;
mod table;

pub(super) use github::Annotations;
pub(super) use json::json;
pub(super) use junit::write_junit;
pub(super) use table::table;
