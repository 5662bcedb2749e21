//! Which parts of a configuration may be secret, by the table of keys: values of environments and headers, defaults,
//! and everything under a key that is not known, since that may be a misspelt `env`.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::env::{Piece, Placeholder, Template};

use super::keys::Kind;
use super::tree::MAX_DEPTH;

/// Collects the parts of `text`, parsed as `table`, that may be secret.
pub(super) fn find(table: &DeTable<'_>, kind: &'static Kind, text: &str, found: &mut Vec<Range<usize>>) {
    for (name, value) in table.iter() {
        match kind_of(kind, name.get_ref()) {
            Some(kind) => inside(value, kind, text, found),
            None => leaves(value, MAX_DEPTH, text, found),
        }
    }
}

fn kind_of(kind: &'static Kind, name: &str) -> Option<&'static Kind> {
    match kind {
        Kind::Table(keys) => keys.iter().find(|key| key.name == name).map(|key| &key.kind),
        Kind::Map(_, kind) => Some(kind),
        Kind::Either(kinds) => kinds.iter().find_map(|kind| kind_of(kind, name)),
        Kind::Text
        | Kind::Template
        | Kind::Secret
        | Kind::Bool
        | Kind::Whole(..)
        | Kind::Time
        | Kind::TimeOrZero
        | Kind::Port
        | Kind::PortRange
        | Kind::Regex
        | Kind::Url
        | Kind::HttpTarget
        | Kind::StatusRange
        | Kind::Signal
        | Kind::Variable
        | Kind::Choice(_)
        | Kind::List(_) => None,
    }
}

fn inside(value: &Spanned<DeValue<'_>>, kind: &'static Kind, text: &str, found: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => find(table, kind, text, found),
        other if kind.hides(other.is_str()) => leaves(value, MAX_DEPTH, text, found),
        _ => {}
    }
}

fn leaves(value: &Spanned<DeValue<'_>>, depth: u32, text: &str, found: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(_) | DeValue::Array(_) if depth == 0 => found.push(value.span()),
        DeValue::Table(table) => table.iter().for_each(|(_, value)| leaves(value, depth - 1, text, found)),
        DeValue::Array(items) => items.iter().for_each(|value| leaves(value, depth - 1, text, found)),
        DeValue::String(_) => around_placeholders(value.span(), text, found),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            found.push(value.span());
        }
    }
}

/// Hides a string but for the names of services in it: `{auth.url}` is no secret, and what is wrong is mostly there.
fn around_placeholders(span: Range<usize>, text: &str, found: &mut Vec<Range<usize>>) {
    let mut from = span.start;
    let raw = text.get(span.clone()).unwrap_or_default();
    for (open, _) in raw.match_indices('{') {
        let Some(length) = raw[open..].find('}') else { break };
        let part = span.start + open..span.start + open + length + 1;
        if part.start >= from && names_a_service(&text[part.clone()]) {
            found.push(from..part.start);
            from = part.end;
        }
    }
    found.push(from..span.end);
}

fn names_a_service(text: &str) -> bool {
    let Ok(template) = Template::parse(text) else { return false };
    match template.pieces() {
        [Piece::Placeholder(Placeholder::OwnPort | Placeholder::Service(..))] => true,
        [Piece::Placeholder(Placeholder::Env(_)) | Piece::Text(_)] | [] | [_, _, ..] => false,
    }
}
