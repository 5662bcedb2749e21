//! Health paths: which ones the code of a service does serve.

use std::sync::LazyLock;

use regex::Regex;

use super::super::case::Case;
use super::Draft;

/// Paths in quotes by which services tell how they are.
static PATHS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["'`](/(?:[\w/-]*/)?(?:health|healthz|healthcheck|ready|readyz|live|livez|ping|status)(?:/[\w-]+)?)["'`?]"#)
        .expect("a constant that a test compiles")
});

/// What code is written in, and how much of it is looked through.
const SOURCES: [&str; 10] = ["py", "js", "ts", "mjs", "cjs", "rs", "go", "rb", "java", "php"];
const MOST_FILES: usize = 400;
const DEEPEST: usize = 5;

/// The probe of `{path}` was answered by `{status}`: looks for paths that the code does serve.
pub(super) fn path(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let asked = draft.value("path")?;
    let mut files = Vec::new();
    collect(&case.spec.directory, DEEPEST, &mut files);
    let found = files.iter().find_map(|file| {
        let text = std::fs::read_to_string(file).ok()?;
        text.lines().zip(1..).find_map(|(line, number): (&str, u32)| {
            let path = PATHS.captures(line)?[1].to_owned();
            (path != asked).then(|| (path, format!("{}:{number}", case.shown(file))))
        })
    });
    if let Some((path, place)) = found {
        draft.evidence.push(format!("the code serves {path}, at {place}"));
        draft.remedy = Some(format!("set `health = \"{path}\"` for {} in portolan.toml", case.spec.name));
    }
    let origin = case.spec.health.as_ref().map_or(&case.spec.origin, |_| &case.spec.origin);
    draft.place = Some(format!("{}:{}", case.shown(&origin.file), origin.line));
    Some(())
}

fn collect(folder: &std::path::Path, depth: usize, files: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if files.len() >= MOST_FILES || name.starts_with('.') || name == "node_modules" || name == "venv" {
            continue;
        }
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, files);
        } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| SOURCES.contains(&e)) {
            files.push(path);
        }
    }
}
