//! The texts of rules: words with `{names}` that stand for what was found.

use std::fmt;

/// A text with places to be filled in. `{{` and `}}` are literal braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unclosed;

impl fmt::Display for Unclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a `{` has no `}`; write `{{` for a brace")
    }
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Self, Unclosed> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            if rest[at + 1..].starts_with(brace) {
                plain.push_str(brace);
                rest = &rest[at + 2..];
            } else if brace == "}" {
                plain.push_str(brace);
                rest = &rest[at + 1..];
            } else {
                let end = rest[at..].find('}').ok_or(Unclosed)? + at;
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Name(rest[at + 1..end].trim().to_owned()));
                rest = &rest[end + 1..];
            }
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(Self { parts })
    }

    /// The names that have to be known.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text; `None` if something that it names was not found.
    pub(super) fn fill(&self, value: impl Fn(&str) -> Option<String>) -> Option<String> {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Name(name) => value(name),
        });
        parts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Option<String> {
        Template::parse(text).unwrap().fill(|name| (name == "who").then(|| "auth".to_owned()))
    }

    #[test]
    fn names_are_filled_in_and_doubled_braces_stay() {
        assert_eq!(fill("ask {who}, not {{who}}").as_deref(), Some("ask auth, not {who}"));
        assert_eq!(fill("{who}").as_deref(), Some("auth"));
        assert_eq!(fill("{nobody} knows"), None);
        assert_eq!(Template::parse("{who"), Err(Unclosed));
    }
}
