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

#[test]
fn an_escape_is_no_line_and_what_another_variable_refers_to_stays() {
    let project = project();
    project.write(".env", "A=\"1\\n2\"\nB=x\nA=2\n");
    project.run(&["doctor", "--fix", "env-duplicate", "--yes"]);
    assert_eq!(project.read(".env"), "B=x\nA=2\n");
    project.write(".env", "A=1\rB=x\rA=2\r");
    project.run(&["doctor", "--fix", "env-duplicate", "--yes"]);
    assert_eq!(project.read(".env"), "B=x\rA=2\r");
    let text = "A=1\nB=${A}x\nA=2\n";
    project.write(".env", text);
    assert!(project.one("env-duplicate").action().is_empty());
    project.run(&["doctor", "--fix", "--yes"]);
    assert_eq!(project.read(".env"), text);
}

#[test]
fn typographic_quotes_with_a_comment_are_replaced_and_those_with_a_backslash_are_not() {
    let project = project();
    let done = |text: &str| {
        project.write(".env", text);
        project.run(&["doctor", "--fix", "env-smart-quotes", "--yes"]);
        project.read(".env")
    };
    assert_eq!(done("A=“hello” # shown first\n"), "A='hello' # shown first\n");
    for text in ["A=“C:\\new”\n", "A=“it's”\n", "A=“${B}”\n"] {
        assert_eq!(done(text), text);
        assert!(project.one("env-smart-quotes").action().is_empty(), "{text}");
    }
}

#[test]
fn the_diff_shows_no_line_of_a_secret_of_several() {
    let project = project();
    project.write(".env", "PRIVATE_KEY=\"-----BEGIN\nSEKRIT1234==\n-----END\"\nA=1\nA=2\n");
    let done = project.run(&["doctor", "--fix", "env-duplicate"]);
    assert!(done.out.contains("-A=1") && !done.out.contains("SEKRIT"), "{done:?}");
}
