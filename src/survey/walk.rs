//! Which files of a folder are looked at: what git would keep, without dependencies, build results and binaries.
//!
//! Environment files are looked at even where git ignores them, which is where they belong.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

/// The most files that are looked at. Beyond, a folder is no project but a disk.
const MAX_FILES: usize = 100_000;

/// The most bytes of a file that is looked into. Sources have a few thousand.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Folders that hold what others wrote or what a build made, whether git ignores them or not.
const FOREIGN: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".mypy_cache",
    ".next",
    ".nuxt",
    ".output",
    ".portolan",
    ".pytest_cache",
    ".ruff_cache",
    ".service_discovery",
    ".svelte-kit",
    ".terraform",
    ".tox",
    ".nox",
    ".venv",
    ".yarn",
    "__pycache__",
    "bower_components",
    "coverage",
    "dist",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];

/// What an environment file may be called besides `.env`.
const ENV_FILES: &[&str] = &[
    ".env",
    ".env.local",
    ".env.dev",
    ".env.development",
    ".env.development.local",
    ".env.test",
    ".env.production",
    ".env.staging",
];

/// The files below `root` that are worth a look, sorted.
pub(super) fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in walker(root).flatten() {
        if files.len() >= MAX_FILES {
            break;
        }
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            let there = ENV_FILES.iter().map(|name| entry.path().join(name));
            files.extend(there.filter(|file| file.is_file()));
        } else if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(entry.into_path());
        }
    }
    files.sort();
    files.dedup();
    files
}

fn walker(root: &Path) -> ignore::Walk {
    WalkBuilder::new(root)
        .hidden(false)
        // A project may be looked at before it is a repository.
        .require_git(false)
        .git_global(false)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || !is_foreign(entry))
        .build()
}

fn is_foreign(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    is_folder
        && (entry.file_name().to_str().is_some_and(|name| FOREIGN.contains(&name))
            || entry.path().join("pyvenv.cfg").exists())
}

/// The text of a file; `None` for what is too large, no text or not readable.
pub fn text_of(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    if size > MAX_FILE_BYTES {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).ok()?;
    if memchr::memchr(0, &bytes[..bytes.len().min(8192)]).is_some() {
        return None;
    }
    String::from_utf8(bytes).ok()
}

/// `path` as it is shown: relative to `root` where it lies in it, with `/`.
pub fn shown(path: &Path, root: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let text = relative.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_git_ignores_and_what_others_wrote_is_passed_over_but_not_environment_files() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".gitignore", ".env\nlogs/\n");
        write(".env", "A=1");
        write("api/.env", "A=1");
        write("api/main.py", "import os");
        write("logs/x.py", "import x");
        write("web/node_modules/x/index.js", "x");
        write("env39/pyvenv.cfg", "");
        write("env39/lib/x.py", "import x");
        let files = files_below(folder.path());
        let names: Vec<_> = files.iter().map(|file| shown(file, folder.path())).collect();
        assert_eq!(names, [".env", ".gitignore", "api/.env", "api/main.py"]);
    }

    #[test]
    fn binaries_and_giants_have_no_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), b"a\0b").unwrap();
        fs::write(path("b"), vec![b'x'; (MAX_FILE_BYTES + 1) as usize]).unwrap();
        fs::write(path("c"), "fine").unwrap();
        assert_eq!(["a", "b", "c"].map(|name| text_of(&path(name))), [None, None, Some("fine".to_owned())]);
    }
}
