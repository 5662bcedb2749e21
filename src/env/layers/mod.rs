//! The layers of a service's environment, from the schema's defaults to `--set`, each value with its source.

mod automatic;
mod entries;
mod expand;
mod files;
mod inputs;
mod loopback;
mod resolve;
mod resolved;

pub use expand::{ExpandError, similar};
pub use inputs::{EnvInputs, Shell, Stage};
pub use resolve::{Checked, check_stack, deciding, resolve};
pub use resolved::{Hidden, ResolvedEnv, Variable};

pub(crate) use resolve::{Layer, Layers};

#[cfg(test)]
mod tests;
