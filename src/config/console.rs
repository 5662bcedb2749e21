//! `[console]`, `[highlight]`, `[filters]` and `[keys]`. What a filter may say is asked of whoever knows it.

use std::fmt;

use crate::stack::{
    ConsoleSpec, FilterSpec, HighlightColor, HighlightSpec, HighlightStyle, KeySpec, ThemeChoice,
    TimestampChoice,
};

use super::load::Loaded;
use super::problem::Problem;
use super::read;
use super::source::Span;
use super::suggest::quoted;
use super::tree::{Entry, Node, Table, Value};

/// Where the text of a saved filter stands.
#[derive(Clone)]
pub(super) struct FilterPlace {
    name: String,
    text: String,
    span: Span,
}

/// Without the span, which holds the whole file, secrets included.
impl fmt::Debug for FilterPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterPlace")
            .field("name", &self.name)
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}

/// Builds what the file says about the console, as far as the tree allows.
pub(super) fn build(root: &Table, problems: &mut Vec<Problem>) -> ConsoleSpec {
    let default = ConsoleSpec::default();
    let none = Table::default();
    let console = read::table(root, "console").unwrap_or(&none);
    ConsoleSpec {
        theme: read::text(console, "theme").and_then(theme).unwrap_or_default(),
        mouse: flag_or(console, "mouse", default.mouse),
        motion: flag_or(console, "motion", default.motion),
        timestamps: read::text(console, "timestamps").and_then(timestamps).unwrap_or_default(),
        wrap: flag_or(console, "wrap", default.wrap),
        highlights: entries(root, "highlight").filter_map(|entry| highlight(entry, problems)).collect(),
        filters: entries(root, "filters")
            .filter_map(|entry| {
                Some(FilterSpec { name: entry.name.clone(), text: entry.node.text()?.to_owned() })
            })
            .collect(),
        keys: entries(root, "keys").map(keys).collect(),
    }
}

/// Where the saved filters stand.
pub(super) fn filter_places(root: &Table) -> Vec<FilterPlace> {
    let place = |entry: &Entry| {
        let text = entry.node.text()?.to_owned();
        Some(FilterPlace { name: entry.name.clone(), text, span: entry.node.span.clone() })
    };
    entries(root, "filters").filter_map(place).collect()
}

/// Checks the saved filters; `parse` answers with the offset in bytes of a fault, and what is wrong.
pub fn check_filters(loaded: &Loaded, parse: impl Fn(&str) -> Result<(), (usize, String)>) -> Vec<Problem> {
    let faulty =
        loaded.filters.iter().filter_map(|filter| {
            let (at, message) = parse(&filter.text).err()?;
            let here = filter.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let problem =
                Problem::error(format!("the filter {} cannot be read: {message}", quoted(&filter.name)));
            Some(problem.at(&filter.span.within(&filter.text, at..at + here)).remedy(
                "write it as for `portolan logs --grep`, where \"quotation marks\" take marks as text",
            ))
        });
    faulty.collect()
}

fn entries<'a>(root: &'a Table, name: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
    read::table(root, name).map(Table::in_order).unwrap_or_default().into_iter()
}

fn flag_or(table: &Table, name: &str, default: bool) -> bool {
    match table.get(name) {
        Some(Node { value: Value::Bool(value), .. }) => *value,
        Some(_) | None => default,
    }
}

fn theme(word: &str) -> Option<ThemeChoice> {
    match word {
        "auto" => Some(ThemeChoice::Auto),
        "dark" => Some(ThemeChoice::Dark),
        "light" => Some(ThemeChoice::Light),
        "high-contrast" => Some(ThemeChoice::HighContrast),
        "terminal" => Some(ThemeChoice::Terminal),
        _ => None,
    }
}

fn timestamps(word: &str) -> Option<TimestampChoice> {
    match word {
        "absolute" => Some(TimestampChoice::Absolute),
        "relative" => Some(TimestampChoice::Relative),
        "off" => Some(TimestampChoice::Off),
        _ => None,
    }
}

fn highlight(entry: &Entry, problems: &mut Vec<Problem>) -> Option<HighlightSpec> {
    let name = entry.name.clone();
    if let Some(pattern) = entry.node.text() {
        return Some(HighlightSpec { name, pattern: pattern.to_owned(), style: HighlightStyle::Lit });
    }
    let table = entry.node.table()?;
    if let (Some(_), Some(color)) = (table.get("level"), table.entry("color")) {
        problems.push(
            Problem::error(format!("the highlight {} has both a level and a color", quoted(&name)))
                .at(&color.key)
                .remedy("keep one of them: a level has its own colour"),
        );
    }
    let Some(pattern) = read::text(table, "pattern") else {
        if !table.contains("pattern") {
            problems.push(
                Problem::error(format!("the highlight {} has no pattern", quoted(&name)))
                    .at(&entry.key)
                    .remedy("add pattern = '…', a regular expression"),
            );
        }
        return None;
    };
    let by_level = match read::text(table, "level") {
        Some("warn") => Some(HighlightStyle::Warn),
        Some("error") => Some(HighlightStyle::Error),
        Some(_) | None => None,
    };
    let style = by_level.or_else(|| read::text(table, "color").and_then(color).map(HighlightStyle::Color));
    Some(HighlightSpec { name, pattern: pattern.to_owned(), style: style.unwrap_or_default() })
}

fn color(word: &str) -> Option<HighlightColor> {
    match word {
        "red" => Some(HighlightColor::Red),
        "green" => Some(HighlightColor::Green),
        "yellow" => Some(HighlightColor::Yellow),
        "blue" => Some(HighlightColor::Blue),
        "magenta" => Some(HighlightColor::Magenta),
        "cyan" => Some(HighlightColor::Cyan),
        _ => None,
    }
}

fn keys(entry: &Entry) -> KeySpec {
    let keys = entry.node.items().iter().filter_map(|item| item.text().map(str::to_owned));
    KeySpec { action: entry.name.clone(), keys: keys.collect() }
}
