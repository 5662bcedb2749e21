//! How the two verbs are called, and what they refuse.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::support::Project;

use super::sample;

const PROCFILE: &str = "web: python3 -m http.server $PORT\n";

#[test]
fn a_file_that_is_there_is_not_replaced() {
    let project = Project::empty();
    project.write("portolan.toml", "# mine\n");
    project.write("Procfile", PROCFILE);
    for verb in [&["init", "--yes"][..], &["import", "Procfile"]] {
        let refused = project.run(verb);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains("--force"), "{refused:?}");
        assert_eq!(project.read("portolan.toml"), "# mine\n");
        let shown = project.ok(&[verb, &["--print"]].concat());
        assert!(shown.out.contains("[services.web]"), "{shown:?}");
        assert_eq!(project.read("portolan.toml"), "# mine\n");
    }
    project.ok(&["import", "Procfile", "--force"]);
    assert!(project.read("portolan.toml").contains("[services.web]"));
    project.ok(&["init", "--yes", "--force"]);
}

#[test]
fn bad_yaml_is_told_with_its_line_and_nothing_is_written() {
    let project = Project::empty();
    for (text, place) in [
        ("processes:\n  a:\n    command: [x\n", "x.yaml:4"),
        ("processes:\n  a: {command: x}\n  a: {command: y}\n", "x.yaml:3"),
        ("processes:\n  - a\n", "x.yaml:1"),
        ("processes:\n  a: 1\n", "x.yaml:2"),
        ("processes: {}\n", "x.yaml"),
        ("\t- a", "x.yaml"),
    ] {
        project.write("x.yaml", text);
        let done = project.run(&["import", "x.yaml", "--format", "process-compose"]);
        assert_eq!(done.code, 2, "{text}: {done:?}");
        assert!(done.err.contains(place), "{text}: {done:?}");
        assert!(!project.path("portolan.toml").exists());
    }
}

#[test]
fn a_circle_of_needs_is_refused_and_not_written() {
    let project = Project::empty();
    let process = |name: &str, other: &str| {
        format!(
            "  {name}:\n    command: sleep 9\n    depends_on: {{{other}: {{condition: process_started}}}}\n"
        )
    };
    project.write("process-compose.yaml", format!("processes:\n{}{}", process("a", "b"), process("b", "a")));
    let done = project.run(&["import", "process-compose.yaml"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("circle") && done.err.contains("portolan.toml:"), "{done:?}");
    assert!(!project.path("portolan.toml").exists());
}

#[test]
fn the_format_is_told_by_the_contents_or_by_the_flag() {
    let project = Project::empty();
    project.write("dev.yaml", "procs:\n  a:\n    shell: sleep 9\n");
    assert!(project.ok(&["import", "dev.yaml", "--print"]).out.contains("[services.a]"));
    project.write("what", "nobody knows\n");
    let unknown = project.run(&["import", "what", "--print"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("--format"), "{unknown:?}");
    project.write("list", PROCFILE);
    project.ok(&["import", "list", "--print", "--format", "procfile"]);
    let missing = project.run(&["import", "nowhere"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("nowhere"), "{missing:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_beside_the_one_that_is_there() {
    let project = Project::empty();
    project.write("portolan.toml", "# mine\n");
    project.write("broken.yaml", "web: node x\nworker: [a\n");
    for (file, told) in [("nowhere", "failed to read nowhere"), ("broken.yaml", "--> broken.yaml:3")] {
        let refused = project.run(&["import", file]);
        assert_eq!(refused.code, 2, "{refused:?}");
        let (at, beside) = (refused.err.find(told), refused.err.find("--force"));
        assert!(at.is_some() && at < beside, "{refused:?}");
        assert!(!project.run(&["import", file, "--force"]).err.contains("--force"));
    }
    assert_eq!(project.read("portolan.toml"), "# mine\n");
}

#[test]
fn what_is_left_over_is_there_as_json_too() {
    let project = sample("process-compose/no-equivalent");
    let json = project.ok(&["import", "process-compose.yaml", "--json"]).json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["services"][0], "one");
    let leftovers = json["leftovers"].as_array().unwrap();
    let line_of = |key: &str| {
        let found = leftovers.iter().find(|leftover| leftover["key"] == key);
        found.unwrap_or_else(|| panic!("{key} is not listed: {json}"))["line"].as_u64().unwrap()
    };
    for (key, line) in [
        ("log_location", 2),
        ("shell", 3),
        ("ordered_shutdown", 6),
        ("processes.one.namespace", 10),
        ("processes.one.log_configuration", 12),
        ("processes.one.liveness_probe.success_threshold", 18),
        ("processes.one.availability.exit_on_end", 21),
        ("processes.one.shutdown.parent_only", 23),
        ("processes.one.schedule", 25),
        ("processes.one.invented", 27),
    ] {
        assert_eq!(line_of(key), line, "{key}");
    }
    assert_eq!(leftovers.len(), 10, "{json}");
}

#[test]
fn without_a_terminal_init_wants_yes() {
    let project = sample("init/python-http");
    let done = project.run(&["init"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("--yes"), "{done:?}");
    assert!(!project.path("portolan.toml").exists());
}

#[test]
fn a_folder_that_shows_nothing_is_told_what_was_looked_for() {
    let project = Project::empty();
    project.write("notes.txt", "nothing to run");
    let done = project.run(&["init", "--yes"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("package.json") && done.err.contains("Procfile"), "{done:?}");
    assert!(!project.path("portolan.toml").exists());
}

#[test]
fn without_a_portolan_toml_it_says_what_it_found_and_offers_init() {
    let project = sample("init/monorepo");
    let done = project.run(&["up", "--plain"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("web/package.json (Vite)") && done.err.contains("portolan init"), "{done:?}");
    let empty = Project::empty().run(&["up", "--plain"]);
    assert_eq!(empty.code, 2, "{empty:?}");
    assert!(empty.err.contains("[services.api]"), "{empty:?}");
}

#[test]
fn what_git_ignores_is_not_looked_at() {
    let project = Project::empty();
    let package = r#"{"name": "x", "scripts": {"dev": "vite"}}"#;
    project.write(".gitignore", "generated\n");
    project.write("generated/package.json", package);
    project.write("node_modules/vite/package.json", package);
    project.write("a/b/c/d/e/package.json", package);
    assert_eq!(project.run(&["init", "--yes"]).code, 1);
    project.write("a/b/c/d/package.json", package);
    assert!(project.ok(&["init", "--yes"]).out.contains("a/b/c/d/package.json (Vite)"));
    assert!(project.read(".gitignore").ends_with(".service_discovery/\n"));
}

#[test]
fn what_is_replaced_stays_where_it_is_and_as_it_is() {
    let project = Project::empty();
    project.write("Procfile", PROCFILE);
    project.write("config/real.toml", "# mine\n");
    let real = project.path("config/real.toml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("config/real.toml", project.path("portolan.toml")).unwrap();
    project.write(".gitignore", "generated\r\n");
    project.ok(&["init", "--yes", "--force"]);
    assert!(project.path("portolan.toml").is_symlink());
    assert!(project.read("config/real.toml").contains("[services.web]"));
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(project.read(".gitignore"), "generated\r\n.service_discovery/\r\n");
}

#[test]
fn a_pipe_is_not_waited_for() {
    let package = r#"{"name": "x", "scripts": {"dev": "vite"}}"#;
    for pipe in ["web/package.json", ".gitignore", ".ignore", "other/.gitignore", ".env"] {
        let project = Project::empty();
        project.write("api/package.json", package);
        fs::create_dir_all(project.path(pipe).parent().unwrap()).unwrap();
        mknodat(CWD, project.path(pipe), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        // `run` has its own limit of time.
        let shown = project.ok(&["init", "--print"]);
        assert!(
            shown.out.contains("[services.x]") || shown.out.contains("[services.api]"),
            "{pipe}: {shown:?}"
        );
        let glanced = project.run(&["up", "--plain"]);
        assert!(glanced.err.contains("api/package.json (Vite)"), "{pipe}: {glanced:?}");
        project.ok(&["init", "--yes"]);
    }
}
