//! The values of `generate`: made once from the system's randomness and kept in the stack's state.
//!
//! Writes one file, readable for its user alone. Where it lies, the caller says.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::stack::StackSpec;

/// Why generated values cannot be kept. Completes "failed to keep generated values: …".
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The file cannot be read, written or locked.
    #[error("use {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file holds something else. What that is may be secret, so only the place is told.
    #[error("read {}: line {line} is not what was written there; delete the file to generate anew", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The system gives no random numbers.
    #[error("get random numbers from the system")]
    Random,
}

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    schema: u32,
    values: BTreeMap<String, String>,
}

/// The generated values of `stack`, from `path` where they are kept. Missing ones are made and kept there; those of
/// rules that are gone stay. Two launchers that ask at once get the same values.
pub fn generated_values(path: &Path, stack: &StackSpec) -> Result<BTreeMap<String, String>, GenerateError> {
    let wanted: Vec<(&String, usize)> = stack
        .env_rules
        .iter()
        .filter(|(_, rule)| rule.default.is_none())
        .filter_map(|(name, rule)| rule.generate.map(|length| (name, length)))
        .collect();
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let failed = |error| GenerateError::File { path: path.to_owned(), error };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // The lock is a file of its own, since the values' file is replaced. It is let go when it is closed.
    let _lock = lock(&path.with_extension("lock")).map_err(failed)?;
    let mut kept = read(path)?;
    let known = kept.values.len();
    for (name, length) in wanted {
        if !kept.values.contains_key(name) {
            kept.values.insert(name.clone(), random_text(length)?);
        }
    }
    if kept.values.len() != known {
        kept.schema = 1;
        write(path, &kept).map_err(failed)?;
    }
    Ok(kept.values)
}

fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    file.lock()?;
    Ok(file)
}

fn read(path: &Path) -> Result<Kept, GenerateError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| GenerateError::Content { path: path.to_owned(), line: error.line() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kept::default()),
        Err(error) => Err(GenerateError::File { path: path.to_owned(), error }),
    }
}

/// Replaces the file whole. Temporary files are made with mode 0600, which the rename keeps.
fn write(path: &Path, kept: &Kept) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(&mut file, kept)?;
    file.write_all(b"\n")?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// `length` letters and digits, all equally likely.
fn random_text(length: usize) -> Result<String, GenerateError> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        getrandom::fill(&mut bytes).map_err(|_| GenerateError::Random)?;
        // 248 is four times 62: what lies above would favour the first letters.
        let fair = bytes.iter().filter(|&&byte| byte < 248).map(|&byte| ALPHABET[usize::from(byte) % 62]);
        text.extend(fair.take(length - text.len()).map(char::from));
    }
    Ok(text)
}
