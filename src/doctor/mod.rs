//! What is wrong with a project before anything starts: judgement on what `survey` saw, and fixes that are safe.
//!
//! Nothing here prints, asks or reads portolan.toml: the caller brings the specification and shows the findings.

mod addresses;
mod case;
mod diagnosis;
mod env_files;
mod env_keys;
mod examine;
mod fix;
mod keeping;
mod modules;
mod rules;
mod serving;
mod surroundings;
mod toolchain;

pub use case::Request;
pub use diagnosis::Diagnosis;
pub use examine::examine;
pub use fix::{Cleaning, Fix, FixError, Plan};
pub use rules::RULES;
pub use surroundings::{Surroundings, Terminal};
