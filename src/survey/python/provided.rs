//! Whether what a project declares provides a module, as far as that can be told without an index.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::distributions::{alternatives, brings, distribution_of, is_known, is_shared, normalised};
use super::installed::Installed;
use super::requirements::{Declared, Requirement};

/// Whether a module is provided for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provides {
    /// Something that is declared has it, or brings it, or may.
    Yes,
    /// Nothing does, though it is installed: by hand, or for something else.
    OnlyInstalled,
    /// Nothing does.
    No,
}

/// Whether `declared`, installed into those folders of modules if it is, provides `module`. In doubt it does. `locked`
/// holds the names in lock files, and `all_imports` what the code imports besides.
pub fn is_provided(
    module: &str,
    declared: &Declared,
    site_packages: &[PathBuf],
    locked: &BTreeSet<String>,
    all_imports: &BTreeSet<String>,
) -> Provides {
    let distribution = distribution_of(module);
    let names: BTreeSet<String> =
        declared.requirements.iter().map(|requirement| requirement.name.clone()).collect();
    if declared.opaque || is_shared(module) || locked.contains(&distribution) {
        return Provides::Yes;
    }
    let reached = with_what_they_bring(names.iter().chain(&declared.brought));
    let fits = |name: &str| name == distribution || alternatives(&distribution).contains(&name);
    if reached.iter().any(|name| fits(name)) {
        return Provides::Yes;
    }
    let installed = Installed::in_folders(site_packages);
    let mut owners = installed.with_module(module).peekable();
    let is_installed = owners.peek().is_some();
    if is_installed {
        let reached = installed.closure(names.iter().cloned());
        return if owners.any(|owner| reached.contains(owner)) {
            Provides::Yes
        } else {
            Provides::OnlyInstalled
        };
    }
    if is_known(&distribution) || !may_be_of_another(module, &names, all_imports) {
        Provides::No
    } else {
        Provides::Yes
    }
}

/// Of those requirements, the ones that are not installed in those folders of modules.
pub fn not_installed<'r>(
    requirements: impl IntoIterator<Item = &'r Requirement>,
    site_packages: &[PathBuf],
) -> Vec<&'r Requirement> {
    let installed = Installed::in_folders(site_packages);
    requirements.into_iter().filter(|requirement| !installed.has(&requirement.name)).collect()
}

fn with_what_they_bring<'n>(names: impl Iterator<Item = &'n String>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = names.cloned().collect();
    while let Some(name) = open.pop() {
        open.extend(brings(&name).filter(|brought| !reached.contains(*brought)).map(str::to_owned));
        reached.insert(name);
    }
    reached
}

/// Whether a distribution of which little is known may have a module of another name: one that is declared, and that
/// no import accounts for.
fn may_be_of_another(module: &str, names: &BTreeSet<String>, all_imports: &BTreeSet<String>) -> bool {
    let plain = |name: &str| normalised(name).replace('-', "");
    let wanted = plain(module);
    let used: BTreeSet<String> = all_imports.iter().map(|import| distribution_of(import)).collect();
    names.iter().any(|name| {
        let is_alike = plain(name).contains(&wanted) || wanted.contains(&plain(name));
        is_alike || (!is_known(name) && !used.contains(name) && !is_a_tool(name))
    })
}

/// Distributions that are run and not imported.
fn is_a_tool(name: &str) -> bool {
    let tools = [
        "pip",
        "black",
        "flake8",
        "isort",
        "mypy",
        "ruff",
        "pre-commit",
        "pylint",
        "pip-tools",
        "build",
        "twine",
    ];
    tools.contains(&name)
        || name.starts_with("pytest-")
        || name.starts_with("types-")
        || name.ends_with("-stubs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::Requirement;

    fn provided(module: &str, declared: &[&str]) -> Provides {
        let requirements = declared.iter().map(|name| Requirement {
            name: (*name).to_owned(),
            specifier: String::new(),
            file: PathBuf::new(),
            line: 1,
            conditional: false,
        });
        let declared = Declared { requirements: requirements.collect(), ..Declared::default() };
        is_provided(module, &declared, &[], &BTreeSet::new(), &BTreeSet::from([module.to_owned()]))
    }

    #[test]
    fn a_module_is_missing_when_nothing_declared_can_have_it() {
        assert_eq!(provided("dotenv", &["fastapi", "uvicorn"]), Provides::No);
        assert_eq!(provided("yaml", &[]), Provides::No);
        assert_eq!(provided("flask_login", &["flask"]), Provides::No);
        assert_eq!(provided("frobnicate", &["fastapi"]), Provides::No);
    }

    #[test]
    fn in_doubt_a_module_is_provided() {
        assert_eq!(provided("dotenv", &["python-dotenv"]), Provides::Yes);
        assert_eq!(provided("psycopg2", &["psycopg2"]), Provides::Yes);
        assert_eq!(provided("starlette", &["fastapi"]), Provides::Yes);
        assert_eq!(provided("pydantic", &["sqlmodel"]), Provides::Yes);
        assert_eq!(provided("google", &[]), Provides::Yes);
        assert_eq!(provided("frobnicate", &["python-frobnicate-sdk"]), Provides::Yes);
        assert_eq!(provided("frobnicate", &["oddly-named"]), Provides::Yes);
    }

    #[test]
    fn what_is_installed_tells_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let add = |name: &str, needs: &str, record: &str| {
            let info = folder.path().join(format!("{name}-1.dist-info"));
            std::fs::create_dir(&info).unwrap();
            std::fs::write(
                info.join("METADATA"),
                format!("Metadata-Version: 2.1\nName: {name}\n{needs}\n\nText"),
            )
            .unwrap();
            std::fs::write(info.join("RECORD"), record).unwrap();
        };
        add("oddly-named", "Requires-Dist: inner>=1; extra == 'x'", "odd/__init__.py,,\n");
        add("inner", "", "inner_module.py,,\n");
        add("by-hand", "", "hand/__init__.py,,\n");
        let requirement = Requirement {
            name: "oddly-named".to_owned(),
            specifier: String::new(),
            file: PathBuf::new(),
            line: 1,
            conditional: false,
        };
        let declared = Declared { requirements: vec![requirement], ..Declared::default() };
        let folders = [folder.path().to_owned()];
        let ask = |module: &str| is_provided(module, &declared, &folders, &BTreeSet::new(), &BTreeSet::new());
        assert_eq!(ask("odd"), Provides::Yes);
        assert_eq!(ask("inner_module"), Provides::Yes);
        assert_eq!(ask("hand"), Provides::OnlyInstalled);
    }
}
