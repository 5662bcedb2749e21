//! What is installed in a virtual environment: which distribution has which modules and brings which others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::survey::walk;

use super::distributions::normalised;

/// The distributions in some folders of modules.
#[derive(Clone, Debug, Default)]
pub(super) struct Installed {
    modules: BTreeMap<String, BTreeSet<String>>,
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Installed {
    /// Reads the metadata of everything in those folders.
    pub(super) fn in_folders(folders: &[PathBuf]) -> Self {
        let mut installed = Self::default();
        let entries = folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.extension().is_some_and(|ending| ending == "dist-info") {
                installed.add(&path);
            }
        }
        installed
    }

    fn add(&mut self, info: &Path) {
        let Some(metadata) = walk::text_of(&info.join("METADATA")) else { return };
        let header = metadata.split("\n\n").next().unwrap_or_default();
        let field =
            |line: &str, key: &str| Some(line.strip_prefix(key)?.strip_prefix(':')?.trim().to_owned());
        let Some(name) = header.lines().find_map(|line| field(line, "Name")) else { return };
        let name = normalised(&name);
        let needs = header.lines().filter_map(|line| field(line, "Requires-Dist"));
        // What an extra needs comes too, if the extra was asked for; whether it was, what is installed tells.
        let needs = needs.map(|need| {
            let end =
                need.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(need.len());
            normalised(&need[..end])
        });
        self.needs.insert(name.clone(), needs.collect());
        let record = walk::text_of(&info.join("RECORD")).unwrap_or_default();
        let tops = record.lines().filter_map(|line| {
            let path = line.split(',').next()?;
            let top = path.split('/').next()?;
            let module = if path.contains('/') {
                top
            } else {
                top.strip_suffix(".py").or(top.split(".cpython").next())?
            };
            (!module.contains('.') && !module.is_empty()).then(|| module.to_owned())
        });
        let listed = walk::text_of(&info.join("top_level.txt")).unwrap_or_default();
        for module in tops.chain(listed.lines().map(|line| line.trim().to_owned())) {
            self.modules.entry(module).or_default().insert(name.clone());
        }
    }

    /// Whether a distribution is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.needs.contains_key(name)
    }

    /// The distributions that have a module.
    pub(super) fn with_module(&self, module: &str) -> impl Iterator<Item = &String> {
        self.modules.get(module).into_iter().flatten()
    }

    /// What those distributions bring, directly and indirectly, themselves included.
    pub(super) fn closure(&self, names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<String> = names.into_iter().collect();
        while let Some(name) = open.pop() {
            if let Some(needs) = self.needs.get(&name) {
                open.extend(needs.iter().filter(|need| !reached.contains(*need)).cloned());
            }
            reached.insert(name);
        }
        reached
    }
}
