//! Node packages: which package.json names one, and who asks for it.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;

use super::super::case::Case;
use super::super::place::line_matching;
use super::Draft;

/// The parts of a package.json that bring a package.
const PARTS: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// `{specifier}` could not be resolved: a file of the user's own, or a package.
pub(super) fn package(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let specifier = draft.value("specifier")?;
    let name = package_name(&specifier);
    draft.set("package", name.clone().unwrap_or_else(|| specifier.clone()));
    let asking = draft.value("asking").map(|file| PathBuf::from(file.trim_start_matches("file://")));
    if let Some(file) = asking.filter(|file| file.starts_with(case.stack.folder())) {
        let quoted = format!(r#"['"`]{}['"`]"#, regex::escape(&specifier));
        let line = Regex::new(&quoted).ok().and_then(|pattern| line_matching(&file, &pattern));
        if let Some(line) = line {
            draft.place = Some(format!("{}:{line}", case.shown(&file)));
        }
    }
    let Some(name) = name else {
        draft.title = Some(format!("the file {specifier} does not exist"));
        draft.remedy = Some("correct the path in the import, or in the command".to_owned());
        draft.action = None;
        return Some(());
    };
    let manager = manager(&case.spec.directory, case.stack.folder());
    let (own, word) = (&case.spec.name, shell_words::quote(&name));
    match declared(&case.spec.directory, case.stack.folder(), &name) {
        Some(manifest) => {
            draft.title = Some(format!("the Node package {name} is declared and not installed"));
            draft.evidence.push(format!("{} names {name}", case.shown(&manifest)));
            draft.remedy = Some(format!("install what package.json names: {manager} install"));
            draft.action = Some(format!("portolan run {own} -- {manager} install"));
        }
        None => {
            draft.title =
                Some(format!("the Node package {name} is not installed, and no package.json names it"));
            let manifest = nearest_manifest(&case.spec.directory, case.stack.folder());
            match manifest {
                Some(manifest) => {
                    draft.evidence.push(format!("{} does not name {name}", case.shown(&manifest)));
                }
                None => draft
                    .evidence
                    .push(format!("there is no package.json in {}", case.shown(&case.spec.directory))),
            }
            let verb = if manager == "npm" { "install" } else { "add" };
            draft.remedy = Some(format!("add it: {manager} {verb} {name}"));
            draft.action = Some(format!("portolan run {own} -- {manager} {verb} {word}"));
        }
    }
    Some(())
}

/// `express`, `@scope/name`; `None` for a path.
fn package_name(specifier: &str) -> Option<String> {
    if specifier.starts_with(['.', '/']) || specifier.starts_with("file:") || specifier.contains(":\\") {
        return None;
    }
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    Some(specifier.split('/').take(parts).collect::<Vec<_>>().join("/"))
}

/// The folders from a service's directory up to the stack's.
fn upwards<'p>(directory: &'p Path, top: &'p Path) -> impl Iterator<Item = &'p Path> {
    directory.ancestors().take_while(move |folder| folder.starts_with(top))
}

fn nearest_manifest(directory: &Path, top: &Path) -> Option<PathBuf> {
    upwards(directory, top).map(|folder| folder.join("package.json")).find(|path| path.is_file())
}

fn declared(directory: &Path, top: &Path, package: &str) -> Option<PathBuf> {
    let mut manifests = upwards(directory, top).map(|folder| folder.join("package.json"));
    manifests.find(|path| {
        let manifest = fs::read(path).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        manifest.is_some_and(|manifest| PARTS.iter().any(|part| manifest[*part][package].is_string()))
    })
}

/// Who installs packages here, by the lock file.
fn manager(directory: &Path, top: &Path) -> &'static str {
    let locks =
        [("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun")];
    let found = upwards(directory, top).find_map(|folder| {
        locks.iter().find(|(lock, _)| folder.join(lock).is_file()).map(|(_, manager)| *manager)
    });
    found.unwrap_or("npm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_told_from_a_path_and_from_what_is_in_it() {
        assert_eq!(package_name("express").as_deref(), Some("express"));
        assert_eq!(package_name("lodash/fp").as_deref(), Some("lodash"));
        assert_eq!(package_name("@scope/name/sub").as_deref(), Some("@scope/name"));
        assert_eq!(package_name("./db"), None);
        assert_eq!(package_name("/app/server.js"), None);
    }
}
