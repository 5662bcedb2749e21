//! npm's own complaints: scripts that no package.json has, and the package.json itself.

use std::fs;
use std::path::{Path, PathBuf};

use crate::survey::Package;

use super::super::case::Case;
use super::super::place;
use super::Draft;
use super::source;

/// How many scripts are listed.
const MOST: usize = 8;

/// There is no script `{script}`.
pub(super) fn script(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let script = draft.value("script")?;
    let Some(package) = Package::in_folder(&case.spec.directory) else { return Some(()) };
    let manifest = case.shown(&package.file);
    draft.place = Some(format!("{manifest}:{}", package.line_of("scripts")));
    let names: Vec<&str> = package.scripts.keys().map(String::as_str).collect();
    if names.is_empty() {
        draft.evidence.push(format!("{manifest} has no scripts"));
        draft.remedy = Some(format!("add the script {script} to it"));
    } else {
        let listed = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
        draft.evidence.push(format!("{manifest} has the scripts {listed}"));
        draft.remedy = Some(format!("add {script} to it, or run one that it has: {listed}"));
    }
    Some(())
}

/// There is no package.json where npm was started: looks for one below.
pub(super) fn manifest(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let missing = PathBuf::from(draft.value("manifest")?);
    let folder = missing.parent().unwrap_or(&case.spec.directory).to_owned();
    let shown = source::shown_folder(case, &folder);
    draft.title = Some(format!("there is no package.json in {shown}"));
    draft.place = Some(place::key(case, "command"));
    let Some(found) = below(case.stack.folder()) else { return Some(()) };
    let directory = found.parent().map(|folder| case.shown(folder)).unwrap_or_default();
    draft.evidence.push(format!("{} exists", case.shown(&found)));
    let directory = if directory.is_empty() { ".".to_owned() } else { directory };
    draft.remedy = Some(format!("set directory = \"{directory}\" for {} in portolan.toml", case.spec.name));
    Some(())
}

/// A package.json in the folder or one right in it.
fn below(folder: &Path) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .take(1000)
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders.insert(0, folder.to_owned());
    let hidden = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with('.') || name == "node_modules"
    };
    let manifests = folders.into_iter().filter(|path| !hidden(path)).map(|path| path.join("package.json"));
    manifests.into_iter().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;

    #[test]
    fn what_a_manifest_has_instead_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::printing(&["npm error Missing script: \"dev\""]).in_folder(folder.path());
        let text = "{\n  \"scripts\": {\n    \"start\": \"node .\"\n  }\n}\n";
        fs::write(folder.path().join("package.json"), text).unwrap();
        let case = scene.case();
        let mut draft = Draft::new(&case, vec![("script".into(), "dev".into())]);
        script(&case, &mut draft).unwrap();
        assert_eq!(draft.place.as_deref(), Some("package.json:2"));
        assert_eq!(draft.remedy.as_deref(), Some("add dev to it, or run one that it has: start"));
    }

    #[test]
    fn a_manifest_in_a_folder_below_is_offered() {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::printing(&["npm error enoent"]).in_folder(folder.path());
        fs::create_dir(folder.path().join("web")).unwrap();
        fs::write(folder.path().join("web/package.json"), "{}").unwrap();
        let missing = folder.path().join("package.json").display().to_string();
        let case = scene.case();
        let mut draft = Draft::new(&case, vec![("manifest".into(), missing)]);
        manifest(&case, &mut draft).unwrap();
        assert!(draft.remedy.unwrap().contains("directory = \"web\""));
    }
}
