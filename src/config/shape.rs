//! Compares the values with the table of keys: unknown keys, wrong types, values out of range. What depends on more than one value is checked elsewhere.

use super::keys::{Key, Kind};
use super::problem::Problem;
use super::suggest::{alternatives, listed, nearest_word, quoted};
use super::tree::{Node, Table, Value};
use super::values::{self, Fault};

/// Reports everything in `node` that `kind` does not take. `place` is how a message names the table.
pub(super) fn check(node: &Node, kind: &'static Kind, place: &str, problems: &mut Vec<Problem>) {
    if !kind.takes(&node.value) {
        problems.push(wrong_type(node, kind));
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

fn wrong_type(node: &Node, kind: &Kind) -> Problem {
    let message = format!("expected {}, found {}", kind.expected(), node.value.kind());
    let problem = Problem::error(message).at(&node.span);
    let takes = |value: Value| kind.takes(&value);
    let remedy = match &node.value {
        Value::Text(_) if takes(Value::Bool(true)) || takes(Value::Integer(1)) => "remove the quotes",
        Value::Text(_) if takes(Value::List(Vec::new())) => "put it in brackets: [\"…\"]",
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date
            if takes(Value::Text(String::new())) =>
        {
            "put it in quotes if it is meant as text"
        }
        Value::List(_) if takes(Value::Text(String::new())) => "write one value, without brackets",
        _ if takes(Value::Table(Table::default())) => "write it as a table: { key = \"value\" }",
        _ => "see `portolan schema` for what each key takes",
    };
    problem.remedy(remedy)
}

fn check_table(table: &Table, keys: &'static [Key], place: &str, problems: &mut Vec<Problem>) {
    for entry in table.in_order() {
        if let Some(key) = keys.iter().find(|key| key.name == entry.name) {
            check(&entry.node, &key.kind, &inside(place, &entry.name), problems);
            continue;
        }
        let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
        let remedy = match nearest_word(&entry.name, &names) {
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
    let remedy = match nearest_word(text, words) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("write {}", alternatives(words)),
    };
    Fault { message: format!("{} is not known here", quoted(text)), remedy: Some(remedy) }
}
