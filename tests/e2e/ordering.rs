//! In what order services start: nobody before what it needs.

use crate::support::{Project, env_of, text_of, until};

const CHAIN: &str = r#"
[services.front]
command = "FIXTURE http"
port = {}
health = "/health"
needs = ["back"]

[services.back]
command = "FIXTURE http --delay 300"
port = {}
health = "/health"
needs = ["auth"]

[services.auth]
command = "FIXTURE http --delay 300"
port = {}
health = "/health"

[services.apart]
command = "FIXTURE http"
port = {}
health = "/health"
"#;

/// Where in the events `service` entered `state` first.
fn place(events: &[serde_json::Value], service: &str, kind: &str, state: Option<&str>) -> usize {
    let is_it = |event: &serde_json::Value| {
        event["service"] == service && event["type"] == kind && state.is_none_or(|state| event["to"] == state)
    };
    events.iter().position(is_it).unwrap_or_else(|| panic!("{service} {kind} {state:?} in {events:#?}"))
}

#[test]
fn dependents_start_only_after_health() {
    let project = Project::new(CHAIN);
    let mut up = project.up_healthy(&["--json"]);
    assert_eq!(up.interrupt(), 130);
    let events = up.events();
    for (need, dependent) in [("auth", "back"), ("back", "front")] {
        let healthy = place(&events, need, "state", Some("healthy"));
        let spawned = place(&events, dependent, "spawned", None);
        assert!(healthy < spawned, "{dependent} started before {need} was healthy: {events:#?}");
    }
    // What needs nobody waits for nobody.
    let apart = place(&events, "apart", "spawned", None);
    assert!(apart < place(&events, "auth", "state", Some("healthy")), "{events:#?}");
}

#[test]
fn services_stop_in_reverse_order() {
    let project = Project::new(CHAIN);
    let mut up = project.up_healthy(&["--json"]);
    assert_eq!(up.interrupt(), 130);
    let events = up.events();
    for (need, dependent) in [("auth", "back"), ("back", "front")] {
        let stopped = place(&events, dependent, "state", Some("stopped"));
        let stopping = place(&events, need, "state", Some("stopping"));
        assert!(stopped < stopping, "{need} was stopped before {dependent}: {events:#?}");
    }
}

#[test]
fn events_have_the_keys_of_the_contract_and_numbers_without_gaps() {
    let project = Project::new(CHAIN);
    let mut up = project.up_healthy(&["--json"]);
    assert_eq!(up.interrupt(), 130);
    for (index, event) in up.events().iter().enumerate() {
        assert_eq!(event["schema"], 1, "{event}");
        assert_eq!(event["seq"], index + 1, "{event}");
        let ts = text_of(&event["ts"]);
        assert!(ts.len() == "2026-11-20T04:22:00.123Z".len() && ts.ends_with('Z'), "{event}");
        assert!(event["type"].is_string() && event["service"].is_string(), "{event}");
        assert!(event["epoch"].is_u64(), "{event}");
    }
}

#[test]
fn up_with_a_service_brings_its_needs_and_leaves_the_rest_stopped() {
    let project = Project::new(CHAIN);
    let mut up = project.up(&["back"]);
    project.until_state("back", "healthy");
    assert!(project.is("auth", "healthy"));
    assert!(project.is("front", "stopped"));
    assert!(project.is("apart", "stopped"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn no_deps_starts_the_service_alone() {
    let project = Project::new(CHAIN);
    let mut up = project.up(&["back", "--no-deps"]);
    project.until_state("back", "healthy");
    assert!(project.is("auth", "stopped"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn without_a_verb_a_service_name_means_up() {
    let project = Project::new(CHAIN);
    let mut up = crate::support::Up::start(&project, project.folder(), &["auth"]);
    project.until_state("auth", "healthy");
    assert!(project.is("back", "stopped"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn started_is_enough_where_that_is_asked_for() {
    let project = Project::new(
        r#"
[services.slow]
command = "FIXTURE http --delay 1000000"
port = {}
health = "/health"
[services.eager]
command = "FIXTURE http"
port = {}
health = "/health"
needs = { slow = { until = "started" } }
"#,
    );
    let mut up = project.up(&[]);
    project.until_state("eager", "healthy");
    assert!(project.is("slow", "starting"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn completed_waits_for_a_one_shot_that_ends_well() {
    let project = Project::new(
        r#"
[services.migrate]
command = "sh -c 'sleep 0.3; echo done > migrated; exit 0'"
[services.web]
command = "sh -c 'cat migrated && exec FIXTURE http'"
port = {}
health = "/health"
needs = { migrate = { until = "completed" } }
"#,
    );
    let mut up = project.up_healthy(&[]);
    assert!(project.is("migrate", "completed"));
    up.until_out("web     | done");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_one_shot_that_fails_fails_its_dependents_and_up_ends_with_1() {
    let project = Project::new(
        r#"
[services.migrate]
command = "sh -c 'exit 3'"
restart = "no"
[services.web]
command = "FIXTURE http"
port = {}
needs = { migrate = { until = "completed" } }
"#,
    );
    let mut up = project.up(&[]);
    assert_eq!(up.ended(), 1, "{up:?}");
    assert!(project.is("migrate", "failed") && project.is("web", "failed"));
    assert_eq!(project.service("migrate")["exit"], 3);
    project.assert_nothing_lives();
}

#[test]
fn a_need_that_times_out_fails_its_dependents_and_the_rest_goes_on() {
    let project = Project::new(
        r#"
[services.never]
command = "FIXTURE http --delay 1000000"
port = {}
health = "/health"
[services.web]
command = "FIXTURE http"
port = {}
needs = { never = { timeout = "300ms" } }
[services.other]
command = "FIXTURE http"
port = {}
health = "/health"
"#,
    );
    let mut up = project.up(&[]);
    project.until_state("web", "failed");
    project.until_state("other", "healthy");
    let why = project.ok(&["why", "web", "--json"]).json();
    assert!(text_of(&why["summary"]).contains("never"), "{why}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_fallback_stands_in_until_the_need_recovers() {
    let project = Project::new(
        r#"
[services.auth]
command = "sh -c 'while [ ! -e go ]; do sleep 0.02; done; exec FIXTURE http'"
port = {}
health = { http = "/health", start_timeout = "10m" }
[services.web]
command = "FIXTURE http"
port = {}
health = "/health"
needs = { auth = { timeout = "300ms", fallback = "http://127.0.0.1:9" } }
env = { AUTH_AT = "{auth.url}" }
"#,
    );
    let mut up = project.up(&[]);
    project.until_state("web", "healthy");
    assert_eq!(env_of(project.port("web"), "AUTH_AT").unwrap(), "http://127.0.0.1:9");
    assert_eq!(env_of(project.port("web"), "AUTH_URL").unwrap(), "http://127.0.0.1:9");
    up.until_err("going on with http://127.0.0.1:9");
    project.write("go", "");
    project.until_state("auth", "healthy");
    let real = format!("http://127.0.0.1:{}", project.port("auth"));
    until("web is told the real address", || {
        (project.is("web", "healthy") && env_of(project.port("web"), "AUTH_AT").as_ref() == Some(&real))
            .then_some(())
    });
    assert_eq!(project.epoch("web"), 2);
    assert_eq!(up.interrupt(), 130);
}
