//! What a package.json says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::survey::code::line_at;
use crate::survey::walk;

/// A package.json, as far as it is looked into.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// The file.
    pub file: PathBuf,
    /// Its own name.
    pub name: Option<String>,
    /// Every package that it depends on, in whatever way, with the version that it asks for.
    pub dependencies: BTreeMap<String, String>,
    /// Its scripts.
    pub scripts: BTreeMap<String, String>,
    /// What it asks of tools, `node` and the package managers.
    pub engines: BTreeMap<String, String>,
    /// The package manager that it is to be installed with, `pnpm@9.0.0`.
    pub manager: Option<String>,
    text: String,
}

impl Package {
    /// The package.json in a folder.
    pub fn in_folder(folder: &Path) -> Option<Self> {
        let file = folder.join("package.json");
        let text = walk::text_of(&file)?;
        let value: Value = serde_json::from_str(&text).ok()?;
        let table = |key: &str| -> BTreeMap<String, String> {
            let entries = value.get(key).and_then(Value::as_object).into_iter().flatten();
            entries
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect()
        };
        let mut dependencies = BTreeMap::new();
        for key in ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"] {
            dependencies.extend(table(key));
        }
        let bundled = value.get("bundledDependencies").and_then(Value::as_array).into_iter().flatten();
        dependencies.extend(bundled.filter_map(|name| Some((name.as_str()?.to_owned(), String::new()))));
        let name = value.get("name").and_then(Value::as_str).map(str::to_owned);
        let (scripts, engines) = (table("scripts"), table("engines"));
        let manager = value.get("packageManager").and_then(Value::as_str).map(str::to_owned);
        Some(Self { file, name, dependencies, scripts, engines, manager, text })
    }

    /// The line of a key, from 1, or of the first mention of what is none; the first one for what is not there.
    pub fn line_of(&self, key: &str) -> u32 {
        let quoted = format!("\"{key}\"");
        let is_key = |at: &usize| self.text[at + quoted.len()..].trim_start().starts_with(':');
        let mut mentions = self.text.match_indices(&quoted).map(|(at, _)| at);
        let at = mentions.clone().find(is_key).or_else(|| mentions.next()).unwrap_or(0);
        line_at(&self.text, at)
    }

    /// Whether the text of the file holds another one.
    pub fn mentions(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}

/// The package.json files that count for code in a folder: that of the folder and those above, up to the repository's
/// or the stack's.
pub fn packages_of(folder: &Path) -> Vec<Package> {
    walk::upwards(folder).filter_map(Package::in_folder).collect()
}

/// The quoted words of the configuration that may give other names to files and packages.
pub fn aliases_of(folder: &Path) -> BTreeSet<String> {
    let configs = [
        "tsconfig",
        "jsconfig",
        "vite.config",
        "webpack.config",
        "babel.config",
        "astro.config",
        "nuxt.config",
    ];
    let mut found = BTreeSet::new();
    for folder in walk::upwards(folder) {
        for path in folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if !configs.iter().any(|config| name.starts_with(config)) {
                continue;
            }
            for line in walk::text_of(&path).unwrap_or_default().lines() {
                // A package that is imported there is no alias.
                if line.contains("from ") || line.contains("require(") {
                    continue;
                }
                let quoted = line.split(['"', '\'']).skip(1).step_by(2);
                found.extend(quoted.map(|word| word.trim_end_matches("/*").to_owned()));
                let keys = line.split([',', '{']).filter_map(|part| part.split_once(':'));
                found.extend(keys.map(|(key, _)| key.trim().to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_dependencies_count_and_keys_have_lines() {
        let folder = tempfile::tempdir().unwrap();
        let text = "{\n \"name\": \"x\",\n \"files\": [\"engines\"],\n \"dependencies\": {\"a\": \"^1\"},\n \"peerDependencies\": {\"b\": \"2\"},\n \
                    \"engines\": {\"node\": \">=20\"},\n \"scripts\": {\"dev\": \"vite\"}\n}\n";
        std::fs::write(folder.path().join("package.json"), text).unwrap();
        let package = Package::in_folder(folder.path()).unwrap();
        assert_eq!(package.dependencies.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((package.line_of("engines"), package.engines["node"].as_str()), (6, ">=20"));
        assert_eq!(package.scripts["dev"], "vite");
        std::fs::write(folder.path().join("package.json"), format!("\u{feff}{text}")).unwrap();
        assert!(Package::in_folder(folder.path()).is_some(), "npm reads it behind a byte order mark, too");
    }
}
