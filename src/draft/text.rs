//! Strings, keys and durations as TOML, in the form that a person would choose.

use std::time::Duration;

/// A string: in double quotes, in single ones where that spares escapes, over several lines where it has them.
pub(super) fn string(text: &str) -> String {
    let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    let lines = text.contains('\n');
    if lines && !text.contains("'''") && !text.ends_with('\'') && !text.chars().any(odd) {
        return format!("'''\n{text}'''");
    }
    let escapes = text.contains(['"', '\\']);
    if escapes && !text.contains('\'') && !text.chars().any(char::is_control) {
        return format!("'{text}'");
    }
    in_double_quotes(text)
}

/// A string that has to stand on one line.
pub(super) fn string_on_one_line(text: &str) -> String {
    if text.contains('\n') { in_double_quotes(text) } else { string(text) }
}

fn in_double_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A key, bare where TOML allows it.
pub(super) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { name.to_owned() } else { string(&name.replace('\n', " ")) }
}

/// A list of strings on one line.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    format!("[{}]", texts.into_iter().map(string_on_one_line).collect::<Vec<_>>().join(", "))
}

/// A duration as text: `"250ms"`, `"5s"`, `"2m"`.
pub(super) fn duration(duration: Duration) -> String {
    let millis = duration.as_millis().max(1);
    match millis {
        whole if whole % 60_000 == 0 => format!("\"{}m\"", whole / 60_000),
        whole if whole % 1000 == 0 => format!("\"{}s\"", whole / 1000),
        millis => format!("\"{millis}ms\""),
    }
}

/// A comment, without anything that would end it.
pub(super) fn comment(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("# {}", plain.trim())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        let table: toml::Table =
            format!("k = {text}").parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        table["k"].as_str().unwrap().to_owned()
    }

    #[test]
    fn strings_are_written_as_a_person_would() {
        assert_eq!(string("node server.js"), "\"node server.js\"");
        assert_eq!(string(r#"echo "hi""#), r#"'echo "hi"'"#);
        assert_eq!(string("a\nb\n"), "'''\na\nb\n'''");
        assert_eq!(duration(Duration::from_secs(90)), "\"90s\"");
        assert_eq!(duration(Duration::from_secs(120)), "\"2m\"");
        assert_eq!(duration(Duration::from_millis(1500)), "\"1500ms\"");
    }

    proptest! {
        #[test]
        fn strings_and_keys_are_read_back_as_they_were(text in "\\PC{0,30}|[\"'\\\\\n\t\r a]{0,20}|.{0,20}") {
            prop_assert_eq!(&read(&string(&text)), &text);
            prop_assert_eq!(&read(&string_on_one_line(&text)), &text);
            prop_assert!(!string_on_one_line(&text).contains('\n'));
            let table: toml::Table = format!("{} = 1", key(&text)).parse().unwrap();
            prop_assert_eq!(table.keys().next().unwrap(), &text.replace('\n', " "));
        }
    }
}
