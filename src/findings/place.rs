//! Where in the user's own code a fault is: the frame of a traceback, or the place that a line itself names.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use regex::Regex;

use super::case::Case;
use super::files;

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

/// Whether the file of a place, as it is told for a stack in that folder, was written after that time, in milliseconds
/// since 1970.
pub(super) fn is_written_since(folder: &Path, place: &str, millis: u64) -> bool {
    let Some((file, _)) = place.rsplit_once(':') else { return false };
    let written = fs::metadata(folder.join(file)).and_then(|known| known.modified());
    written.is_ok_and(|written| written > UNIX_EPOCH + Duration::from_millis(millis))
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

/// Where portolan.toml has that key of the service, or the service if it has not.
pub(super) fn key(case: &Case<'_>, key: &str) -> String {
    let origin = &case.spec.origin;
    let text = files::text_of(&origin.file).unwrap_or_default();
    let below = format!("[services.{}.", case.spec.name);
    let lines = text.lines().zip(1u32..).skip(origin.line.saturating_sub(1) as usize);
    let own = lines.take_while(|(line, number)| {
        *number == origin.line || !line.starts_with('[') || line.starts_with(&below)
    });
    let is_key = |line: &str| {
        let rest = line.trim_start().trim_start_matches(&below).strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ']']))
    };
    let line = own.into_iter().find(|(line, _)| is_key(line)).map_or(origin.line, |(_, number)| number);
    format!("{}:{line}", case.shown(&origin.file))
}

/// The deepest frame above line `at` whose own line of code names that.
pub(super) fn frame_naming(case: &Case<'_>, at: usize, name: &str) -> Option<String> {
    let above = at.saturating_sub(BEFORE);
    let mut lines = case.log[above..at].windows(2).rev();
    lines.find_map(|pair| frame(case, &pair[0].text).filter(|_| pair[1].text.contains(name)))
}

/// Where the service's own code first mentions the name as a word, comments apart.
pub(super) fn mention(case: &Case<'_>, name: &str) -> Option<String> {
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    first_line(case, &SOURCES, name, |line| !is_comment(line) && holds(line, name, '_'))
}

/// Where the service's code or configuration first holds the number by itself.
pub(super) fn number(case: &Case<'_>, number: &str) -> Option<String> {
    first_line(case, &ADDRESSED, number, |line| holds(line, number, '.'))
}

/// The first line of the service's files with these endings that holds the text in the way that is asked for.
fn first_line(case: &Case<'_>, endings: &[&str], text: &str, is_it: impl Fn(&str) -> bool) -> Option<String> {
    files::below(&case.spec.directory, endings).into_iter().find_map(|file| {
        let whole = files::text_of(&file).filter(|whole| whole.contains(text))?;
        let (_, number) = whole.lines().zip(1u32..).find(|(line, _)| is_it(line))?;
        Some(format!("{}:{number}", case.shown(&file)))
    })
}

/// Whether a line holds a text that is no part of a longer word, to which `joined` belongs as letters and digits do.
fn holds(line: &str, text: &str, joined: char) -> bool {
    let is_end = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == joined));
    line.match_indices(text).any(|(at, _)| {
        is_end(line[..at].chars().next_back()) && is_end(line[at + text.len()..].chars().next())
    })
}

/// What code is written in.
const SOURCES: [&str; 11] = ["py", "js", "ts", "mjs", "cjs", "rs", "go", "rb", "java", "php", "sh"];

/// What addresses are written in.
const ADDRESSED: [&str; 16] = [
    "py", "js", "ts", "mjs", "cjs", "jsx", "tsx", "rs", "go", "rb", "java", "php", "sh", "yaml", "yml",
    "toml",
];

/// The files of code in the service's directory.
pub(super) fn sources(case: &Case<'_>) -> Vec<PathBuf> {
    files::below(&case.spec.directory, &SOURCES)
}

/// The first line of a file that the pattern matches.
pub(super) fn line_matching(path: &Path, pattern: &Regex) -> Option<u32> {
    let text = files::text_of(path)?;
    text.lines().zip(1..).find(|(line, _)| pattern.is_match(line)).map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::super::case::samples::Scene;
    use super::*;

    fn scene_in(folder: &Path, lines: &[&str]) -> Scene {
        let mut scene = Scene::printing(lines).in_folder(folder);
        let service = &mut scene.stack.services[0];
        service.origin.file = folder.join("portolan.toml").into();
        service.origin.line = 4;
        scene
    }

    #[test]
    fn a_key_is_found_in_the_services_own_part_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let text = "[services.web]\nhealth = \"/w\"\n\n[services.api]\nport = 1\n\n[services.api.env]\nX = 1\n\n\
                    [services.api.health]\nhttp = \"/a\"\n\n[services.end]\ncommand = \"x\"\n";
        fs::write(folder.path().join("portolan.toml"), text).unwrap();
        let scene = scene_in(folder.path(), &[]);
        let case = scene.case();
        assert_eq!(key(&case, "port"), "portolan.toml:5");
        assert_eq!(key(&case, "health"), "portolan.toml:10");
        assert_eq!(key(&case, "command"), "portolan.toml:4", "of another service");
    }

    #[test]
    fn a_mention_is_a_word_of_code_and_no_comment() {
        let folder = tempfile::tempdir().unwrap();
        let text = "# KEY is read here\nMY_KEY = 1\nKEYS = []\nMY_KEY = getenv('KEY')\n";
        fs::write(folder.path().join("main.py"), text).unwrap();
        let scene = scene_in(folder.path(), &[]);
        assert_eq!(mention(&scene.case(), "KEY").as_deref(), Some("main.py:4"));
        assert_eq!(mention(&scene.case(), "OTHER"), None);
        fs::write(folder.path().join("a.toml"), "a = 18000\nb = 1.8000\nc = \"18000,8000\"\n").unwrap();
        assert_eq!(number(&scene.case(), "8000").as_deref(), Some("a.toml:3"));
    }

    #[test]
    fn the_frame_whose_code_names_a_variable_is_preferred_to_the_deepest() {
        let scene = scene_in(
            Path::new("/sample"),
            &[
                "  File \"/sample/main.py\", line 11, in <module>",
                "    SECRET = required(\"KEY\")",
                "  File \"/sample/main.py\", line 7, in required",
                "    raise RuntimeError(name)",
                "RuntimeError: KEY is not set",
            ],
        );
        let case = scene.case();
        assert_eq!(of_line(&case, 4).as_deref(), Some("main.py:7"));
        assert_eq!(frame_naming(&case, 4, "KEY").as_deref(), Some("main.py:11"));
    }

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
