//! Which files of a folder are looked at: what git would keep, without dependencies, build results and binaries.
//!
//! Environment files are looked at even where git ignores them, which is where they belong.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

/// The most files that are looked at. Beyond, a folder is no project but a disk.
const MAX_FILES: usize = 100_000;

/// The most bytes of a file that is looked into. Sources have a few thousand.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Folders that hold what others wrote or what a build made, whether git ignores them or not.
pub const FOREIGN_FOLDERS: &[&str] = &[
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
    let is_repository = in_repository(root);
    let outer = if is_repository { usize::MAX } else { 1 };
    let readable = root.ancestors().take(outer).all(has_plain_rules);
    WalkBuilder::new(root)
        .hidden(false)
        // A project may be looked at before it is a repository; what stands above one is another's.
        .require_git(is_repository)
        .parents(is_repository && readable)
        .ignore(false)
        .git_ignore(readable)
        .git_exclude(readable)
        .git_global(false)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || !is_foreign(entry))
        .build()
}

/// The folder of the git repository that a folder lies in.
pub fn repository_of(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|above| above.join(".git").exists())
}

/// Whether the folder lies in a git repository, whose rules hold for it wherever they stand.
pub fn in_repository(folder: &Path) -> bool {
    repository_of(folder).is_some()
}

/// The folder and those above it whose files may speak of its code, nearest first: up to the repository's or the
/// stack's.
pub(super) fn upwards(folder: &Path) -> impl Iterator<Item = &Path> {
    let is_last = |above: &Path| above.join(".git").exists() || above.join("portolan.toml").exists();
    let last = folder.ancestors().position(is_last);
    folder.ancestors().take(last.map_or(usize::MAX, |last| last + 1))
}

/// The same up to `top`, if that comes first.
pub(super) fn upwards_to<'p>(top: &Path, folder: &'p Path) -> impl Iterator<Item = &'p Path> {
    let last = folder.ancestors().position(|above| above == top);
    upwards(folder).take(last.map_or(usize::MAX, |last| last + 1))
}

/// Whether what a folder says of ignored files can be read: a pipe would be waited for, and a giant would be read whole.
pub fn has_plain_rules(folder: &Path) -> bool {
    [".gitignore", ".ignore", ".git/info/exclude"].iter().all(|name| {
        let known = folder.join(name).metadata();
        known.map_or(true, |known| known.is_dir() || known.is_file() && known.len() <= MAX_FILE_BYTES)
    })
}

fn is_foreign(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    is_folder
        && (entry.file_name().to_str().is_some_and(|name| FOREIGN_FOLDERS.contains(&name))
            || entry.path().join("pyvenv.cfg").exists()
            || !has_plain_rules(entry.path()))
}

/// The text of a file without a byte order mark; `None` for what is too large, no text or not readable.
pub fn text_of(path: &Path) -> Option<String> {
    let mut bytes = bytes_of(path, MAX_FILE_BYTES).ok()?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    if let [first @ (0xff | 0xfe), second @ (0xff | 0xfe), wide @ ..] = bytes.as_slice()
        && first != second
    {
        // As Windows' own tools write text.
        let unit = if *first == 0xff { u16::from_le_bytes } else { u16::from_be_bytes };
        let (pairs, _) = wide.as_chunks::<2>();
        return String::from_utf16(&pairs.iter().map(|pair| unit(*pair)).collect::<Vec<_>>()).ok();
    }
    if memchr::memchr(0, &bytes[..bytes.len().min(8192)]).is_some() {
        return None;
    }
    String::from_utf8(bytes).ok()
}

/// The bytes of a regular file of at most `most` bytes. Never waits for the other end of a named pipe.
///
/// # Errors
/// What the system says, or that it is no regular file, or too large.
pub fn bytes_of(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (file, length) = open_regular(path)?;
    if length > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a regular file, and tells its length in bytes. Never waits for the other end of a named pipe.
///
/// # Errors
/// What the system says, or that it is no regular file.
pub fn open_regular(path: &Path) -> io::Result<(File, u64)> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok((file, metadata.len()))
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
    use crate::survey::samples::written;
    use std::fs;

    #[test]
    fn what_git_ignores_and_what_others_wrote_is_passed_over_but_not_environment_files() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| written(folder.path(), name, text);
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
    fn rules_above_the_project_count_within_its_repository_only() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("proj");
        fs::create_dir(&root).unwrap();
        fs::write(folder.path().join(".gitignore"), "*\n").unwrap();
        fs::write(root.join("main.py"), "").unwrap();
        if !in_repository(folder.path()) {
            assert_eq!(files_below(&root), [root.join("main.py")]);
        }
        fs::create_dir(folder.path().join(".git")).unwrap();
        assert_eq!(files_below(&root), [] as [PathBuf; 0]);
        fs::create_dir(root.join(".git")).unwrap();
        assert_eq!(files_below(&root), [root.join("main.py")]);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_are_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        for name in [".gitignore", "package.json"] {
            let pipe = folder.path().join(name);
            rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        }
        fs::write(folder.path().join("a.py"), "").unwrap();
        assert_eq!(files_below(folder.path()), [folder.path().join("a.py")]);
        assert_eq!(text_of(&folder.path().join("package.json")), None);
    }

    #[test]
    fn binaries_and_giants_have_no_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), b"a\0b").unwrap();
        fs::write(path("b"), vec![b'x'; (MAX_FILE_BYTES + 1) as usize]).unwrap();
        fs::write(path("c"), "\u{feff}fine").unwrap();
        assert_eq!(["a", "b", "c"].map(|name| text_of(&path(name))), [None, None, Some("fine".to_owned())]);
    }
}
