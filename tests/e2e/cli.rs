//! The command line itself: help, completions, schema, global flags, and readers that go away.

use std::process::Stdio;

use crate::support::{Project, finish, portolan_command};

const VERBS: [&str; 20] = [
    "up",
    "demo",
    "down",
    "start",
    "stop",
    "restart",
    "reassign",
    "reload",
    "ps",
    "logs",
    "env",
    "run",
    "ports",
    "wait",
    "open",
    "why",
    "init",
    "import",
    "schema",
    "completions",
];

const WEB: &str = "[services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n";

#[test]
fn every_verb_has_help() {
    let project = Project::empty();
    let all = project.ok(&["--help"]);
    for verb in VERBS {
        assert!(
            all.out.lines().any(|line| line.trim_start().starts_with(&format!("{verb} "))),
            "{verb}: {all:?}"
        );
        let help = project.ok(&[verb, "--help"]);
        assert!(help.out.contains(&format!("Usage: portolan {verb}")), "{help:?}");
        let first = help.out.lines().next().unwrap();
        assert!(first.len() > 15, "{verb} says what it does: {help:?}");
        // Every flag and argument says what it is for.
        let short = project.ok(&[verb, "-h"]);
        for line in short.out.lines().filter(|line| line.trim_start().starts_with('-')) {
            assert!(line.trim().contains("  "), "{verb}: {line:?} has no text");
        }
    }
    assert_eq!(project.ok(&["help", "logs"]).out, project.ok(&["logs", "--help"]).out);
}

#[test]
fn the_version_is_the_package_s() {
    let done = Project::empty().ok(&["--version"]);
    assert_eq!(done.out, format!("portolan {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_are_scripts_that_know_the_verbs() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = project.ok(&["completions", shell]).out;
        for verb in VERBS {
            assert!(script.contains(verb), "{shell} does not know {verb}");
        }
    }
}

#[test]
fn the_schema_is_the_one_that_is_kept() {
    let printed = Project::empty().ok(&["schema"]);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> = files.filter(|path| path.to_string_lossy().ends_with("schema.json")).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&kept[0]).unwrap()).unwrap();
    assert_eq!(printed.json(), kept);
}

#[test]
fn the_folder_may_be_given_before_and_after_the_verb() {
    let project = Project::new(WEB);
    let folder = project.folder().display().to_string();
    let mut up = project.up_healthy(&[]);
    let root = std::path::Path::new("/");
    for arguments in [
        &["-C", &folder, "ps", "--json"][..],
        &["ps", "-C", &folder, "--json"],
        &["ps", "--json", "--directory", &folder],
    ] {
        let done = project.run_in(root, arguments);
        assert_eq!(done.json()["pid"], up.pid(), "{arguments:?}: {done:?}");
    }
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_file_is_merged_over_portolan_toml_by_key() {
    let project = Project::new(&format!("{WEB}env = {{ A = 'base', B = 'base', C = 'base' }}\n"));
    project.write("portolan.local.toml", "[services.web.env]\nB = 'local'\nC = 'local'\n");
    project.write("more.toml", "[services.web.env]\nC = 'more'\n");
    for arguments in [&["-f", "more.toml", "env", "web"][..], &["env", "web", "--file", "more.toml"]] {
        let done = project.ok(arguments);
        for line in ["A=base\n", "B=local\n", "C=more\n"] {
            assert!(done.out.contains(line), "{arguments:?}: {done:?}");
        }
    }
    assert!(project.ok(&["env", "web"]).out.contains("C=local\n"));
}

#[test]
fn overlays_reach_the_daemon() {
    let project = Project::new(WEB);
    project.write("more.toml", "[services.web.env]\nC = 'more'\n");
    project.ok(&["up", "--detach", "-f", "more.toml", "--set", "D=set"]);
    let port = project.port("web");
    assert_eq!(crate::support::env_of(port, "C").unwrap(), "more");
    assert_eq!(crate::support::env_of(port, "D").unwrap(), "set");
    project.ok(&["down"]);
    project.assert_nothing_lives();
}

#[test]
fn a_reader_that_has_had_enough_is_no_panic() {
    let project = Project::new("[services.web]\ncommand = 'FIXTURE lines 20000'\n");
    assert_eq!(project.up(&[]).ended(), 0);
    for arguments in [
        &["ps"][..],
        &["ps", "--json"],
        &["logs"],
        &["logs", "--json"],
        &["schema"],
        &["completions", "bash"],
        &["env", "web"],
        &["why", "web"],
        &["ports"],
        &["--help"],
    ] {
        let mut command = portolan_command(&project, project.folder(), arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut err = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut err).unwrap();
        let code = child.wait().unwrap().code();
        assert!(!err.contains("panicked"), "{arguments:?}: {err}");
        assert!(code.is_some_and(|code| code != 101), "{arguments:?}: {code:?} {err}");
    }
}

#[test]
fn a_closed_standard_error_is_nobody_s_loss() {
    let project = Project::new(WEB);
    let mut command = portolan_command(&project, project.folder(), &["up"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stderr(writer);
    let mut child = command.spawn().unwrap();
    drop(command);
    project.until_state("web", "healthy");
    project.ok(&["down"]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    project.assert_nothing_lives();
}

#[test]
fn colours_come_only_when_they_are_asked_for() {
    let project = Project::new("[services.web]\ncommand = 'surely-no-such-program'\n");
    let plain = project.run(&["up"]);
    assert!(!plain.all().contains('\x1b'), "{plain:?}");
    let always = project.run(&["up", "--color", "always"]);
    assert!(always.err.contains('\x1b'), "{always:?}");
    let never = project.run(&["up", "--color", "never"]);
    assert!(!never.all().contains('\x1b'), "{never:?}");
    let mut command = portolan_command(&project, project.folder(), &["up"]);
    command.env("NO_COLOR", "1");
    let without = finish(command);
    assert!(!without.all().contains('\x1b'), "{without:?}");
}
