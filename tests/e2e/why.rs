//! What was found is told, by `why`, `ps` and under the failing service, and `why --apply` does away with it.

use crate::support::{Project, Stranger, free_ports, mendable, until};

const MAKE: &str = "echo made > data.txt";

/// A stack that is up, in which `api` has failed and the reason was found.
fn failed(make: &str) -> (Project, crate::support::Up) {
    let project = Project::empty();
    mendable(&project, free_ports(2), make);
    let up = project.up(&[]);
    until("it is found", || {
        let done = project.run(&["why", "api", "--json"]);
        done.out.contains("data-missing").then_some(())
    });
    project.until_state("api", "failed");
    (project, up)
}

#[test]
fn who_asks_in_the_moment_of_the_failure_is_told_what_was_found() {
    let project = Project::empty();
    mendable(&project, free_ports(2), MAKE);
    let up = project.run(&["up", "--detach"]);
    assert_eq!(up.code, 1, "{up:?}");
    let why = project.ok(&["why", "api"]).out;
    assert!(why.contains("the file data.txt is missing"), "{why}");
    project.ok(&["down"]);
}

#[test]
fn what_was_found_is_told_wherever_somebody_looks() {
    let (project, mut up) = failed(MAKE);
    let why = project.ok(&["why", "api"]).out;
    for line in [
        "\n✗ error: the file data.txt is missing\n",
        "\n  no data file data.txt\n",
        "\n  → make it\n",
        "\n  $ portolan run api -- sh -c 'echo made > data.txt'\n",
        "\n`portolan why api --apply` does that.\n",
    ] {
        assert!(why.contains(line), "{line:?} in {why}");
    }
    let all = project.ok(&["why"]).out;
    assert!(all.starts_with("✗ error: api: the file data.txt is missing\n"), "{all}");
    let ps = project.ok(&["ps"]).out;
    assert!(ps.ends_with("✗ api: the file data.txt is missing (portolan why api)\n"), "{ps}");
    assert_eq!(project.service("api")["findings"], 1);
    assert_eq!(project.service("worker")["findings"], 0);
    let json = project.ok(&["why", "--json"]).json();
    let services = json["services"].as_array().unwrap();
    assert_eq!((services.len(), services[0]["findings"][0]["rule"].as_str()), (2, Some("data-missing")));
    up.until_err("found: the file data.txt is missing");
    up.until_err("$ portolan why api --apply");
    assert_eq!(up.interrupt(), 130);
    // The last run tells the same.
    let why = project.ok(&["why", "api"]).out;
    assert!(why.contains("the file data.txt is missing"), "{why}");
    project.assert_nothing_lives();
}

#[test]
fn why_apply_mends_what_was_found_and_starts_the_service_anew() {
    let (project, mut up) = failed(MAKE);
    let refused = project.run(&["why", "api", "--apply"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("`portolan why api --apply --yes` does not ask"), "{refused:?}");
    assert!(project.is("api", "failed"));
    // From elsewhere, by the stack's name.
    let elsewhere = tempfile::tempdir().unwrap();
    let applied = project
        .run_in(elsewhere.path(), &["--stack", "mendable", "why", "api", "--apply", "data-missing", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(applied.out.contains("api is healthy"), "{applied:?}");
    assert_eq!(project.read("api/data.txt"), "made\n", "in the directory of the service");
    assert_eq!(project.ok(&["why"]).out, "nothing is wrong with mendable\n");
    assert_eq!(project.epoch("worker"), 1, "others are left alone");
    let nothing = project.run(&["why", "api", "--apply", "--yes"]);
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert!(nothing.err.contains("nothing to apply"), "{nothing:?}");
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn what_is_mended_of_a_service_that_is_up_counts_at_once() {
    let first = free_ports(3);
    let project = Project::new(&format!(
        "[services.auth]\ncommand = 'FIXTURE http'\nport = {first}\nhealth = '/health'\n\
         [services.api]\ncommand = './server'\nport = {}\nhealth = '/health'\nneeds = ['auth']\n",
        first + 1
    ));
    let stale = first + 2;
    project.write(".env", format!("AUTH_SERVICE_URL=http://127.0.0.1:{stale}\n"));
    project.script(
        "server",
        &format!(
            "case $AUTH_SERVICE_URL in *:{stale}) echo \"Error: connect ECONNREFUSED 127.0.0.1:{stale}\" >&2;; esac\n\
             exec FIXTURE http"
        ),
    );
    let mut up = project.up_healthy(&[]);
    until("it is found", || (project.service("api")["findings"] == 1).then_some(()));
    let applied = project.ok(&["why", "api", "--apply", "--yes"]);
    assert!(applied.err.contains("reads everything again\n"), "{applied:?}");
    until("it has the right address", || (project.epoch("api") == 2).then_some(()));
    project.until_state("api", "healthy");
    assert!(project.ok(&["why"]).out.starts_with("nothing is wrong with "));
    assert_eq!(project.epoch("auth"), 1);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn an_action_that_fails_is_a_failure_and_starts_nothing() {
    let (project, mut up) = failed("echo cannot >&2; exit 7");
    let done = project.run(&["why", "api", "--apply", "--yes"]);
    assert_eq!(done.code, 7, "{done:?}");
    assert!(done.err.contains("cannot") && done.err.contains("ended with 7"), "{done:?}");
    assert_eq!(project.epoch("api"), 1);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn an_order_of_a_finding_reaches_the_running_stack() {
    let first = free_ports(8);
    let stranger = Stranger::on(first);
    let project = Project::new(&format!(
        "[services.web]\ncommand = 'FIXTURE http'\nport = '{first}-{}'\nhealth = '/health'\n",
        first + 5
    ));
    let mut up = project.up_healthy(&[]);
    assert!(project.ok(&["why"]).out.starts_with("▲ warning: web: web is on "));
    drop(stranger);
    let applied = project.ok(&["why", "web", "--apply", "port-moved", "--yes"]);
    assert!(applied.out.contains(&format!("web is healthy on {first}")), "{applied:?}");
    assert!(project.ok(&["why"]).out.starts_with("nothing is wrong with "));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn calls_that_cannot_be_meant_say_how_they_are() {
    let project = Project::new("[services.web]\ncommand = 'FIXTURE sleep'\n");
    let done = project.run(&["why", "--apply"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("portolan why SERVICE --apply"), "{done:?}");
    assert_eq!(project.run(&["why", "web", "--yes"]).code, 2);
    assert_eq!(project.run(&["why", "web", "--json", "--apply"]).code, 2);
}

#[test]
fn what_is_not_up_is_told_before_anything_is_found() {
    let project = Project::new(
        "[stack]\nname = 'slow'\n[services.web]\ncommand = 'FIXTURE sleep'\nhealth = { log = 'never said' }\n",
    );
    let mut up = project.up(&[]);
    project.until_state("web", "starting");
    let all = project.ok(&["why"]).out;
    let expected = "nothing was found to be wrong with slow so far:\nweb runs and is not healthy yet";
    assert!(all.starts_with(expected), "{all}");
    assert_eq!(up.interrupt(), 130);
}
