//! Where a variable is defined: environment files and their templates, compose files, Dockerfiles, workflows,
//! portolan.toml, and defaults in code. The values of secrets are compared, never kept.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::env::dotenv::{StatementKind, parse};
use crate::env::{MASK, Secrecy};

use super::code::{Language, is_aside, line_at};
use super::reads::{EnvRead, Without, reads};
use super::walk;

/// One place that gives a variable a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The variable.
    pub variable: String,
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// The value; `None` if it is secret.
    pub value: Option<String>,
    /// What kind of place it is.
    pub kind: DefinitionKind,
    /// The same for equal values, secret or not; says nothing about them.
    pub digest: u64,
    /// Whether it says nothing: empty, or something to fill in.
    pub is_placeholder: bool,
}

/// The kinds of places that give variables values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefinitionKind {
    /// `.env` and its kind.
    EnvFile,
    /// `.env.example` and its kind.
    Template,
    /// A compose file.
    Compose,
    /// A Dockerfile.
    Dockerfile,
    /// portolan.toml.
    Stack,
    /// What code takes where the variable is not set.
    CodeDefault,
    /// A workflow of a build machine.
    Ci,
}

impl DefinitionKind {
    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnvFile => "environment file",
            Self::Template => "template",
            Self::Compose => "compose file",
            Self::Dockerfile => "Dockerfile",
            Self::Stack => "portolan.toml",
            Self::CodeDefault => "default in code",
            Self::Ci => "workflow",
        }
    }
}

/// Every definition of `variable` in a file below `root`.
pub fn env_definitions(root: &Path, variable: &str) -> Vec<Definition> {
    let mut found = Vec::new();
    for file in walk::files_below(root) {
        let language = Language::of(&file);
        if language.is_none() && kind_of(&file).is_none() {
            continue;
        }
        let Some(text) = walk::text_of(&file) else { continue };
        // Settings classes have their variables in lower case.
        if !text.to_ascii_uppercase().contains(&variable.to_ascii_uppercase()) {
            continue;
        }
        let of_file = match language {
            Some(_) if is_aside(&walk::shown(&file, root)) => Vec::new(),
            Some(language) => code_defaults(&file, &reads(&language.code(&text), language)),
            None => definitions(&file, &text),
        };
        found.extend(of_file.into_iter().filter(|definition| definition.variable == variable));
    }
    found
}

/// What kind of definitions a file holds, by its name.
pub(super) fn kind_of(path: &Path) -> Option<DefinitionKind> {
    let name = path.file_name()?.to_str()?;
    if is_env_file_name(name) {
        return Some(if is_template_name(name) { DefinitionKind::Template } else { DefinitionKind::EnvFile });
    }
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    if is_yaml && (name.starts_with("docker-compose") || name.starts_with("compose")) {
        return Some(DefinitionKind::Compose);
    }
    let shown = path.to_string_lossy().replace('\\', "/");
    if is_yaml && (shown.contains("/.github/workflows/") || name == ".gitlab-ci.yml") {
        return Some(DefinitionKind::Ci);
    }
    if name == "Dockerfile" || name.ends_with(".Dockerfile") || name.starts_with("Dockerfile.") {
        return Some(DefinitionKind::Dockerfile);
    }
    (name == "portolan.toml" || name == "portolan.local.toml").then_some(DefinitionKind::Stack)
}

/// `.env`, `.env.something`, `something.env` and `env.example`.
pub fn is_env_file_name(name: &str) -> bool {
    name == ".env" || name == ".envrc" || name.starts_with(".env.") || is_template_name(name)
}

/// Whether it is there to be copied and filled in.
pub fn is_template_name(name: &str) -> bool {
    let base = name.starts_with(".env.") || name.starts_with("env.") || name.ends_with(".env");
    let word = ["example", "sample", "template", "dist", "tmpl", "default", "defaults"];
    base && name.split('.').any(|part| word.contains(&part))
}

/// The definitions in a file that holds some.
pub(super) fn definitions(file: &Path, text: &str) -> Vec<Definition> {
    let Some(kind) = kind_of(file) else { return Vec::new() };
    let pairs = match kind {
        DefinitionKind::EnvFile | DefinitionKind::Template => dotenv(text),
        DefinitionKind::Compose | DefinitionKind::Ci => yaml(text),
        DefinitionKind::Dockerfile => dockerfile(text),
        DefinitionKind::Stack => stack(text),
        DefinitionKind::CodeDefault => Vec::new(),
    };
    pairs.into_iter().map(|(variable, value, line)| definition(file, kind, &variable, &value, line)).collect()
}

/// The defaults of those reads.
pub(super) fn code_defaults(file: &Path, reads: &[EnvRead]) -> Vec<Definition> {
    let defaults = reads.iter().filter_map(|read| match &read.without {
        Without::Default(value) => {
            Some(definition(file, DefinitionKind::CodeDefault, &read.name, value, read.line))
        }
        Without::Fails | Without::HasNothing | Without::Copes => None,
    });
    defaults.collect()
}

fn definition(file: &Path, kind: DefinitionKind, variable: &str, value: &str, line: u32) -> Definition {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    let shown = match Secrecy::of(variable, value, None) {
        Secrecy::Secret if !value.is_empty() => None,
        secrecy @ (Secrecy::Secret | Secrecy::UrlPassword | Secrecy::Public) => Some(secrecy.mask(value)),
    };
    Definition {
        variable: variable.to_owned(),
        file: file.to_owned(),
        line,
        value: shown,
        kind,
        digest: hasher.finish(),
        is_placeholder: is_placeholder(value),
    }
}

/// Whether a value says nothing: empty, made of other values, or to be filled in.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    let words = [
        "change",
        "your",
        "example",
        "replace",
        "todo",
        "xxx",
        "...",
        "placeholder",
        "secret-here",
        "insert",
        "fill",
        "dummy",
        "set-me",
        "set_me",
        "<",
        "generate",
        "openssl",
        MASK,
    ];
    lower.is_empty() || lower.contains("${") || lower.starts_with('$') || lower.contains("{{") || {
        words.iter().any(|word| lower.contains(word))
    }
}

type Pair = (String, String, u32);

fn dotenv(text: &str) -> Vec<Pair> {
    let statements = parse(text);
    let bindings = statements.into_iter().filter_map(|statement| match statement.kind {
        StatementKind::Binding { name, value: Some(value) } => Some((name, value, statement.line)),
        StatementKind::Binding { value: None, .. }
        | StatementKind::Blank
        | StatementKind::Comment
        | StatementKind::Fault(_) => None,
    });
    bindings.collect()
}

/// What stands indented below `environment:` or `env:`, as a mapping or as a list.
fn yaml(text: &str) -> Vec<Pair> {
    let mut found = Vec::new();
    let mut below: Option<usize> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if below.is_some_and(|outer| indent < outer || (indent == outer && !trimmed.starts_with("- "))) {
            below = None;
        }
        if matches!(trimmed, "environment:" | "env:") {
            below = Some(indent);
            continue;
        }
        if below.is_none() {
            continue;
        }
        let (item, separator) = match trimmed.strip_prefix("- ") {
            Some(item) => (unquoted(item.trim()), '='),
            None => (trimmed, ':'),
        };
        let Some((name, value)) = item.split_once(separator) else { continue };
        let name = unquoted(name.trim());
        if is_variable_name(name) {
            let value = value.split(" #").next().unwrap_or_default().trim();
            found.push((name.to_owned(), unquoted(value).to_owned(), number));
        }
    }
    found
}

fn dockerfile(text: &str) -> Vec<Pair> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some(rest) = line.trim().strip_prefix("ENV ") else { continue };
        match rest.trim().split_once([' ', '=']) {
            Some((name, _)) if rest.contains('=') && is_variable_name(name) => {
                for pair in shell_words::split(rest.trim_end_matches('\\')).unwrap_or_default() {
                    if let Some((name, value)) = pair.split_once('=') {
                        found.push((name.to_owned(), value.to_owned(), number));
                    }
                }
            }
            Some((name, value)) if is_variable_name(name) => {
                found.push((name.to_owned(), value.trim().to_owned(), number));
            }
            Some(_) | None => {}
        }
    }
    found
}

/// The `env` of the services of a portolan.toml, and the defaults of its rules.
fn stack(text: &str) -> Vec<Pair> {
    let Ok(document) = text.parse::<toml_edit::Document<String>>() else { return Vec::new() };
    let mut found = Vec::new();
    let line = |span: Option<std::ops::Range<usize>>| line_at(text, span.map_or(0, |span| span.start));
    let root = document.as_table();
    let tables = |key: &str| {
        let table = root.get(key).and_then(toml_edit::Item::as_table_like);
        table.into_iter().flat_map(|table| table.iter()).collect::<Vec<_>>()
    };
    for (_, service) in tables("services") {
        let env = service.get("env").and_then(toml_edit::Item::as_table_like);
        for (name, item) in env.into_iter().flat_map(|env| env.iter()) {
            if let Some(value) = item.as_str() {
                found.push((name.to_owned(), value.to_owned(), line(item.span())));
            }
        }
    }
    for (name, rule) in tables("env") {
        if let Some(item) = rule.get("default")
            && let Some(value) = item.as_str()
        {
            found.push((name.to_owned(), value.to_owned(), line(item.span())));
        }
    }
    found
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

/// Whether a text is the name of a variable as people write them: ASCII letters, digits and `_`, no digit first.
pub fn is_variable_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::samples::written;
    use std::fs;

    #[test]
    fn every_kind_of_place_is_seen_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| written(folder.path(), name, text);
        write("backend/.env", "# x\nAUTH_URL=http://localhost:8001\n");
        write("backend/.env.example", "AUTH_URL=\n");
        write("backend/main.py", "import os\nu = os.getenv('AUTH_URL', 'http://localhost:8081')\n");
        write("backend/tests/test_x.py", "os.getenv('AUTH_URL', 'http://localhost:1')\n");
        write("web/a.ts", "const u = process.env.AUTH_URL ?? \"http://localhost:8082\"\n");
        write(
            "docker-compose.yml",
            "services:\n  b:\n    environment:\n      - AUTH_URL=http://auth:1\n    x: y\n  c:\n    environment:\n      AUTH_URL: \"http://auth:2\"\n",
        );
        write(
            ".github/workflows/ci.yml",
            "jobs:\n  x:\n    env:\n      AUTH_URL: http://localhost:9\n    steps: []\n",
        );
        write("Dockerfile", "FROM x\nENV AUTH_URL=http://x OTHER=y\n");
        write("portolan.toml", "[services.b]\nenv = { AUTH_URL = \"{auth.url}\" }\n");
        let mut found: Vec<_> = env_definitions(folder.path(), "AUTH_URL")
            .into_iter()
            .map(|d| (walk::shown(&d.file, folder.path()), d.line, d.value.unwrap(), d.is_placeholder))
            .collect();
        found.sort();
        let expected = [
            (".github/workflows/ci.yml", 4, "http://localhost:9", false),
            ("Dockerfile", 2, "http://x", false),
            ("backend/.env", 2, "http://localhost:8001", false),
            ("backend/.env.example", 1, "", true),
            ("backend/main.py", 2, "http://localhost:8081", false),
            ("docker-compose.yml", 4, "http://auth:1", false),
            ("docker-compose.yml", 8, "http://auth:2", false),
            ("portolan.toml", 2, "{auth.url}", false),
            ("web/a.ts", 1, "http://localhost:8082", false),
        ];
        let expected: Vec<_> = expected
            .map(|(file, line, value, empty)| (file.to_owned(), line, value.to_owned(), empty))
            .into();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_values_of_secrets_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".env"), "API_KEY=abcdefgh\n").unwrap();
        fs::write(folder.path().join(".env.local"), "API_KEY=other123\n").unwrap();
        let found = env_definitions(folder.path(), "API_KEY");
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|definition| definition.value.is_none()));
        assert_ne!(found[0].digest, found[1].digest);
        assert!(!format!("{found:?}").contains("abcdefgh"));
    }
}
