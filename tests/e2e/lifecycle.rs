//! How services live on their own: restarts, backoff, one-shots, prepare steps, and what a crash does to the others.

use crate::support::{Project, env_of, text_of, until};

#[test]
fn a_crashing_service_is_started_again_after_a_growing_pause_until_max() {
    let project = Project::new(
        "[services.bad]\ncommand = 'sh -c \"exit 3\"'\nport = {}\nrestart = { max = 3, backoff = '10ms' }\n",
    );
    let mut up = project.up(&["--json"]);
    assert_eq!(up.ended(), 1);
    let events = up.events();
    let pauses: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "restarting")
        .map(|event| event["in_ms"].clone())
        .collect();
    assert_eq!(pauses, [10, 20, 40], "{events:#?}");
    let service = project.service("bad");
    assert_eq!(service["state"], "failed");
    assert_eq!(service["restarts"], 3, "{service}");
    assert_eq!(service["epoch"], 4);
    assert_eq!(service["exit"], 3);
    project.assert_nothing_lives();
}

#[test]
fn a_service_that_recovers_counts_its_restarts() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE crash-times 2 --counter crashes then http'\nport = {}\n\
         health = '/health'\nrestart = { backoff = '10ms' }\n",
    );
    let mut up = project.up(&[]);
    project.until_state("web", "healthy");
    let service = project.service("web");
    assert_eq!(service["restarts"], 2, "{service}");
    assert_eq!(service["epoch"], 3);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn on_failure_leaves_a_good_end_alone() {
    let project = Project::new("[services.job]\ncommand = 'true'\nrestart = 'on-failure'\n");
    assert_eq!(project.up(&[]).ended(), 0);
    let service = project.service("job");
    assert_eq!(service["state"], "completed");
    assert_eq!(service["restarts"], 0);
    assert_eq!(service["exit"], 0);
}

#[test]
fn always_starts_again_after_a_good_end() {
    let project = Project::new(
        "[services.job]\ncommand = 'true'\nrestart = { policy = 'always', max = 2, backoff = '10ms' }\n",
    );
    let mut up = project.up(&[]);
    assert_eq!(up.ended(), 0, "{up:?}");
    assert_eq!(project.service("job")["restarts"], 2);
}

#[test]
fn a_crash_leaves_the_others_running() {
    let project = Project::new(
        r#"
[services.base]
command = "FIXTURE http"
port = {}
health = "/health"
restart = "no"
[services.user]
command = "FIXTURE http"
port = {}
health = "/health"
needs = ["base"]
"#,
    );
    let mut up = project.up_healthy(&[]);
    let pid = project.service("user")["pid"].clone();
    let base = u32::try_from(project.service("base")["pid"].as_u64().unwrap()).unwrap();
    crate::support::signal(base, rustix::process::Signal::KILL);
    project.until_state("base", "failed");
    assert_eq!(project.service("base")["exit"], 137);
    assert!(project.is("user", "healthy"));
    assert_eq!(project.service("user")["pid"], pid);
    up.until_err("base, which it needs, went down");
    assert_eq!(project.record("base"), None);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_restart_on_the_same_port_leaves_dependents_untouched_unless_they_follow() {
    let project = Project::new(
        r#"
[services.base]
command = "FIXTURE http"
port = {}
health = "/health"
[services.calm]
command = "FIXTURE http"
port = {}
health = "/health"
needs = ["base"]
[services.follower]
command = "FIXTURE http"
port = {}
health = "/health"
needs = { base = { restart = true } }
"#,
    );
    let mut up = project.up_healthy(&[]);
    let port = project.port("base");
    project.ok(&["restart", "base"]);
    until("the follower is anew", || {
        (project.epoch("follower") == 2 && project.is("follower", "healthy")).then_some(())
    });
    assert_eq!(project.port("base"), port);
    assert_eq!(project.epoch("base"), 2);
    assert_eq!(project.epoch("calm"), 1);
    project.ok(&["restart", "base", "--with-dependents"]);
    project.wait_well(&up);
    assert_eq!(["base", "calm", "follower"].map(|name| project.epoch(name)), [3, 2, 3]);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn prepare_runs_before_with_the_whole_environment() {
    let project = Project::new(
        r#"
[services.auth]
command = "FIXTURE http"
port = {}
health = "/health"
[services.web]
command = "FIXTURE http"
prepare = ["sh -c 'echo $AUTH_URL $PORT > prepared'", ["sh", "-c", "cat prepared"]]
port = {}
health = "/health"
needs = ["auth"]
"#,
    );
    let mut up = project.up_healthy(&[]);
    let wanted = format!("http://127.0.0.1:{} {}", project.port("auth"), project.port("web"));
    assert_eq!(project.read("prepared").trim(), wanted);
    up.until_out(&format!("web  | {wanted}"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_failing_prepare_step_fails_the_service_with_its_name() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE http'\nprepare = ['true', 'sh -c \"exit 9\"']\nport = {}\n",
    );
    let mut up = project.up(&[]);
    assert_eq!(up.ended(), 1, "{up:?}");
    assert!(project.is("web", "failed"));
    let why = project.ok(&["why", "web"]);
    assert!(why.out.contains("exit 9"), "{why:?}");
    assert!(up.err().contains("exit 9"), "{up:?}");
    project.assert_nothing_lives();
}

#[test]
fn prepare_may_create_the_directory_and_the_command() {
    let project = Project::new(
        "[services.web]\ncommand = './server'\nprepare = \"sh -c 'cp FIXTURE fixture; ln -s fixture server'\"\n",
    );
    let done = project.run(&["up"]);
    // It starts, and says that it was called without a behaviour.
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.out.contains("no behaviour given"), "{done:?}");
}

#[test]
fn a_disabled_service_never_starts() {
    let project = Project::new(
        "[services.off]\ncommand = 'FIXTURE http'\nmode = 'disabled'\n\
         [services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n",
    );
    let mut up = project.up_healthy(&[]);
    let off = project.service("off");
    assert_eq!(off["state"], "disabled", "{off}");
    assert_eq!(off["epoch"], 0);
    let done = project.run(&["start", "off"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_shared_service_gives_its_address_and_blocks_nobody() {
    let project = Project::new(
        "[services.mail]\nmode = 'shared'\nurl = 'https://mail.example.com'\n\
         [services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\nneeds = ['mail']\n",
    );
    let mut up = project.up_healthy(&[]);
    let port = project.port("web");
    assert_eq!(env_of(port, "MAIL_URL").unwrap(), "https://mail.example.com");
    assert_eq!(env_of(port, "MAIL_MODE").unwrap(), "shared");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn ps_logs_and_why_answer_after_the_run() {
    let project =
        Project::new("[services.web]\ncommand = 'sh -c \"echo last words; exit 5\"'\nrestart = 'no'\n");
    assert_eq!(project.up(&[]).ended(), 1);
    let ps = project.ps();
    assert_eq!(ps["pid"], serde_json::Value::Null, "{ps}");
    assert_eq!(ps["services"][0]["state"], "failed");
    assert!(project.ok(&["logs", "web"]).out.contains("web | last words\n"));
    let why = project.ok(&["why", "web", "--json"]).json();
    assert_eq!(why["schema"], 1);
    assert_eq!(why["service"], "web");
    assert_eq!(why["state"], "failed");
    assert!(text_of(&why["summary"]).contains('5'), "{why}");
    assert!(why["findings"].is_array());
}
