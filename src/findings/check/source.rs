//! The user's own code and data: the lines at a place, and the files beside a service.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::case::Case;

/// A file of this size is no source.
const LARGEST: u64 = 1 << 20;
const MOST_FILES: usize = 400;
const DEEPEST: usize = 4;

/// The lines before a place and its own, in their order; `None` if they cannot be read.
pub(super) fn up_to(case: &Case<'_>, place: &str, before: usize) -> Option<Vec<String>> {
    let (file, line) = place.rsplit_once(':')?;
    let line: usize = line.parse().ok()?;
    let text = read(&case.stack.folder().join(file))?;
    let first = line.saturating_sub(before.saturating_add(1));
    Some(text.lines().skip(first).take(line - first).map(str::to_owned).collect())
}

/// A folder as it is told.
pub(super) fn shown_folder(case: &Case<'_>, folder: &Path) -> String {
    let shown = case.shown(folder);
    if shown.is_empty() { "the folder of portolan.toml".to_owned() } else { shown }
}

/// Where the service's code or configuration first holds a number as a word.
pub(super) fn place_of_number(case: &Case<'_>, number: &str) -> Option<String> {
    let is_whole = |line: &str, at: usize| {
        let (before, after) = (line[..at].chars().next_back(), line[at + number.len()..].chars().next());
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '.');
        !digit(before) && !digit(after)
    };
    files(&case.spec.directory, &ENDINGS).into_iter().find_map(|path| {
        let text = read(&path).filter(|text| text.contains(number))?;
        let mut lines = text.lines().zip(1u32..);
        let (_, line) =
            lines.find(|(line, _)| line.match_indices(number).any(|(at, _)| is_whole(line, at)))?;
        Some(format!("{}:{line}", case.shown(&path)))
    })
}

/// What addresses are written in.
const ENDINGS: [&str; 16] = [
    "py", "js", "ts", "mjs", "cjs", "jsx", "tsx", "rs", "go", "rb", "java", "php", "sh", "yaml", "yml",
    "toml",
];

/// The text of a file of reasonable size.
pub(super) fn read(path: &Path) -> Option<String> {
    (fs::metadata(path).ok()?.len() <= LARGEST).then(|| fs::read_to_string(path).ok()).flatten()
}

/// The files with one of these endings below a folder, hidden and installed ones aside, in the order of their names.
pub(super) fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, DEEPEST, endings, &mut found);
    found
}

fn collect(folder: &Path, depth: usize, endings: &[&str], found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let installed = matches!(name, "node_modules" | "venv" | "target" | "dist" | "__pycache__");
        if found.len() >= MOST_FILES || name.starts_with('.') || installed {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, endings, found);
            }
        } else if path.extension().and_then(|ending| ending.to_str()).is_some_and(|e| endings.contains(&e)) {
            found.push(path);
        }
    }
}
