//! Where in the user's own code a fault is: the frame of a traceback, or the place that a line itself names.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::case::Case;

/// How many lines before and after one are looked at for its traceback.
const BEFORE: usize = 60;
const AFTER: usize = 25;

/// How Python, Node, Rust, Go and shells write a file and a line.
static FRAMES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r#"^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)"#,
        r"^\s+at (?:.*\()?(?:file://)?(?P<file>/[^():]+|\./[^():]+):(?P<line>\d+):\d+\)?$",
        r"^(?:file://)?(?P<file>/[^\s:()]+\.[cm]?[jt]sx?):(?P<line>\d+)(?::\d+)?$",
        r"panicked at (?P<file>[^\s:]+\.rs):(?P<line>\d+):\d+",
        r"^\s+--> (?P<file>[^\s:]+):(?P<line>\d+):\d+",
        r"^\t(?P<file>/[^\s:]+\.go):(?P<line>\d+)",
        r"^(?P<file>[\w./-]+): (?:line )?(?P<line>\d+): ",
    ]
    .map(|pattern| Regex::new(pattern).expect("the pattern is a constant that a test compiles"))
    .to_vec()
});

/// Whose files these are: libraries' and interpreters', not the user's.
const FOREIGN: [&str; 8] = [
    "site-packages",
    "dist-packages",
    "node_modules",
    "/lib/python",
    "<frozen",
    "node:internal",
    "/rustc/",
    ".cargo/registry",
];

/// The deepest frame of the user's own code in the traceback around line `at` of the case's log.
pub(super) fn of_line(case: &Case<'_>, at: usize) -> Option<String> {
    let own = case.log.get(at)?;
    let same = |line: &&super::LogLine| line.stream == own.stream;
    let before = case.log[at.saturating_sub(BEFORE)..=at].iter().rev().filter(same);
    let after = case.log[at + 1..].iter().take(AFTER).filter(same);
    // Node and Go print their frames below the fault, Python above it; another fault's frames are further away.
    let above = before
        .take_while(|line| line.seq == own.seq || !line.text.starts_with("Traceback (most recent"))
        .find_map(|line| frame(case, &line.text));
    let below = after
        .take_while(|line| !line.text.starts_with("Traceback ("))
        .find_map(|line| frame(case, &line.text));
    above.or(below)
}

/// The place that a line names, if it is in the user's own code.
pub(super) fn frame(case: &Case<'_>, text: &str) -> Option<String> {
    let found = FRAMES.iter().find_map(|pattern| pattern.captures(text))?;
    let (file, line) = (&found["file"], &found["line"]);
    if FOREIGN.iter().any(|foreign| file.contains(foreign)) {
        return None;
    }
    let path = own_file(case, file)?;
    Some(format!("{}:{line}", case.shown(&path)))
}

/// The file as it lies in the service's directory or the stack's folder.
fn own_file(case: &Case<'_>, file: &str) -> Option<PathBuf> {
    let path = Path::new(file);
    if path.is_absolute() {
        let known = path.starts_with(case.stack.folder()) || path.starts_with(&case.spec.directory);
        return known.then(|| path.to_owned());
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    let bases = [case.spec.directory.as_path(), case.stack.folder()];
    bases.into_iter().map(|base| base.join(path)).find(|path| path.is_file())
}

/// The first line of a file that the pattern matches.
pub(super) fn line_matching(path: &Path, pattern: &Regex) -> Option<u32> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().zip(1..).find(|(line, _)| pattern.is_match(line)).map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_each_language_are_read() {
        let found = |text: &str| {
            FRAMES
                .iter()
                .find_map(|pattern| pattern.captures(text))
                .map(|found| format!("{}:{}", &found["file"], &found["line"]))
        };
        for (text, place) in [
            ("  File \"/app/main.py\", line 12, in <module>", "/app/main.py:12"),
            ("    at Object.<anonymous> (/app/server.js:3:15)", "/app/server.js:3"),
            ("    at file:///app/server.mjs:4:7", "/app/server.mjs:4"),
            ("/app/server.js:7", "/app/server.js:7"),
            ("thread 'main' (3) panicked at src/main.rs:4:5:", "src/main.rs:4"),
            ("  --> src/main.rs:2:9", "src/main.rs:2"),
            ("\t/app/main.go:9 +0x1d", "/app/main.go:9"),
            ("./run.sh: line 3: foo: command not found", "./run.sh:3"),
            ("run.sh: 3: foo: not found", "run.sh:3"),
        ] {
            assert_eq!(found(text).as_deref(), Some(place), "{text}");
        }
        assert_eq!(found("INFO:     127.0.0.1:5432 - \"GET / HTTP/1.1\" 200 OK"), None);
    }
}
