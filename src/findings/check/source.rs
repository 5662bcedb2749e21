//! The user's own code: the lines at a place, and what is written in it.

use std::path::Path;

use super::super::case::Case;
use super::super::files;

/// The lines before a place and its own, in their order; `None` if they cannot be read.
pub(super) fn up_to(case: &Case<'_>, place: &str, before: usize) -> Option<Vec<String>> {
    let (file, line) = place.rsplit_once(':')?;
    let line: usize = line.parse().ok()?;
    let text = files::text_of(&case.stack.folder().join(file))?;
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
    files::below(&case.spec.directory, &ENDINGS).into_iter().find_map(|path| {
        let text = files::text_of(&path).filter(|text| text.contains(number))?;
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
