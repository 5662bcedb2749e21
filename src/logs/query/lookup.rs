//! Finds a field in a JSON or logfmt line without building the rest of it. Never recurses deeper than a path goes.

use std::borrow::Cow;

/// Parts of a name that are looked for in each other.
const MAX_PARTS: usize = 32;

/// The value of the field `name` in a line: of a JSON object if it begins with a brace, else of `name=value`.
///
/// A dot in the name goes into an object, or is part of the key. Keys are compared as they are written. Of a
/// string, its text; of anything else, what is written. The first of several counts.
pub(super) fn field<'a>(line: &'a [u8], name: &str) -> Option<Cow<'a, [u8]>> {
    let text = line.trim_ascii_start();
    if text.first() == Some(&b'{') { json(text, name, 0) } else { logfmt(text, name).map(Cow::Borrowed) }
}

fn json<'a>(object: &'a [u8], name: &str, depth: usize) -> Option<Cow<'a, [u8]>> {
    let mut at = 1;
    loop {
        at = blank(object, at);
        if object.get(at) == Some(&b',') {
            at = blank(object, at + 1);
        }
        if object.get(at) != Some(&b'"') {
            return None;
        }
        let key_end = string_end(object, at)?;
        let key = &object[at + 1..key_end - 1];
        at = blank(object, key_end);
        if object.get(at) != Some(&b':') {
            return None;
        }
        at = blank(object, at + 1);
        let end = value_end(object, at)?;
        let value = &object[at..end];
        if key == name.as_bytes() {
            return Some(text_of(value));
        }
        if value.first() == Some(&b'{')
            && depth < MAX_PARTS
            && let Some(inner) = name.as_bytes().strip_prefix(key).and_then(|rest| rest.strip_prefix(b"."))
            && let Some(found) = json(value, &name[name.len() - inner.len()..], depth + 1)
        {
            return Some(found);
        }
        at = end;
    }
}

fn blank(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// Behind the closing quote of the string that begins at `at`.
fn string_end(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Behind the value that begins at `at`; a value that is cut off ends with the line.
fn value_end(text: &[u8], at: usize) -> Option<usize> {
    let (mut at, mut depth) = (at, 0u32);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                at = string_end(text, at)?;
                if depth == 0 {
                    return Some(at);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return Some(if depth == 1 { at + 1 } else { at }),
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    Some(at)
}

fn text_of(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return Cow::Borrowed(value.trim_ascii_end());
    };
    if memchr::memchr(b'\\', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    match serde_json::from_slice::<String>(value) {
        Ok(text) => Cow::Owned(text.into_bytes()),
        Err(_) => Cow::Borrowed(inner),
    }
}

fn logfmt<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = text;
    while !rest.is_empty() {
        let key = rest.strip_prefix(name.as_bytes()).and_then(|after| after.strip_prefix(b"="));
        if let Some(value) = key {
            return Some(match value.strip_prefix(b"\"") {
                Some(quoted) => &quoted[..string_end(value, 0).map_or(quoted.len(), |end| end - 2)],
                None => {
                    let word = &value[..word_len(value)];
                    word.strip_suffix(b",").or(word.strip_suffix(b";")).unwrap_or(word)
                }
            });
        }
        // A quoted text hides what looks like a field in it.
        let word = word_len(rest);
        let quote = memchr::memchr(b'"', &rest[..word]);
        let opens = quote.filter(|&at| at == 0 || rest[at - 1] == b'=');
        let len = opens.and_then(|at| string_end(rest, at)).unwrap_or(word);
        rest = rest[len..].trim_ascii_start();
    }
    None
}

fn word_len(text: &[u8]) -> usize {
    text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str, name: &str) -> Option<String> {
        field(line.as_bytes(), name).map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    #[test]
    fn fields_of_json_are_found_at_any_depth() {
        let line = r#" {"a":1,"user":{"id":7,"x.y":"dot","n":null},"s":"q\"\u00e9","list":[1,{"id":9}],"t" : true }"#;
        for (name, expected) in [
            ("a", Some("1")),
            ("user.id", Some("7")),
            ("user.x.y", Some("dot")),
            ("user.n", Some("null")),
            ("s", Some("q\"é")),
            ("list", Some(r#"[1,{"id":9}]"#)),
            ("t", Some("true")),
            ("id", None),
            ("user", Some(r#"{"id":7,"x.y":"dot","n":null}"#)),
        ] {
            assert_eq!(value(line, name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn fields_of_logfmt_stand_outside_quotes() {
        let line =
            r#"10:00 msg="status=1 \" x" path=/a status=500, user.id=7 empty= "status2=3 x" cut="open"#;
        for (name, expected) in [
            ("msg", Some(r#"status=1 \" x"#)),
            ("path", Some("/a")),
            ("status", Some("500")),
            ("user.id", Some("7")),
            ("empty", Some("")),
            ("status2", None),
            ("cut", Some("open")),
            ("x", None),
        ] {
            assert_eq!(value(line, name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_panic() {
        let line = r#"{"a":{"b":"c\"d"},"e":[1,2],"f":"g"}"#;
        for len in 0..=line.len() {
            for name in ["a", "a.b", "e", "f", "zz"] {
                value(&line[..len], name);
            }
        }
        let deep = format!("{}1", r#"{"a":"#.repeat(50_000));
        let name = vec!["a"; 500].join(".");
        assert_eq!(value(&deep, &name), None);
        for bytes in [&b"a=\""[..], b"a=\"\\", b"\"", b"=", b"{\"", b"{\"a\":", b"{,,"] {
            field(bytes, "a");
        }
    }
}
