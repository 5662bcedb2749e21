//! No importer panics, whatever it is given; what it renders means itself, and loads wherever its source made sense.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its files has failed")]

use std::fs;

use portolan::config::{self, LoadRequest};
use portolan::draft::{Format, import, render};
use proptest::prelude::*;

fn load(text: &str) -> Result<config::Loaded, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portolan.toml");
    fs::write(&file, text).unwrap();
    config::load(&LoadRequest { file, ..LoadRequest::default() })
        .map_err(|problems| format!("{}\n{text}", problems.render(false)))
}

/// What is rendered is TOML in any case, so that whatever is refused is refused for what it says.
fn imported(format: Format, text: &str) -> Option<String> {
    let imported = import(format, text, "file", "", &|path| path.len() % 2 == 0).ok()?;
    let rendered = render(&imported.draft);
    rendered.parse::<toml::Table>().unwrap_or_else(|error| panic!("{error}\n{rendered}"));
    Some(rendered)
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9 ./:=-]{0,12}",
        Just("$PORT ${A:-b} $$x ${B:?no} {{.V}} {x} }".to_owned()),
        Just("http://localhost:8080/x".to_owned()),
        Just("8080".to_owned()),
        Just("it's \"quoted\" \\ here".to_owned()),
        Just("a\nb\n".to_owned()),
        Just("true".to_owned()),
        "\\PC{0,8}",
    ]
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A service's keys of all four formats, with values of every kind.
fn service() -> impl Strategy<Value = String> {
    const KEYS: [&str; 24] = [
        "command",
        "working_dir",
        "environment",
        "env",
        "shell",
        "cmd",
        "cwd",
        "ports",
        "healthcheck",
        "build",
        "image",
        "readiness_probe",
        "availability",
        "shutdown",
        "disabled",
        "restart",
        "env_file",
        "stop",
        "autostart",
        "add_path",
        "entrypoint",
        "profiles",
        "ready_log_line",
        "stop_grace_period",
    ];
    let value = prop_oneof![
        scalar().prop_map(|text| quoted(&text)),
        proptest::collection::vec(scalar(), 0..3).prop_map(|items| {
            format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
        }),
        (scalar(), scalar()).prop_map(|(key, value)| format!("{{{}: {}}}", quoted(&key), quoted(&value))),
        Just("{http_get: {path: /x, port: 8080}, period_seconds: 3}".to_owned()),
        Just("{exec: {command: 'test -f {x}'}, timeout_seconds: 0}".to_owned()),
        Just("{restart: on_failure, max_restarts: 0, backoff_seconds: 99999999}".to_owned()),
        Just(
            "{test: [CMD, curl, 'http://localhost:80/'], interval: 1m30s, retries: 0, start_period: 9999h}"
                .to_owned()
        ),
        Just("['127.0.0.1:8080:80', '${P:-70000}:1', {target: 5, published: '6'}]".to_owned()),
        Just("null".to_owned()),
        Just("99999999999999999999".to_owned()),
    ];
    let keys = proptest::sample::subsequence(&KEYS[..], 0..8);
    (keys, proptest::collection::vec(value, 8)).prop_map(|(keys, values)| {
        let entries = keys.iter().zip(values).map(|(key, value)| format!("{key}: {value}"));
        format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
    })
}

fn format() -> impl Strategy<Value = Format> {
    proptest::sample::select(Format::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_an_importer_panic(format in format(), text in "(\\PC|\n|\t|: |- |[{}\\[\\]&*!|>'\"%@`#,?]){0,120}") {
        imported(format, &text);
    }

    #[test]
    fn services_of_any_shape_load(names in proptest::collection::vec("\\PC{0,10}|[a-z]{1,3}|env", 1..4), bodies in proptest::collection::vec(service(), 4)) {
        for (format, top) in [(Format::ProcessCompose, "processes"), (Format::Mprocs, "procs"), (Format::Compose, "services")] {
            let mut text = format!("{top}:\n");
            let mut seen: Vec<&str> = Vec::new();
            for (name, body) in names.iter().zip(&bodies) {
                if !seen.contains(&name.as_str()) && name != "<<" {
                    seen.push(name);
                    text += &format!("  {}: {body}\n", quoted(name));
                }
            }
            if let Some(rendered) = imported(format, &text) {
                prop_assert!(load(&rendered).is_ok(), "{text}\n{}", load(&rendered).unwrap_err());
            }
        }
    }

    #[test]
    fn every_procfile_loads(lines in proptest::collection::vec("[a-zA-Z0-9_-]{1,6}: \\PC{1,40}|\\PC{0,20}", 1..6)) {
        if let Some(rendered) = imported(Format::Procfile, &lines.join("\n")) {
            prop_assert!(load(&rendered).is_ok(), "{}", load(&rendered).unwrap_err());
        }
    }
}
