//! Interpreters that the first line of a script asks for: which script, and what is there instead.

use std::path::{Path, PathBuf};

use super::super::case::Case;
use super::super::files;
use super::Draft;

/// `{program}` is not there: finds the script whose first line asks for it, and programs of its kind.
pub(super) fn missing(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let program = draft.value("program")?;
    if let Some(script) = script(case, &program) {
        draft.place = Some(format!("{}:1", case.shown(&script)));
    }
    let kin = kin(&program);
    if kin.is_empty() {
        draft.evidence.push(format!("there is no {program} on PATH"));
    } else {
        draft.evidence.push(format!("there is no {program} on PATH; there is {}", kin.join(", ")));
        draft.remedy = Some(format!("ask for {} there, or install {program}", kin[0]));
    }
    Some(())
}

/// The script of the service's command line that asks for the program.
fn script(case: &Case<'_>, program: &str) -> Option<PathBuf> {
    let asks = |path: &PathBuf| {
        files::first_line(path).is_some_and(|first| first.starts_with("#!") && first.contains(program))
    };
    case.command_words().take(20).map(|word| case.spec.directory.join(word)).find(asks)
}

/// Programs on PATH whose name is the same up to the version, the plainest first.
fn kin(program: &str) -> Vec<String> {
    let stem = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_owned();
    let own = stem(Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or(program));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let entries =
        std::env::split_paths(&path).filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut kin: Vec<String> = names.filter(|name| !own.is_empty() && stem(name) == own).collect();
    // python3 before python3.12 before python2: what is asked for is rarely the oldest.
    kin.sort_by_key(|name| (name.contains('2'), name.len(), name.clone()));
    kin.dedup();
    kin.truncate(3);
    kin
}
