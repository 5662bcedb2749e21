//! The tools that commands need.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::project::{NODE, Project, is_here};

const IN_VENV: &str = "[services.api]\ncommand = \".venv/bin/python main.py\"\ndirectory = \"api\"\n";

/// A virtual environment whose Python is `target`.
fn venv(project: &Project, target: &str, version: &str) {
    project.write("api/.venv/pyvenv.cfg", &format!("home = /usr/bin\nversion = {version}\n"));
    fs::create_dir_all(project.path("api/.venv/bin")).unwrap();
    symlink(target, project.path("api/.venv/bin/python")).unwrap();
}

#[test]
fn a_virtual_environment_that_lost_its_python_is_one_finding() {
    let project = Project::of(&[("portolan.toml", IN_VENV), ("api/main.py", "")]);
    venv(&project, "/nowhere/bin/python3.9", "3.9.1");
    let found = project.findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].rule(), found[0].place()), ("venv-broken", "api/.venv"));
    assert!(found[0].is_error() && found[0].evidence().contains("/nowhere/bin/python3.9"));
}

#[test]
fn a_script_whose_interpreter_was_moved_is_found() {
    let toml = IN_VENV.replace("python main.py", "uvicorn main:app");
    let project =
        Project::of(&[("portolan.toml", &toml), ("api/.venv/bin/uvicorn", "#!/nowhere/bin/python\n")]);
    fs::set_permissions(project.path("api/.venv/bin/uvicorn"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(project.one("wrong-interpreter").place(), "api/.venv/bin/uvicorn:1");
    venv(&project, "/bin/sh", "3.12.1");
    project
        .write("api/.venv/bin/uvicorn", &format!("#!{}\n", project.path("api/.venv/bin/python").display()));
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn a_python_that_the_project_does_not_take_is_found() {
    let project = Project::of(&[("portolan.toml", IN_VENV), ("api/main.py", "")]);
    venv(&project, "/bin/sh", "3.9.18");
    project.write("api/pyproject.toml", "[project]\nname = \"x\"\nrequires-python = \">=3.11\"\n");
    let found = project.one("python-version");
    assert!(found.is_error() && found.place() == "api/pyproject.toml:3", "{found:?}");
    project.write("api/pyproject.toml", "[project]\nname = \"x\"\nrequires-python = \">=3.9,<4\"\n");
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn requirements_that_are_not_installed_are_found() {
    let project = Project::of(&[
        ("portolan.toml", IN_VENV),
        ("api/main.py", ""),
        ("api/requirements.txt", "Flask_Login==1\nredis ; python_version < '3'\nhere\n"),
        (
            "api/.venv/lib/python3.12/site-packages/here-1.dist-info/METADATA",
            "Metadata-Version: 2\nName: here\n\n",
        ),
    ]);
    venv(&project, "/bin/sh", "3.12.1");
    let found = project.one("not-installed");
    assert!(found.evidence().contains("api/requirements.txt:1"), "{found:?}");
    assert!(found.title().contains("flask-login"), "{found:?}");
    assert!(found.action().starts_with("portolan run --there api -- "), "{found:?}");
}

#[test]
fn node_packages_that_are_not_installed_and_scripts_that_are_not_there_are_found() {
    let toml = NODE.replace("node server.js", "npm run start");
    let project = Project::of(&[
        ("portolan.toml", &toml),
        ("web/package.json", "{\n \"scripts\": {\"dev\": \"x\"},\n \"dependencies\": {\"a\": \"1\"}\n}\n"),
    ]);
    assert_eq!(project.one("missing-script").place(), "web/package.json:2");
    assert_eq!(project.one("not-installed").place(), "web/package.json");
    project.write("web/node_modules/a/package.json", "{}");
    project.write("web/package.json", "{\"scripts\": {\"start\": \"x\"}, \"dependencies\": {\"a\": \"1\"}}");
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn a_tool_of_another_version_is_found() {
    if !is_here("node") {
        return;
    }
    let package = |asked: &str| format!("{{\n \"engines\": {{\"node\": \"{asked}\"}}\n}}\n");
    let project =
        Project::of(&[("portolan.toml", NODE), ("web/package.json", &package("<1")), ("web/server.js", "")]);
    let found = project.of_rule("tool-version");
    // Where node's own files do not say what it is, nothing is said.
    assert!(found.is_empty() || (found.len() == 1 && found[0].place() == "web/package.json:2"), "{found:#?}");
    project.write("web/package.json", &package(">=1"));
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn the_package_manager_is_that_of_the_workspace() {
    let package = "{\"dependencies\": {\"a\": \"1\"}}";
    let project =
        Project::of(&[("portolan.toml", NODE), ("web/package.json", package), ("web/server.js", "")]);
    for (name, text, manager) in [
        ("README", "", "npm"),
        ("pnpm-workspace.yaml", "packages: [web]\n", "pnpm"),
        ("package.json", "{\"packageManager\": \"yarn@4.0.0\"}", "yarn"),
    ] {
        project.write(name, text);
        let action = project.one("not-installed").action().to_owned();
        assert!(action.ends_with(&format!("-- {manager} install")), "{action}");
    }
    let project = Project::of(&[
        ("portolan.toml", &NODE.replace("directory = \"web\"\n", "")),
        ("package.json", package),
        ("server.js", ""),
    ]);
    assert!(project.one("not-installed").evidence().contains("in . or above"));
}
