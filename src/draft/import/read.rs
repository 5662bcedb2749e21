//! The way in: one file of another tool as a draft.

use crate::draft::stack::Draft;

use super::error::ImportError;
use super::format::Format;
use super::leftover::{Leftover, Leftovers};
use super::{compose, finish, mprocs, process_compose, procfile};

/// A file as a draft, and what of it has no equivalent.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What it says, as far as portolan.toml can say it.
    pub draft: Draft,
    /// What of it is not there as it was, by line.
    pub leftovers: Vec<Leftover>,
}

/// Reads `text`. `file_name` is what the file is called in comments and where a command has to name it; `folder` is its
/// folder, relative to where portolan.toml will lie, and empty if that is the same. `is_folder` says whether there is a
/// folder at a path relative to the file's.
pub fn import(
    format: Format,
    text: &str,
    file_name: &str,
    folder: &str,
    is_folder: &dyn Fn(&str) -> bool,
) -> Result<Imported, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut leftovers = Leftovers::default();
    let mut draft = match format {
        Format::Procfile => procfile::read(text, is_folder, &mut leftovers)?,
        Format::ProcessCompose => process_compose::read(text, is_folder, &mut leftovers)?,
        Format::Compose => compose::read(text, file_name, &mut leftovers)?,
        Format::Mprocs => mprocs::read(text, is_folder, &mut leftovers)?,
    };
    for (line, what) in draft.settle() {
        leftovers.nearly("services", line.unwrap_or(1), what);
    }
    // By the names that the services have in the end.
    finish::link(&mut draft);
    if !folder.is_empty() {
        for service in &mut draft.services {
            service.directory = joined(folder, &service.directory);
            for file in &mut service.env_files {
                *file = joined(folder, file);
            }
        }
    }
    draft.notes.insert(0, format!("Written by `portolan import {file_name}`."));
    Ok(Imported { draft, leftovers: leftovers.into_list() })
}

/// `path` below `folder`, without detours.
pub(super) fn joined(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "." => {}
            "" if !parts.is_empty() || !folder.starts_with('/') => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, "" | "..")) => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn folders_are_joined_without_detours() {
        assert_eq!(joined("infra", "../admin"), "admin");
        assert_eq!(joined("infra", ""), "infra");
        assert_eq!(joined("..", "../x"), "../../x");
        assert_eq!(joined("/a/b", "./c"), "/a/b/c");
        assert_eq!(joined("a", "/b"), "/b");
    }
}
