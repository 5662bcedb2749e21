//! Every key of portolan.toml: its name, what it takes, what it is for. The checks, the masking of secrets and the
//! JSON Schema all follow from this table, so that they cannot disagree.

use std::collections::BTreeSet;

use super::tree::Value;

/// One known key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) doc: &'static str,
    /// The default as JSON, where there is a fixed one.
    pub(super) default: Option<&'static str>,
}

/// What a key takes.
pub(super) enum Kind {
    /// Any text without control characters.
    Text,
    /// A text that may hold placeholders; which ones exist is checked once the services are known.
    Template,
    /// A value that is never shown: a string with placeholders, a number or a boolean.
    Secret,
    Bool,
    /// A whole number in this range.
    Whole(i64, i64),
    /// A time of more than nothing.
    Time,
    /// A time that may be nothing.
    TimeOrZero,
    Port,
    /// `8000-8010` or `8000`.
    PortRange,
    Regex,
    /// An absolute URL.
    Url,
    /// `/path` or an http URL.
    HttpTarget,
    /// An HTTP status or a range of them as text: `200-299`.
    StatusRange,
    Signal,
    /// The name of an environment variable.
    Variable,
    /// One of these words.
    Choice(&'static [&'static str]),
    List(&'static Kind),
    /// A table of known keys.
    Table(&'static [Key]),
    /// A table whose keys the user chooses.
    Map(MapKey, &'static Kind),
    /// The first of these that takes this type of value.
    Either(&'static [Kind]),
}

/// What the chosen keys of a map name.
#[derive(Clone, Copy)]
pub(super) enum MapKey {
    Service,
    Variable,
    Header,
    /// Any name that can be shown.
    Name,
}

impl Kind {
    /// Whether it takes this type of value, whatever the value is.
    pub(super) fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Text
            | Self::Template
            | Self::PortRange
            | Self::Regex
            | Self::Url
            | Self::HttpTarget
            | Self::StatusRange
            | Self::Signal
            | Self::Variable
            | Self::Choice(_) => matches!(value, Value::Text(_)),
            Self::Secret => {
                matches!(value, Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_))
            }
            Self::Bool => matches!(value, Value::Bool(_)),
            Self::Whole(..) | Self::Port => matches!(value, Value::Integer(_)),
            Self::Time | Self::TimeOrZero => {
                matches!(value, Value::Text(_) | Value::Integer(_) | Value::Float(_))
            }
            Self::List(_) => matches!(value, Value::List(_)),
            Self::Table(_) | Self::Map(..) => matches!(value, Value::Table(_)),
            Self::Either(kinds) => kinds.iter().any(|kind| kind.takes(value)),
        }
    }

    fn takes_text(&self) -> bool {
        self.takes(&Value::Text(String::new()))
    }

    /// What it takes, as a message says it after "expected".
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Text
            | Self::Template
            | Self::Regex
            | Self::Url
            | Self::HttpTarget
            | Self::Signal
            | Self::Variable => "a string".into(),
            Self::Secret => "a string, a number or a boolean".into(),
            Self::Bool => "true or false".into(),
            Self::Whole(..) => "a whole number".into(),
            Self::Time | Self::TimeOrZero => "a duration such as 5 or \"250ms\"".into(),
            Self::Port => "a port number".into(),
            Self::PortRange => "a range such as \"8000-8010\"".into(),
            Self::StatusRange => "a range such as \"200-299\"".into(),
            Self::Choice(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                alternatives(&words)
            }
            Self::List(kind) => match kind {
                Self::Text | Self::Template => "a list of strings".into(),
                Self::Either(kinds) if kinds.iter().any(|kind| matches!(kind, Self::Template)) => {
                    "a list of commands".into()
                }
                _ => "a list".into(),
            },
            Self::Table(_) | Self::Map(..) => "a table".into(),
            Self::Either(kinds) => {
                let mut words: Vec<String> = kinds.iter().map(Self::expected).collect();
                words.dedup();
                alternatives(&words)
            }
        }
    }

    /// Whether a value that is no table may be a secret in this place; `text` says whether it is a string.
    pub(super) fn hides(&self, text: bool) -> bool {
        match self {
            Self::Secret => true,
            Self::List(kind) | Self::Map(_, kind) => kind.hides(text),
            // A string that one of them takes is what that one says; anything else may be a secret gone astray.
            Self::Either(kinds) => match kinds.iter().find(|kind| text && kind.takes_text()) {
                Some(kind) => kind.hides(text),
                None => kinds.iter().any(|kind| kind.hides(text)),
            },
            Self::Table(keys) => keys.iter().any(|key| key.kind.hides(text)),
            Self::Text
            | Self::Template
            | Self::Bool
            | Self::Whole(..)
            | Self::Time
            | Self::TimeOrZero
            | Self::Port
            | Self::PortRange
            | Self::Regex
            | Self::Url
            | Self::HttpTarget
            | Self::StatusRange
            | Self::Signal
            | Self::Variable
            | Self::Choice(_) => false,
        }
    }
}

fn alternatives(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// Every name of a known key, wherever it stands.
pub(super) fn all_names() -> BTreeSet<&'static str> {
    fn collect(kind: &'static Kind, names: &mut BTreeSet<&'static str>) {
        match kind {
            Kind::Table(keys) => {
                for key in *keys {
                    names.insert(key.name);
                    collect(&key.kind, names);
                }
            }
            Kind::List(kind) | Kind::Map(_, kind) => collect(kind, names),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| collect(kind, names)),
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
            | Kind::Choice(_) => {}
        }
    }
    let mut names = BTreeSet::new();
    collect(&super::table::ROOT, &mut names);
    names
}
