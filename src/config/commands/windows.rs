//! What makes a file a program on Windows: an extension that PATHEXT lists.

use std::path::{Path, PathBuf};

/// The extensions of a fresh Windows installation that can be started without an interpreter.
const DEFAULT_EXTENSIONS: &str = ".COM;.EXE;.BAT;.CMD";

/// The files that starting `file` would try.
pub(super) fn spellings(file: &Path) -> Vec<PathBuf> {
    let with_extension = |extension: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    let mut files: Vec<PathBuf> = extensions().iter().map(|extension| with_extension(extension)).collect();
    files.insert(0, file.to_owned());
    files
}

/// Whether `file` has the extension of a program.
pub(super) fn is_executable(file: &Path) -> bool {
    let name = file.to_string_lossy().to_uppercase();
    extensions().iter().any(|extension| name.ends_with(&extension.to_uppercase()))
}

fn extensions() -> Vec<String> {
    let listed = std::env::var("PATHEXT").unwrap_or_else(|_| DEFAULT_EXTENSIONS.to_owned());
    listed.split(';').filter(|extension| !extension.is_empty()).map(str::to_owned).collect()
}
