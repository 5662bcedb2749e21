//! The stack of the post-mortems through the real binary, from everything that was wrong with it to a green check:
//! `doctor` lists it, `up` says it one cause after the other, the offered actions and `doctor --fix` mend it.
//!
//! One package comes from PyPI, so it runs where PORTOLAN_E2E_NOTES says that what examples need may be installed, as
//! `scripts/test` does; 20 rounds of the check with PORTOLAN_SOAK.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

#[expect(dead_code, unused_imports, reason = "shared with tests/e2e, which uses all of it")]
#[path = "../e2e/support/mod.rs"]
mod support;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Project, Stranger, free_ports, until};

#[test]
fn everything_that_was_wrong_is_said_and_mended_until_the_check_is_green() {
    if env::var_os("PORTOLAN_E2E_NOTES").is_none() {
        eprintln!("SKIPPED: PORTOLAN_E2E_NOTES is not set, so nothing is installed from PyPI");
        return;
    }
    let project = papers();
    // The backend's port is somebody else's.
    let first = free_ports(8);
    let (auth, backend) = (first, first + 4);
    configure(&project, auth, backend);
    let _stranger = Stranger::on(backend);

    doctor_lists_it(&project, auth, backend);
    up_says_it(&project, auth, backend);

    let done = project.run(&["doctor", "--fix", "--yes"]);
    assert!(!done.all().contains("4b1f0c9a"), "a secret is shown: {done:?}");
    assert!(errors(&project).is_empty(), "{:?}", errors(&project));
    let rounds = if env::var_os("PORTOLAN_SOAK").is_some() { "20" } else { "3" };
    let check = project.run(&["check", "--repeat", rounds, "--watch", "0.2s"]);
    assert_eq!(check.code, 0, "{check:?}");
    assert!(check.all().contains(&format!("{rounds} of {rounds}")), "{check:?}");
    project.assert_nothing_lives();
}

/// A copy of the stack, as its authors had it, with a virtual environment of the backend's own.
fn papers() -> Project {
    let project = Project::empty();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postmortem/stack");
    copy(&source, project.folder());
    for name in [".env", ".env.example"] {
        let kept = project.path(&name.replacen('.', "dot-", 1));
        fs::rename(kept, project.path(name)).unwrap();
    }
    run("git", &["init", "-q"], project.folder());
    run("python3", &["-m", "venv", "backend/.venv"], project.folder());
    project
}

fn configure(project: &Project, auth: u16, backend: u16) {
    for file in ["portolan.toml", ".env", ".env.example", "docker-compose.yml"] {
        let text = project.read(file);
        let text = text
            .replace("AUTH_PORTS", &format!("{auth}-{}", auth + 3))
            .replace("BACKEND_PORTS", &format!("{backend}-{}", backend + 3))
            .replace("8081", &auth.to_string());
        project.write(file, text);
    }
}

fn doctor_lists_it(project: &Project, auth: u16, backend: u16) {
    let doctor = project.run(&["doctor"]);
    assert_eq!(doctor.code, 1, "{doctor:?}");
    for said in [
        "backend imports dotenv, which backend/requirements.txt does not name",
        "scripts/requirements.txt:2 names it: python-dotenv==1.0.1",
        "AUTH_SERVICE_URL",
        ".env:2 (environment file): http://localhost:8001",
        &format!(".env.example:2 (template): http://localhost:{auth}"),
        "backend/config.py:4 (default in code): http://localhost:8001",
        &format!("docker-compose.yml:5 (compose file): http://localhost:{auth}"),
        &format!("{backend}"),
        "git would add .env",
    ] {
        assert!(doctor.all().contains(said), "{said:?} is not in {doctor:?}");
    }
}

fn up_says_it(project: &Project, auth: u16, backend: u16) {
    let mut up = project.up(&["--plain"]);
    let until_said = |text: &str| {
        until(&format!("{text:?} is said"), || {
            format!("{}{}", up.out(), up.err()).contains(text).then_some(())
        });
    };
    until_said(&format!("{backend} is held by"));
    until_said(
        "found: the Python module dotenv is not installed, and backend/requirements.txt does not name",
    );
    // The service fails of the next thing then, which is no success.
    let mended = project.run(&["why", "backend", "--apply", "--yes"]);
    assert!(mended.all().contains("+python-dotenv==1.0.1"), "{mended:?}");
    // It started anew, and the next thing that is missing is said.
    until_said("found: the Python module dotenv is not installed, though backend/requirements.txt names");
    project.run(&["why", "backend", "--apply", "--yes"]);
    until_said(&format!("found: AUTH_SERVICE_URL leads to port 8001, but auth is on {auth}"));
    let mended = project.ok(&["why", "backend", "--apply", "--yes"]);
    assert!(mended.all().contains("{auth.url}"), "{mended:?}");
    project.wait_well(&up);
    project.ok(&["down"]);
    up.ended();
    project.assert_nothing_lives();
}

fn errors(project: &Project) -> Vec<Value> {
    let doctor = project.run(&["doctor", "--json"]);
    let findings = doctor.json()["findings"].as_array().cloned().unwrap();
    findings.into_iter().filter(|finding| finding["severity"] == "error").collect()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what the stack's authors would type")]
fn run(program: &str, arguments: &[&str], folder: &Path) {
    let status = Command::new(program).args(arguments).current_dir(folder).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}");
}
