//! What of a line may be shown: values that may be secret are replaced before any excerpt leaves this room.

use std::ops::Range;

use super::keys;

/// Stands for one character, so that the columns of what follows stay true.
const MASK: &str = "*";

/// Replaces the sorted `hidden` parts of `line`, and passwords inside URLs, and moves `marked` along.
pub(super) fn apply(line: &str, hidden: &[Range<usize>], marked: Range<usize>) -> (String, Range<usize>) {
    let mut parts = hidden.to_vec();
    for password in url_passwords(line) {
        if !hidden.iter().any(|part| part.start < password.end && password.start < part.end) {
            parts.push(password);
        }
    }
    parts.sort_by_key(|part| part.start);
    let mut text = String::new();
    let mut at = 0;
    let mut moved = marked.clone();
    for part in parts {
        text.push_str(&line[at..part.start]);
        let characters = line[part.clone()].chars().count();
        let masked = text.len()..text.len() + characters * MASK.len();
        text.push_str(&MASK.repeat(characters));
        moved.start = shifted(marked.start, moved.start, &part, &masked, masked.start);
        moved.end = shifted(marked.end, moved.end, &part, &masked, masked.end);
        at = part.end;
    }
    text.push_str(&line[at..]);
    (text, moved)
}

/// Where the offset `original` lies once `part` became `masked`; `inside` if it lay within the part.
fn shifted(
    original: usize,
    current: usize,
    part: &Range<usize>,
    masked: &Range<usize>,
    inside: usize,
) -> usize {
    if original <= part.start {
        current
    } else if original < part.end {
        inside
    } else {
        masked.end + (original - part.end)
    }
}

/// The passwords of `scheme://user:password@host` in `line`.
fn url_passwords(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("://") {
        let start = at + 3;
        let rest = &line[start..];
        let authority = &rest[..rest.find(['/', '"', '\'', ' ']).unwrap_or(rest.len())];
        if let Some(user_info) = authority.rfind('@')
            && let Some(colon) = authority[..user_info].find(':')
            && colon + 1 < user_info
        {
            found.push(start + colon + 1..start + user_info);
        }
    }
    found
}

/// What to hide in a text that is not TOML, where no tree says which values are whose: the values of every line
/// below an `env` or `headers` table and of every key that is not known, until something known begins.
pub(super) fn hidden_in_broken(text: &str) -> Vec<Range<usize>> {
    let known = keys::all_names();
    let mut hidden = Vec::new();
    let mut start = 0;
    let (mut section_hides, mut hides) = (false, false);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let trimmed = content.trim_start();
        let end = start + content.len();
        if trimmed.starts_with('[') && !trimmed.contains('=') {
            section_hides = names_secrets(trimmed);
            hides = section_hides;
        } else if let Some(equals) = content.find('=') {
            let key = content[..equals].trim().rsplit('.').next().unwrap_or_default().trim();
            hides = section_hides || !known.contains(key) || names_secrets(content);
            let value = content[equals + 1..].trim_start();
            if hides && !value.is_empty() {
                hidden.push(end - value.len()..end);
            }
        } else if hides && !trimmed.is_empty() && !trimmed.starts_with('#') {
            hidden.push(start..end);
        }
        start += line.len();
    }
    hidden
}

fn names_secrets(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| matches!(word, "env" | "headers" | "default"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_move_with_what_is_masked_before_them() {
        let line = r#"env = { A = "sécret", B = "other" }"#;
        let secret = line.find("\"sécret\"").unwrap();
        let other = line.find("\"other\"").unwrap();
        let hidden = [secret..secret + 9, other..other + 7];
        let (text, marked) = apply(line, &hidden, other..other + 7);
        assert_eq!(text, "env = { A = ********, B = ******* }");
        assert_eq!(&text[marked], "*******");
        let (_, key) = apply(line, &hidden, other - 4..other - 3);
        assert_eq!(&text[key], "B");
    }

    #[test]
    fn passwords_in_urls_are_masked() {
        let line = r#"url = "postgres://app:hunter2@localhost/db""#;
        assert_eq!(apply(line, &[], 0..3).0, r#"url = "postgres://app:*******@localhost/db""#);
        assert_eq!(apply("a://b:c", &[], 0..1).0, "a://b:c");
    }

    #[test]
    fn a_broken_text_shows_no_value_of_an_environment() {
        let text = "[services.a]\ncommand = \"x\nFOO = \"hush\"\n[services.a.env]\nB = 'hush\nhush'\nenv = { C = \"hush\n";
        let shown = hidden_in_broken(text).iter().rev().fold(text.to_owned(), |mut text, part| {
            text.replace_range(part.clone(), "");
            text
        });
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains("command = \"x"), "{shown}");
    }
}
