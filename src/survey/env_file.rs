//! Environment files as texts: what they bind, and what of them another reader, a shell or an editor takes differently.
//!
//! Values are held, since fixes and comparisons need them, and never shown: `Debug` has names and lines only.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::env::TYPOGRAPHIC_QUOTES;
use crate::env::dotenv::{MAX_FILE_BYTES, StatementKind, decode, parse};

use super::definitions::is_template_name;
use super::walk;

/// An environment file.
#[derive(Clone, Debug)]
pub struct EnvFileText {
    /// The file.
    pub path: PathBuf,
    /// The same as it is shown.
    pub shown: String,
    /// Whether it is there to be copied and filled in.
    pub is_template: bool,
    /// What it binds, in order.
    pub bindings: Vec<EnvBinding>,
    /// Whether it begins with a byte order mark.
    pub has_mark: bool,
    /// The first line that ends as Windows ends lines, from 1.
    pub carriage_return: Option<u32>,
    /// What is odd about single lines, by line.
    pub oddities: Vec<EnvOddity>,
}

/// One binding of an environment file.
#[derive(Clone)]
pub struct EnvBinding {
    /// The variable.
    pub name: String,
    /// The line, from 1.
    pub line: u32,
    /// The value as python-dotenv reads it, not interpolated; empty without `=`.
    pub value: String,
}

impl fmt::Debug for EnvBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in line {}", self.name, self.line)
    }
}

/// Something about a binding that is taken differently elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvOddity {
    /// The variable.
    pub name: String,
    /// The line, from 1.
    pub line: u32,
    /// What it is.
    pub kind: OddityKind,
}

/// What may be odd about a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// Typographic quotes, which are part of the value.
    SmartQuotes,
    /// A space in a value without quotes.
    BareSpace,
    /// A `#` in a value without quotes.
    BareHash,
    /// Node's dotenv reads another value.
    NodeDiffers,
    /// Rust's dotenvy reads another value, or refuses the line.
    RustDiffers,
}

/// The file at that path; `None` if it is no readable text.
pub(super) fn read(path: &Path, root: &Path) -> Option<EnvFileText> {
    let bytes = walk::bytes_of(path, MAX_FILE_BYTES).ok()?;
    let text = decode(&bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let carriage_return = memchr::memchr(b'\r', &bytes).map(|at| {
        let before = memchr::memchr_iter(b'\n', &bytes[..at]).count();
        u32::try_from(before).unwrap_or(u32::MAX - 1) + 1
    });
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let bindings = bindings(text);
    let oddities = oddities(text, &bindings);
    Some(EnvFileText {
        path: path.to_owned(),
        shown: walk::shown(path, root),
        is_template: is_template_name(name),
        has_mark: bytes.starts_with(b"\xef\xbb\xbf"),
        carriage_return,
        oddities,
        bindings,
    })
}

fn bindings(text: &str) -> Vec<EnvBinding> {
    let statements = parse(text).into_iter();
    let bindings = statements.filter_map(|statement| match statement.kind {
        StatementKind::Binding { name, value } => {
            Some(EnvBinding { name, line: statement.line, value: value.unwrap_or_default() })
        }
        StatementKind::Blank | StatementKind::Comment | StatementKind::Fault(_) => None,
    });
    bindings.collect()
}

fn oddities(text: &str, bindings: &[EnvBinding]) -> Vec<EnvOddity> {
    let lines: Vec<&str> = text.lines().collect();
    let (node, rust) = (node_values(text), rust_values(text));
    let once = |name: &str| bindings.iter().filter(|binding| binding.name == name).count() == 1;
    let mut found = Vec::new();
    for binding in bindings {
        let raw =
            usize::try_from(binding.line).ok().and_then(|line| lines.get(line - 1)).copied().unwrap_or("");
        let raw = raw.split_once('=').map_or("", |(_, value)| value.trim());
        let mut note = |kind| found.push(EnvOddity { name: binding.name.clone(), line: binding.line, kind });
        let value = binding.value.as_str();
        let bare = !raw.starts_with(['"', '\'']);
        // Those in a comment behind it are the comment's.
        if bare && (value.starts_with(TYPOGRAPHIC_QUOTES) || value.ends_with(TYPOGRAPHIC_QUOTES)) {
            note(OddityKind::SmartQuotes);
            continue;
        }
        if bare && value.contains('#') {
            note(OddityKind::BareHash);
        } else if bare && value.contains([' ', '\t']) {
            note(OddityKind::BareSpace);
        } else if once(&binding.name) && !value.contains('$') {
            if node.get(&binding.name).map(String::as_str) != Some(value) {
                note(OddityKind::NodeDiffers);
            }
            if rust.get(&binding.name).map(String::as_str) != Some(value) {
                note(OddityKind::RustDiffers);
            }
        }
    }
    found
}

static NODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$"#,
    )
    .expect("the pattern is fixed")
});

/// What Node's dotenv reads: a regular expression is all the grammar that it has.
fn node_values(text: &str) -> BTreeMap<String, String> {
    let bound = NODE.captures_iter(text).map(|found| {
        let raw = found.get(2).map_or("", |value| value.as_str()).trim();
        let quote = raw.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
        let inner = quote.and_then(|quote| raw.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(raw);
        let value = if quote == Some('"') {
            inner.replace("\\n", "\n").replace("\\r", "\r")
        } else {
            inner.to_owned()
        };
        (found[1].to_owned(), value)
    });
    bound.collect()
}

/// What Rust's dotenvy reads, up to the first line that it refuses. What it says of that line holds the line.
fn rust_values(text: &str) -> BTreeMap<String, String> {
    let mut bound = BTreeMap::new();
    let mut seen = HashSet::new();
    for item in dotenvy::from_read_iter(text.as_bytes()) {
        // A line that is refused has no value; those after it are read by whoever goes on.
        if let Ok((name, value)) = item
            && seen.insert(name.clone())
        {
            bound.insert(name, value);
        }
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd(text: &str) -> Vec<(u32, OddityKind)> {
        oddities(text, &bindings(text)).into_iter().map(|oddity| (oddity.line, oddity.kind)).collect()
    }

    #[test]
    fn ordinary_lines_are_ordinary() {
        let text = "# c\nA=1\nexport B=\"two words\"\nC='x#y'\nD=http://localhost:8000/x?y=z\nE=\nF=x # c\nG = h\n\
                    H=a_b-c.d/e+f==\nI=${A}/x\n";
        assert_eq!(odd(text), []);
    }

    #[test]
    fn what_others_read_differently_is_told() {
        assert_eq!(odd("A=“x”"), [(1, OddityKind::SmartQuotes)]);
        assert_eq!(odd("A=“x” # y"), [(1, OddityKind::SmartQuotes)]);
        assert_eq!(odd("A=x # “y”"), []);
        assert_eq!(odd("A=x\nB=two words"), [(2, OddityKind::BareSpace)]);
        assert_eq!(odd("A=pass#word"), [(1, OddityKind::BareHash)]);
        assert!(odd("A=\"x\\ty\"").contains(&(1, OddityKind::NodeDiffers)));
    }

    #[test]
    fn marks_and_windows_line_ends_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, b"\xef\xbb\xbfA=1\nB=2\r\n").unwrap();
        let file = read(&path, folder.path()).unwrap();
        assert!(file.has_mark);
        assert_eq!(file.carriage_return, Some(2));
        assert_eq!(file.bindings.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(file.oddities, []);
        assert!(!format!("{file:?}").contains("\"2\""));
    }
}
