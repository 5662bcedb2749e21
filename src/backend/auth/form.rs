//! Bodies of auth's requests, checked as Better Auth's schemas do, and told of in their words: every problem at once.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use crate::backend::edge::{Fault, read_body};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// What a field has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A text that is kept, of so many characters at most.
    Kept(usize),
    /// An email address.
    Email,
    /// A text that is not empty.
    Filled,
    Bool,
}

/// A field, and whether it may be left out.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// The body of a request, `None` if it has none that counts. `forms` says whether a page's form is taken, too.
pub(super) async fn read(headers: &HeaderMap, body: Body, forms: bool) -> Result<Option<Value>, Fault> {
    let bytes = read_body(headers, body).await?;
    let Some(kind) = headers.get(header::CONTENT_TYPE).filter(|_| !bytes.is_empty()) else { return Ok(None) };
    let kind = String::from_utf8_lossy(kind.as_bytes()).into_owned();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence.contains(JSON) {
        let wrong = |_| Fault::coded(StatusCode::BAD_REQUEST, "BAD_REQUEST", "Invalid JSON in request body");
        return serde_json::from_slice(&bytes).map(Some).map_err(wrong);
    }
    if forms && essence.contains(FORM) {
        let pairs = url::form_urlencoded::parse(&bytes);
        let fields: Map<_, _> =
            pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
        return Ok(Some(Value::Object(fields)));
    }
    let allowed = if forms { format!("{FORM}, {JSON}") } else { JSON.to_owned() };
    let message = format!("Content-Type \"{kind}\" is not allowed. Allowed types: {allowed}");
    Err(Fault::coded(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message))
}

/// Checks a body against its fields; `open` if it may have others, which is said in words, too.
pub(super) fn check(body: Option<&Value>, fields: &[Field], open: bool) -> Result<Map<String, Value>, Fault> {
    let Some(Value::Object(object)) = body else {
        let received = received(body);
        let mut problems = vec![format!("[body] Invalid input: expected object, received {received}")];
        if open {
            problems.push(format!("[body] Invalid input: expected record, received {received}"));
        }
        return Err(invalid(&problems));
    };
    let problems: Vec<String> =
        fields.iter().filter_map(|field| problem(field, object.get(field.name))).collect();
    if problems.is_empty() { Ok(object.clone()) } else { Err(invalid(&problems)) }
}

fn problem(field: &Field, value: Option<&Value>) -> Option<String> {
    if value.is_none() && !field.required {
        return None;
    }
    let expected = match (field.kind, value) {
        (Kind::Bool, Some(Value::Bool(_))) => return None,
        (Kind::Bool, _) => "boolean",
        (Kind::Text | Kind::Kept(_) | Kind::Email | Kind::Filled, Some(Value::String(text))) => {
            let told = |what: &str| Some(format!("[body.{}] {what}", field.name));
            return match field.kind {
                // Which PostgreSQL cannot keep.
                Kind::Kept(_) if text.contains('\0') => told("Invalid input: contains a NUL character"),
                Kind::Kept(longest) if text.chars().count() > longest => {
                    told(&format!("Too big: expected string to have <={longest} characters"))
                }
                Kind::Email if !is_email(text) => told("Invalid email address"),
                Kind::Filled if text.is_empty() => told("Too small: expected string to have >=1 characters"),
                _ => None,
            };
        }
        (Kind::Text | Kind::Kept(_) | Kind::Email | Kind::Filled, _) => "string",
    };
    let received = received(value);
    Some(format!("[body.{}] Invalid input: expected {expected}, received {received}", field.name))
}

fn received(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

fn invalid(problems: &[String]) -> Fault {
    Fault::coded(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", problems.join("; "))
}

/// The longest address that mail can be sent to (RFC 5321, erratum 1690).
const LONGEST_EMAIL: usize = 254;

/// Whether a text is an address in the sense of the schema library that Better Auth uses: ASCII, no quotes, a domain with
/// a dot.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let of_local = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\'' | b'+' | b'-');
    let parts_ok = local.split('.').all(|part| !part.is_empty() && part.bytes().all(of_local));
    let labels: Vec<&str> = domain.split('.').collect();
    let label_ok = |label: &&str| {
        label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.is_empty()
            && !label.starts_with('-')
    };
    let top_ok =
        labels.last().is_some_and(|top| top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()));
    let domain_ok = labels.len() >= 2 && labels.iter().all(label_ok);
    text.len() <= LONGEST_EMAIL && parts_ok && !local.ends_with('\'') && top_ok && domain_ok
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: [Field; 3] = [
        Field { name: "email", kind: Kind::Email, required: true },
        Field { name: "password", kind: Kind::Filled, required: true },
        Field { name: "rememberMe", kind: Kind::Bool, required: false },
    ];

    #[test]
    fn a_body_that_fits_passes_and_others_do_not() {
        assert!(
            check(Some(&json!({ "email": "a@b.de", "password": "x", "more": 1 })), &FIELDS, true).is_ok()
        );
        for body in [json!(null), json!([]), json!({}), json!({ "email": "a@b.de", "password": "" })] {
            assert!(check(Some(&body), &FIELDS, true).is_err(), "{body}");
        }
        assert!(check(None, &FIELDS, false).is_err());
    }

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in
            ["a@example.com", "a.b+c_d-e@sub.example.co", "o'neil@example.com", "A@EXAMPLE.COM", "1@2.de"]
        {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.de",
            "a@",
            "a@b",
            "a@b.d",
            "a@.de",
            "a@b..de",
            ".a@b.de",
            "a.@b.de",
            "a..b@c.de",
            " a@b.de",
            "a@b.de ",
            "a@-b.de",
            "a@b.de1",
            "a'@b.de",
            "ä@b.de",
            "a@bä.de",
            "a@b@c.de",
            "a@b.de\n",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(!is_email(&format!("{}@example.com", "a".repeat(250))));
    }
}
