//! Adds a package to the dependencies of a package.json, everything else byte for byte as it was.

use serde_json::Value;

/// The text with the package in it, in the order of the names, or why it cannot be added.
pub(super) fn add(text: &str, name: &str, version: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(text).map_err(|_| "it is not JSON".to_owned())?;
    let root = value.as_object().ok_or("it is not an object")?;
    if root.get("dependencies").is_some_and(|known| !known.is_object()) {
        return Err("`dependencies` is not an object".to_owned());
    }
    let known = root.get("dependencies").and_then(Value::as_object);
    if known.is_some_and(|known| known.contains_key(name)) {
        return Ok(text.to_owned());
    }
    let entry = format!("{}: {}", quoted(name), quoted(version));
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let Some(open) = top_level(text, "dependencies") else {
        let at = text.find('{').ok_or("it is not an object")? + 1;
        let indent = indent_after(&text[at..]).unwrap_or("  ");
        let comma = if root.is_empty() { "" } else { "," };
        let object = format!("\"dependencies\": {{{end}{indent}{indent}{entry}{end}{indent}}}{comma}");
        let rest = &text[at..];
        let gap = if rest.trim_start().starts_with('}') { end } else { "" };
        return Ok(format!("{}{end}{indent}{object}{gap}{rest}", &text[..at]));
    };
    let close = open + text[open..].find('}').ok_or("`dependencies` does not end")?;
    let inside = &text[open + 1..close];
    if inside.trim().is_empty() {
        let indent = indent_after(&text[text.find('{').map_or(0, |at| at + 1)..]).unwrap_or("  ");
        return Ok(format!("{}{end}{indent}{indent}{entry}{end}{indent}{}", &text[..=open], &text[close..]));
    }
    // Before the first name that comes after it, else at the end.
    let after = known.into_iter().flat_map(|known| known.keys()).filter(|other| other.as_str() > name).min();
    let next = after.and_then(|other| {
        inside.find(&format!("{}:", quoted(other))).or_else(|| inside.find(&quoted(other)))
    });
    let gap = indent_after(inside).map_or_else(|| " ".to_owned(), |indent| format!("{end}{indent}"));
    match next {
        Some(at) => {
            let at = open + 1 + at;
            Ok(format!("{}{entry},{gap}{}", &text[..at], &text[at..]))
        }
        None => {
            let at = open + 1 + inside.trim_end().len();
            Ok(format!("{},{gap}{entry}{}", &text[..at], &text[at..]))
        }
    }
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// What stands between the line's begin and the first thing on the next line.
fn indent_after(text: &str) -> Option<&str> {
    let line = text.split_once('\n')?.1;
    let end = line.find(|c: char| c != ' ' && c != '\t')?;
    (end > 0).then(|| &line[..end])
}

/// Where the object of a key of the outermost object begins.
fn top_level(text: &str, key: &str) -> Option<usize> {
    let (mut depth, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => {
                let mut end = at + 1;
                while end < bytes.len() && bytes[end] != b'"' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                let rest = text.get(end + 1..).unwrap_or_default().trim_start();
                let value = rest.strip_prefix(':').map(str::trim_start);
                if depth == 1
                    && text.get(at + 1..end) == Some(key)
                    && value.is_some_and(|value| value.starts_with('{'))
                {
                    return value.map(|value| text.len() - value.len());
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> String {
        let text = add(text, "express", "^4").unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["dependencies"]["express"], "^4", "{text}");
        text
    }

    #[test]
    fn a_package_is_added_in_its_place_and_the_rest_stays() {
        let text = "{\n  \"name\": \"x\",\n  \"dependencies\": {\n    \"cors\": \"1\",\n    \"zod\": \"3\"\n  },\n  \"a\": [1,2]\n}\n";
        let expected = "{\n  \"name\": \"x\",\n  \"dependencies\": {\n    \"cors\": \"1\",\n    \"express\": \"^4\",\n    \"zod\": \"3\"\n  },\n  \"a\": [1,2]\n}\n";
        assert_eq!(added(text), expected);
        let text = "{\n\t\"dependencies\": {\n\t\t\"cors\": \"1\"\n\t}\n}\n";
        assert_eq!(
            added(text),
            "{\n\t\"dependencies\": {\n\t\t\"cors\": \"1\",\n\t\t\"express\": \"^4\"\n\t}\n}\n"
        );
    }

    #[test]
    fn dependencies_are_made_where_there_are_none() {
        for text in [
            "{}",
            "{\n  \"name\": \"x\"\n}\n",
            "{\"scripts\": {\"dependencies\": \"x\"}}",
            "{\n  \"dependencies\": {}\n}\n",
        ] {
            added(text);
        }
        assert!(add("{\"dependencies\": null}", "express", "^4").is_err());
    }
}
