//! Code without its comments: the same bytes at the same places, what is no code made spaces.
//!
//! No parser. Strings are told from comments, which is all that looking for names in code needs.

use std::path::Path;

/// The languages that are looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript, TypeScript and what embeds them.
    Script,
    /// Rust.
    Rust,
    /// Go.
    Go,
}

impl Language {
    /// The language of a file, by its name.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        if name.ends_with(".d.ts") || name.ends_with(".min.js") {
            return None;
        }
        match path.extension()?.to_str()? {
            "py" => Some(Self::Python),
            "js" | "ts" | "mjs" | "cjs" | "jsx" | "tsx" | "mts" | "cts" | "vue" | "svelte" | "astro" => {
                Some(Self::Script)
            }
            "rs" => Some(Self::Rust),
            "go" => Some(Self::Go),
            _ => None,
        }
    }

    /// The code of a text.
    pub fn code(self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        match self {
            Self::Python => blank_python(&mut bytes),
            Self::Script | Self::Rust | Self::Go => blank_braces(&mut bytes, self),
        }
        // Only whole runs between ASCII delimiters were replaced.
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// Whether the file is a test, or something else that no service runs.
pub fn is_aside(shown: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "test",
        "tests",
        "__tests__",
        "__mocks__",
        "testing",
        "spec",
        "e2e",
        "cypress",
        "fixtures",
        "docs",
        "doc",
        "examples",
        "example",
        "benchmarks",
        "bench",
        "benches",
        "notebooks",
        "scripts",
        "tools",
        "stories",
        ".storybook",
        ".github",
        "samples",
        "testdata",
    ];
    const FILES: &[&str] = &["conftest.py", "setup.py", "noxfile.py", "fabfile.py", "tasks.py.in"];
    let mut parts = shown.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    parts.any(|folder| FOLDERS.contains(&folder))
        || FILES.contains(&name)
        || (name.ends_with(".py") && (stem.starts_with("test_") || stem.ends_with("_test")))
        || name.ends_with("_test.go")
        || [".test.", ".spec.", ".stories.", ".bench."].iter().any(|part| name.contains(part))
}

/// The line of an offset, from 1.
pub(super) fn line_at(text: &str, offset: usize) -> u32 {
    let ends = memchr::memchr_iter(b'\n', &text.as_bytes()[..offset.min(text.len())]).count();
    u32::try_from(ends).unwrap_or(u32::MAX - 1) + 1
}

fn blank(bytes: &mut [u8], from: usize, to: usize) {
    let to = to.min(bytes.len());
    for byte in &mut bytes[from.min(to)..to] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn find(bytes: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes.get(from..)?, needle).map(|at| from + at)
}

/// Comments and triple-quoted texts go; other strings stay.
fn blank_python(bytes: &mut [u8]) {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => {
                let end = find(bytes, at, b"\n").unwrap_or(bytes.len());
                blank(bytes, at, end);
                at = end;
            }
            quote @ (b'"' | b'\'') => {
                let triple = [quote; 3];
                if bytes[at..].starts_with(&triple) {
                    let end = find(bytes, at + 3, &triple).map_or(bytes.len(), |end| end + 3);
                    blank(bytes, at, end);
                    at = end;
                } else {
                    at = string_end(bytes, at, quote);
                }
            }
            _ => at += 1,
        }
    }
}

/// Past the end of a string that ends with its line at the latest.
fn string_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn blank_braces(bytes: &mut [u8], language: Language) {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                let end = find(bytes, at, b"\n").unwrap_or(bytes.len());
                blank(bytes, at, end);
                at = end;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let end = find(bytes, at + 2, b"*/").map_or(bytes.len(), |end| end + 2);
                blank(bytes, at, end);
                at = end;
            }
            b'<' if language == Language::Script && bytes[at..].starts_with(b"<!--") => {
                let end = find(bytes, at, b"-->").map_or(bytes.len(), |end| end + 3);
                blank(bytes, at, end);
                at = end;
            }
            b'/' if language == Language::Script && begins_pattern(bytes, at) => {
                at = string_end(bytes, at, b'/');
            }
            b'\'' if language == Language::Rust => {
                // A character, or the name of a lifetime.
                at += if bytes.get(at + 2) == Some(&b'\'') { 3 } else { 1 };
            }
            quote @ (b'"' | b'\'') => at = string_end(bytes, at, quote),
            b'`' if language != Language::Rust => {
                at = find(bytes, at + 1, b"`").map_or(bytes.len(), |end| end + 1);
            }
            _ => at += 1,
        }
    }
}

/// Whether a slash begins a regular expression: a division needs something before it.
fn begins_pattern(bytes: &[u8], at: usize) -> bool {
    let before = bytes[..at].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    before.is_none_or(|byte| b"(=,:[!&|?{};\n".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_go_and_everything_else_stays_where_it_is() {
        let python = "import a # import b\nx = \"# no\"\n\"\"\"\nimport c\n\"\"\"\ny = 1\n";
        let code = Language::Python.code(python);
        assert_eq!(code.len(), python.len());
        assert_eq!(
            code.split_whitespace().collect::<Vec<_>>(),
            ["import", "a", "x", "=", "\"#", "no\"", "y", "=", "1"]
        );
        let script = "a('//x'); // b\n/* c\n*/ r = /\"/; d\n";
        let code = Language::Script.code(script);
        assert_eq!(code.len(), script.len());
        assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a('//x');", "r", "=", "/\"/;", "d"]);
        let rust = "fn f<'a>(x: &'a str) { g('\"'); } // h\n";
        assert!(Language::Rust.code(rust).trim_end().ends_with('}'));
    }

    #[test]
    fn unclosed_things_end_with_the_text() {
        for text in ["\"\"\"x", "'x", "/* x", "`x", "/x", "'\\"] {
            for language in [Language::Python, Language::Script, Language::Rust, Language::Go] {
                assert_eq!(language.code(text).len(), text.len(), "{text}");
            }
        }
    }

    #[test]
    fn tests_are_told_from_what_runs() {
        for aside in ["api/tests/x.py", "api/test_x.py", "web/src/a.test.ts", "x_test.go", "docs/a.js"] {
            assert!(is_aside(aside), "{aside}");
        }
        for runs in ["api/main.py", "web/src/attest.ts", "latest/x.go"] {
            assert!(!is_aside(runs), "{runs}");
        }
    }
}
