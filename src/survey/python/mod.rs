//! What a Python project shows: what it declares, what it imports, which interpreter it uses.

mod distributions;
mod interpreter;
mod requirements;
mod stdlib;

pub use distributions::{distribution_of, normalised};
pub use interpreter::{Venv, in_path, python_of, shebang, site_packages, venv_of, version_of};
pub use requirements::{
    Declared, Requirement, declared_in, is_requirement_file, python_requirements, required_python,
    requirement_files_in, requirement_files_of,
};
