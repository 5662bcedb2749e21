//! Entity tags (RFC 9110, 8.8.3): which version somebody has, and which one somebody means to change.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::backend::digest::digest;

/// A strong tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag(String);

/// Which version a change is meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Whichever is there: no condition, or `*`.
    Any,
    /// One of these. Of none, if what was named never was a version: nothing fits.
    OneOf(Vec<i64>),
}

impl Tag {
    /// The tag of a version.
    pub(super) fn of_version(version: i64) -> Self {
        Self(format!("\"{version}\""))
    }

    /// The tag of these bytes.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        Self(format!("\"{}\"", digest([bytes], 12)))
    }

    /// The tag that was put into a header.
    pub(super) fn of_header(header: &str) -> Self {
        Self(header.to_owned())
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("quotes, digits and letters may stand in a header")
    }

    /// Whether If-None-Match names it. Compared weakly, as the RFC says for this header.
    pub(super) fn is_known_to(&self, headers: &HeaderMap) -> bool {
        tags(headers, &header::IF_NONE_MATCH).any(|tag| tag == "*" || tag.trim_start_matches("W/") == self.0)
    }
}

impl Expected {
    /// What If-Match says. Compared strongly: a weak tag fits nothing.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        if !headers.contains_key(header::IF_MATCH) {
            return Self::Any;
        }
        if tags(headers, &header::IF_MATCH).any(|tag| tag == "*") {
            return Self::Any;
        }
        let version = |tag: &str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
        Self::OneOf(tags(headers, &header::IF_MATCH).filter_map(version).collect())
    }
}

fn tags<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_condition_names_a_version_any_or_none() {
        let expected = |value| Expected::read(&headers(header::IF_MATCH, value));
        assert_eq!(Expected::read(&HeaderMap::new()), Expected::Any);
        assert_eq!(expected("*"), Expected::Any);
        assert_eq!(expected("\"7\""), Expected::OneOf(vec![7]));
        assert_eq!(expected("\"abc\", \"7\",\"9\""), Expected::OneOf(vec![7, 9]));
        for never in ["W/\"7\"", "7", "\"\"", "\"x\"", ""] {
            assert_eq!(expected(never), Expected::OneOf(Vec::new()), "{never}");
        }
    }

    #[test]
    fn a_tag_is_known_whether_weak_or_strong() {
        let known = |value| Tag::of_version(3).is_known_to(&headers(header::IF_NONE_MATCH, value));
        for value in ["\"3\"", "W/\"3\"", "\"1\", \"3\"", "*"] {
            assert!(known(value), "{value}");
        }
        for value in ["\"4\"", "3", ""] {
            assert!(!known(value), "{value}");
        }
    }
}
