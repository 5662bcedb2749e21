//! Edits of environment files, line by line: what is not meant stays byte for byte.

use crate::env::dotenv::{StatementKind, parse};

/// The text with `name` set to `value`: where it is set last, else at the end.
pub(super) fn set(text: &str, name: &str, value: &str) -> String {
    let bound = bindings(text, name);
    let Some((line, span)) = bound.last() else {
        return super::plan::with_line(text, &format!("{name}={value}"));
    };
    edited(text, |number, old| {
        if number == *line {
            let head = &old[..old.find('=').map_or(old.len(), |at| at + 1)];
            let head = if head.contains('=') { head.to_owned() } else { format!("{}=", head.trim_end()) };
            return Some(format!("{head}{value}"));
        }
        // A value in quotes may go on over several lines.
        (!(*line..*line + *span).contains(&number)).then(|| old.to_owned())
    })
}

/// The text without the settings of `name` that a later one of the same file replaces.
pub(super) fn keep_last(text: &str, name: &str) -> String {
    let mut bound = bindings(text, name);
    bound.pop();
    edited(text, |number, old| {
        let is_old = bound.iter().any(|(line, span)| (*line..*line + *span).contains(&number));
        (!is_old).then(|| old.to_owned())
    })
}

/// The text with plain quotes where typographic ones stand around a value.
pub(super) fn with_plain_quotes(text: &str) -> String {
    const DOUBLE: &[char] = &['“', '”', '„', '«', '»'];
    const SINGLE: &[char] = &['‘', '’'];
    edited(text, |_, old| {
        let Some((name, value)) = old.split_once('=').filter(|(name, _)| !name.trim_start().starts_with('#'))
        else {
            return Some(old.to_owned());
        };
        let inner = value.trim();
        let is_odd = |c: char| DOUBLE.contains(&c) || SINGLE.contains(&c);
        if !inner.starts_with(is_odd) && !inner.ends_with(is_odd) {
            return Some(old.to_owned());
        }
        let bare = inner.trim_matches(is_odd);
        let quote = if bare.contains('"') { '\'' } else { '"' };
        Some(format!("{name}={quote}{bare}{quote}"))
    })
}

/// The lines on which `name` is set, each with the number of lines that its value takes.
fn bindings(text: &str, name: &str) -> Vec<(u32, u32)> {
    let marked = text.strip_prefix('\u{feff}').unwrap_or(text);
    let plain = marked.replace("\r\n", "\n").replace('\r', "\n");
    let statements = parse(&plain).into_iter();
    let bound = statements.filter_map(|statement| match statement.kind {
        StatementKind::Binding { name: bound, value } if bound == name => {
            let more = value.map_or(0, |value| value.matches('\n').count());
            Some((statement.line, u32::try_from(more).unwrap_or(0) + 1))
        }
        StatementKind::Binding { .. }
        | StatementKind::Blank
        | StatementKind::Comment
        | StatementKind::Fault(_) => None,
    });
    bound.collect()
}

/// The text with each line as `edit` wants it, or without it; line ends as they are.
fn edited(text: &str, mut edit: impl FnMut(u32, &str) -> Option<String>) -> String {
    let mut result = String::with_capacity(text.len());
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
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
    }

    #[test]
    fn typographic_quotes_become_plain_ones() {
        assert_eq!(with_plain_quotes("A=“x y”\nB=it’s\n# “c”\n"), "A=\"x y\"\nB=it’s\n# “c”\n");
    }
}
