//! Files of process-compose, foreman, overmind and mprocs, as their documentation writes them: the result starts.

use crate::support::{Project, get};

use super::{hold, sample, starts};

fn import(name: &str, file: &str) -> Project {
    let project = sample(name);
    let said = project.ok(&["import", file]);
    hold(name, &project, &said);
    project
}

#[test]
fn process_compose_with_http_probes() {
    let project = import("process-compose/probes", "process-compose.yaml");
    starts(&project, |project| {
        let env = project.ok(&["env", "web"]).out;
        let api = project.port("api");
        assert!(env.contains(&format!("API_URL=http://127.0.0.1:{api}/v1")), "{env}");
        assert!(get(api, "/").contains("GREETING=hello world"));
        assert!(get(project.port("web"), "/").contains("site"));
    });
}

#[test]
fn process_compose_with_steps_that_end() {
    let project = import("process-compose/migrations", "process-compose.yaml");
    starts(&project, |project| {
        for step in ["migrate", "seed", "report"] {
            project.until_state(step, "completed");
        }
        assert!(project.ok(&["logs", "report"]).out.contains("seeded"));
    });
}

#[test]
fn process_compose_with_a_line_that_says_ready() {
    let project = import("process-compose/log-line", "process-compose.yaml");
    starts(&project, |project| assert!(project.is("broker", "healthy")));
}

#[test]
fn process_compose_with_a_command_as_probe() {
    let project = import("process-compose/exec-probe", "process-compose.yaml");
    starts(&project, |project| {
        assert!(project.is("store", "healthy"));
        assert!(!project.ps().to_string().contains("sometimes"));
    });
}

#[test]
fn process_compose_with_anchors_and_variables() {
    let project = import("process-compose/variables", "process-compose.yaml");
    starts(&project, |project| {
        let one = get(project.port("one"), "/");
        assert!(one.contains("MODE=development") && one.contains("PRICE=$5"), "{one}");
        let address = format!("ONE=http://127.0.0.1:{}", project.port("one"));
        assert!(get(project.port("two"), "/").contains(&address));
    });
}

#[test]
fn process_compose_with_keys_that_have_no_equivalent() {
    let project = import("process-compose/no-equivalent", "process-compose.yaml");
    starts(&project, |project| assert!(project.is("one", "healthy")));
}

#[test]
fn procfile_of_foreman() {
    let project = import("procfile/foreman", "Procfile");
    starts(&project, |project| assert!(get(project.port("web"), "/").contains("Procfile")));
}

#[test]
fn procfile_of_overmind() {
    let project = import("procfile/overmind", "Procfile.dev");
    starts(&project, |project| {
        assert_eq!(get(project.port("api"), "/"), "ok\n");
        project.until_state("release", "completed");
    });
}

#[test]
fn procfile_of_heroku() {
    let project = import("procfile/heroku", "Procfile");
    starts(&project, |project| assert_eq!(get(project.port("web"), "/"), "ok\n"));
}

#[test]
fn mprocs_as_in_its_readme() {
    let project = import("mprocs/readme", "mprocs.yaml");
    starts(&project, |project| assert!(get(project.port("server"), "/").contains("mprocs.yaml")));
}

#[test]
fn mprocs_with_folders_and_paths() {
    let project = import("mprocs/folders", "mprocs.yaml");
    starts(&project, |project| {
        assert_eq!(get(project.port("backend"), "/"), "ok\n");
        assert!(project.ok(&["logs", "frontend"]).out.contains("hello"));
        let backend = format!("BACKEND=http://127.0.0.1:{}", project.port("backend"));
        assert!(project.ok(&["env", "frontend"]).out.contains(&backend));
    });
}
