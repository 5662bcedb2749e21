//! What installs the packages of a Python project.

use std::path::Path;

use crate::survey::walk;

/// A tool that keeps the virtual environment of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PythonManager {
    /// The program.
    pub name: &'static str,
    /// The command that installs what the project declares.
    pub install: &'static str,
    /// Files that are this one's only.
    signs: &'static [&'static str],
}

const KNOWN: [PythonManager; 4] = [
    PythonManager { name: "uv", install: "uv sync", signs: &["uv.lock"] },
    PythonManager { name: "poetry", install: "poetry install", signs: &["poetry.lock"] },
    PythonManager { name: "pdm", install: "pdm install", signs: &["pdm.lock"] },
    PythonManager { name: "pipenv", install: "pipenv install", signs: &["Pipfile.lock", "Pipfile"] },
];

impl PythonManager {
    /// That of the code in a folder, as it or the nearest folder above says, up to `top` or the repository's or the
    /// stack's; `None` where nothing says that it is one of these.
    pub fn of(folder: &Path, top: &Path) -> Option<Self> {
        walk::upwards_to(top, folder).find_map(Self::said_in)
    }

    /// What a folder says itself: its files, or settings of the tool in a pyproject.toml that declares a project. Without one
    /// they are about another way to install: `[tool.uv.pip]`.
    fn said_in(folder: &Path) -> Option<Self> {
        let by_file = KNOWN.iter().find(|known| known.signs.iter().any(|sign| folder.join(sign).is_file()));
        let by_settings = || {
            let text = walk::text_of(&folder.join("pyproject.toml"))?;
            let has = |table: &str| ["]", "."].iter().any(|end| text.contains(&format!("[{table}{end}")));
            let declares = has("project") || has("tool.poetry");
            KNOWN.iter().find(|known| declares && has(&format!("tool.{}", known.name)))
        };
        by_file.or_else(by_settings).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::samples::written;

    fn found(files: &[(&str, &str)], of: &str) -> Option<&'static str> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            written(folder.path(), name, text);
        }
        let manager = PythonManager::of(&folder.path().join(of), &folder.path().join("top"));
        manager.map(|manager| manager.name)
    }

    #[test]
    fn files_and_settings_say_which_one_it_is() {
        for (name, text, manager) in [
            ("uv.lock", "", Some("uv")),
            ("poetry.lock", "", Some("poetry")),
            ("pdm.lock", "", Some("pdm")),
            ("Pipfile", "", Some("pipenv")),
            ("pyproject.toml", "[project]\n[tool.uv]\n", Some("uv")),
            ("pyproject.toml", "[project]\n[[tool.uv.index]]\n", Some("uv")),
            ("pyproject.toml", "[tool.uv.pip]\n", None),
            ("pyproject.toml", "[tool.poetry.dependencies]\n", Some("poetry")),
            ("pyproject.toml", "[tool.uvicorn]\n", None),
            ("requirements.txt", "uv.lock\n", None),
        ] {
            assert_eq!(found(&[(&format!("top/{name}"), text)], "top"), manager, "{name}: {text}");
        }
        let both = [("top/pyproject.toml", "[project]\n[tool.uv]\n"), ("top/poetry.lock", "")];
        assert_eq!(found(&both, "top"), Some("poetry"), "a lock file says more than settings");
    }

    #[test]
    fn the_nearest_folder_counts_and_none_above_the_top() {
        let files = [("uv.lock", ""), ("top/pdm.lock", ""), ("top/api/app/poetry.lock", "")];
        assert_eq!(found(&files, "top/api/app"), Some("poetry"));
        assert_eq!(found(&files, "top/api"), Some("pdm"));
        assert_eq!(found(&files[..1], "top/api"), None);
    }
}
