//! Environments of other tools, and the `${NAME:-default}` that they fill in before anything starts.

use crate::draft::braces::escaped;
use crate::draft::names::is_variable;
use crate::draft::service::{DraftEnv, Said};
use crate::draft::stack::Draft;

use super::keys::Entry;
use super::leftover::Leftovers;

/// Variables that every shell has, and that need no default.
const ALWAYS_SET: [&str; 7] = ["HOME", "PATH", "USER", "SHELL", "LANG", "TMPDIR", "PWD"];

/// Reads a map `NAME: value` or a list of `NAME=value`. A name without a value is handed through from the shell, as
/// everything is here.
pub(super) fn environment(entry: &Entry<'_>, draft: &mut Draft, leftovers: &mut Leftovers) -> Vec<DraftEnv> {
    let mut pairs: Vec<(&str, &str, u32)> = Vec::new();
    match entry.node.map() {
        Some(entries) => {
            for (key, node) in entries {
                let path = format!("{}.{}", entry.key, shown(&key.name));
                match node.text() {
                    Some(text) => pairs.push((&key.name, text, key.line)),
                    None if node.is_null() => {}
                    None => leftovers.lost(path, key.line, "a variable is one text"),
                }
            }
        }
        None => {
            for item in entry.node.items() {
                match item.text().map(|text| text.split_once('=').unwrap_or((text, "\0"))) {
                    Some((_, "\0")) => {}
                    Some((name, value)) => pairs.push((name, value, item.line)),
                    None => leftovers.lost(&*entry.key, item.line, "expected NAME=value"),
                }
            }
        }
    }
    let mut variables: Vec<DraftEnv> = Vec::new();
    for (name, text, line) in pairs {
        let path = format!("{}.{}", entry.key, shown(name));
        if !is_variable(name) {
            leftovers.lost(path, line, "no variable can have this name");
            continue;
        }
        if text.contains('\0') {
            leftovers.lost(path, line, "no variable can hold a zero character");
            continue;
        }
        let value = interpolated(text, Some(name), &path, line, draft, leftovers);
        variables.retain(|entry| entry.name != name);
        // A variable that is only handed on with a default: the rule for it says all.
        if value != format!("{{env.{name}}}") {
            variables.push(DraftEnv { name: name.to_owned(), value: Said::plainly(value) });
        }
    }
    variables
}

/// `text` with `$NAME` and `${NAME…}` as placeholders; defaults become rules of the draft. All other braces are escaped.
pub(super) fn interpolated(
    text: &str,
    own: Option<&str>,
    path: &str,
    line: u32,
    draft: &mut Draft,
    leftovers: &mut Leftovers,
) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        written.push_str(&escaped(&rest[..at]));
        let found = &rest[at + 1..];
        if let Some(after) = found.strip_prefix('$') {
            written.push('$');
            rest = after;
            continue;
        }
        match reference(found) {
            Some((reference, after)) => {
                written.push_str(&placeholder(&reference, own, path, line, draft, leftovers));
                rest = after;
            }
            None => {
                written.push('$');
                rest = found;
            }
        }
    }
    // A `$` that stays must not meet a brace, which would be left alone then.
    written.push_str(&escaped(rest));
    written
}

/// `NAME`, and what is to happen when it is not set.
struct Reference<'t> {
    name: &'t str,
    /// `:-`, `-`, `:?`, `?`, `:+` or `+`, with the text behind.
    otherwise: Option<(&'t str, &'t str)>,
}

/// What stands behind a `$`, and the rest.
fn reference(text: &str) -> Option<(Reference<'_>, &str)> {
    let name_end =
        |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let is_name = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let Some(inside) = text.strip_prefix('{') else {
        let (name, rest) = text.split_at(name_end(text));
        return is_name(name).then_some((Reference { name, otherwise: None }, rest));
    };
    let (name, behind) = inside.split_at(name_end(inside));
    if !is_name(name) {
        return None;
    }
    if let Some(rest) = behind.strip_prefix('}') {
        return Some((Reference { name, otherwise: None }, rest));
    }
    let sign = [":-", ":?", ":+", "-", "?", "+"].into_iter().find(|sign| behind.starts_with(sign))?;
    let word = &behind[sign.len()..];
    let mut depth = 1;
    let end = word.char_indices().find_map(|(at, c)| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        (depth == 0).then_some(at)
    })?;
    Some((Reference { name, otherwise: Some((sign, &word[..end])) }, &word[end + 1..]))
}

fn placeholder(
    reference: &Reference<'_>,
    own: Option<&str>,
    path: &str,
    line: u32,
    draft: &mut Draft,
    leftovers: &mut Leftovers,
) -> String {
    let Reference { name, otherwise } = *reference;
    let known = ALWAYS_SET.contains(&name);
    match otherwise {
        None if known => {}
        None => {
            draft.default_value(name, String::new(), "empty when nothing sets it, as it was");
            if own != Some(name) {
                leftovers.nearly(
                    path,
                    line,
                    format!("${name} is looked up for each service; see [env.{name}]"),
                );
            }
        }
        Some((":-" | "-", default)) => {
            if default.contains('$') {
                leftovers.lost(path, line, format!("the default of ${name} is made of another variable"));
                draft.default_value(name, String::new(), "its default was made of another variable");
            } else {
                let before = draft.rules.get(name).and_then(|rule| rule.default.clone());
                draft.default_value(name, default.to_owned(), "the default where it is used");
                if before.is_some_and(|before| before.value != default) {
                    leftovers.nearly(
                        path,
                        line,
                        format!("another default of ${name} was written before and counts"),
                    );
                }
            }
        }
        Some((":?" | "?", _)) => {
            let rule = draft.rules.entry(name.to_owned()).or_default();
            rule.required = true;
            rule.default = None;
        }
        Some((_, _)) => {
            leftovers.lost(
                path,
                line,
                format!("`${{{name}:+…}}` is not carried over; write the value itself"),
            );
            draft.default_value(name, String::new(), "empty when nothing sets it");
        }
    }
    format!("{{env.{name}}}")
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Template;

    fn read(text: &str) -> (String, Draft, usize) {
        let (mut draft, mut leftovers) = (Draft::default(), Leftovers::default());
        let value = interpolated(text, None, "x", 1, &mut draft, &mut leftovers);
        (value, draft, leftovers.into_list().len())
    }

    #[test]
    fn references_become_placeholders_and_defaults_rules() {
        let (value, draft, _) = read("postgres://${USER}:${PW:-x}@db/${NAME:?set it} $$5 {a}");
        assert_eq!(value, "postgres://{env.USER}:{env.PW}@db/{env.NAME} $5 {{a}}");
        assert_eq!(draft.rules["PW"].default.as_ref().unwrap().value, "x");
        assert!(draft.rules["NAME"].required && !draft.rules.contains_key("USER"));
    }

    #[test]
    fn what_cannot_be_said_is_listed() {
        assert_eq!(read("${A:-${B}}").2, 1);
        assert_eq!(read("${A:+b}").2, 1);
    }

    #[test]
    fn whatever_stands_there_is_a_template() {
        for text in ["$", "${", "${}", "${A", "${A:-{}}", "$${A}", "a}$", "${1}", "$1", "${A:-}}"] {
            let (value, ..) = read(text);
            assert!(Template::parse(&value).is_ok(), "{text}: {value}");
        }
    }
}
