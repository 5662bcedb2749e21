//! Folders to try a survey on.

use std::fs;
use std::path::Path;

/// Writes a file below a folder, whose own folders are made.
pub(super) fn written(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
