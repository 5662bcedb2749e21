//! Files that are no configuration at all: each is refused in words, without a panic.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its files has failed")]

use std::fs;
use std::path::Path;

use portolan::config::{self, LoadRequest, Problems};

fn load(file: &Path) -> Problems {
    let request = LoadRequest { file: file.to_owned(), ..LoadRequest::default() };
    config::load(&request).expect_err("nothing here is a configuration")
}

fn load_bytes(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portolan.toml");
    fs::write(&file, bytes).unwrap();
    let problems = load(&file);
    for problem in &problems {
        assert!(problem.remedy.is_some(), "{problem}");
    }
    problems.render(false)
}

#[test]
fn a_missing_file_and_a_directory_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = load(&folder.path().join("portolan.toml")).to_string();
    assert!(missing.contains("portolan.toml does not exist"), "{missing}");
    fs::create_dir(folder.path().join("portolan.toml")).unwrap();
    let directory = load(&folder.path().join("portolan.toml")).to_string();
    assert!(directory.contains("is a directory"), "{directory}");
}

#[test]
fn other_encodings_are_named() {
    let text = "[services.a]\ncommand = \"x\"\n";
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert!(load_bytes(&utf16).contains("is UTF-16"));
    assert!(load_bytes(&utf16[2..]).contains("NUL bytes"));
    assert!(load_bytes(b"[services.a]\ncommand = \"\xe4\"\n").contains("is not UTF-8: line 2"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portolan.toml");
    fs::write(&file, "\u{feff}[services.a]\r\ncommand = \"x\"\r\n").unwrap();
    let loaded = config::load(&LoadRequest { file, ..LoadRequest::default() }).unwrap();
    assert_eq!(loaded.spec.services.len(), 1);
}

#[test]
fn a_file_of_ten_megabytes_is_refused_by_size() {
    let report = load_bytes(&vec![b'#'; 10 * 1024 * 1024]);
    assert!(report.contains("too large: 10485760 bytes, and at most 1 MiB is read"), "{report}");
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    let brackets = 200_000;
    load_bytes(format!("a = {}{}", "[".repeat(brackets), "]".repeat(brackets)).as_bytes());
    load_bytes(format!("a = {}{}", "{ a = ".repeat(brackets / 2), "}".repeat(brackets / 2)).as_bytes());
    load_bytes(format!("[{}]", vec!["a"; brackets].join(".")).as_bytes());
    let key = vec!["a"; 79].join(".");
    load_bytes(format!("{}1{}", format!("{key} = {{").repeat(79), "}".repeat(79)).as_bytes());
}

#[test]
fn a_long_chain_of_needs_and_a_wide_file_are_answered_in_words() {
    let mut chain = String::new();
    for n in 0..10_000 {
        chain.push_str(&format!("[services.s{n}]\ncommand=\"x\"\nneeds=[\"s{}\"]\n", (n + 1) % 10_000));
    }
    assert!(load_bytes(chain.as_bytes()).contains("in a circle"));
    let mut unknown = String::new();
    for n in 0..20_000 {
        unknown.push_str(&format!("unknown{n} = 1\n"));
    }
    assert!(load_bytes(unknown.as_bytes()).contains("unknown19999"));
}

#[test]
fn problems_are_data_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portolan.toml");
    fs::write(&file, "[services.ä]\ncommand = \"x\"\n").unwrap();
    let problems = serde_json::to_value(load(&file)).unwrap();
    assert_eq!(problems[0]["severity"], "error");
    assert_eq!(problems[0]["place"]["line"], 1);
    assert_eq!(problems[0]["place"]["column"], 11);
    assert!(problems[0]["remedy"].is_string());
}

#[test]
fn no_secret_is_shown_by_an_error_or_its_debug_form() {
    let text =
        "[services.a]\ncommand = 5\nenv = { TOKEN = \"hush {prot}\", B = [\"hush\"] }\nsekret = \"hush\"\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portolan.toml");
    for text in [text.to_owned(), format!("{text}[services.a.env\nX = \"hush\n")] {
        fs::write(&file, text).unwrap();
        let problems = load(&file);
        for shown in [problems.render(true), problems.to_string(), format!("{problems:?}")] {
            assert!(!shown.contains("hush"), "{shown}");
        }
    }
}
