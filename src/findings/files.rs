//! Files of the project as checks read them: regular ones alone, and no more of them than what people write.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::survey;

/// A file above this size is nothing that somebody wrote.
const LARGEST: u64 = 1 << 20;

/// So much of a script is read for its first line.
const FIRST_LINE: u64 = 256;

/// So many files are looked through, in so many entries of folders.
const MOST_FILES: usize = 400;
const MOST_ENTRIES: usize = 10_000;
const DEEPEST: usize = 5;

/// The text of a regular file of reasonable size, what is no UTF-8 in it replaced.
pub(super) fn text_of(path: &Path) -> Option<String> {
    let bytes = start_of(path, LARGEST + 1)?;
    (bytes.len() as u64 <= LARGEST).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The first line of a regular file without its line feed; a carriage return stays.
pub(super) fn first_line(path: &Path) -> Option<String> {
    let start = start_of(path, FIRST_LINE)?;
    let line = start.split(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// The first bytes of a regular file: a pipe would be waited for, and a device never ends.
pub(super) fn start_of(path: &Path, most: u64) -> Option<Vec<u8>> {
    let (file, _) = survey::open_regular(path).ok()?;
    let mut start = Vec::new();
    file.take(most).read_to_end(&mut start).ok()?;
    Some(start)
}

/// Whether what is there lies in the folder, whatever links and `..` are on the way.
pub(super) fn is_inside(folder: &Path, path: &Path) -> bool {
    let resolved = |path: &Path| fs::canonicalize(path).ok();
    let climbs = path.components().any(|part| part == Component::ParentDir);
    let within = resolved(path).zip(resolved(folder)).is_some_and(|(path, folder)| path.starts_with(folder));
    !climbs && path.starts_with(folder) && within
}

/// The files with one of these endings below a folder in the order of their names, without what is hidden, installed,
/// built or linked.
pub(super) fn below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut walk = Walk { endings, found: Vec::new(), entries: MOST_ENTRIES };
    walk.enter(folder, DEEPEST);
    walk.found
}

struct Walk<'e> {
    endings: &'e [&'e str],
    found: Vec<PathBuf>,
    /// How many more entries of folders are looked at.
    entries: usize,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, depth: usize) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        let mut entries: Vec<_> = entries.take(self.entries).flatten().collect();
        self.entries -= entries.len().min(self.entries);
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            // The entry's own type: a link is neither a folder nor a file.
            let Ok(kind) = entry.file_type() else { continue };
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_str().unwrap_or(".");
            if name.starts_with('.') || self.found.len() >= MOST_FILES {
                continue;
            }
            // What git ignores is not known here.
            let is_foreign = survey::FOREIGN_FOLDERS.contains(&name) || name == "build";
            let ending = path.extension().and_then(|ending| ending.to_str());
            if kind.is_dir() && depth > 0 && !is_foreign {
                self.enter(&path, depth - 1);
            } else if kind.is_file() && ending.is_some_and(|ending| self.endings.contains(&ending)) {
                self.found.push(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_is_not_read() {
        assert_eq!(start_of(Path::new("/dev/zero"), 4), None);
        assert_eq!(text_of(Path::new("/dev/zero")), None);
        assert_eq!(first_line(Path::new("/dev/zero")), None);
    }

    #[test]
    fn giants_have_no_text_and_their_first_line_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("giant");
        fs::write(&path, vec![b'x'; LARGEST as usize + 1]).unwrap();
        assert_eq!(text_of(&path), None);
        assert_eq!(first_line(&path).map(|line| line.len()), Some(256));
        fs::write(&path, b"caf\xe9\r\n").unwrap();
        assert_eq!(text_of(&path).as_deref(), Some("caf\u{fffd}\r\n"));
        assert_eq!(first_line(&path).as_deref(), Some("caf\u{fffd}\r"));
    }

    #[test]
    #[cfg(unix)]
    fn a_walk_passes_over_links_and_what_was_built() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["b/deep", "dist", "target", ".git"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        for name in ["b/deep/x.py", "a.py", "a.txt", "dist/x.py", "target/x.py", ".git/x.py"] {
            fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("loop")).unwrap();
        std::os::unix::fs::symlink(at("a.py"), at("c.py")).unwrap();
        assert_eq!(below(folder.path(), &["py"]), [at("a.py"), at("b/deep/x.py")]);
    }

    #[test]
    #[cfg(unix)]
    fn what_is_linked_or_climbs_out_is_not_inside() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("in")).unwrap();
        std::os::unix::fs::symlink(other.path(), at("out")).unwrap();
        assert!(is_inside(folder.path(), &at("in")));
        assert!(!is_inside(folder.path(), &at("in/../in")));
        assert!(!is_inside(folder.path(), &at("out")));
        assert!(!is_inside(folder.path(), other.path()));
    }
}
