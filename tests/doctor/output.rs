//! How it is said, and the exit code.

use super::project::{PYTHON, Project};

#[test]
fn warnings_alone_are_no_failure() {
    let project =
        Project::of(&[("portolan.toml", PYTHON), (".env", "OLD_NAME=1\n"), ("api/main.py", "x = 1\n")]);
    let done = project.run(&["doctor"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("warning: nothing reads OLD_NAME [env-unused]\n  --> .env:1\n"), "{done:?}");
    assert!(done.out.ends_with("0 errors, 1 warning\n"), "{done:?}");
}

#[test]
fn errors_come_first_and_fail() {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        (".env", "A=1\nA=2\n"),
        ("api/main.py", "import yaml, os\nos.getenv('A')\n"),
        ("api/requirements.txt", ""),
    ]);
    let done = project.run(&["doctor"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.out.starts_with("error: "), "{done:?}");
    assert!(done.out.contains("run:  portolan doctor --fix missing-module"), "{done:?}");
}

#[test]
fn colours_are_for_those_who_want_them() {
    let project = Project::of(&[("portolan.toml", PYTHON), (".env", "OLD_NAME=1\n"), ("api/main.py", "")]);
    assert!(!project.run(&["doctor"]).out.contains('\u{1b}'));
    assert!(project.run(&["doctor", "--color", "always"]).out.contains('\u{1b}'));
    assert!(!project.run_with(&["doctor"], &[("NO_COLOR", "1")]).out.contains('\u{1b}'));
}

#[test]
fn a_wrong_configuration_is_shown_whole_and_the_rest_is_still_looked_at() {
    let toml = "[services.api]\ncomand = \"python3 main.py\"\nport = \"x\"\n";
    let project = Project::of(&[("portolan.toml", toml), (".env", "A=1\nA=2\n")]);
    let done = project.run(&["doctor"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("comand") && done.err.contains("portolan.toml:3"), "{done:?}");
    assert!(done.out.contains("[env-duplicate]"), "{done:?}");
    let up = project.run(&["up"]);
    assert_eq!(up.err.trim(), done.err.trim(), "as `up` says it");
    let found = project.of_rule("configuration");
    assert!(
        found.len() > 1 && found.iter().all(|one| one.is_error() && !one.evidence().is_empty()),
        "{found:#?}"
    );
    let fixed = project.run(&["doctor", "--fix", "--yes"]);
    assert_eq!(fixed.code, 2, "{fixed:?}");
    assert_eq!(project.read(".env"), "A=2\n");
}

#[test]
fn without_a_portolan_toml_there_is_nothing_to_look_at() {
    let project = Project::of(&[]);
    let done = project.run(&["doctor"]);
    assert!(done.code == 2 && done.err.contains("there is no portolan.toml"), "{done:?}");
}

#[test]
fn what_cannot_start_is_said_without_ending_the_examination() {
    let toml = "[services.api]\ncommand = \"no-such-program-here\"\n[services.web]\ncommand = \"sleep 1\"\ndirectory = \"nowhere\"\n";
    let project = Project::of(&[("portolan.toml", toml), (".env", "A=1\nA=2\n")]);
    let rules: Vec<String> = project.findings().iter().map(|one| one.rule().to_owned()).collect();
    assert_eq!(rules, ["configuration", "configuration", "env-duplicate"]);
    assert_eq!(project.run(&["doctor"]).code, 1);
}

#[test]
fn records_of_a_launcher_that_is_gone_and_a_state_that_is_not_ours_are_found() {
    let project =
        Project::of(&[("portolan.toml", PYTHON), ("api/main.py", ""), (".service_discovery/api.json", "{}")]);
    assert_eq!(project.one("stale-records").place(), ".service_discovery");
    let file = project.path("file");
    project.write("file", "");
    let done = project.run_with(&["doctor"], &[("PORTOLAN_STATE_DIR", file.join("state").to_str().unwrap())]);
    assert!(done.code == 1 && done.out.contains("[state-not-writable]"), "{done:?}");
}

#[test]
fn a_rule_of_the_projects_own_that_cannot_be_read_is_found() {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        ("api/main.py", ""),
        (".portolan/findings/x.toml", "[[rule]]\nnonsense = 1\n"),
    ]);
    let found = project.of_rule("rule-file");
    assert!(
        !found.is_empty() && found[0].place().starts_with(".portolan/findings/x.toml:"),
        "{:#?}",
        project.findings()
    );
    assert_eq!(project.run(&["doctor"]).code, 1);
}
