//! Which files say what a Python project needs: requirement files, and the lock files beside them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::survey::walk;

use super::distributions::normalised;

/// The most bytes of a lock file that is looked into.
const MAX_LOCK_BYTES: u64 = 64 << 20;

/// The files that declare what a service in that folder needs: those of the nearest folder upwards that has any, up to
/// the repository's or the stack's.
pub fn requirement_files_of(service_directory: &Path) -> Vec<PathBuf> {
    let found = walk::upwards(service_directory).map(requirement_files_in);
    found.into_iter().find(|files| !files.is_empty()).unwrap_or_default()
}

/// The requirement files in a folder, and in its `requirements` folder.
pub fn requirement_files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = [folder.to_owned(), folder.join("requirements")]
        .iter()
        .filter_map(|folder| folder.read_dir().ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| is_requirement_file(path) && path.is_file() && declares(path))
        .collect();
    found.sort();
    found
}

/// Whether a file that may declare requirements does: a pyproject.toml may hold the settings of tools and no more.
fn declares(file: &Path) -> bool {
    let words: &[&str] = match file.file_name().and_then(|name| name.to_str()) {
        Some("pyproject.toml") => &["[project]", "[tool.poetry.dependencies]"],
        Some("setup.cfg") => &["install_requires"],
        Some("setup.py") => &["setup("],
        Some(_) | None => return true,
    };
    let text = walk::text_of(file).unwrap_or_default();
    words.iter().any(|word| text.contains(word))
}

/// Whether a file of this name declares requirements.
pub fn is_requirement_file(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    if matches!(name, "pyproject.toml" | "setup.cfg" | "setup.py" | "Pipfile") {
        return true;
    }
    let in_folder = path.parent().and_then(Path::file_name).is_some_and(|name| name == "requirements");
    let text = name.ends_with(".txt") || name.ends_with(".in") || name.ends_with(".pip");
    text && (in_folder || name.starts_with("requirements") || name.ends_with("requirements.txt"))
}

/// The names in the lock files beside those files: what an installation brings, declared or brought along.
pub fn locked_names(files: &[PathBuf]) -> BTreeSet<String> {
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let names = ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"];
    let mut found = BTreeSet::new();
    for file in folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name))) {
        // Larger than what is looked at otherwise, and read only where code imports what nothing declares.
        let bytes = walk::bytes_of(&file, MAX_LOCK_BYTES).unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap_or_default();
        found.extend(text.lines().filter_map(|line| {
            let line = line.trim();
            let name = line.strip_prefix("name = \"").and_then(|rest| rest.strip_suffix('"'));
            let key = || line.strip_prefix('"').and_then(|rest| rest.strip_suffix("\": {"));
            name.or_else(key).map(normalised)
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_pyproject_without_a_project_declares_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pyproject.toml");
        fs::write(&file, "[tool.ruff]\nline-length = 100\n").unwrap();
        assert_eq!(requirement_files_in(folder.path()), Vec::<PathBuf>::new());
        fs::write(&file, "[project]\nname = \"x\"\n").unwrap();
        assert_eq!(requirement_files_in(folder.path()), [file]);
    }

    #[test]
    fn lock_files_name_what_is_brought_along() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("uv.lock"), "[[package]]\nname = \"Foo_Bar\"\nversion = \"1\"\n")
            .unwrap();
        let names = locked_names(&[folder.path().join("pyproject.toml")]);
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["foo-bar"]);
    }

    #[test]
    fn the_nearest_folder_with_requirement_files_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("api/src")).unwrap();
        fs::create_dir_all(path("web")).unwrap();
        fs::write(path("portolan.toml"), "").unwrap();
        fs::write(path("requirements.txt"), "").unwrap();
        fs::write(path("api/requirements.txt"), "").unwrap();
        fs::write(path("api/requirements-dev.txt"), "").unwrap();
        let expected = [path("api/requirements-dev.txt"), path("api/requirements.txt")];
        assert_eq!(requirement_files_of(&path("api/src")), expected);
        assert_eq!(requirement_files_of(&path("web")), [path("requirements.txt")]);
    }
}
