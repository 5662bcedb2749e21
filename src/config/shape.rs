//! Compares the values with the table of keys: unknown keys, wrong types, values out of range, and which values
//! may be secret. What depends on more than one value is checked elsewhere.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Key, Kind};
use super::problem::Problem;
use super::suggest::{alternatives, listed, nearest, nearest_key, quoted};
use super::tree::{Node, Table, Value};
use super::values::{self, Fault};

/// Reports everything in `node` that `kind` does not take. `place` is how a message names the table.
pub(super) fn check(node: &Node, kind: &'static Kind, place: &str, problems: &mut Vec<Problem>) {
    if !kind.takes(&node.value) {
        let message = format!("expected {}, found {}", kind.expected(), node.value.kind());
        problems.push(Problem::error(message).at(&node.span));
        return;
    }
    match (kind, &node.value) {
        (Kind::Either(kinds), value) => {
            if let Some(kind) = kinds.iter().find(|kind| kind.takes(value)) {
                check(node, kind, place, problems);
            }
        }
        (Kind::List(kind), Value::List(items)) => {
            for item in items {
                check(item, kind, place, problems);
            }
        }
        (Kind::Table(keys), Value::Table(table)) => check_table(table, keys, place, problems),
        (Kind::Map(map_key, kind), Value::Table(table)) => {
            for entry in table.in_order() {
                if let Err(fault) = values::map_key(*map_key, &entry.name) {
                    problems.push(fault.problem().at(&entry.key));
                }
                check(&entry.node, kind, &inside(place, &entry.name), problems);
            }
        }
        (kind, _) => {
            if let Err(fault) = check_scalar(node, kind) {
                problems.push(fault.problem().at(&node.span));
            }
        }
    }
}

fn check_table(table: &Table, keys: &'static [Key], place: &str, problems: &mut Vec<Problem>) {
    for entry in table.in_order() {
        if let Some(key) = keys.iter().find(|key| key.name == entry.name) {
            check(&entry.node, &key.kind, &inside(place, &entry.name), problems);
            continue;
        }
        let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
        let remedy = match nearest_key(&entry.name, &names) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("known here: {}", listed(&names)),
        };
        let message = if place.is_empty() {
            format!("unknown key {}", quoted(&entry.name))
        } else {
            format!("unknown key {} in {}", quoted(&entry.name), quoted(place))
        };
        problems.push(Problem::error(message).at(&entry.key).remedy(remedy));
    }
}

fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

fn check_scalar(node: &Node, kind: &Kind) -> Result<(), Fault> {
    match (kind, &node.value) {
        (Kind::Time, _) => values::time_above_zero(node).map(drop),
        (Kind::TimeOrZero, _) => values::time(node).map(drop),
        (Kind::Text, Value::Text(text)) => values::text(text),
        (Kind::Template | Kind::Secret, Value::Text(text)) => no_nul(text),
        (Kind::PortRange, Value::Text(text)) => values::port_range(text).map(drop),
        (Kind::Regex, Value::Text(text)) => values::regex(text).map(drop),
        (Kind::Url, Value::Text(text)) => values::url(text).map(drop),
        (Kind::HttpTarget, Value::Text(text)) => values::http_target(text),
        (Kind::StatusRange, Value::Text(text)) => values::status_range(text).map(drop),
        (Kind::Signal, Value::Text(text)) => values::signal(text).map(drop),
        (Kind::Variable, Value::Text(text)) => values::variable(text),
        (Kind::Choice(words), Value::Text(text)) if !words.contains(&text.as_str()) => {
            Err(unknown_choice(text, words))
        }
        (Kind::Port, Value::Integer(number)) => values::port(*number).map(drop),
        (Kind::Whole(least, most), Value::Integer(number)) if number < least || number > most => Err(Fault {
            message: format!("{number} is out of range"),
            remedy: Some(format!("write a number from {least} to {most}")),
        }),
        // The type was compared before: what is left takes every value of it.
        (_, _) => Ok(()),
    }
}

fn no_nul(text: &str) -> Result<(), Fault> {
    if text.contains('\0') {
        return Err(Fault {
            message: "this text holds a NUL character, which no program can be given".into(),
            remedy: Some("remove it".into()),
        });
    }
    Ok(())
}

fn unknown_choice(text: &str, words: &[&'static str]) -> Fault {
    let remedy = match nearest(text, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("write {}", alternatives(words)),
    };
    Fault { message: format!("{} is not known here", quoted(text)), remedy: Some(remedy) }
}

/// The parts of a parsed text that may be secret: values of environments and headers, and of keys that are not
/// known, since those may be misspelt.
pub(super) fn secrets(table: &DeTable<'_>, kind: &'static Kind, found: &mut Vec<Range<usize>>) {
    for (name, value) in table.iter() {
        match kind_of(kind, name.get_ref()) {
            Some(kind) => secrets_of(value, kind, found),
            None => leaves(value, found),
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

fn secrets_of(value: &Spanned<DeValue<'_>>, kind: &'static Kind, found: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => secrets(table, kind, found),
        other if kind.hides(other.is_str()) => leaves(value, found),
        _ => {}
    }
}

fn leaves(value: &Spanned<DeValue<'_>>, found: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => table.iter().for_each(|(_, value)| leaves(value, found)),
        DeValue::Array(items) => items.iter().for_each(|value| leaves(value, found)),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => found.push(value.span()),
    }
}
