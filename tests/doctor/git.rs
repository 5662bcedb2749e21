//! What git keeps, or would.

use super::project::{PYTHON, Project};

const SECRET: &str = "c0ffee0123456789abcdefdeadbeef42";

fn repository() -> Project {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        (".env", &format!("API_KEY={SECRET}\n")),
        ("api/main.py", "import os\nk = os.environ['API_KEY']\n"),
    ]);
    project.git(&["init", "-q"]);
    project
}

#[test]
fn what_git_would_add_is_found_and_ignored() {
    let project = repository();
    assert_eq!(project.one("env-not-ignored").place(), ".env");
    project.fix("env-not-ignored");
    assert_eq!(project.read(".gitignore"), ".env\n");
    project.fix("records-not-ignored");
    assert_eq!(project.read(".gitignore"), ".env\n.service_discovery/\n");
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn an_environment_file_that_git_tracks_is_an_error_with_secrets_in_it() {
    let project = repository();
    project.write(".gitignore", ".service_discovery\n.env\n");
    project.git(&["add", "-f", ".env"]);
    let found = project.one("env-tracked");
    assert!(found.is_error() && found.place() == ".env" && found.evidence().contains("API_KEY"), "{found:?}");
    project.write(".env", "LEVEL=1\n");
    assert!(!project.one("env-tracked").is_error());
}

#[test]
fn a_secret_in_a_tracked_file_is_found_and_not_shown() {
    let project = repository();
    project.write(".gitignore", ".service_discovery\n.env\nnotes.txt\n");
    project.write("api/config.py", &format!("# x\nKEY = '{SECRET}'\n"));
    project.write("notes.txt", SECRET);
    assert!(project.of_rule("secret-in-git").is_empty(), "nothing is tracked yet");
    project.git(&["add", "."]);
    let found = project.one("secret-in-git");
    assert!(found.is_error() && found.place() == "api/config.py:2", "{found:?}");
    assert!(!format!("{found:?}").contains(SECRET));
}

#[test]
fn outside_of_a_repository_git_has_no_say() {
    let project = Project::of(&[("portolan.toml", PYTHON), (".env", "A=1\n"), ("api/main.py", "A")]);
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn a_tracked_file_of_public_names_is_fine() {
    let project = repository();
    project.write(".gitignore", ".service_discovery\n.env\n");
    project.write(".env", "NEXT_PUBLIC_API_URL=http://localhost:1\n");
    project.git(&["add", "-f", ".env"]);
    assert!(project.of_rule("env-tracked").is_empty());
    project.write(".env", "NEXT_PUBLIC_API_URL=http://localhost:1\nLEVEL=1\n");
    assert!(!project.one("env-tracked").is_error());
}

#[test]
fn rules_above_a_project_that_is_no_repository_hide_nothing() {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        (".env", "A=1\nA=2\n"),
        ("api/main.py", "import os\nos.environ['NEEDED_URL']\n"),
    ]);
    project.write("../.gitignore", "*\n");
    assert_eq!(project.one("env-unset").place(), "api/main.py:2");
}
