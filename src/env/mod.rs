//! The environment of services: files, layers with provenance, rules, placeholders, redaction.

pub mod dotenv;
mod template;

pub use template::{Piece, Placeholder, ServiceField, Template, TemplateError, TemplateFault};
