//! What git knows of a project: which files it tracks and which it ignores.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::walk::{self, repository_of};

/// The repository that a folder lies in.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its folder.
    pub root: PathBuf,
    /// The files that it tracks below the folder that was asked about.
    pub tracked: HashSet<PathBuf>,
}

impl Repository {
    /// The repository that `folder` lies in, if it does and git is there to ask.
    pub fn around(folder: &Path) -> Option<Self> {
        let root = repository_of(folder)?.to_owned();
        let tracked = tracked_below(folder)?;
        Some(Self { root, tracked })
    }

    /// Whether git would pass over the file, or the folder if its name ends with `/`.
    pub fn ignores(&self, path: &Path, is_folder: bool) -> bool {
        let folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root));
        // The file nearest to it has the last word.
        for folder in folders {
            let rules = match folder == self.root {
                true => rules_of(folder, &[folder.join(".git/info/exclude"), folder.join(".gitignore")]),
                false => rules_of(folder, &[folder.join(".gitignore")]),
            };
            let verdict = rules.matched_path_or_any_parents(path, is_folder);
            if !verdict.is_none() {
                return verdict.is_ignore();
            }
        }
        false
    }
}

fn rules_of(folder: &Path, files: &[PathBuf]) -> Gitignore {
    let mut builder = GitignoreBuilder::new(folder);
    for text in files.iter().filter_map(|file| walk::text_of(file)) {
        for line in text.lines() {
            // What is no rule is none for git either.
            let _ = builder.add_line(None, line);
        }
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

#[expect(clippy::disallowed_methods, reason = "git's index is read by git: its format is not ours to know")]
fn tracked_below(folder: &Path) -> Option<HashSet<PathBuf>> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["ls-files", "-z"])
        // It is a look: nothing is refreshed or locked, and no hook or monitor is started.
        .args(["--cached"])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let names = output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Some(names.filter_map(|name| Some(folder.join(std::str::from_utf8(name).ok()?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn rules_are_read_from_the_nearest_file_outwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path(".git")).unwrap();
        fs::create_dir_all(path("api")).unwrap();
        fs::write(path(".gitignore"), ".env\nlogs/\n").unwrap();
        fs::write(path("api/.gitignore"), "!.env\n").unwrap();
        let repository = Repository { root: folder.path().to_owned(), tracked: HashSet::new() };
        assert!(repository.ignores(&path(".env"), false));
        assert!(repository.ignores(&path("logs"), true));
        assert!(!repository.ignores(&path("api/.env"), false));
        assert!(!repository.ignores(&path(".service_discovery"), true));
    }

    #[test]
    fn outside_of_a_repository_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        if !walk::in_repository(folder.path()) {
            assert!(Repository::around(folder.path()).is_none());
        }
    }
}
