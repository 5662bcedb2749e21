//! The files of a folder as far as they tell what it is: a walk that respects .gitignore, goes four folders deep and
//! reads only what may say something.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::survey::{bytes_of, has_plain_rules, in_repository, text_of};

/// How far a look goes.
struct Reach {
    /// Folders below each other, and the files in the last.
    depth: usize,
    /// A folder with more entries than this is looked at in part.
    entries: usize,
    /// All texts together, in bytes.
    text: u64,
}

/// For whoever wants a portolan.toml: four folders deep.
const LOOK: Reach = Reach { depth: 5, entries: 20_000, text: 24 * 1024 * 1024 };
/// For whoever only has to be told that there is none: as long as one waits for an error.
const GLANCE: Reach = Reach { depth: 3, entries: 1500, text: 1024 * 1024 };
/// Longer files were not written by hand.
const LONGEST_FILE: u64 = 256 * 1024;

/// Folders that hold what others wrote or what was made.
const OTHERS: [&str; 13] = [
    "node_modules",
    "target",
    "venv",
    "dist",
    "build",
    "vendor",
    "__pycache__",
    "coverage",
    "site-packages",
    "out",
    "tmp",
    "testdata",
    "fixtures",
];

/// Files whose name says that they tell something.
const NAMES: [&str; 32] = [
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "Pipfile",
    "setup.py",
    "manage.py",
    "Cargo.toml",
    "go.mod",
    "Procfile",
    "Procfile.dev",
    "pnpm-workspace.yaml",
    "Taskfile.yml",
    "Procfile.local",
    "deno.json",
    "deno.jsonc",
    "Gemfile",
    "config.ru",
    "artisan",
    "composer.json",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "application.properties",
    "application.yml",
    "application.yaml",
    "launchSettings.json",
    "mix.exs",
    "build.sbt",
    "Package.swift",
    "Makefile",
    "justfile",
    "Justfile",
];

pub(super) const CODE: [&str; 15] =
    ["py", "js", "mjs", "cjs", "ts", "mts", "tsx", "jsx", "rs", "go", "rb", "php", "cs", "csproj", "fsproj"];

/// Environment files, in the order in which later ones count.
const ENV_FILES: [&str; 6] =
    [".env.example", ".env.sample", ".env", ".env.development", ".env.local", ".env.development.local"];

/// A folder as it was looked at.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// Text by path, relative and with `/`.
    texts: BTreeMap<String, String>,
    names: BTreeSet<String>,
    /// Files that would tell what the folder is and could not be read, each with why.
    pub(super) unread: Vec<String>,
    /// Whether there was more than was looked at.
    pub cut_short: bool,
}

impl Folder {
    /// Looks at `root`.
    pub fn look(root: &Path) -> Self {
        Self::within(root, &LOOK)
    }

    /// Looks at `root` no longer than an error message may take.
    pub fn glance(root: &Path) -> Self {
        Self::within(root, &GLANCE)
    }

    fn within(root: &Path, reach: &Reach) -> Self {
        let mut folder = Self {
            root: root.to_owned(),
            texts: BTreeMap::new(),
            names: BTreeSet::new(),
            unread: Vec::new(),
            cut_short: false,
        };
        let plain_rules = root.ancestors().all(has_plain_rules);
        let walk = WalkBuilder::new(root)
            .max_depth(Some(reach.depth))
            .require_git(in_repository(root))
            .same_file_system(true)
            .sort_by_file_name(Ord::cmp)
            .filter_entry(|entry| {
                let name = entry.file_name().to_str().unwrap_or_default();
                let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                let readable = || !is_folder || has_plain_rules(entry.path());
                entry.depth() == 0 || !OTHERS.contains(&name) && readable()
            })
            // Those of the folders above are read, too, as far as the repository goes; a pipe would be waited for.
            .parents(plain_rules && in_repository(root))
            .ignore(plain_rules)
            .git_ignore(plain_rules)
            .git_exclude(plain_rules)
            .build();
        let mut room = reach.text;
        for (count, entry) in walk.filter_map(Result::ok).enumerate() {
            if count >= reach.entries || room == 0 {
                folder.cut_short = true;
                break;
            }
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                folder.take(entry.path(), &mut room);
            }
        }
        folder.read_env_files(&mut room);
        folder
    }

    fn take(&mut self, path: &Path, room: &mut u64) {
        let Some(relative) = path.strip_prefix(&self.root).ok().and_then(slashed) else { return };
        let name = relative.rsplit('/').next().unwrap_or_default();
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let is_told =
            NAMES.contains(&name) || is_yaml && (name.contains("compose") || name.contains("mprocs"));
        let is_code = name.rsplit_once('.').is_some_and(|(_, end)| CODE.contains(&end));
        if is_told {
            self.read_or_say(&relative, room);
        } else if is_code && !is_test(&relative) {
            // Why it is not read tells nobody anything: mostly it was generated.
            let _ = self.read(&relative, room);
        }
        self.names.insert(relative);
    }

    /// They are hidden, and mostly ignored by git.
    fn read_env_files(&mut self, room: &mut u64) {
        let mut folders: BTreeSet<String> = self.texts.keys().map(|path| parent(path).to_owned()).collect();
        folders.insert(String::new());
        for folder in folders {
            for name in ENV_FILES {
                let path = join(&folder, name);
                if self.root.join(&path).is_file() {
                    self.read_or_say(&path, room);
                }
            }
        }
    }

    fn read_or_say(&mut self, relative: &str, room: &mut u64) {
        if let Err(why) = self.read(relative, room) {
            self.unread.push(format!("{relative} is left aside: {why}"));
        }
    }

    /// Reads a file, or says why that is not possible. One for which there is no room cuts the look short.
    fn read(&mut self, relative: &str, room: &mut u64) -> Result<(), String> {
        let path = self.root.join(relative);
        // Never a pipe or a device, which may have no end.
        let known = path.metadata().ok().filter(|known| known.is_file());
        let length = known.map_or(u64::MAX, |known| known.len());
        if length > LONGEST_FILE {
            return Err(format!("it is longer than {} KiB", LONGEST_FILE / 1024));
        }
        if length > *room {
            self.cut_short = true;
            return Ok(());
        }
        let Some(text) = text_of(&path) else {
            let opened = bytes_of(&path, LONGEST_FILE);
            return Err(opened.map_or_else(
                |error| format!("failed to read it: {error}"),
                |_| "it is not UTF-8".to_owned(),
            ));
        };
        *room -= length;
        self.texts.insert(relative.to_owned(), text);
        Ok(())
    }

    /// Where something of the folder lies.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        // An empty name would leave a separator at the end.
        if relative.is_empty() { self.root.clone() } else { self.root.join(relative) }
    }

    /// The text of a file that was read.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Files of that name, nearest to the top first.
    pub(super) fn named(&self, name: &str) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = self
            .texts
            .iter()
            .filter(|(path, _)| path.rsplit('/').next() == Some(name))
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        found.sort_by_key(|(path, _)| path.matches('/').count());
        found
    }

    /// Files below `folder` that end so, nearest to the top first.
    pub(super) fn ending(&self, folder: &str, ends: &[&str]) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = self
            .texts
            .iter()
            .filter(|(path, _)| is_below(path, folder))
            .filter(|(path, _)| path.rsplit_once('.').is_some_and(|(_, end)| ends.contains(&end)))
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        found.sort_by_key(|(path, _)| path.matches('/').count());
        found
    }

    /// The environment files in `folder`, lowest first.
    pub(super) fn env_files(&self, folder: &str) -> Vec<(String, &str)> {
        let paths = ENV_FILES.iter().map(|name| join(folder, name));
        paths.filter_map(|path| Some((path.clone(), self.texts.get(&path)?.as_str()))).collect()
    }

    /// Whether there is something at that path, read or not.
    pub(super) fn has(&self, path: &str) -> bool {
        self.names.contains(path) || self.root.join(path).exists()
    }
}

fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

/// The folder of a path; empty at the top.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

pub(super) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    path.split('/').any(|part| matches!(part, "test" | "tests" | "__tests__" | "e2e" | "spec" | "migrations"))
        || name.starts_with("test_")
        || name.contains(".test.")
        || name.contains(".spec.")
        || name.contains("_test.")
        || name.ends_with(".d.ts")
        || name.contains(".min.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_above_a_folder_without_git_hide_nothing_in_it() {
        let above = tempfile::tempdir().unwrap();
        let root = above.path().join("shop");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(above.path().join(".gitignore"), "*\n").unwrap();
        std::fs::write(root.join("package.json"), "{}").unwrap();
        assert!(Folder::look(&root).text("package.json").is_some());
        std::fs::create_dir(above.path().join(".git")).unwrap();
        assert!(Folder::look(&root).text("package.json").is_none());
    }
}
