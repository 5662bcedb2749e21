//! What installs the packages of a Node project.

use std::path::{Path, PathBuf};

use crate::survey::walk;

use super::Package;

/// Every package manager that is told apart.
const KNOWN: [&str; 4] = ["npm", "pnpm", "yarn", "bun"];

/// Files that say which one it is. A lock file says more than the list of a workspace's packages.
const SIGNS: [(&str, &str); 6] = [
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("pnpm-workspace.yaml", "pnpm"),
];

/// The package manager of some code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageManager {
    /// `npm`, `pnpm`, `yarn` or `bun`.
    pub name: &'static str,
    /// The package.json that names it, or the file that only this one makes; `None` if nothing says which one it is,
    /// and npm is taken for it.
    pub sign: Option<PathBuf>,
}

impl PackageManager {
    /// That of the code in a folder, as it or the nearest folder above says, up to `top` or the repository's or the
    /// stack's: the packages of a workspace are installed at its root.
    pub fn of(folder: &Path, top: &Path) -> Self {
        let found = walk::upwards_to(top, folder).find_map(Self::said_in);
        found.unwrap_or(Self { name: "npm", sign: None })
    }

    /// Whether a program of that name is one.
    pub fn is_one(program: &str) -> bool {
        KNOWN.contains(&program)
    }

    /// What a folder says itself: the field `packageManager` of its package.json (`pnpm@9.0.0`), else its files.
    fn said_in(folder: &Path) -> Option<Self> {
        let package = Package::in_folder(folder);
        let named = package.and_then(|package| {
            let name = package.manager.as_deref()?.split('@').next()?;
            Some((package.file, *KNOWN.iter().find(|known| **known == name)?))
        });
        let by_file = || {
            let files = SIGNS.iter().map(|(sign, name)| (folder.join(sign), *name));
            files.into_iter().find(|(file, _)| file.is_file())
        };
        named.or_else(by_file).map(|(sign, name)| Self { name, sign: Some(sign) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::samples::written;

    /// Who it is in a folder with these files, and the file that says so, both below the folder.
    fn found(files: &[(&str, &str)], of: &str) -> (&'static str, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            written(folder.path(), name, text);
        }
        let manager = PackageManager::of(&folder.path().join(of), &folder.path().join("top"));
        (manager.name, manager.sign.map(|sign| walk::shown(&sign, folder.path())))
    }

    #[test]
    fn the_field_says_more_than_a_lock_file_and_a_lock_file_more_than_a_workspace() {
        let pnpm = ("top/package.json", "{\"packageManager\": \"pnpm@9.0.0\"}");
        let (lock, workspace) = (("top/yarn.lock", ""), ("top/pnpm-workspace.yaml", ""));
        let said = |name, sign: &str| (name, Some(sign.to_owned()));
        assert_eq!(found(&[pnpm, lock, workspace], "top"), said("pnpm", "top/package.json"));
        assert_eq!(found(&[lock, workspace], "top"), said("yarn", "top/yarn.lock"));
        assert_eq!(found(&[workspace], "top"), said("pnpm", "top/pnpm-workspace.yaml"));
        for odd in ["{\"packageManager\": \"volta@1\"}", "{\"packageManager\": 7}", "no JSON"] {
            assert_eq!(
                found(&[("top/package.json", odd), lock], "top"),
                said("yarn", "top/yarn.lock"),
                "{odd}"
            );
        }
        assert_eq!(found(&[("top/package.json", "{}")], "top"), ("npm", None));
    }

    #[test]
    fn the_nearest_folder_counts_and_none_above_the_top_or_the_repository() {
        let (outer, top) = (("yarn.lock", ""), ("top/bun.lock", ""));
        let inner = ("top/web/app/package-lock.json", "");
        assert_eq!(found(&[outer, top, inner], "top/web/app").0, "npm");
        assert_eq!(found(&[outer, top], "top/web/app").0, "bun");
        assert_eq!(found(&[outer], "top/web/app"), ("npm", None), "above the top");
        assert_eq!(found(&[outer, top, ("top/web/.git", "")], "top/web/app"), ("npm", None));
        assert_eq!(found(&[outer, top, ("top/web/portolan.toml", "")], "top/web/app"), ("npm", None));
        assert_eq!(
            found(&[top, outer], "beside/app").0,
            "yarn",
            "a folder beside the top is above nothing of it"
        );
    }
}
