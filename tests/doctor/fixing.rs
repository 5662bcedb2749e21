//! What `--fix` asks, refuses and writes.

use super::project::{PYTHON, Project};

fn project() -> Project {
    Project::of(&[
        ("portolan.toml", PYTHON),
        ("api/main.py", "import yaml\nimport os\nos.getenv('A')\n"),
        ("api/requirements.txt", "flask\n"),
        (".env", "A=1\nA=2\nTOKEN=0123456789abcdef\n"),
    ])
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_written() {
    let project = project();
    let done = project.run(&["doctor", "--fix"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.out.contains("+pyyaml") && done.err.contains("--yes"), "{done:?}");
    assert_eq!(project.read("api/requirements.txt"), "flask\n");
    assert_eq!(project.read(".env"), "A=1\nA=2\nTOKEN=0123456789abcdef\n");
}

#[test]
fn the_diff_masks_what_is_secret_around_a_change_and_the_file_keeps_it() {
    let project = project();
    let done = project.run(&["doctor", "--fix", "--yes"]);
    assert!(done.out.contains(" TOKEN=********") && !done.out.contains("0123456789abcdef"), "{done:?}");
    assert_eq!(project.read(".env"), "A=2\nTOKEN=0123456789abcdef\n");
    assert_eq!(project.read("api/requirements.txt"), "flask\npyyaml\n");
    let again = project.run(&["doctor", "--fix", "--yes"]);
    assert!(again.err.contains("nothing to mend"), "{again:?}");
}

#[test]
fn one_rule_alone_may_be_meant() {
    let project = project();
    project.run(&["doctor", "--fix", "env-duplicate", "--yes"]);
    assert_eq!(project.read("api/requirements.txt"), "flask\n");
    assert!(project.read(".env").starts_with("A=2\n"));
    let done = project.run(&["doctor", "--fix", "env-duplicate", "--yes"]);
    assert!(done.err.contains("nothing to mend"), "{done:?}");
}

#[test]
fn a_call_that_means_nothing_is_wrong() {
    let project = project();
    let done = project.run(&["doctor", "--fix", "no-such-rule"]);
    assert!(done.code == 2 && done.err.contains("env-duplicate"), "{done:?}");
    let done = project.run(&["doctor", "--fix", "env-duplicate", "B"]);
    assert!(done.code == 2 && done.err.contains("there are A"), "{done:?}");
    assert_eq!(project.run(&["doctor", "--yes"]).code, 2);
}
