//! The values of the configuration files, each with the place where it stands.
//!
//! Says nothing about what the values mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::{Source, Span};

/// Deeper tables and lists are dropped: every known key lies far above, so an unknown one is reported on the way.
pub(super) const MAX_DEPTH: u32 = 24;

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

/// A TOML value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Date,
    List(Vec<Node>),
    Table(Table),
}

/// A TOML table.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    entries: BTreeMap<String, Entry>,
}

/// One key of a table with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) key: Span,
    pub(super) node: Node,
    /// File and offset of its first definition, which give the order.
    order: (usize, usize),
}

impl Value {
    /// What it is, as a message says it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Bool(_) => "a boolean",
            Self::Date => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Bool(_)
            | Value::Date
            | Value::List(_)
            | Value::Table(_) => None,
        }
    }

    pub(super) fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Bool(_)
            | Value::Date
            | Value::List(_) => None,
        }
    }

    /// The items of a list, or the value itself where one may stand for a list of one.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Bool(_)
            | Value::Date
            | Value::Table(_) => std::slice::from_ref(self),
        }
    }
}

impl Table {
    /// Takes a parsed table of `source`.
    pub(super) fn new(table: &DeTable<'_>, source: &Arc<Source>) -> Self {
        convert_table(table, source, 0)
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.node)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in the order of the files.
    pub(super) fn in_order(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.values().collect();
        entries.sort_by_key(|entry| entry.order);
        entries
    }

    /// Lays `over` on top: tables key by key, everything else replaced whole.
    pub(super) fn merge(&mut self, over: Self) {
        for (name, entry) in over.entries {
            let Some(mine) = self.entries.get_mut(&name) else {
                self.entries.insert(name, entry);
                continue;
            };
            match (&mut mine.node.value, entry.node.value) {
                (Value::Table(below), Value::Table(above)) => below.merge(above),
                (_, value) => {
                    mine.key = entry.key;
                    mine.node = Node { span: entry.node.span, value };
                }
            }
        }
    }
}

fn convert_table(table: &DeTable<'_>, source: &Arc<Source>, depth: u32) -> Table {
    let mut entries = BTreeMap::new();
    for (key, value) in table.iter() {
        let name = key.get_ref().to_string();
        let span = Span { source: source.clone(), range: key.span() };
        let order = (source.rank, key.span().start);
        let node = convert(value, source, depth + 1);
        entries.insert(name.clone(), Entry { name, key: span, node, order });
    }
    Table { entries }
}

fn convert(value: &Spanned<DeValue<'_>>, source: &Arc<Source>, depth: u32) -> Node {
    let span = Span { source: source.clone(), range: value.span() };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Integer(integer(number.as_str(), number.radix())),
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(_) if depth >= MAX_DEPTH => Value::List(Vec::new()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| convert(item, source, depth + 1)).collect())
        }
        DeValue::Table(_) if depth >= MAX_DEPTH => Value::Table(Table::default()),
        DeValue::Table(table) => Value::Table(convert_table(table, source, depth)),
    };
    Node { span, value }
}

/// The number, or the nearest that fits: no known key takes one that large, and the range check names its limits.
fn integer(digits: &str, radix: u32) -> i64 {
    i64::from_str_radix(digits, radix).unwrap_or(if digits.starts_with('-') { i64::MIN } else { i64::MAX })
}
