//! The rules of the house that a compiler does not check: which room may import which, what keeps the heart pure,
//! where `unsafe` may stand, and how a file is laid out.
//!
//! The rules are the tables at the top; ARCHITECTURE.md says why they are so. Reading Rust is `scan`'s job.

#[path = "architecture/scan.rs"]
mod scan;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom. A room is a folder of `src`, or a file there; its own paths are always allowed.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("stack", &[]),
    ("env", &["stack"]),
    ("ports", &["stack"]),
    ("discovery", &["stack"]),
    ("logs", &["stack"]),
    ("survey", &["stack", "env"]),
    ("findings", &["stack", "env", "ports", "logs", "survey"]),
    ("doctor", &["stack", "env", "ports", "survey"]),
    ("draft", &["stack", "env", "survey"]),
    ("config", &["stack", "env"]),
    ("handle", &["stack", "logs"]),
    ("services", &["stack", "handle", "env", "ports", "discovery", "logs", "findings"]),
    ("ui", &["stack", "handle", "logs", "findings"]),
    ("api", &["stack", "handle", "logs", "findings"]),
    ("backend", &[]),
    ("cli", ALL),
    ("app", ALL),
];

const ALL: &[&str] = &[
    "stack",
    "env",
    "ports",
    "discovery",
    "logs",
    "survey",
    "findings",
    "doctor",
    "draft",
    "config",
    "handle",
    "services",
    "ui",
    "api",
    "backend",
    "cli",
    "app",
];

/// The room without I/O, clock and runtime, its tests apart, and the only crates that it may name.
const PURE_ROOM: &str = "stack";
const PURE_CRATES: &[&str] = &["serde"];

/// What would make it impure. Addresses (`std::net::IpAddr`) and instants that it is given are data.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::os",
    "std::process",
    "std::thread",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "Instant::now",
    "SystemTime",
];

/// The one place for `unsafe`: at most one file below this folder.
const UNSAFE_HOME: &str = "services/process";

/// Names that say nothing about what a folder or file holds.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc"];

/// Lines of a file without its tests. The aim is 300; above this, split it.
const LONGEST_FILE: usize = 500;

#[test]
fn rooms_import_only_what_the_table_allows() {
    report(&complaints(foreign_imports));
}

#[test]
fn the_heart_is_pure() {
    let dependencies = dependencies();
    report(&complaints(|file| impurities(file, &dependencies)));
}

#[test]
fn unsafe_code_has_one_home() {
    let homes: Vec<String> =
        sources().iter().filter(|file| uses_unsafe(file)).map(SourceFile::shown).collect();
    let at_home = homes.iter().all(|path| path.starts_with(&format!("src/{UNSAFE_HOME}")));
    assert!(
        homes.len() <= 1 && at_home,
        "`unsafe` may stand in one file below src/{UNSAFE_HOME}; found in {homes:?}"
    );
}

#[test]
fn every_file_says_first_what_it_owns() {
    report(&complaints(missing_introduction));
}

#[test]
fn names_say_what_is_held() {
    report(&complaints(empty_name));
}

#[test]
fn files_stay_short() {
    report(&complaints(overlong));
}

#[test]
fn mod_files_hold_no_logic() {
    report(&complaints(logic_in_mod_file));
}

/// One `.rs` file below `src`.
struct SourceFile {
    /// Relative to `src`.
    path: PathBuf,
    text: String,
    /// Declared as `#[cfg(test)] mod …;`, or below such a module.
    only_tests: bool,
}

impl SourceFile {
    fn shown(&self) -> String {
        let parts: Vec<_> = self.path.iter().map(|part| part.to_string_lossy()).collect();
        format!("src/{}", parts.join("/"))
    }

    /// `services/process/unix.rs` is the module `services`, `process`, `unix`; `lib.rs` and `main.rs` are the root.
    fn module(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.path.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
        names.pop_if(|last| last == "mod");
        if matches!(names.as_slice(), [only] if only == "lib" || only == "main") {
            names.clear();
        }
        names
    }

    /// Up to the inline module of tests, which stands last in a file.
    fn text_without_tests(&self) -> String {
        if self.only_tests {
            return String::new();
        }
        let lines: Vec<&str> = self.text.lines().collect();
        let tests_begin = lines.iter().enumerate().position(|(at, line)| {
            let item = lines[at + 1..].iter().find(|line| !line.trim().starts_with("#["));
            *line == "#[cfg(test)]"
                && item.is_some_and(|item| item.starts_with("mod ") && item.ends_with('{'))
        });
        lines[..tests_begin.unwrap_or(lines.len())].join("\n")
    }

    /// `None` for the crate's roots, which only declare the rooms and enter one.
    fn room(&self) -> Option<String> {
        self.module().into_iter().next()
    }
}

fn foreign_imports(file: &SourceFile) -> Vec<String> {
    let Some(room) = file.room() else { return Vec::new() };
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{}: the room `{room}` is not in the table MAY_IMPORT", file.shown())];
    };
    let module = file.module();
    let mut found = Vec::new();
    for path in scan::paths(&file.text) {
        let Some(absolute) = path.below_crate_root(&module) else { continue };
        let target = absolute.first().map_or("*", String::as_str);
        if target != room && !allowed.contains(&target) {
            let (place, written) = (file.shown(), path.segments.join("::"));
            let may = if allowed.is_empty() { "no other room".to_owned() } else { allowed.join(", ") };
            found.push(format!("{place}:{}: `{written}`: the room `{room}` may import {may}", path.line));
        }
    }
    found
}

fn impurities(file: &SourceFile, dependencies: &[String]) -> Vec<String> {
    if file.room().as_deref() != Some(PURE_ROOM) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for path in scan::paths(&file.text_without_tests()) {
        let first = path.segments[0].as_str();
        let foreign = dependencies.iter().any(|name| name == first) && !PURE_CRATES.contains(&first);
        if foreign || IMPURE.iter().any(|part| path.contains(part)) {
            let (place, written) = (file.shown(), path.segments.join("::"));
            let crates = PURE_CRATES.join(", ");
            found.push(format!(
                "{place}:{}: `{written}`: `{PURE_ROOM}` has std without I/O and {crates}",
                path.line
            ));
        }
    }
    found
}

fn uses_unsafe(file: &SourceFile) -> bool {
    scan::tokens(&file.text).iter().any(|token| token.text == "unsafe")
}

fn missing_introduction(file: &SourceFile) -> Vec<String> {
    let says = file.text.lines().next().is_some_and(|line| line.starts_with("//! "));
    if says { Vec::new() } else { vec![format!("{}:1: does not open with `//! what it owns`", file.shown())] }
}

fn empty_name(file: &SourceFile) -> Vec<String> {
    let named = file.module().into_iter().find(|name| EMPTY_NAMES.contains(&name.as_str()));
    named.map(|name| format!("{}: `{name}` does not say what it holds", file.shown())).into_iter().collect()
}

fn overlong(file: &SourceFile) -> Vec<String> {
    let lines = file.text_without_tests().lines().count();
    if lines <= LONGEST_FILE {
        return Vec::new();
    }
    vec![format!(
        "{}: {lines} lines without tests, at most {LONGEST_FILE}: split it by what it owns",
        file.shown()
    )]
}

fn logic_in_mod_file(file: &SourceFile) -> Vec<String> {
    if file.path.file_name().is_none_or(|name| name != "mod.rs") {
        return Vec::new();
    }
    let function = scan::tokens(&file.text).into_iter().find(|token| token.text == "fn");
    let complaint =
        |line| format!("{}:{line}: a mod.rs declares modules and names what is public", file.shown());
    function.map(|token| complaint(token.line)).into_iter().collect()
}

fn complaints(rule: impl Fn(&SourceFile) -> Vec<String>) -> Vec<String> {
    sources().iter().flat_map(rule).collect()
}

#[track_caller]
fn report(complaints: &[String]) {
    let mut text = String::new();
    for complaint in complaints {
        write!(text, "\n  {complaint}").expect("writing to a String cannot fail");
    }
    assert!(complaints.is_empty(), "{} broken (see ARCHITECTURE.md):{text}", complaints.len());
}

fn sources() -> Vec<SourceFile> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![src.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the sources are readable") {
            let path = entry.expect("the sources are readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("the sources are UTF-8");
                let path = path.strip_prefix(&src).expect("it was found below src").to_owned();
                files.push(SourceFile { path, text, only_tests: false });
            }
        }
    }
    let below_test_modules: Vec<Vec<String>> = files
        .iter()
        .flat_map(|file| {
            let inside = |name| file.module().into_iter().chain([name]).collect();
            scan::test_modules(&file.text).into_iter().map(inside).collect::<Vec<_>>()
        })
        .collect();
    for file in &mut files {
        let module = file.module();
        file.only_tests = below_test_modules.iter().any(|tests| module.starts_with(tests));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The names by which this package's code may call other crates.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    let manifest: toml::Table =
        manifest.expect("the manifest is readable").parse().expect("cargo has parsed the manifest");
    let mut names = Vec::new();
    let per_target =
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    for table in per_target.filter_map(toml::Value::as_table).chain([&manifest]) {
        for key in ["dependencies", "dev-dependencies"] {
            let entries =
                table.get(key).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
            names.extend(entries.map(|name| name.replace('-', "_")));
        }
    }
    names
}

#[cfg(test)]
mod rules_can_fail {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.into(), text: text.to_owned(), only_tests: false }
    }

    #[test]
    fn an_arrow_outside_the_table_is_named_with_its_place() {
        let found =
            foreign_imports(&file("ui/view/table.rs", "//! x\nuse crate::{stack, services::Supervisor};\n"));
        assert_eq!(
            found,
            [
                "src/ui/view/table.rs:2: `crate::services::Supervisor`: the room `ui` may import stack, handle, logs, \
             findings"
            ]
        );
    }

    #[test]
    fn every_way_out_of_a_room_is_seen() {
        let ways = [
            "use crate::{self as all};",
            "use crate::*;",
            "use super::super::api;",
            "mod tests { use super::super::super::api; }",
            "fn f() { crate::api::serve(); }",
            "use portolan::api;",
            "use crate::nowhere;",
            "use crate::{stack::{Port}, api::{Router}};",
        ];
        for way in ways {
            assert_eq!(foreign_imports(&file("ui/view.rs", way)).len(), 1, "{way}");
        }
    }

    #[test]
    fn allowed_arrows_and_inner_paths_pass() {
        let text = "use crate::{stack::Port, logs, ui::view}; use super::super::ui::model; use std::fmt;";
        assert_eq!(foreign_imports(&file("ui/view.rs", text)), Vec::<String>::new());
        assert_eq!(foreign_imports(&file("main.rs", "use portolan::app;")), Vec::<String>::new());
    }

    #[test]
    fn a_room_without_a_row_fails() {
        assert_eq!(foreign_imports(&file("attic/mod.rs", "")).len(), 1);
        assert_eq!(foreign_imports(&file("attic.rs", "")).len(), 1);
    }

    #[test]
    fn impure_hearts_fail() {
        let dependencies = ["serde", "tokio", "tokio_process_stream"].map(String::from);
        let impure = [
            "use tokio::time::Instant;",
            "#[tokio::test] fn f() {}",
            "use ::tokio_process_stream::Item;",
            "use std::{fmt, fs};",
            "use std::net; fn f() { net::TcpStream::connect(a); }",
            "use std::time::Instant; fn f() { Instant::now(); }",
        ];
        for text in impure {
            assert_eq!(impurities(&file("stack/graph.rs", text), &dependencies).len(), 1, "{text}");
        }
        let pure =
            "use std::{net::IpAddr, time::{Duration, Instant}}; use serde::Serialize; fn f(now: Instant) {}";
        assert_eq!(impurities(&file("stack/graph.rs", pure), &dependencies), Vec::<String>::new());
        assert_eq!(impurities(&file("services/loop.rs", impure[0]), &dependencies), Vec::<String>::new());
        let tests = format!("{pure}\n#[cfg(test)]\nmod tests {{\n{}\n}}", impure[5]);
        assert_eq!(impurities(&file("stack/graph.rs", &tests), &dependencies), Vec::<String>::new());
    }

    #[test]
    fn the_manifest_is_read() {
        let names = dependencies();
        for expected in ["tokio_process_stream", "proptest", "process_wrap"] {
            assert!(names.iter().any(|name| name == expected), "{expected} is missing in {names:?}");
        }
    }

    #[test]
    fn unsafe_is_seen_in_code_only() {
        assert!(uses_unsafe(&file("ports/x.rs", "fn f() { unsafe { g() } }")));
        assert!(!uses_unsafe(&file(
            "ports/x.rs",
            "// unsafe\n#![deny(unsafe_code)] fn f() { g(\"unsafe\") }"
        )));
    }

    #[test]
    fn layout_rules_fail() {
        assert_eq!(missing_introduction(&file("ui/a.rs", "use std::fmt;\n//! late\n")).len(), 1);
        assert_eq!(empty_name(&file("ui/utils/a.rs", "")).len(), 1);
        assert_eq!(empty_name(&file("ui/common.rs", "")).len(), 1);
        assert_eq!(logic_in_mod_file(&file("ui/mod.rs", "//! x\nmod a;\nfn f() {}\n")).len(), 1);
        assert_eq!(logic_in_mod_file(&file("ui/view.rs", "fn f() {}")).len(), 0);
    }

    #[test]
    fn tests_do_not_count_towards_length() {
        let code = "line\n".repeat(LONGEST_FILE);
        let tests = "#[cfg(test)]\nmod tests {\n".to_owned() + &code;
        assert_eq!(overlong(&file("ui/a.rs", &(code.clone() + &tests))).len(), 0);
        assert_eq!(overlong(&file("ui/a.rs", &("#[cfg(test)]\nuse x;\n".to_owned() + &code))).len(), 1);
        assert_eq!(overlong(&file("ui/a.rs", &("#[cfg(test)]\nmod tests;\n".to_owned() + &code))).len(), 1);
        let only_tests = SourceFile { only_tests: true, ..file("ui/b.rs", &(code.clone() + &code)) };
        assert_eq!(overlong(&only_tests).len(), 0);
    }
}
