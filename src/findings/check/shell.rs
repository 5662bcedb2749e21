//! Commands that a shell did not find: where a program of that name lies instead.

use super::super::case::Case;
use super::super::place;
use super::Draft;

/// Where projects keep programs of their own.
const FOLDERS: [&str; 6] = ["node_modules/.bin", ".venv/bin", "venv/bin", "bin", "scripts", "target/debug"];

/// `{command}` was not found.
pub(super) fn command(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let command = &draft.value("command")?;
    if draft.place.is_none() {
        // The command line of the service itself.
        draft.place = Some(place::key(case, "command"));
    }
    let bases = [case.spec.directory.as_path(), case.stack.folder()];
    let found =
        bases.iter().flat_map(|base| FOLDERS.iter().map(move |folder| base.join(folder).join(command)));
    match found.into_iter().find(|path| path.is_file()) {
        Some(path) => {
            let shown = path.strip_prefix(&case.spec.directory).unwrap_or(&path).display().to_string();
            draft.evidence.push(format!("{} exists", case.shown(&path)));
            draft.remedy = Some(format!("write ./{shown}"));
        }
        None => draft.evidence.push(format!("there is no {command} on PATH")),
    }
    Some(())
}
