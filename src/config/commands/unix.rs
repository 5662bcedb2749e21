//! What makes a file a program on Unix: its execute permission.

use std::path::{Path, PathBuf};

/// The files that starting `file` would try.
pub(super) fn spellings(file: &Path) -> Vec<PathBuf> {
    vec![file.to_owned()]
}

/// Whether this user may execute `file`.
pub(super) fn is_executable(file: &Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}
