//! Environment files, read with python-dotenv's meaning.

mod file;
mod parser;
mod values;

pub use file::{EnvFiles, FileFault, FileState, MAX_FILE_BYTES, decode};
pub use parser::{LineFault, Statement, StatementKind, parse};
pub use values::{ExpansionTooLong, dotenv_values};

pub(crate) use values::{Bound, evaluate, references};
