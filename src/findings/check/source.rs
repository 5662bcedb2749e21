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
