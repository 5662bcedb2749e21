//! What a project's folders and files show, found without starting anything: facts, no judgement.
//!
//! Everything blocks. A walk respects .gitignore, and passes over dependencies, build results, binaries and giants.

mod addresses;
mod code;
mod definitions;
mod env_file;
mod git;
mod node;
mod project;
mod python;
mod reads;
#[cfg(test)]
mod samples;
mod version;
mod walk;

pub use addresses::{PortLiteral, UrlLiteral};
pub use code::{Language, is_aside};
pub use definitions::{
    Definition, DefinitionKind, env_definitions, is_env_file_name, is_placeholder, is_template_name,
    is_variable_name,
};
pub use env_file::{EnvBinding, EnvFileText, EnvOddity, OddityKind};
pub use git::Repository;
pub use node::{Package, PackageManager, aliases_of, packages_of};
pub use project::{FileFacts, Import, Survey, Wanted};
pub use python::{
    Declared, Provides, PythonManager, Requirement, Venv, declared_in, distribution_of, in_path, is_provided,
    is_python, is_requirement_file, locked_names, normalised, not_installed, python_of, python_requirements,
    required_python, requirement_files_in, requirement_files_of, shebang, site_packages, venv_of, version_of,
};
pub use reads::{EnvRead, Without};
pub use version::{Version, parse_version, satisfies};
pub use walk::{
    FOREIGN_FOLDERS, bytes_of, has_plain_rules, in_repository, open_regular, repository_of, shown, text_of,
};
