//! What a Python project shows: what it declares and what installs that, what it imports, which interpreter
//! it uses.

mod distributions;
mod imports;
mod installed;
mod interpreter;
mod manager;
mod provided;
mod requirement_files;
mod requirements;
mod stdlib;

pub use distributions::{distribution_of, normalised};
pub(super) use imports::imports;
pub use interpreter::{Venv, in_path, is_python, python_of, shebang, site_packages, venv_of, version_of};
pub use manager::PythonManager;
pub use provided::{Provides, is_provided, not_installed};
pub use requirement_files::{is_requirement_file, locked_names, requirement_files_in, requirement_files_of};
pub use requirements::{Declared, Requirement, declared_in, python_requirements, required_python};
