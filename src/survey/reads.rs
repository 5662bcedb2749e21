//! Where code reads variables of its environment, and what it does where one is not there.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::code::{Language, line_at};

/// One place where code reads a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvRead {
    /// The variable.
    pub name: String,
    /// The line, from 1.
    pub line: u32,
    /// What the code does without it.
    pub without: Without,
    /// Whether that happens as soon as the file is loaded, as far as indentation tells.
    pub at_start: bool,
    /// What parts the name from those of its own fields, where each of them may be set alone: `__` in `DB__HOST`.
    pub delimiter: Option<String>,
}

impl EnvRead {
    fn new(name: &str, code: &str, at: usize, without: Without) -> Self {
        let start = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let at_start = !code[start..].starts_with([' ', '\t']);
        Self { name: name.to_owned(), line: line_at(code, at), without, at_start, delimiter: None }
    }

    /// Whether a variable of that name gives a part of it.
    pub fn has_part(&self, name: &str) -> bool {
        let prefix = self.delimiter.as_ref().map(|delimiter| format!("{}{delimiter}", self.name));
        prefix.is_some_and(|prefix| {
            name.to_ascii_uppercase()
                .strip_prefix(&prefix.to_ascii_uppercase())
                .is_some_and(|rest| !rest.is_empty())
        })
    }
}

/// What code does where a variable is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Without {
    /// It fails there.
    Fails,
    /// It goes on with nothing, which may or may not be meant.
    HasNothing,
    /// It asks whether it is there, or has an answer that is no plain text.
    Copes,
    /// It has this default.
    Default(String),
}

const NAME: &str = r#"["']([A-Za-z_][A-Za-z0-9_]*)["']"#;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed")
}

static PYTHON_INDEX: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"\benviron\s*\[\s*{NAME}\s*\]")));
static PYTHON_GET: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"\b(?:environ\s*\.\s*get|getenv)\s*\(\s*{NAME}\s*(,|\))")));
static SCRIPT_DOT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?:process\.env|import\.meta\.env|Bun\.env)\??\.([A-Za-z_][A-Za-z0-9_]*)"));
static SCRIPT_INDEX: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"\b(?:process\.env|import\.meta\.env|Bun\.env)(?:\?\.)?\[\s*{NAME}\s*\]"))
});
static SCRIPT_DENO: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"\bDeno\.env\.get\(\s*{NAME}\s*\)")));
static SCRIPT_TAKEN: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\{([^{}]*)\}\s*=\s*(?:process\.env|import\.meta\.env)\b\s*[;\n]"));
static RUST_VAR: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"\benv::var(?:_os)?\s*\(\s*"([A-Za-z_][A-Za-z0-9_]*)"\s*\)"#));
static GO_GET: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"\bos\.(Getenv|LookupEnv)\(\s*"([A-Za-z_][A-Za-z0-9_]*)"\s*\)"#));
static SETTINGS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^class\s+\w+\s*\([^)]*\bBaseSettings\b[^)]*\)\s*:"));
static FIELD: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^([A-Za-z][A-Za-z0-9_]*)\s*:\s*([^=]+?)\s*(?:=\s*(.*))?$"));
static PREFIX: LazyLock<Regex> = LazyLock::new(|| regex(r#"\benv_prefix\s*=\s*["']([^"']*)["']"#));
static DELIMITER: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"\benv_nested_delimiter\s*=\s*["']([^"']+)["']"#));
// What django-environ and dj-database-url read where they are told no name.
static DJANGO: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b(?:env\.(db|cache)(?:_url)?|dj_database_url\.(config))\(\s*(?:\)|[a-z_]+\s*=)")
});
static ALIAS: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"\b(?:validation_alias|alias|env)\s*=\s*["']([A-Za-z0-9_]+)["']"#));
static DYNAMIC: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"process\.env\[\s*[^"'\s]|environ\[\s*[^"'\s\]]|(?:getenv|environ\.get)\(\s*[^"'\s]|env::var\(\s*[^"\s]|os\.Getenv\(\s*[^"\s]|environ\.items\(|environ\.copy\(|os\.Environ\(|env::vars\(|\.\.\.process\.env"#,
    )
});

/// The reads in code of that language, in order.
pub(super) fn reads(code: &str, language: Language) -> Vec<EnvRead> {
    let mut found = Vec::new();
    match language {
        Language::Python => {
            if code.contains("env") {
                python(code, &mut found);
            }
            if code.contains("environ") || code.contains("dj_database_url") {
                for found_here in DJANGO.captures_iter(code) {
                    let is_cache = found_here.get(1).is_some_and(|what| what.as_str() == "cache");
                    let name = if is_cache { "CACHE_URL" } else { "DATABASE_URL" };
                    found.push(EnvRead::new(name, code, whole(&found_here).start(), Without::Copes));
                }
            }
            if code.contains("BaseSettings") {
                settings(code, &mut found);
            }
        }
        Language::Script => {
            if code.contains("env") {
                script(code, &mut found);
            }
        }
        Language::Rust => {
            if code.contains("env::var") {
                rust(code, &mut found);
            }
        }
        Language::Go => go(code, &mut found),
    }
    found.sort_by(|a, b| a.line.cmp(&b.line).then_with(|| a.name.cmp(&b.name)));
    found
}

/// Whether code reads variables whose names stand elsewhere.
pub(super) fn reads_any(code: &str) -> bool {
    code.contains("nv") && DYNAMIC.is_match(code)
}

fn whole<'t>(found: &Captures<'t>) -> regex::Match<'t> {
    found.get(0).expect("group 0 is the match")
}

fn python(code: &str, reads: &mut Vec<EnvRead>) {
    for found in PYTHON_INDEX.captures_iter(code) {
        let all = whole(&found);
        let after = code[all.end()..].trim_start();
        // Setting or deleting one is no reading.
        let is_set = after.starts_with('=') && !after.starts_with("==");
        let is_deleted = code[..all.start()].trim_end_matches("os.").trim_end().ends_with("del");
        if !is_set && !is_deleted {
            let without = if is_tried(code, all.start()) { Without::Copes } else { Without::Fails };
            reads.push(EnvRead::new(&found[1], code, all.start(), without));
        }
    }
    for found in PYTHON_GET.captures_iter(code) {
        let all = whole(&found);
        let rest = &code[all.end()..];
        let without = if &found[2] == "," {
            default_at(rest)
        } else if is_weighed(code, all.start(), rest) {
            or_default(rest, &[" or ", "\tor "])
        } else {
            Without::HasNothing
        };
        reads.push(EnvRead::new(&found[1], code, all.start(), without));
    }
}

/// Whether a Python line above, less indented, is a `try:`.
fn is_tried(code: &str, at: usize) -> bool {
    let start = code[..at].rfind('\n').map_or(0, |end| end + 1);
    let mut indent = code[start..].len() - code[start..].trim_start_matches([' ', '\t']).len();
    for line in code[..start].lines().rev() {
        let text = line.trim_start();
        let here = line.len() - text.len();
        if text.is_empty() || here >= indent {
            continue;
        }
        indent = here;
        if text.starts_with("try:") {
            return true;
        }
        if indent == 0 {
            return false;
        }
    }
    false
}

/// The default that begins here: a plain text, or something that is none.
fn default_at(rest: &str) -> Without {
    literal(rest.trim_start()).map_or(Without::Copes, Without::Default)
}

/// The string or number literal at the begin of a text.
fn literal(text: &str) -> Option<String> {
    let first = text.chars().next()?;
    if matches!(first, '"' | '\'' | '`') {
        let end = text[1..].find(first)?;
        let inner = &text[1..=end];
        return (!inner.contains("${") && !inner.contains('\\')).then(|| inner.to_owned());
    }
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// What follows one of the operators that give a default.
fn or_default(rest: &str, operators: &[&str]) -> Without {
    let after = operators.iter().find_map(|operator| rest.strip_prefix(operator));
    after.map_or(Without::Copes, default_at)
}

/// Whether a value is asked about rather than used: compared, tested, or followed by an alternative.
fn is_weighed(code: &str, start: usize, rest: &str) -> bool {
    let line_start = code[..start].rfind('\n').map_or(0, |end| end + 1);
    let before = code[line_start..start].trim_end();
    let before = before.strip_suffix("os.").unwrap_or(before).trim_end();
    let rest = rest.trim_start_matches([' ', '\t', ')']);
    let words = [
        "if", "elif", "not", "and", "or", "in", "while", "bool(", "!", "&&", "||", "??", "typeof",
        "Boolean(", "assert",
    ];
    let asked = words.iter().any(|word| before.ends_with(word))
        || ["if (", "if(", "while ("].iter().any(|word| before.ends_with(word));
    let follows =
        ["or ", "and ", "is ", "in ", "not ", "if ", "==", "!=", "===", "!==", "||", "&&", "??", "?", "else"];
    asked || follows.iter().any(|word| rest.starts_with(word))
}

/// The fields of pydantic's settings classes.
fn settings(code: &str, reads: &mut Vec<EnvRead>) {
    for class in SETTINGS.find_iter(code) {
        let body = &code[class.end()..];
        let end = body
            .match_indices('\n')
            .map(|(at, _)| at + 1)
            .find(|at| body[*at..].starts_with(|c: char| !c.is_whitespace() && c != ')'))
            .unwrap_or(body.len());
        let body = &body[..end];
        let prefix = PREFIX.captures(body).map_or(String::new(), |found| found[1].to_owned());
        let delimiter = DELIMITER.captures(body).map(|found| found[1].to_owned());
        let mut offset = class.end();
        let mut depth = 0i32;
        for line in body.split_inclusive('\n') {
            let (at, trimmed) = (offset, line.trim());
            offset += line.len();
            let indent = line.len() - line.trim_start().len();
            let was = depth;
            for c in trimmed.chars() {
                depth += i32::from(matches!(c, '(' | '[' | '{')) - i32::from(matches!(c, ')' | ']' | '}'));
            }
            if was > 0 || !(indent == 4 || line.starts_with('\t') && indent == 1 || indent == 2) {
                continue;
            }
            let Some(field) = FIELD.captures(trimmed) else { continue };
            if &field[1] == "model_config" || field[2].starts_with("ClassVar") {
                continue;
            }
            let given = field.get(3).map(|given| given.as_str());
            let alias = given.and_then(|given| ALIAS.captures(given)).map(|found| found[1].to_owned());
            let name = alias.unwrap_or_else(|| format!("{prefix}{}", &field[1])).to_ascii_uppercase();
            let optional = field[2].contains("None") || field[2].contains("Optional");
            let without = match given {
                None if optional => Without::Copes,
                None => Without::Fails,
                Some(given) if given.contains("Field(") && is_bare_field(given) => Without::Fails,
                Some(given) => default_at(given),
            };
            let delimiter = delimiter.clone();
            reads.push(EnvRead { at_start: true, delimiter, ..EnvRead::new(&name, code, at, without) });
        }
    }
}

/// Whether `Field(…)` gives no default, as far as its first line tells.
fn is_bare_field(given: &str) -> bool {
    let inside = given.split_once("Field(").map_or("", |(_, inside)| inside.trim_start());
    let first_is_named = inside.split(',').next().is_some_and(|first| first.contains('='));
    let has_default = inside.contains("default=") || inside.contains("default_factory=");
    let open = !inside.contains(')');
    !open && !has_default && (inside.starts_with("...") || first_is_named || inside.starts_with(')'))
}

fn script(code: &str, reads: &mut Vec<EnvRead>) {
    for pattern in [&*SCRIPT_DOT, &*SCRIPT_INDEX, &*SCRIPT_DENO] {
        for found in pattern.captures_iter(code) {
            let all = whole(&found);
            let rest = &code[all.end()..];
            let next = rest.trim_start();
            let is_set = next.starts_with('=') && !next.starts_with("==") && !next.starts_with("=>");
            if is_set || next.starts_with('(') || is_own(&found[1]) {
                continue;
            }
            let without = script_without(code, all.start(), rest);
            reads.push(EnvRead::new(&found[1], code, all.start(), without));
        }
    }
    for found in SCRIPT_TAKEN.captures_iter(code) {
        let start = found.get(1).expect("the group is part of the pattern").start();
        for part in found[1].split(',') {
            let (taken, default) =
                part.split_once('=').map_or((part, None), |(name, value)| (name, Some(value)));
            let name = taken.split(':').next().unwrap_or_default().trim();
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_name || is_own(name) {
                continue;
            }
            let without = default.map_or(Without::HasNothing, |value| default_at(value.trim()));
            let at = start + found[1].find(name).unwrap_or(0);
            reads.push(EnvRead::new(name, code, at, without));
        }
    }
}

/// What Vite itself puts into `import.meta.env`.
fn is_own(name: &str) -> bool {
    matches!(name, "MODE" | "DEV" | "PROD" | "SSR" | "BASE_URL")
}

fn script_without(code: &str, start: usize, rest: &str) -> Without {
    let next = rest.trim_start();
    let operator = ["||", "??"].iter().find_map(|operator| next.strip_prefix(operator));
    if let Some(after) = operator {
        return default_at(after.trim_start_matches(['=', ' ', '\n']));
    }
    if is_weighed(code, start, rest) { Without::Copes } else { Without::HasNothing }
}

fn rust(code: &str, reads: &mut Vec<EnvRead>) {
    for found in RUST_VAR.captures_iter(code) {
        let all = whole(&found);
        let next = code[all.end()..].trim_start();
        let default = next.strip_prefix(".unwrap_or_else(").or_else(|| next.strip_prefix(".unwrap_or("));
        let without = if let Some(after) = default {
            let after = after
                .split_once('|')
                .and_then(|(_, rest)| rest.split_once('|'))
                .map_or(after, |(_, rest)| rest);
            literal(after.trim_start()).map_or(Without::Copes, Without::Default)
        } else if [".expect(", ".unwrap()"].iter().any(|call| next.starts_with(call)) {
            Without::Fails
        } else {
            Without::Copes
        };
        reads.push(EnvRead::new(&found[1], code, all.start(), without));
    }
}

fn go(code: &str, reads: &mut Vec<EnvRead>) {
    if !code.contains("env(\"") && !code.contains("Env(\"") {
        return;
    }
    for found in GO_GET.captures_iter(code) {
        let all = whole(&found);
        let asked = &found[1] == "LookupEnv" || is_weighed(code, all.start(), &code[all.end()..]);
        let without = if asked { Without::Copes } else { Without::HasNothing };
        reads.push(EnvRead::new(&found[2], code, all.start(), without));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(language: Language, text: &str) -> Vec<(String, u32, Without)> {
        let all = reads(&language.code(text), language);
        all.into_iter().map(|read| (read.name, read.line, read.without)).collect()
    }

    fn default(text: &str) -> Without {
        Without::Default(text.to_owned())
    }

    #[test]
    fn python_reads_are_told_by_what_happens_without() {
        let text = r#"
A = os.environ["A"]
B = os.getenv("B")
C = os.environ.get("C", "http://x")
D = os.getenv("D") or "d"
if os.getenv("E"): pass
os.environ["F"] = "x"
# os.environ["G"]
try:
    H = os.environ["H"]
except KeyError:
    pass
I = int(os.getenv("I", 8000))
"#;
        let expected = [
            ("A", 2, Without::Fails),
            ("B", 3, Without::HasNothing),
            ("C", 4, default("http://x")),
            ("D", 5, default("d")),
            ("E", 6, Without::Copes),
            ("H", 10, Without::Copes),
            ("I", 13, default("8000")),
        ];
        assert_eq!(
            seen(Language::Python, text),
            expected.map(|(name, line, without)| (name.to_owned(), line, without))
        );
    }

    #[test]
    fn fields_of_settings_are_variables() {
        let text = "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=\"APP_\")\n    url: str\n    \
                    port: int = 8000\n    key: str | None = None\n    name: str = Field(alias=\"NAME\")\n    \
                    x: str = Field(\n        default=\"y\",\n    )\n\ndef f():\n    z: str\n";
        let found = seen(Language::Python, text);
        let expected = [
            ("APP_URL", 3, Without::Fails),
            ("APP_PORT", 4, default("8000")),
            ("APP_KEY", 5, Without::Copes),
            ("NAME", 6, Without::Fails),
            ("APP_X", 7, Without::Copes),
        ];
        assert_eq!(found, expected.map(|(name, line, without)| (name.to_owned(), line, without)));
    }

    #[test]
    fn django_has_names_of_its_own() {
        let text = "import environ\nenv = environ.Env()\na = env.db()\nb = env.cache(default='x')\nc = env.db('OTHER_URL')\nd = dj_database_url.config(conn_max_age=1)\n";
        let expected = [
            ("DATABASE_URL", 3, Without::Copes),
            ("CACHE_URL", 4, Without::Copes),
            ("DATABASE_URL", 6, Without::Copes),
        ];
        let found = seen(Language::Python, text);
        assert_eq!(found, expected.map(|(name, line, without)| (name.to_owned(), line, without)));
    }

    #[test]
    fn scripts_read_in_many_ways() {
        let text = r#"
const a = process.env.A;
const b = process.env.B || "http://localhost:8001";
const c = process.env["C"] ?? 3000;
if (process.env.D) go();
process.env.E = "1";
const { F, G = "g" } = process.env;
const h = import.meta.env.VITE_H;
const dev = import.meta.env.DEV;
const i = process.env.I === "x";
"#;
        let expected = [
            ("A", 2, Without::HasNothing),
            ("B", 3, default("http://localhost:8001")),
            ("C", 4, default("3000")),
            ("D", 5, Without::Copes),
            ("F", 7, Without::HasNothing),
            ("G", 7, default("g")),
            ("VITE_H", 8, Without::HasNothing),
            ("I", 10, Without::Copes),
        ];
        assert_eq!(
            seen(Language::Script, text),
            expected.map(|(name, line, without)| (name.to_owned(), line, without))
        );
    }

    #[test]
    fn rust_and_go_read_too() {
        let rust = "let a = env::var(\"A\").expect(\"a\");\nlet b = std::env::var(\"B\").unwrap_or_else(|_| \"x\".into());\n\
                    let c = env::var(\"C\").ok();\n";
        let found = seen(Language::Rust, rust);
        let expected = [("A", 1, Without::Fails), ("B", 2, default("x")), ("C", 3, Without::Copes)];
        assert_eq!(found, expected.map(|(name, line, without)| (name.to_owned(), line, without)));
        let go = "x := os.Getenv(\"A\")\nif os.Getenv(\"B\") != \"\" {}\n";
        let expected = [("A", 1, Without::HasNothing), ("B", 2, Without::Copes)];
        assert_eq!(
            seen(Language::Go, go),
            expected.map(|(name, line, without)| (name.to_owned(), line, without))
        );
    }

    #[test]
    fn names_that_stand_elsewhere_are_noticed() {
        assert!(reads_any("process.env[key]") && reads_any("os.environ[f\"{x}\"]"));
        assert!(!reads_any("process.env['A']") && !reads_any("os.getenv('A')"));
    }
}
