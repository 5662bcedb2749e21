//! What the statements of a file amount to: interpolation and duplicates, in python-dotenv's order.
//!
//! It knows nothing of layers: what lies above and below the file is asked for by name.

use std::collections::{BTreeMap, HashMap};

use memchr::memchr2;

use super::parser::{Statement, StatementKind, parse};

/// The most bytes that the values of one file may have after interpolation: twice what a file may have. A few
/// lines that double each other would fill the memory otherwise.
const MAX_EXPANDED_BYTES: usize = 16 << 20;

/// The values of a file are too long once their references are replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expand {name}: the values of the file have more than {} MiB by then", MAX_EXPANDED_BYTES >> 20)]
pub struct ExpansionTooLong {
    /// The variable at which the limit was passed.
    pub name: String,
    /// Its line, from 1.
    pub line: u32,
}

/// One binding with its references replaced.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bound<'a> {
    /// The variable.
    pub(crate) name: &'a str,
    /// Its line, from 1.
    pub(crate) line: u32,
    /// The value; `None` without `=`.
    pub(crate) value: Option<String>,
}

/// Replaces `${NAME}` and `${NAME:-default}` in the bindings of a file, in order. A name is looked for in `above`,
/// then in the file before the reference, then in `below`; what is nowhere is the default, else empty.
pub(crate) fn evaluate<'a, 'o>(
    statements: &'a [Statement],
    above: impl Fn(&str) -> Option<&'o str>,
    below: impl Fn(&str) -> Option<&'o str>,
) -> Result<Vec<Bound<'a>>, ExpansionTooLong> {
    let mut bound: Vec<Bound<'a>> = Vec::new();
    let mut latest: HashMap<&str, usize> = HashMap::new();
    let mut budget = MAX_EXPANDED_BYTES;
    for statement in statements {
        let StatementKind::Binding { name, value } = &statement.kind else { continue };
        let value = match value {
            None => None,
            Some(value) => {
                let text = interpolate(value, budget, |name| {
                    // A name that stands there without a value counts as empty, whatever the default is.
                    let in_file = || latest.get(name).map(|&at| bound[at].value.as_deref().unwrap_or(""));
                    above(name).or_else(in_file).or_else(|| below(name))
                });
                let too_long = || ExpansionTooLong { name: name.clone(), line: statement.line };
                let text = text.ok_or_else(too_long)?;
                budget = budget.checked_sub(text.len()).ok_or_else(too_long)?;
                Some(text)
            }
        };
        latest.insert(name, bound.len());
        bound.push(Bound { name, line: statement.line, value });
    }
    Ok(bound)
}

/// What python-dotenv's `dotenv_values` makes of a text: names in the order of their first appearance, with their
/// last value. Without `override_environ`, what `load_dotenv(override=False)` makes of it before it asks which
/// names are set already: `environ` wins in references.
pub fn dotenv_values(
    text: &str,
    environ: &BTreeMap<String, String>,
    override_environ: bool,
) -> Result<Vec<(String, Option<String>)>, ExpansionTooLong> {
    let statements = parse(text);
    let outside = |name: &str| environ.get(name).map(String::as_str);
    let bound = if override_environ {
        evaluate(&statements, |_| None, outside)?
    } else {
        evaluate(&statements, outside, |_| None)?
    };
    let mut values: Vec<(String, Option<String>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for binding in bound {
        match places.get(binding.name) {
            Some(&at) => values[at].1 = binding.value,
            None => {
                places.insert(binding.name, values.len());
                values.push((binding.name.to_owned(), binding.value));
            }
        }
    }
    Ok(values)
}

/// Replaces the references in `value`; `None` if the result would have more than `limit` bytes.
fn interpolate<'v>(value: &str, limit: usize, lookup: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    let mut text = String::new();
    let mut rest = value;
    while let Some(reference) = next_reference(rest) {
        text.push_str(&rest[..reference.start]);
        text.push_str(lookup(reference.name).or(reference.default).unwrap_or(""));
        if text.len() > limit {
            return None;
        }
        rest = &rest[reference.end..];
    }
    text.push_str(rest);
    (text.len() <= limit).then_some(text)
}

/// The names that `value` refers to, in order.
pub(crate) fn references(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value;
    std::iter::from_fn(move || {
        let reference = next_reference(rest)?;
        rest = &rest[reference.end..];
        Some(reference.name)
    })
}

struct Reference<'a> {
    start: usize,
    end: usize,
    name: &'a str,
    default: Option<&'a str>,
}

/// The first `${NAME}` or `${NAME:-default}` in `text`. Whatever lies between a `${` and the place where it turned
/// out to be none is not looked at again: another `${` there would fail at the same place.
fn next_reference(text: &str) -> Option<Reference<'_>> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("${")?;
        let name_at = start + 2;
        let stop = name_at + memchr2(b'}', b':', &text.as_bytes()[name_at..])?;
        let name = &text[name_at..stop];
        if text.as_bytes()[stop] == b'}' {
            return Some(Reference { start, end: stop + 1, name, default: None });
        }
        if let Some(default) = text[stop..].strip_prefix(":-") {
            let end = default.find('}')?;
            return Some(Reference { start, end: stop + 2 + end + 1, name, default: Some(&default[..end]) });
        }
        from = stop;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, override_environ: bool) -> Vec<(String, Option<String>)> {
        let environ = BTreeMap::from([("A".to_owned(), "shell".to_owned())]);
        dotenv_values(text, &environ, override_environ).unwrap()
    }

    fn pair(name: &str, value: &str) -> (String, Option<String>) {
        (name.to_owned(), Some(value.to_owned()))
    }

    #[test]
    fn references_prefer_the_file_or_the_environment_as_asked() {
        let text = "A=file\nB=${A}\n";
        assert_eq!(values(text, true), [pair("A", "file"), pair("B", "file")]);
        assert_eq!(values(text, false), [pair("A", "file"), pair("B", "shell")]);
    }

    #[test]
    fn a_name_without_a_value_is_empty_in_references_and_duplicates_keep_their_place() {
        let text = "N\nB=${N:-x}${M:-y}\nN=2\n";
        assert_eq!(values(text, true), [pair("N", "2"), pair("B", "y")]);
    }

    #[test]
    fn lines_that_double_each_other_are_stopped() {
        let mut text = String::from("X0=0123456789\n");
        for n in 1..64 {
            text.push_str(&format!("X{n}=${{X{0}}}${{X{0}}}\n", n - 1));
        }
        let error = dotenv_values(&text, &BTreeMap::new(), true).unwrap_err();
        assert!(error.line > 10 && error.line < 30, "{error:?}");
    }
}
