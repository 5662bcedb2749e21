//! The environment of services: files, layers with provenance, rules, placeholders, redaction.

pub mod dotenv;
mod generated;
mod layers;
mod problem;
mod redaction;
mod schema;
mod secrecy;
mod template;

pub use generated::{GenerateError, generated_values};
pub use layers::{
    Checked, EnvInputs, ExpandError, Hidden, ResolvedEnv, Shell, Stage, Variable, check_stack, deciding,
    resolve, similar,
};
pub use problem::{EnvProblem, Place};
pub use redaction::Redactor;
pub use schema::{TYPOGRAPHIC_QUOTES, oddity};
pub use secrecy::{MASK, Secrecy, looks_secret};
pub use template::{Piece, Placeholder, ServiceField, Template, TemplateError, TemplateFault};
