//! What a project's folders and files show, found without starting anything: facts, no judgement.
//!
//! Everything blocks. A walk respects .gitignore, and passes over dependencies, build results, binaries and giants.

mod code;
mod definitions;
mod python;
mod reads;
mod walk;

pub use code::{Language, is_aside};
pub use definitions::{Definition, DefinitionKind, env_definitions, is_env_file_name, is_template_name};
pub use python::{
    Declared, Requirement, Venv, declared_in, distribution_of, in_path, is_requirement_file, normalised,
    python_of, python_requirements, required_python, requirement_files_in, requirement_files_of, shebang,
    site_packages, venv_of, version_of,
};
pub use reads::{EnvRead, Without};
pub use walk::shown;
