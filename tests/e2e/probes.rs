//! What counts as healthy: http, tcp, exec and log probes, none at all, and health that is lost and comes back.

use crate::support::{Project, text_of};

/// Starts one service and waits for its health.
fn becomes_healthy(definition: &str) {
    let project = Project::new(&format!("[services.web]\n{definition}\n"));
    let mut up = project.up(&[]);
    project.until_state("web", "healthy");
    assert_eq!(up.interrupt(), 130);
}

/// Starts one service, waits until it was probed in vain, and gives what `why` says.
fn stays_unhealthy(definition: &str) -> String {
    let project = Project::new(&format!("[services.web]\n{definition}\n"));
    let mut up = project.up(&["--json"]);
    project.until_state("web", "unhealthy");
    let why = project.ok(&["why", "web"]).out;
    assert_eq!(up.interrupt(), 130);
    assert!(!up.events().iter().any(|event| event["to"] == "healthy"), "{up:?}");
    why
}

#[test]
fn a_path_that_answers_200_is_health() {
    becomes_healthy("command = 'FIXTURE http'\nport = {}\nhealth = '/health'");
}

#[test]
fn an_accepted_connection_is_health_for_a_tcp_probe() {
    becomes_healthy("command = 'FIXTURE http'\nport = {}\nhealth = { tcp = true }");
}

#[test]
fn with_a_port_and_no_probe_listening_is_health() {
    becomes_healthy("command = 'FIXTURE http --delay 200'\nport = {}");
}

#[test]
fn an_exec_probe_runs_in_the_environment_of_the_service() {
    becomes_healthy(
        "command = 'FIXTURE http'\nport = {}\nenv = { WORD = 'yes' }\n\
         health = { exec = 'sh -c \"test $WORD = yes && test -n $PORT\"' }",
    );
}

#[test]
fn an_exec_probe_that_fails_is_no_health() {
    stays_unhealthy("command = 'FIXTURE sleep'\nhealth = { exec = 'false', start_timeout = '300ms' }");
}

#[test]
fn a_line_that_matches_is_health_for_a_log_probe() {
    becomes_healthy(
        "command = 'FIXTURE print \"now ready on 80\" then sleep'\nhealth = { log = 'ready on \\d+' }",
    );
}

#[test]
fn a_log_probe_without_its_line_is_no_health() {
    stays_unhealthy(
        "command = 'FIXTURE print nearly then sleep'\nhealth = { log = 'ready', start_timeout = '300ms' }",
    );
}

#[test]
fn a_status_outside_the_list_is_no_health_and_why_names_it() {
    let why = stays_unhealthy(
        "command = 'FIXTURE http --status 503'\nport = {}\nhealth = { http = '/health', start_timeout = '300ms' }",
    );
    assert!(why.contains("503"), "{why}");
}

#[test]
fn a_status_in_the_list_is_health() {
    becomes_healthy(
        "command = 'FIXTURE http --status 503'\nport = {}\nhealth = { http = '/health', status = [200, '500-504'] }",
    );
}

#[test]
fn a_body_has_to_match_where_that_is_asked_for() {
    becomes_healthy(
        "command = 'FIXTURE http --body all-well'\nport = {}\nhealth = { http = '/health', body = 'all.well' }",
    );
    let why = stays_unhealthy(
        "command = 'FIXTURE http --body ill'\nport = {}\n\
         health = { http = '/health', body = 'well', start_timeout = '300ms' }",
    );
    assert!(why.contains("body"), "{why}");
}

#[test]
fn without_port_and_probe_running_counts_as_healthy() {
    let project = Project::new(
        "[services.worker]\ncommand = 'FIXTURE sleep'\n[services.next]\ncommand = 'FIXTURE sleep'\nneeds = ['worker']\n",
    );
    let mut up = project.up_healthy(&[]);
    assert!(project.is("worker", "running") && project.is("next", "running"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn health_that_is_lost_is_seen_and_seen_again_when_it_is_back() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE sleep'\n\
         health = { exec = 'test -e well', interval = '20ms', unhealthy_interval = '20ms', failures = 2 }\n",
    );
    project.write("well", "");
    let mut up = project.up(&[]);
    project.until_state("web", "healthy");
    std::fs::remove_file(project.path("well")).unwrap();
    project.until_state("web", "unhealthy");
    up.until_err("unhealthy: ");
    let why = project.ok(&["why", "web", "--json"]).json();
    assert_eq!(why["state"], "unhealthy");
    assert!(!text_of(&why["summary"]).is_empty());
    project.write("well", "");
    project.until_state("web", "healthy");
    assert_eq!(project.epoch("web"), 1, "an unhealthy service is not restarted");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_shared_service_is_probed_only_if_asked_and_never_blocks() {
    let port = crate::support::free_ports(1);
    let project = Project::new(&format!(
        "[services.far]\nmode = 'shared'\nurl = 'http://127.0.0.1:{port}'\n\
         health = {{ http = '/health', start_timeout = '200ms', unhealthy_interval = '20ms' }}\n\
         [services.web]\ncommand = 'FIXTURE http'\nport = {{}}\nhealth = '/health'\nneeds = ['far']\n"
    ));
    let mut up = project.up(&[]);
    project.until_state("web", "healthy");
    project.until_state("far", "unhealthy");
    assert_eq!(up.interrupt(), 130);
}
