//! Edits of environment files, line by line: what is not meant stays byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::env::TYPOGRAPHIC_QUOTES;
use crate::env::dotenv::{StatementKind, dotenv_values, parse};

/// The text with `name` set to `value`: where it is set last, else at the end.
pub(super) fn set(text: &str, name: &str, value: &str) -> String {
    let bound = bindings(text, name);
    let Some(lines) = bound.last() else {
        return super::plan::with_line(text, &format!("{name}={value}"));
    };
    edited(text, |number, old| {
        if number == lines.start {
            let head = &old[..old.find('=').map_or(old.len(), |at| at + 1)];
            let head = if head.contains('=') { head.to_owned() } else { format!("{}=", head.trim_end()) };
            return Some(format!("{head}{value}"));
        }
        // A value in quotes may go on over several lines.
        (!lines.contains(&number)).then(|| old.to_owned())
    })
}

/// The text without the settings of `name` that a later one of the same file replaces.
pub(super) fn keep_last(text: &str, name: &str) -> String {
    let mut bound = bindings(text, name);
    bound.pop();
    edited(text, |number, old| {
        let is_old = bound.iter().any(|lines| lines.contains(&number));
        (!is_old).then(|| old.to_owned())
    })
}

/// What typographic quotes enclose, if plain single quotes mean just that to every reader.
pub(in crate::doctor) fn quotable(value: &str) -> Option<&str> {
    let inner = value.strip_prefix(TYPOGRAPHIC_QUOTES)?.strip_suffix(TYPOGRAPHIC_QUOTES)?;
    (!inner.contains(['\'', '\\', '$', '\n', '\r']) && !inner.contains(TYPOGRAPHIC_QUOTES)).then_some(inner)
}

/// The text with plain quotes where typographic ones stand around a value; comments behind it stay.
pub(super) fn with_plain_quotes(text: &str) -> String {
    let mut quoted: BTreeMap<u32, String> = BTreeMap::new();
    for (lines, kind) in statements(text) {
        if let StatementKind::Binding { value: Some(value), .. } = kind
            && lines.len() == 1
            && quotable(&value).is_some()
        {
            quoted.insert(lines.start, value);
        }
    }
    edited(text, |number, old| {
        let plain = quoted.get(&number).and_then(|value| {
            let (head, rest) = old.split_once('=')?;
            let tail = rest.trim_start().strip_prefix(value.as_str())?;
            let gap = &rest[..rest.len() - rest.trim_start().len()];
            Some(format!("{head}={gap}'{}'{tail}", quotable(value)?))
        });
        Some(plain.unwrap_or_else(|| old.to_owned()))
    })
}

/// What an edit of an environment file may change besides how it is written.
pub(super) enum Meant<'a> {
    /// Nothing.
    Nothing,
    /// One variable, which has this value then.
    Set(&'a str, &'a str),
    /// Values that typographic quotes enclose lose them.
    Quotes,
}

/// Whether `after` gives every variable the value that `before` gives it, but for what is meant: a reference to what
/// was taken out, or a quote that now ends elsewhere, changes others too.
pub(super) fn keeps(before: &str, after: &str, meant: &Meant<'_>) -> bool {
    let (before, after) = (plain(before), plain(after));
    let faults = |text: &str| {
        parse(text).iter().filter(|statement| matches!(statement.kind, StatementKind::Fault(_))).count()
    };
    let names: BTreeSet<String> = parse(&before)
        .into_iter()
        .filter_map(|statement| match statement.kind {
            StatementKind::Binding { name, .. } => Some(name),
            StatementKind::Blank | StatementKind::Comment | StatementKind::Fault(_) => None,
        })
        .collect();
    // References are also asked of the environment, where any of the names may be set.
    let outside = names.into_iter().map(|name| (name, "\u{1}".to_owned())).collect();
    let same = [BTreeMap::new(), outside].iter().all(|environ| {
        let values = |text: &str| {
            let values = dotenv_values(text, environ, true).ok()?;
            Some(values.into_iter().collect::<BTreeMap<String, Option<String>>>())
        };
        let (Some(mut old), Some(new)) = (values(&before), values(&after)) else { return false };
        match meant {
            Meant::Nothing => {}
            Meant::Set(name, value) => {
                old.insert((*name).to_owned(), Some((*value).to_owned()));
            }
            Meant::Quotes => {
                for value in old.values_mut().flatten() {
                    if let Some(inner) = quotable(value) {
                        *value = inner.to_owned();
                    }
                }
            }
        }
        old == new
    });
    same && faults(&after) <= faults(&before)
}

/// The text as readers see it: without a mark, every line ended by a line feed.
fn plain(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n")
}

/// The statements of a text, each with the lines that it takes, from 1.
pub(super) fn statements(text: &str) -> Vec<(Range<u32>, StatementKind)> {
    let text = plain(text);
    let all = parse(&text);
    let past = u32::try_from(text.lines().count()).unwrap_or(u32::MAX - 1) + 1;
    let ends: Vec<u32> = all.iter().skip(1).map(|next| next.starts).chain([past]).collect();
    let spanned = all.into_iter().zip(ends);
    spanned.map(|(statement, end)| (statement.line..end.max(statement.line), statement.kind)).collect()
}

/// The lines of each setting of `name`.
fn bindings(text: &str, name: &str) -> Vec<Range<u32>> {
    let is_meant =
        |kind: &StatementKind| matches!(kind, StatementKind::Binding { name: bound, .. } if bound == name);
    statements(text).into_iter().filter(|(_, kind)| is_meant(kind)).map(|(lines, _)| lines).collect()
}

/// The lines of a text with their ends: a line feed, a carriage return, or both.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut lines, mut start) = (Vec::new(), 0);
    for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
        if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
            lines.push(&text[start..=at]);
            start = at + 1;
        }
    }
    lines.extend(Some(&text[start..]).filter(|rest| !rest.is_empty()));
    lines
}

/// The text with each line as `edit` wants it, or without it; line ends as they are.
fn edited(text: &str, mut edit: impl FnMut(u32, &str) -> Option<String>) -> String {
    let mut result = String::with_capacity(text.len());
    for (number, line) in (1..).zip(lines(text)) {
        let bare = line.trim_end_matches(['\n', '\r']);
        if let Some(new) = edit(number, bare) {
            result.push_str(&new);
            result.push_str(&line[bare.len()..]);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_set_where_it_stands_or_at_the_end() {
        assert_eq!(set("", "A", "x"), "A=x\n");
        assert_eq!(set("B=1", "A", "x"), "B=1\nA=x\n");
        assert_eq!(set("# c\nexport A=\nB=1\n", "A", "x"), "# c\nexport A=x\nB=1\n");
        assert_eq!(set("A=1\r\nB=2\r\n", "A", "x"), "A=x\r\nB=2\r\n");
        assert_eq!(set("A=\"1\n2\"\nB=2\n", "A", "x"), "A=x\nB=2\n");
        assert_eq!(set("A\n", "A", "x"), "A=x\n");
    }

    #[test]
    fn the_last_of_several_settings_stays() {
        assert_eq!(keep_last("A=1\nB=2\nA=3\n", "A"), "B=2\nA=3\n");
        assert_eq!(keep_last("A='1\n2'\nA=3\n", "A"), "A=3\n");
        // An escape is no line, and a carriage return alone is one.
        assert_eq!(keep_last("A=\"1\\n2\"\nB=2\nA=3\n", "A"), "B=2\nA=3\n");
        assert_eq!(keep_last("A=1\rB=2\rA=3\r", "A"), "B=2\rA=3\r");
        assert_eq!(keep_last("A=1\n\n# c\n\nA='1\n2'\n\nA=3", "A"), "\n# c\n\n\nA=3");
    }

    #[test]
    fn an_edit_that_changes_another_value_is_told() {
        let text = "A=1\nB=${A}x\nA=2\n";
        assert!(!keeps(text, &keep_last(text, "A"), &Meant::Nothing));
        let text = "A=1\nB=${A:-1}x\nA=2\n";
        assert!(!keeps(text, &keep_last(text, "A"), &Meant::Nothing), "where A is set outside");
        assert!(keeps("A=1\r\nA=2\r\n", "A=2\n", &Meant::Nothing));
        assert!(keeps("B=“x”\n", "B='x'\n", &Meant::Quotes) && !keeps("B=“x”\n", "B=y\n", &Meant::Quotes));
        assert!(keeps("B=1\n", "B=1\nA=2\n", &Meant::Set("A", "2")));
        assert!(!keeps("B=\"1\n", "B=\"1\nA=\"2\n", &Meant::Set("A", "2")));
    }

    #[test]
    fn typographic_quotes_become_plain_ones() {
        assert_eq!(with_plain_quotes("A=“x y”\nB=it’s\n# “c”\n"), "A='x y'\nB=it’s\n# “c”\n");
        assert_eq!(with_plain_quotes("A = “x” # “y”\n"), "A = 'x' # “y”\n");
        // A backslash, a quote and a dollar would mean something else in some reader.
        for text in ["A=“C:\\new”\n", "A=“it's”\n", "A=“${B}”\n", "A=“x # y”\n", "A=“x\n"] {
            assert_eq!(with_plain_quotes(text), text);
        }
    }
}
