//! A unified diff as it may be shown: what looks secret is masked in every line, context included.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use similar::{ChangeTag, TextDiff};

use crate::env::{MASK, Secrecy};
use crate::survey::{is_env_file_name, shown};

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
    let diff = TextDiff::from_lines(before, &draft.after);
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        text.push_str(&paint("36", hunk.header().to_string().trim_end()));
        for change in hunk.iter_changes() {
            let line = masked(&name, secret, change.value().trim_end_matches('\n'));
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

static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([A-Za-z_][A-Za-z0-9_-]*)("?\s*[=:]\s*)("[^"]*"|'[^']*')"#).expect("the pattern is fixed")
});
static CREDENTIALS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(://[^/\s:@]*:)[^@\s/]+@").expect("the pattern is fixed"));

/// A line without what is secret in it.
fn masked(file: &str, secret: &BTreeSet<String>, line: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    if is_env_file_name(name) {
        return masked_env(secret, line);
    }
    let line = ASSIGNED.replace_all(line, |found: &Captures<'_>| {
        let (name, between, value) = (&found[1], &found[2], &found[3]);
        let inner = &value[1..value.len() - 1];
        let shown = secrecy(secret, name, inner).mask(inner);
        let quote = &value[..1];
        format!("{name}{between}{quote}{shown}{quote}")
    });
    CREDENTIALS.replace_all(&line, format!("${{1}}{MASK}@")).into_owned()
}

fn masked_env(secret: &BTreeSet<String>, line: &str) -> String {
    let text = line.trim_start_matches('\u{feff}').trim_start();
    if let Some(comment) = text.strip_prefix('#') {
        // What was commented out may still be one.
        let is_setting = comment
            .split_once('=')
            .is_some_and(|(name, _)| is_name(name.trim().trim_start_matches("export ").trim()));
        return match is_setting {
            true => format!("#{}", masked_env(secret, comment)),
            false => line.to_owned(),
        };
    }
    if text.is_empty() {
        return line.to_owned();
    }
    let Some((head, value)) = line.split_once('=') else {
        // Part of a value of several lines, or a name alone.
        return if is_name(text) && text.len() < 40 { line.to_owned() } else { MASK.to_owned() };
    };
    let name = head.trim().trim_start_matches('\u{feff}').trim_start_matches("export ").trim();
    let end = if value.ends_with('\r') { "\r" } else { "" };
    let bare = value.trim().trim_matches(['"', '\'', '“', '”', '‘', '’']);
    match secrecy(secret, name, bare) {
        _ if !is_name(name) => MASK.to_owned(),
        Secrecy::Public => line.to_owned(),
        secrecy @ (Secrecy::Secret | Secrecy::UrlPassword) => format!("{head}={}{end}", secrecy.mask(bare)),
    }
}

fn secrecy(secret: &BTreeSet<String>, name: &str, value: &str) -> Secrecy {
    if secret.contains(name) { Secrecy::Secret } else { Secrecy::of(name, value, None) }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_shows_a_secret() {
        for (file, line, expected) in [
            (".env", "API_KEY=abcdef", "API_KEY=********"),
            (".env", "export API_KEY=“abcdef”\r", "export API_KEY=********\r"),
            (".env", "LOG=debug", "LOG=debug"),
            (".env", "RULED=debug", "RULED=********"),
            (".env", "# API_KEY=abcdef", "# API_KEY=********"),
            (".env", "# copied from a=b c", "# copied from a=b c"),
            (".env", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", "********"),
            ("api/.env", "DB=postgres://u:pw@h/d", "DB=postgres://u:********@h/d"),
            (
                "portolan.toml",
                "env = { API_KEY = \"abcdef\", A = \"b\" }",
                "env = { API_KEY = \"********\", A = \"b\" }",
            ),
            (
                "requirements.txt",
                "--index-url https://u:pw@h/simple",
                "--index-url https://u:********@h/simple",
            ),
        ] {
            assert_eq!(masked(file, &BTreeSet::from(["RULED".to_owned()]), line), expected, "{line}");
        }
    }

    #[test]
    fn a_change_is_shown_with_its_surroundings() {
        let draft =
            Draft { before: Some("a\nb\nc\r\n".to_owned()), after: "a\nB\nc\n".to_owned(), private: false };
        let text = of(Path::new("/x/y.txt"), &draft, &BTreeSet::new(), Path::new("/x"), false);
        assert_eq!(text, "--- a/y.txt\n+++ b/y.txt\n@@ -1,3 +1,3 @@\n a\n-b\n-c\\r\n+B\n+c\n");
    }
}
