//! Folders as people have them: `portolan init` finds what is there, every guess says why, and what can run starts.

use crate::support::{Project, get};

use super::{hold, loads, sample, starts};

fn init(name: &str) -> Project {
    let name = format!("init/{name}");
    let project = sample(&name);
    let said = project.ok(&["init", "--yes"]);
    loads(&project);
    let toml = project.read("portolan.toml");
    for service in toml.split("[services.").skip(1).filter(|service| !service.contains(".env]")) {
        let read_from_a_file = toml.contains("# from ");
        assert!(service.contains("# guessed: ") || read_from_a_file, "no reason: {service}");
    }
    hold(&name, &project, &said);
    project
}

#[test]
fn a_python_server() {
    let project = init("python-http");
    assert!(project.read(".gitignore").ends_with("__pycache__/\n.service_discovery/\n"));
    starts(&project, |project| {
        assert!(project.is("app", "healthy"));
        assert_eq!(get(project.port("app"), "/health"), "ok");
    });
}

#[test]
fn a_node_server() {
    starts(&init("node-http"), |project| assert!(project.is("gateway", "healthy")));
}

#[test]
fn a_page_of_vite() {
    starts(&init("vite"), |project| assert!(project.is("shop", "healthy")));
}

#[test]
fn a_procfile_counts_for_more_than_a_guess() {
    starts(&init("procfile"), |project| {
        assert!(project.is("web", "healthy"));
        assert!(project.is("worker", "running"));
    });
}

#[test]
fn a_project_of_django() {
    starts(&init("django"), |project| assert!(project.is("app", "healthy")));
}

#[test]
fn a_monorepo_whose_parts_need_each_other() {
    let project = init("monorepo");
    let toml = project.read("portolan.toml");
    assert!(!toml.contains("hush"), "a secret was copied: {toml}");
    starts(&project, |project| {
        for service in ["auth", "backend", "web"] {
            assert!(project.is(service, "healthy"), "{service}");
        }
        let auth = format!("http://127.0.0.1:{}", project.port("auth"));
        assert_eq!(get(project.port("backend"), "/health"), auth);
        let api = format!("<p>http://127.0.0.1:{}/api</p>", project.port("backend"));
        assert_eq!(get(project.port("web"), "/"), api);
    });
}

#[test]
fn a_variable_that_is_called_as_another_service() {
    starts(&init("named"), |project| {
        let users = format!("http://127.0.0.1:{}", project.port("users"));
        assert_eq!(get(project.port("gateway"), "/health"), users);
    });
}

#[test]
fn a_process_compose_file_beside_what_it_does_not_name() {
    starts(&init("process-compose"), |project| {
        assert!(project.is("api", "healthy"));
        assert!(project.is("docs", "healthy"));
    });
}

#[test]
fn a_compose_file_beside_code() {
    let project = init("with-compose");
    assert!(!project.read("portolan.toml").contains("hush"), "a password was copied");
}

#[test]
fn programs_of_rust_go_and_fastapi() {
    for name in ["rust", "go", "fastapi-poetry"] {
        init(name);
    }
}
