//! One text parsed as TOML into the tree, with every syntax error and with its secrets marked.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use toml::de::DeTable;

use super::source::Source;
use super::tree::Table;
use super::values::Fault;
use super::{mask, secrets, table};

/// The parser limits nested brackets to 80 and the parts of a key to 80, so that dotted keys in inline tables make
/// 6400 levels, and it walks and drops them recursively: more than the 2 MiB of a thread hold in a debug build.
/// Address space only; pages are taken as they are used.
pub(super) const PARSER_STACK_BYTES: usize = 64 * 1024 * 1024;

/// A text as TOML, as far as it is.
pub(super) struct Parsed {
    pub(super) source: Arc<Source>,
    pub(super) table: Table,
    pub(super) errors: Vec<toml::de::Error>,
}

/// Parses `text`, the content of `path`, which is the file number `rank` of the load.
pub(super) fn parse(path: &Path, text: &Arc<str>, rank: usize) -> Result<Parsed, Fault> {
    // A byte order mark is no part of the first key.
    let text: Arc<str> = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.into(),
        None => text.clone(),
    };
    let shown = path.display();
    let refused = |why: &str| Fault::new(format!("{shown} cannot be parsed: {why}"), "try again");
    thread::scope(|scope| {
        thread::Builder::new()
            .name("parser".into())
            .stack_size(PARSER_STACK_BYTES)
            .spawn_scoped(scope, || parse_here(path, &text, rank))
            .map_err(|error| refused(&error.to_string()))?
            .join()
            .map_err(|_| refused("the parser failed"))
    })
}

fn parse_here(path: &Path, text: &Arc<str>, rank: usize) -> Parsed {
    let (parsed, errors) = DeTable::parse_recoverable(text);
    let mut hidden = Vec::new();
    secrets::find(parsed.get_ref(), &table::ROOT, text, &mut hidden);
    if !errors.is_empty() {
        hidden.extend(mask::hidden_in_broken(text));
    }
    let source = Arc::new(Source::new(path.into(), text.clone(), hidden, rank));
    let table = Table::new(parsed.get_ref(), &source);
    Parsed { source, table, errors }
}

/// The parser's message, and what to do about it.
pub(super) fn explain(message: &str) -> (String, &'static str) {
    let remedy = if message.contains("duplicate key") {
        "keep one of the two"
    } else if message.contains("recurs") {
        "nest less deeply"
    } else if message.contains("string values must be quoted") {
        "put the value in quotes"
    } else if message.contains("invalid basic string") || message.contains("invalid literal string") {
        "close the string with the quote that opened it"
    } else {
        "see https://toml.io for how TOML is written"
    };
    (format!("this is not TOML: {message}"), remedy)
}
