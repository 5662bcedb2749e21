//! Verbs that speak to a running stack, from its folder and from elsewhere.

use std::thread;

use serde_json::Value;

use crate::support::{Project, Up, free_ports};

const WEB: &str =
    "[stack]\nname = 'NAME'\n[services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n";

/// A stack with a name that no other test has: running stacks are found by it.
fn named(name: &str) -> Project {
    Project::new(&WEB.replace("NAME", name))
}

#[test]
fn ps_json_has_exactly_the_keys_of_the_contract() {
    let project = named("keys");
    let mut up = project.up_healthy(&[]);
    let ps = project.ps();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&ps), ["folder", "pid", "schema", "services", "stack"]);
    assert_eq!(ps["schema"], 1);
    assert_eq!(ps["stack"], "keys");
    assert_eq!(ps["folder"], project.folder().display().to_string());
    assert_eq!(ps["pid"], up.pid());
    let service = &ps["services"][0];
    let mut wanted = [
        "name",
        "replica",
        "state",
        "mode",
        "epoch",
        "pid",
        "host",
        "port",
        "preferred_port",
        "held_by",
        "url",
        "latency_ms",
        "restarts",
        "exit",
        "since",
        "waiting_for",
        "findings",
    ];
    wanted.sort_unstable();
    assert_eq!(keys(service), wanted);
    assert!(service["port"].is_u64() && service["latency_ms"].is_number(), "{service}");
    for absent in ["preferred_port", "held_by", "exit", "waiting_for"] {
        assert_eq!(service[absent], Value::Null, "{service}");
    }
    assert_eq!(service["host"], "127.0.0.1");
    assert_eq!(service["replica"], 0);
    assert_eq!(service["mode"], "local");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_running_stack_is_reached_by_its_name_from_any_folder() {
    let project = named("far-away");
    let mut up = project.up_healthy(&[]);
    let elsewhere = std::path::Path::new("/");
    let ps = project.run_in(elsewhere, &["--stack", "far-away", "ps", "--json"]);
    assert_eq!(ps.json()["pid"], up.pid(), "{ps:?}");
    let unknown = project.run_in(elsewhere, &["ps", "--stack", "nobody"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("far-away"), "{unknown:?}");
    assert_eq!(project.run_in(elsewhere, &["down", "--stack", "far-away"]).code, 0);
    assert_eq!(up.ended(), 0);
}

/// The one service is called the same in another folder's stack, which is not the one that is meant.
#[test]
fn every_verb_reaches_a_stack_by_its_name_from_the_folder_of_another() {
    let rest = "[services.rest]\ncommand = 'FIXTURE sleep'\n";
    let project = Project::new(&format!("{}{rest}", WEB.replace("NAME", "everywhere")));
    let mut up = project.up_healthy(&["--set", "MARK=the right one"]);
    let elsewhere = project.path("../elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let wrong = "[services.web]\ncommand = 'false'\nenv = { MARK = 'the wrong one' }\n";
    std::fs::write(elsewhere.join("portolan.toml"), wrong).unwrap();
    let run = |arguments: &[&str]| {
        let words = [&["--stack", "everywhere"], arguments].concat();
        let done = project.run_in(&elsewhere, &words);
        assert_eq!(done.code, 0, "{arguments:?}: {done:?}");
        done
    };
    let port = || project.port("web");

    assert_eq!(run(&["ps", "--json"]).json()["pid"], up.pid());
    run(&["wait", "web"]);
    assert!(run(&["why", "web"]).out.contains("web is healthy"));
    assert_eq!(run(&["open", "web", "--print"]).out.trim(), format!("http://127.0.0.1:{}", port()));
    assert!(run(&["env", "web"]).out.contains("MARK=the right one\n"));
    let mine = run(&["run", "web", "--", "sh", "-c", "echo $MARK in; pwd"]);
    let here = elsewhere.canonicalize().unwrap();
    assert_eq!(mine.out, format!("the right one in\n{}\n", here.display()), "it runs where it is called");

    let other = named("beside");
    let mut beside = other.up_healthy(&[]);
    let rows = run(&["ports", "--json"]).json()["ports"].clone();
    assert_eq!(beside.interrupt(), 130);
    assert_eq!(rows.as_array().unwrap().len(), 1, "its own ports alone: {rows}");
    assert_eq!(rows[0]["port"], port(), "{rows}");
    assert!(run(&["ports"]).out.contains(&project.folder().display().to_string()));

    run(&["stop", "web"]);
    assert!(project.is("web", "stopped"));
    run(&["start", "web"]);
    let epoch = project.epoch("web");
    run(&["restart", "web"]);
    assert_eq!(project.epoch("web"), epoch + 1);
    let before = port();
    run(&["reassign", "web"]);
    assert_ne!(port(), before);

    assert!(run(&["reload"]).out.contains("nothing changed"));
    let toml = project.read("portolan.toml");
    project.write("portolan.toml", format!("{toml}[services.more]\ncommand = 'sleep 1000'\n"));
    assert!(run(&["reload"]).out.contains("more"));

    assert!(run(&["logs", "--json"]).out.contains(r#""service":"web""#));
    run(&["down"]);
    assert_eq!(up.ended(), 0);
    for verb in
        [&["ports"][..], &["down"], &["logs"], &["ps"], &["env", "web"], &["run", "web", "--", "true"]]
    {
        let done = project.run_in(&elsewhere, &[&["--stack", "everywhere"], verb].concat());
        assert_eq!(done.code, 1, "none is called so any more: {verb:?}: {done:?}");
        assert!(done.err.contains("no running stack is called"), "{verb:?}: {done:?}");
    }
}

#[test]
fn a_second_running_stack_of_one_name_is_shown_with_a_number() {
    let project = named("twins");
    let folder = project.checkout("other");
    let mut up = project.up_healthy(&[]);
    let mut other = Up::start(&project, &folder, &["up"]);
    assert_eq!(project.run_in(&folder, &["wait"]).code, 0);
    assert_eq!(project.ps()["stack"], "twins");
    let ps = project.run(&["--stack", "twins-2", "ps", "--json"]).json();
    assert_eq!(ps["folder"], folder.display().to_string());
    assert_eq!(other.interrupt(), 130);
    assert_eq!(up.interrupt(), 130);
    let mut other = Up::start(&project, &folder, &["up"]);
    assert_eq!(project.run_in(&folder, &["wait"]).code, 0);
    let ps = project.run_in(&folder, &["ps", "--json"]).json();
    assert_eq!(ps["stack"], "twins", "a name that is free again is taken");
    assert_eq!(other.interrupt(), 130);
}

#[test]
fn wait_waits_for_the_stack_itself_to_appear() {
    let project = named("late");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| project.run(&["wait", "web", "--timeout", "40"]));
        let mut up = project.up_healthy(&[]);
        let done = waiting.join().unwrap();
        assert_eq!(done.code, 0, "{done:?}");
        assert_eq!(up.interrupt(), 130);
    });
}

#[test]
fn wait_ends_with_1_when_the_time_is_over() {
    let project = named("never");
    let done = project.run(&["wait", "--timeout", "100ms"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("did not come up"), "{done:?}");
    project.configure(
        "[services.web]\ncommand = 'FIXTURE http --delay 1000000'\nport = {}\nhealth = '/health'\n",
    );
    let mut up = project.up(&[]);
    project.until_state("web", "starting");
    let done = project.run(&["wait", "--timeout", "0.2"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("web"), "{done:?}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn wait_ends_with_1_as_soon_as_a_service_has_failed_for_good() {
    let project = Project::new(
        "[services.bad]\ncommand = 'sh -c \"exit 3\"'\nport = {}\nrestart = 'no'\n[services.good]\ncommand = 'FIXTURE sleep'\n",
    );
    let mut up = project.up(&[]);
    let done = project.run(&["wait", "--timeout", "10m"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("bad failed") && done.err.contains("`portolan why bad`"), "{done:?}");
    let far = project.run_in(std::path::Path::new("/"), &["--stack", "stack", "wait"]);
    assert!(far.err.contains("`portolan --stack stack why bad`"), "it works from there: {far:?}");
    assert_eq!(project.run(&["wait", "good"]).code, 0);
    assert_eq!(project.run(&["wait", "nobody"]).code, 2);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn down_is_content_when_nothing_runs() {
    let project = named("quiet");
    let done = project.ok(&["down"]);
    assert!(done.err.contains("nothing is running"), "{done:?}");
}

#[test]
fn verbs_for_a_running_stack_say_that_none_runs() {
    let project = named("absent");
    for arguments in [
        &["start", "web"][..],
        &["stop", "web"],
        &["restart", "web"],
        &["reassign", "web"],
        &["reload"],
        &["ps"],
        &["why", "web"],
        &["logs"],
        &["open", "web"],
    ] {
        let done = project.run(arguments);
        assert_eq!(done.code, 1, "{arguments:?}: {done:?}");
        assert!(done.err.contains("portolan up"), "{arguments:?}: {done:?}");
    }
}

#[test]
fn unknown_services_are_wrong_calls() {
    let project = named("known");
    let mut up = project.up_healthy(&[]);
    for verb in ["start", "stop", "restart", "reassign", "why", "env", "open", "logs", "wait"] {
        let done = project.run(&[verb, "wbe"]);
        assert_eq!(done.code, 2, "{verb}: {done:?}");
        assert!(done.err.contains("wbe"), "{verb}: {done:?}");
    }
    assert!(project.is("web", "healthy"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn open_prints_the_url() {
    let project = named("opened");
    let mut up = project.up_healthy(&[]);
    let done = project.ok(&["open", "web", "--print"]);
    assert_eq!(done.out.trim(), format!("http://127.0.0.1:{}", project.port("web")));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn the_control_socket_is_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let project = named("private");
    let runtime = tempfile::tempdir().unwrap();
    let mut command = crate::support::portolan_command(&project, project.folder(), &["up"]);
    command.env("XDG_RUNTIME_DIR", runtime.path());
    let mut up = Up::spawn(command);
    let folder = runtime.path().join("portolan");
    let socket = crate::support::until("the socket", || {
        let mut entries = std::fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.path());
        entries.find(|path| path.extension().is_some_and(|ending| ending == "sock"))
    });
    assert_eq!(socket.file_stem().unwrap().len(), 16);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&socket), 0o600);
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(up.interrupt(), 130);
    assert!(!socket.exists());
}

#[test]
fn a_stack_is_found_from_a_folder_below() {
    let project = Project::new(&format!(
        "[services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n",
        free_ports(1)
    ));
    project.write("deep/below/file", "");
    let mut up = Up::start(&project, &project.path("deep/below"), &["up"]);
    project.wait_well(&up);
    let ps = project.run_in(&project.path("deep"), &["ps", "--json"]).json();
    assert_eq!(ps["pid"], up.pid());
    assert_eq!(up.interrupt(), 130);
}
