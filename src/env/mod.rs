//! The environment of services: files, layers with provenance, rules, placeholders, redaction.

mod template;

pub use template::{Piece, Placeholder, ServiceField, Template, TemplateError, TemplateFault};
