//! What of a file's lines may be shown: secrets are masked where the file as a whole says that they stand, since a value
//! may go on over several lines.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use toml_edit::{Item, TableLike, Value};

use crate::env::dotenv::{LineFault, StatementKind};
use crate::env::{MASK, Secrecy, TYPOGRAPHIC_QUOTES, looks_secret};
use crate::survey::{is_env_file_name, is_variable_name};

use super::env_text;
use super::plan::split_mark;

static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([A-Za-z_][A-Za-z0-9_-]*)("?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*')"#)
        .expect("the pattern is fixed")
});
static CREDENTIALS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(://[^/\s:@]*:)[^@\s/]+@").expect("the pattern is fixed"));
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(--?[\w-]*(?:token|secret|passw|api-?key)[\w-]*(?:=|\s+))[^\s"']+"#)
        .expect("the pattern is fixed")
});

/// The lines of a text without their line feeds, as they may be shown.
pub(super) fn lines(file: &str, secret: &BTreeSet<String>, text: &str) -> Vec<String> {
    let name = file.rsplit('/').next().unwrap_or(file);
    if is_env_file_name(name) {
        return env_lines(secret, text);
    }
    let text = if name.ends_with(".toml") { without_toml_secrets(secret, text) } else { text.to_owned() };
    let lines = env_text::lines(&text).into_iter();
    lines.map(|line| other_line(secret, line.trim_end_matches('\n'))).collect()
}

/// A line of a file of any kind.
fn other_line(secret: &BTreeSet<String>, line: &str) -> String {
    let line = ASSIGNED.replace_all(line, |found: &Captures<'_>| {
        let (name, between, value) = (&found[1], &found[2], &found[3]);
        let inner = &value[1..value.len() - 1];
        let shown = secrecy(secret, name, inner).mask(inner);
        let quote = &value[..1];
        format!("{name}{between}{quote}{shown}{quote}")
    });
    let line = OPTION.replace_all(&line, format!("${{1}}{MASK}"));
    CREDENTIALS.replace_all(&line, format!("${{1}}{MASK}@")).into_owned()
}

/// The text with the strings of secrets masked, and every line of a string of several lines; of the same number of
/// lines.
fn without_toml_secrets(secret: &BTreeSet<String>, text: &str) -> String {
    let all = || text.bytes().filter(|byte| *byte == b'\n').fold(MASK.to_owned(), |all, _| all + "\n" + MASK);
    let (mark, body) = split_mark(text);
    let Ok(document) = body.parse::<toml_edit::Document<String>>() else { return all() };
    let mut spans = Vec::new();
    table(document.as_table(), secret, false, &mut spans, body);
    spans.sort_by_key(|span| span.start);
    let (mut masked, mut at) = (mark.to_owned(), 0);
    for span in spans.into_iter().filter(|span| span.end <= body.len()) {
        if span.start < at {
            continue;
        }
        masked.push_str(&body[at..span.start]);
        masked.push_str(&format!("\"{MASK}\""));
        for _ in body[span.clone()].matches('\n') {
            masked.push_str(&format!("\n{MASK}"));
        }
        at = span.end;
    }
    masked.push_str(&body[at..]);
    masked
}

/// Collects where the strings below a table stand that are not shown.
fn table(
    table: &dyn TableLike,
    secret: &BTreeSet<String>,
    hidden: bool,
    spans: &mut Vec<Range<usize>>,
    text: &str,
) {
    for (key, item) in table.iter() {
        let hidden = hidden || secret.contains(key) || looks_secret(key);
        if let Some(tables) = item.as_array_of_tables() {
            tables.iter().for_each(|one| self::table(one, secret, hidden, spans, text));
        } else if let Some(inner) = item.as_table_like() {
            self::table(inner, secret, hidden, spans, text);
        } else if let Item::Value(one) = item {
            value(one, secret, hidden, spans, text);
        }
    }
}

fn value(value: &Value, secret: &BTreeSet<String>, hidden: bool, spans: &mut Vec<Range<usize>>, text: &str) {
    match value {
        Value::String(string) => {
            let goes_on = |span: &Range<usize>| text.get(span.clone()).is_none_or(|raw| raw.contains('\n'));
            let is_plain = Secrecy::of("", string.value(), None) == Secrecy::Public;
            spans.extend(value.span().filter(|span| hidden || !is_plain || goes_on(span)));
        }
        Value::Array(list) => list.iter().for_each(|one| self::value(one, secret, hidden, spans, text)),
        Value::InlineTable(inner) => table(inner, secret, hidden, spans, text),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

/// The lines of an environment file. One that begins no statement belongs to a value, or to what was meant as one.
fn env_lines(secret: &BTreeSet<String>, text: &str) -> Vec<String> {
    let lines: Vec<&str> = env_text::lines(text);
    let mut shown: Vec<String> = lines.iter().map(|line| hidden(line)).collect();
    for (span, kind) in env_text::statements(text) {
        // What a quote that never ends meant to enclose is not known.
        if let StatementKind::Fault(LineFault::UnclosedQuote { .. }) = kind {
            break;
        }
        let is_whole = span.len() == 1 && !matches!(kind, StatementKind::Fault(_));
        let at = usize::try_from(span.start).map_or(0, |line| line - 1);
        if let (true, Some(line), Some(slot)) = (is_whole, lines.get(at), shown.get_mut(at)) {
            *slot = env_line(secret, line.trim_end_matches('\n'));
        }
    }
    shown
}

fn hidden(line: &str) -> String {
    let line = line.trim_end_matches('\n');
    let end = if line.ends_with('\r') { "\r" } else { "" };
    if line.trim().is_empty() { line.to_owned() } else { format!("{MASK}{end}") }
}

fn env_line(secret: &BTreeSet<String>, line: &str) -> String {
    let text = line.trim_start_matches('\u{feff}').trim_start();
    if let Some(comment) = text.strip_prefix('#') {
        // What was commented out may still be one.
        let is_setting = comment
            .split_once('=')
            .is_some_and(|(name, _)| is_variable_name(name.trim().trim_start_matches("export ").trim()));
        let words = comment.trim();
        return match is_setting {
            true => format!("#{}", env_line(secret, comment)),
            false if looks_made(words) => format!("# {MASK}"),
            false => CREDENTIALS.replace_all(line, format!("${{1}}{MASK}@")).into_owned(),
        };
    }
    if text.is_empty() {
        return line.to_owned();
    }
    let Some((head, value)) = line.split_once('=') else {
        // A name alone.
        return if is_variable_name(text.trim_end()) && text.len() < 40 {
            line.to_owned()
        } else {
            hidden(line)
        };
    };
    let name = head.trim().trim_start_matches('\u{feff}').trim_start_matches("export ").trim();
    let end = if value.ends_with('\r') { "\r" } else { "" };
    let is_quote = |c: char| matches!(c, '"' | '\'') || TYPOGRAPHIC_QUOTES.contains(&c);
    let bare = value.trim().trim_matches(is_quote);
    match secrecy(secret, name, bare) {
        // The end of something in base 64 is no setting.
        _ if !is_variable_name(name) || bare.is_empty() && looks_made(name) || bare == "=" => hidden(line),
        Secrecy::Public => line.to_owned(),
        secrecy @ (Secrecy::Secret | Secrecy::UrlPassword) => format!("{head}={}{end}", secrecy.mask(bare)),
    }
}

fn secrecy(secret: &BTreeSet<String>, name: &str, value: &str) -> Secrecy {
    if secret.contains(name) { Secrecy::Secret } else { Secrecy::of(name, value, None) }
}

/// Whether a word looks made by a machine rather than chosen.
fn looks_made(word: &str) -> bool {
    let has = |of: fn(&u8) -> bool| word.as_bytes().iter().any(of);
    word.len() >= 16
        && !word.contains(char::is_whitespace)
        && has(u8::is_ascii_digit)
        && (has(u8::is_ascii_lowercase) || has(u8::is_ascii_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(file: &str, text: &str) -> String {
        lines(file, &BTreeSet::from(["RULED".to_owned()]), text).join("\n")
    }

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
            ("portolan.toml", "API_KEY = \"ab\\\"cdef\"", "API_KEY = \"********\""),
            ("portolan.toml", "command = \"x --token=abc y\"", "command = \"x --token=******** y\""),
            ("portolan.toml", "not toml = = abcdef", "********"),
            (
                "requirements.txt",
                "--index-url https://u:pw@h/simple",
                "--index-url https://u:********@h/simple",
            ),
        ] {
            assert_eq!(masked(file, line), expected, "{line}");
        }
    }

    #[test]
    fn no_line_of_a_value_of_several_is_shown() {
        let text = "PRIVATE_KEY=\"-----BEGIN\nabcd\nabcd1234==\n-----END\"\nX=2\n";
        assert_eq!(masked(".env", text), "********\n********\n********\n********\nX=2");
        // Nobody knows how far a quote goes that does not end.
        assert_eq!(masked(".env", "X=1\nKEY=\"abc\nLOG=x\n"), "X=1\n********\n********");
        let text = "[env]\nA = \"1\"\nSECRET_KEY = \"\"\"\nabc\ndef\"\"\"\nNOTE = '''\nabc'''\nB = 2 # c\n";
        let expected = "[env]\nA = \"1\"\nSECRET_KEY = \"********\"\n********\n********\nNOTE = \"********\"\n********\nB = 2 # c";
        assert_eq!(masked("portolan.toml", text), expected);
    }
}
