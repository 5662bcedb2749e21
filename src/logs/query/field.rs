//! What a filter asks of a field: `status>=500`, `user.id=7`, `path~^/api`. Where the field stands is `lookup`'s part.

use std::cmp::Ordering;

use super::lookup::field;
use super::pattern::Pattern;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equals,
    Differs,
    Below,
    AtMost,
    Above,
    AtLeast,
    Matches,
    MatchesNot,
}

/// A question about one field; a line without that field does not match.
#[derive(Clone, Debug)]
pub(super) struct FieldTest {
    name: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Equal { text: String, wanted: bool },
    Ordered { number: f64, accepted: &'static [Ordering] },
    Matches { pattern: Pattern, wanted: bool },
}

impl FieldTest {
    /// Checks what the field is compared with.
    pub(super) fn new(name: &str, comparison: Comparison, value: &str) -> Result<Self, String> {
        if value.is_empty() && !matches!(comparison, Comparison::Equals | Comparison::Differs) {
            return Err("a value is missing here; quote the whole to search for it as text".into());
        }
        let ordered = |accepted| match number(value.as_bytes()) {
            Some(number) => Ok(Test::Ordered { number, accepted }),
            None => Err("a number is missing here; quote the whole to search for it as text".to_owned()),
        };
        let equal = |wanted| Test::Equal { text: value.to_owned(), wanted };
        let test = match comparison {
            Comparison::Equals => equal(true),
            Comparison::Differs => equal(false),
            Comparison::Below => ordered(&[Ordering::Less])?,
            Comparison::AtMost => ordered(&[Ordering::Less, Ordering::Equal])?,
            Comparison::Above => ordered(&[Ordering::Greater])?,
            Comparison::AtLeast => ordered(&[Ordering::Greater, Ordering::Equal])?,
            Comparison::Matches => Test::Matches { pattern: Pattern::new(value)?, wanted: true },
            Comparison::MatchesNot => Test::Matches { pattern: Pattern::new(value)?, wanted: false },
        };
        Ok(Self { name: name.to_owned(), test })
    }

    /// Whether a line, given without escape sequences, has the field and the field is as asked.
    pub(super) fn holds_in(&self, line: &[u8]) -> bool {
        let Some(value) = field(line, &self.name) else { return false };
        match &self.test {
            Test::Equal { text, wanted } => equal(&value, text) == *wanted,
            Test::Ordered { number: limit, accepted } => number(&value)
                .and_then(|value| value.partial_cmp(limit))
                .is_some_and(|order| accepted.contains(&order)),
            Test::Matches { pattern, wanted } => pattern.is_in(&value) == *wanted,
        }
    }

    /// The last part of the field's name, which stands in every line that has the field.
    pub(super) fn key(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }
}

/// As numbers if both are; else as texts, in any case if the filter's has no capital letter.
fn equal(value: &[u8], text: &str) -> bool {
    if let (Some(left), Some(right)) = (number(value), number(text.as_bytes())) {
        return left == right;
    }
    if text.chars().any(char::is_uppercase) {
        return value == text.as_bytes();
    }
    value.eq_ignore_ascii_case(text.as_bytes())
}

fn number(text: &[u8]) -> Option<f64> {
    // `inf` and `nan` are words here.
    matches!(text.first()?, b'0'..=b'9' | b'-' | b'+' | b'.').then_some(())?;
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}
