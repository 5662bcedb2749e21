//! The runtime folder on Windows: under the user's local application data, which is private by its access list.

use std::fs;
use std::path::{Path, PathBuf};

use super::RuntimeDirError;

pub(super) fn locate() -> Result<PathBuf, RuntimeDirError> {
    let base = std::env::var_os("LOCALAPPDATA")
        .filter(|base| !base.is_empty())
        .ok_or(RuntimeDirError::NoBase("LOCALAPPDATA"))?;
    let path = PathBuf::from(base).join("portolan").join("run");
    private_folder(&path)?;
    Ok(path)
}

pub(super) fn private_folder(path: &Path) -> Result<(), RuntimeDirError> {
    fs::create_dir_all(path).map_err(|source| RuntimeDirError::System { path: path.to_owned(), source })
}
