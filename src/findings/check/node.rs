//! Node packages: which package.json names one, and who asks for it.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::survey::{self, Package, PackageManager};

use super::super::case::Case;
use super::super::place::{self, line_matching};
use super::Draft;
use super::source;

/// What npm takes for the name of a package.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:@[a-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*$").expect("a constant that a test compiles")
});

/// `{specifier}` could not be resolved: a file of the user's own, or a package.
pub(super) fn package(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let specifier = draft.value("specifier")?;
    let name = package_name(&specifier);
    draft.set("package", name.clone().unwrap_or_else(|| specifier.clone()));
    tell_asking(case, draft, &specifier);
    let name = name?;
    if specifier.contains('/') && case.spec.directory.join(&name).is_dir() {
        // `src/db/pool`: TypeScript resolves that by `baseUrl` or `paths`, and Node does not.
        draft.title =
            Some(format!("{specifier} is a path of the program's own, which Node takes for a package"));
        draft.evidence.push(format!("{} exists", case.shown(&case.spec.directory.join(&name))));
        draft.remedy =
            Some("write it as a relative path, or have the paths of tsconfig.json resolved".to_owned());
        draft.action = None;
        return Some(());
    }
    let (manager, own) = (manager(case), &case.spec.name);
    let packages = survey::packages_of(&case.spec.directory);
    match declaring(&packages, &name) {
        Some(manifest) => {
            draft.title = Some(format!("the Node package {name} is declared and not installed"));
            draft.evidence.push(format!("{} names {name}", case.shown(manifest)));
            draft.remedy = Some(format!("install what package.json names: {manager} install"));
            draft.action = Some(format!("portolan run --there {own} -- {manager} install"));
        }
        None => {
            draft.title =
                Some(format!("the Node package {name} is not installed, and no package.json names it"));
            match packages.first() {
                Some(nearest) => {
                    draft.evidence.push(format!("{} does not name {name}", case.shown(&nearest.file)));
                }
                None => {
                    let manifest = case.spec.directory.join("package.json");
                    draft.evidence.push(match manifest.exists() {
                        true => format!("{} cannot be read as JSON", case.shown(&manifest)),
                        false => format!(
                            "there is no package.json in {}",
                            source::shown_folder(case, &case.spec.directory)
                        ),
                    });
                }
            }
            let verb = if manager == "npm" { "install" } else { "add" };
            draft.remedy = Some(format!("add it: {manager} {verb} {name}"));
            // What a log says is installed by its name alone: no option, no address, no folder.
            draft.action = NAME
                .is_match(&name)
                .then(|| format!("portolan run --there {own} -- {manager} {verb} {name}"));
        }
    }
    Some(())
}

/// The file `{specifier}` could not be found.
pub(super) fn file(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let specifier = draft.value("specifier")?;
    let path = specifier.trim_start_matches("file://");
    let asked = tell_asking(case, draft, &specifier);
    let shown = case.shown(Path::new(path));
    draft.title = Some(match (asked, path.starts_with('/')) {
        (true, true) => format!("a file that is imported does not exist: {shown}"),
        (true, false) => format!("a file that is imported does not exist: {path}"),
        (false, _) => format!("the program {shown} that Node is to run does not exist"),
    });
    draft.remedy = Some(if asked {
        "correct the path in the import, or add the file".to_owned()
    } else {
        draft.place = Some(place::key(case, "command"));
        "correct the path in the command".to_owned()
    });
    Some(())
}

/// Sets the place to the line of `{asking}` that names the specifier; whether any file asks.
fn tell_asking(case: &Case<'_>, draft: &mut Draft, specifier: &str) -> bool {
    let Some(asking) = draft.value("asking") else { return false };
    let file = PathBuf::from(asking.trim_start_matches("file://"));
    if file.starts_with(case.stack.folder()) {
        // A resolved path is written otherwise in the code: what is left is its last part.
        let last = specifier.rsplit('/').next().unwrap_or(specifier);
        let quoted = |text: &str| format!(r#"['"`](?:[^'"`]*/)?{}['"`]"#, regex::escape(text));
        let exact = format!(r#"['"`]{}['"`]"#, regex::escape(specifier));
        let patterns = [exact, quoted(last)];
        let line = patterns.iter().find_map(|pattern| line_matching(&file, &Regex::new(pattern).ok()?));
        if let Some(line) = line {
            draft.place = Some(format!("{}:{line}", case.shown(&file)));
        }
    }
    true
}

/// The package.json that names a package which brings a program of that name, and who installs it.
pub(super) fn brought_by(case: &Case<'_>, program: &str) -> Option<(String, &'static str)> {
    let known = [("tsc", "typescript"), ("ng", "@angular/cli"), ("react-scripts", "react-scripts")];
    let package = known.iter().find(|(name, _)| *name == program).map_or(program, |(_, package)| package);
    let packages = survey::packages_of(&case.spec.directory);
    Some((case.shown(declaring(&packages, package)?), manager(case)))
}

/// `express`, `@scope/name`; `None` for a path.
fn package_name(specifier: &str) -> Option<String> {
    if specifier.starts_with(['.', '/']) || specifier.starts_with("file:") || specifier.contains(":\\") {
        return None;
    }
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    Some(specifier.split('/').take(parts).collect::<Vec<_>>().join("/"))
}

/// The package.json that names a package, of those that count for the service.
fn declaring<'p>(packages: &'p [Package], name: &str) -> Option<&'p Path> {
    packages
        .iter()
        .find(|package| package.dependencies.contains_key(name))
        .map(|package| package.file.as_path())
}

/// Who installs packages for the service.
fn manager(case: &Case<'_>) -> &'static str {
    PackageManager::of(&case.spec.directory, case.stack.folder()).name
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;

    #[test]
    fn a_folder_of_its_own_is_no_package_to_install() {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::printing(&["Error: Cannot find module 'src/db/pool'"]).in_folder(folder.path());
        let look = |scene: &Scene| {
            let case = scene.case();
            let mut draft = Draft::new(&case, vec![("specifier".into(), "src/db/pool".into())]);
            package(&case, &mut draft).unwrap();
            draft
        };
        assert_eq!(look(&scene).action.as_deref(), Some("portolan run --there api -- npm install src"));
        std::fs::write(folder.path().join("package.json"), "{\"packageManager\": \"pnpm@9.0.0\"}").unwrap();
        assert_eq!(look(&scene).action.as_deref(), Some("portolan run --there api -- pnpm add src"));
        std::fs::create_dir(folder.path().join("src")).unwrap();
        let draft = look(&scene);
        assert!(draft.title.unwrap().starts_with("src/db/pool is a path of the program's own"));
        assert_eq!(draft.action, None);
    }

    #[test]
    fn a_package_json_that_is_broken_is_not_said_to_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::printing(&["Error: Cannot find module 'express'"]).in_folder(folder.path());
        let evidence = |scene: &Scene| {
            let case = scene.case();
            let mut draft = Draft::new(&case, vec![("specifier".into(), "express".into())]);
            package(&case, &mut draft).unwrap();
            draft.evidence
        };
        assert!(evidence(&scene)[0].starts_with("there is no package.json in "));
        std::fs::write(folder.path().join("package.json"), "{\"name\": ").unwrap();
        assert_eq!(evidence(&scene), ["package.json cannot be read as JSON"]);
    }

    #[test]
    fn what_is_no_name_of_a_package_is_not_offered_to_be_installed() {
        let scene = Scene::printing(&["Error: Cannot find module"]);
        let action = |specifier: &str| {
            let case = scene.case();
            let mut draft = Draft::new(&case, vec![("specifier".into(), specifier.into())]);
            package(&case, &mut draft).unwrap();
            draft.action
        };
        assert_eq!(action("@scope/name/sub").unwrap(), "portolan run --there api -- npm install @scope/name");
        for odd in ["--global", "a; touch b", "$(id)", "git+ssh"] {
            assert_eq!(action(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_package_is_told_from_a_path_and_from_what_is_in_it() {
        assert_eq!(package_name("express").as_deref(), Some("express"));
        assert_eq!(package_name("lodash/fp").as_deref(), Some("lodash"));
        assert_eq!(package_name("@scope/name/sub").as_deref(), Some("@scope/name"));
        assert_eq!(package_name("./db"), None);
        assert_eq!(package_name("/app/server.js"), None);
    }
}
