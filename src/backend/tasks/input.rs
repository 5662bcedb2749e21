//! What a client says of a task, checked: every problem at once, each with its place.

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use crate::backend::edge::{Fault, Wrong};
use crate::backend::store::{Change, NewTask};

/// In characters.
const LONGEST_TITLE: usize = 200;
const LONGEST_DESCRIPTION: usize = 2_000;
const LONGEST_KEY: usize = 255;

const FIELDS: [&str; 3] = ["title", "description", "completed"];

/// A whole task: the title has to be there, the rest has defaults.
pub(super) fn whole(body: &Value) -> Result<NewTask, Vec<Wrong>> {
    let (change, mut wrongs) = read(body);
    if body.is_object() && body.get("title").is_none() {
        wrongs.insert(0, wrong("/title", "is missing"));
    }
    match change.title {
        Some(title) if wrongs.is_empty() => Ok(NewTask {
            title,
            description: change.description.unwrap_or_default(),
            completed: change.completed.unwrap_or_default(),
        }),
        _ => Err(wrongs),
    }
}

/// A part of a task, to be merged (RFC 7396): `null` would remove a field, and none can be removed but the description,
/// which is then empty.
pub(super) fn part(body: &Value) -> Result<Change, Vec<Wrong>> {
    let mut body = body.clone();
    if let Some(description) = body.get_mut("description").filter(|description| description.is_null()) {
        *description = Value::String(String::new());
    }
    let (change, wrongs) = read(&body);
    if wrongs.is_empty() { Ok(change) } else { Err(wrongs) }
}

/// The key of a creation that may be repeated.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Vec<Wrong>> {
    let mut all = headers.get_all("idempotency-key").iter();
    let Some(key) = all.next() else { return Ok(None) };
    let fits = (1..=LONGEST_KEY).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    match key.to_str() {
        Ok(key) if fits && all.next().is_none() => Ok(Some(key.to_owned())),
        _ => Err(vec![wrong("Idempotency-Key", "has to be one word of 1 to 255 visible ASCII characters")]),
    }
}

/// Both, or the problems of both.
pub(super) fn all<A, B>(a: Result<A, Vec<Wrong>>, b: Result<B, Vec<Wrong>>) -> Result<(A, B), Fault> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => {
            let wrongs = a.err().into_iter().flatten().chain(b.err().into_iter().flatten());
            Err(Fault::invalid(wrongs.collect()))
        }
    }
}

fn read(body: &Value) -> (Change, Vec<Wrong>) {
    let mut wrongs = Vec::new();
    let Value::Object(fields) = body else {
        return (Change::default(), vec![wrong("", "the body has to be a JSON object")]);
    };
    let change = Change {
        title: title(fields, &mut wrongs),
        description: description(fields, &mut wrongs),
        completed: completed(fields, &mut wrongs),
    };
    let unknown = fields.keys().filter(|name| !FIELDS.contains(&name.as_str()));
    wrongs.extend(unknown.map(|name| {
        let known = FIELDS.join(", ");
        // RFC 6901 writes these two otherwise.
        let pointer = name.replace('~', "~0").replace('/', "~1");
        let shown: String = pointer.chars().take(100).collect();
        wrong(format!("/{shown}"), format!("is not known; a task has {known}"))
    }));
    (change, wrongs)
}

fn title(fields: &Map<String, Value>, wrongs: &mut Vec<Wrong>) -> Option<String> {
    let text = text(fields, "title", LONGEST_TITLE, wrongs)?;
    // What Python's `\s` takes for space, too, so that the description of this API means what is done.
    let title = text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c));
    if title.is_empty() {
        wrongs.push(wrong("/title", "has to hold something"));
    } else if title.contains(char::is_control) {
        wrongs.push(wrong("/title", "has to be one line without control characters"));
    }
    Some(title.to_owned())
}

fn description(fields: &Map<String, Value>, wrongs: &mut Vec<Wrong>) -> Option<String> {
    let text = text(fields, "description", LONGEST_DESCRIPTION, wrongs)?;
    if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        wrongs.push(wrong(
            "/description",
            "has to be without control characters, but for line breaks and tabs",
        ));
    }
    Some(text.to_owned())
}

fn completed(fields: &Map<String, Value>, wrongs: &mut Vec<Wrong>) -> Option<bool> {
    let value = fields.get("completed")?;
    if value.as_bool().is_none() {
        wrongs.push(wrong("/completed", "has to be true or false"));
    }
    value.as_bool()
}

fn text<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
    longest: usize,
    wrongs: &mut Vec<Wrong>,
) -> Option<&'a str> {
    let value = fields.get(name)?;
    let Some(text) = value.as_str() else {
        wrongs.push(wrong(format!("/{name}"), "has to be a text"));
        return None;
    };
    let length = text.chars().count();
    if length > longest {
        wrongs
            .push(wrong(format!("/{name}"), format!("has {length} characters, at most {longest} are kept")));
    }
    Some(text)
}

fn wrong(place: impl Into<String>, detail: impl Into<String>) -> Wrong {
    Wrong { place: place.into(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(body: Value) -> Vec<String> {
        whole(&body).err().unwrap_or_default().into_iter().map(|wrong| wrong.place).collect()
    }

    #[test]
    fn a_task_needs_only_a_title() {
        let task = whole(&json!({ "title": "  buy milk \n" })).unwrap();
        assert_eq!(task, NewTask { title: "buy milk".into(), description: String::new(), completed: false });
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_place() {
        let body = json!({ "description": 7, "completed": "yes", "colour/tone": 1 });
        assert_eq!(places(body), ["/title", "/description", "/completed", "/colour~1tone"]);
        assert_eq!(
            places(json!({ "title": "", "description": "x".repeat(2_001) })),
            ["/title", "/description"]
        );
        for title in
            [json!("   "), json!("a\nb"), json!("a\u{0}b"), json!("x".repeat(201)), json!(null), json!(["x"])]
        {
            assert_eq!(places(json!({ "title": title })), ["/title"], "{title}");
        }
        for body in [json!(null), json!([]), json!("title")] {
            assert_eq!(places(body), [""]);
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(whole(&json!({ "title": "ä".repeat(200) })).is_ok());
        assert!(whole(&json!({ "title": "x", "description": "line\r\n\tline" })).is_ok());
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let change = part(&json!({ "completed": true, "description": null })).unwrap();
        assert_eq!(change, Change { title: None, description: Some(String::new()), completed: Some(true) });
        assert_eq!(part(&json!({})).unwrap(), Change::default());
        assert!(part(&json!({ "title": null })).is_err());
        assert!(part(&json!({ "id": "x" })).is_err());
    }
}
