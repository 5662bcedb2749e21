//! A unified diff as it may be shown: what looks secret is masked in every line, context included.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::survey::shown;

use super::env_text::lines;
use super::masking;
use super::plan::Draft;

/// The change of one file.
pub(super) fn of(
    path: &Path,
    draft: &Draft,
    secret: &BTreeSet<String>,
    folder: &Path,
    colour: bool,
) -> String {
    let name = shown(path, folder);
    let paint = |code: &str, text: &str| match colour {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m\n"),
        false => format!("{text}\n"),
    };
    let old = if draft.before.is_some() { format!("a/{name}") } else { "/dev/null".to_owned() };
    let mut text = paint("1", &format!("--- {old}"));
    text.push_str(&paint("1", &format!("+++ b/{name}")));
    if draft.private && draft.before.is_some() {
        text.push_str(&paint("36", &mode_change(path)));
    }
    let before = draft.before.as_deref().unwrap_or_default();
    let (old, new) = (lines(before), lines(&draft.after));
    // What a line may show is told by the whole file: a value may go on over several.
    let shown_old = masking::lines(&name, secret, before);
    let shown_new = masking::lines(&name, secret, &draft.after);
    let diff = TextDiff::from_slices(&old, &new);
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        text.push_str(&paint("36", hunk.header().to_string().trim_end()));
        for change in hunk.iter_changes() {
            let line = match (change.old_index(), change.new_index()) {
                (_, Some(at)) => shown_new.get(at),
                (Some(at), None) => shown_old.get(at),
                (None, None) => None,
            };
            let line = line.map_or(crate::env::MASK, String::as_str);
            let line = line.replace('\r', "\\r").replace('\u{feff}', "\\ufeff");
            let line = line.replace(|c: char| c.is_control() && c != '\t', "\u{fffd}");
            let _ = match change.tag() {
                ChangeTag::Delete => write!(text, "{}", paint("31", &format!("-{line}"))),
                ChangeTag::Insert => write!(text, "{}", paint("32", &format!("+{line}"))),
                ChangeTag::Equal => writeln!(text, " {line}"),
            };
        }
    }
    text
}

#[cfg(unix)]
fn mode_change(path: &Path) -> String {
    use std::os::unix::fs::PermissionsExt;
    let before = path.metadata().map_or(0, |metadata| metadata.permissions().mode() & 0o777);
    format!("permissions {before:o} -> 600")
}

#[cfg(not(unix))]
fn mode_change(_: &Path) -> String {
    "permissions -> its owner only".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_its_surroundings() {
        let draft =
            Draft { before: Some("a\nb\nc\r\n".to_owned()), after: "a\nB\nc\n".to_owned(), private: false };
        let text = of(Path::new("/x/y.txt"), &draft, &BTreeSet::new(), Path::new("/x"), false);
        assert_eq!(text, "--- a/y.txt\n+++ b/y.txt\n@@ -1,3 +1,3 @@\n a\n-b\n-c\\r\n+B\n+c\n");
    }
}
