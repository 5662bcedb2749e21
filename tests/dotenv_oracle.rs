//! The reader of environment files against the real python-dotenv: the corpus and 10,000 generated texts, compared
//! in values, order, faults and line numbers. `scripts/test` names the Python in `PORTOLAN_TEST_PYTHON`.
#![expect(clippy::unwrap_used, reason = "what cannot be compared ends the test")]
#![expect(clippy::disallowed_methods, reason = "the test runs Python, which is what it compares with")]

#[path = "dotenv_support/cases.rs"]
mod cases;

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::process::Command;

use cases::{Random, corpus, generated};
use portolan::env::dotenv::{StatementKind, decode, dotenv_values, parse};
use serde::Deserialize;

const GENERATED: usize = 10_000;
const SEED: u64 = 0x0070_6f72_746f;

type Values = Vec<(String, Option<String>)>;

#[derive(Debug, PartialEq, Deserialize)]
struct Answer {
    file: Values,
    stream: Values,
    keep_environ: Values,
    statements: Vec<(u32, Option<String>, Option<String>, bool)>,
}

#[test]
fn every_text_means_what_it_means_to_python_dotenv() {
    let Some(python) = find_python() else {
        println!("SKIPPED: no Python with python-dotenv found; set PORTOLAN_TEST_PYTHON to one");
        eprintln!("SKIPPED: no Python with python-dotenv found; set PORTOLAN_TEST_PYTHON to one");
        return;
    };
    let corpus = corpus();
    assert!(corpus.len() >= 150, "the corpus has only {} files", corpus.len());
    let mut random = Random::new(SEED);
    let made = (0..GENERATED).map(|n| (format!("generated-{n}"), generated(&mut random, &corpus, n)));
    let texts: Vec<_> = corpus.iter().cloned().chain(made).collect();
    let cases: Vec<_> = texts
        .iter()
        .enumerate()
        .flat_map(|(n, (name, text))| {
            // Each file of the corpus meets every environment; a generated one meets one of them.
            let all = environments();
            let chosen = if n < corpus.len() { all } else { vec![all[n % all.len()].clone()] };
            chosen.into_iter().map(move |environ| (name, text, environ))
        })
        .collect();

    let answers = ask(&python, &cases);
    assert_eq!(answers.len(), cases.len());
    let mut differences = 0;
    for ((name, text, environ), theirs) in cases.iter().zip(answers) {
        let ours = answer(text, environ);
        if ours != theirs {
            differences += 1;
            eprintln!("{name}: {text:?}\n  ours:   {ours:?}\n  theirs: {theirs:?}");
        }
    }
    println!("compared {} texts in {} cases: {differences} differences", texts.len(), cases.len());
    assert_eq!(differences, 0);
}

fn environments() -> Vec<BTreeMap<String, String>> {
    let of = |pairs: &[(&str, &str)]| pairs.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
    vec![
        BTreeMap::new(),
        of(&[("SHELL_ONLY", "from shell"), ("EMPTY", ""), ("HOME", "/home/u")]),
        of(&[("A", "shell-a"), ("B", "${A}"), ("TAG", "v1")]),
    ]
}

fn answer(text: &str, environ: &BTreeMap<String, String>) -> Answer {
    let values = |text: &str, override_environ| dotenv_values(text, environ, override_environ).unwrap();
    let statements = parse(text).into_iter().map(|statement| match statement.kind {
        StatementKind::Blank | StatementKind::Comment => (statement.starts, None, None, false),
        StatementKind::Binding { name, value } => (statement.starts, Some(name), value, false),
        StatementKind::Fault(_) => (statement.starts, None, None, true),
    });
    Answer {
        file: values(&decode(text.as_bytes()).unwrap(), true),
        stream: values(text, true),
        keep_environ: values(text, false),
        statements: statements.collect(),
    }
}

fn ask(python: &str, cases: &[(&String, &String, BTreeMap<String, String>)]) -> Vec<Answer> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases");
    let mut file = BufWriter::new(std::fs::File::create(&path).unwrap());
    for (_, text, environ) in cases {
        writeln!(file, "{}", serde_json::json!({ "text": text, "environ": environ })).unwrap();
    }
    file.into_inner().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dotenv_support/oracle.py");
    // UTF-8 mode: the encoding of files must not hang on the machine's locale.
    let output = Command::new(python).args(["-X", "utf8", script]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The Python that was named, which must then do; else one that happens to have python-dotenv.
fn find_python() -> Option<String> {
    if let Ok(named) = std::env::var("PORTOLAN_TEST_PYTHON") {
        return Some(named);
    }
    ["python3", "python"].into_iter().map(str::to_owned).find(|python| {
        // Older releases read some lines differently.
        let current = "from importlib.metadata import version as v\n\
                       assert tuple(map(int, v('python-dotenv').split('.')[:3])) >= (1, 2, 4)";
        Command::new(python).args(["-c", current]).output().is_ok_and(|output| output.status.success())
    })
}
