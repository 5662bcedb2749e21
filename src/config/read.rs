//! Typed looks into a table. A value of the wrong kind reads as absent: `shape` has reported it by then.

use std::time::Duration;

use crate::stack::{Port, PortRange};

use super::tree::{Node, Table, Value};
use super::values;

pub(super) fn text<'a>(table: &'a Table, name: &str) -> Option<&'a str> {
    table.get(name)?.text()
}

pub(super) fn flag(table: &Table, name: &str) -> bool {
    matches!(table.get(name), Some(Node { value: Value::Bool(true), .. }))
}

pub(super) fn whole<T: TryFrom<i64>>(table: &Table, name: &str) -> Option<T> {
    match table.get(name)?.value {
        Value::Integer(number) => number.try_into().ok(),
        Value::Text(_)
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Date
        | Value::List(_)
        | Value::Table(_) => None,
    }
}

pub(super) fn time(table: &Table, name: &str, default: Duration) -> Duration {
    table.get(name).and_then(|node| values::time(node).ok()).unwrap_or(default)
}

pub(super) fn port(table: &Table, name: &str) -> Option<Port> {
    whole::<i64>(table, name).and_then(|number| Port::try_from(number).ok())
}

pub(super) fn port_range(table: &Table, name: &str) -> Option<PortRange> {
    text(table, name)?.parse().ok()
}

/// The strings of a list, or one string alone, with their places.
pub(super) fn texts<'a>(table: &'a Table, name: &str) -> Vec<(&'a str, &'a Node)> {
    let Some(node) = table.get(name) else { return Vec::new() };
    node.items().iter().filter_map(|item| Some((item.text()?, item))).collect()
}

/// The table under `name`, if a table stands there.
pub(super) fn table<'a>(table: &'a Table, name: &str) -> Option<&'a Table> {
    table.get(name)?.table()
}

/// The text of a value under `env`: numbers and booleans as they are written.
pub(super) fn written(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(_) => Some(node.span.raw().replace('_', "")),
        Value::Bool(value) => Some(value.to_string()),
        Value::Date | Value::List(_) | Value::Table(_) => None,
    }
}
