//! `portolan demo`: where its files lie, what it is called, and that nothing of where it is started gets into it.
//!
//! The first tests start the worker alone; those in `whole` need the embedded services.

use std::fs;
use std::path::PathBuf;
use std::thread;

use serde_json::Value;

use crate::support::{Done, Project, Up, portolan_command, text_of, until};

/// A state folder, and a current folder with nothing in it.
fn nowhere() -> Project {
    Project::empty()
}

/// `portolan demo --plain ARGUMENTS`, once it is reached by this name.
fn start(project: &Project, name: &str, arguments: &[&str]) -> Up {
    let up = Up::start(project, project.folder(), &[&["demo", "--plain"], arguments].concat());
    let done = project.run(&["--stack", name, "wait", "worker", "--timeout", "30s"]);
    assert_eq!(done.code, 0, "{done:?}\n{up:?}");
    up
}

fn called(project: &Project, name: &str, arguments: &[&str]) -> Done {
    let done = project.run(&[&["--stack", name], arguments].concat());
    assert_eq!(done.code, 0, "{name} {arguments:?}: {done:?}");
    done
}

fn ps(project: &Project, name: &str) -> Value {
    called(project, name, &["ps", "--json"]).json()
}

/// The folder of a demo's portolan.toml.
fn folder(project: &Project, slot: &str) -> PathBuf {
    project.state().canonicalize().unwrap().join(slot)
}

/// The lines of `portolan env` for a service, secrets revealed.
fn env(project: &Project, service: &str) -> Vec<String> {
    let done = called(project, "demo", &["env", service, "--reveal", "--explain"]);
    done.out.lines().map(str::to_owned).collect()
}

fn value(env: &[String], name: &str) -> Option<String> {
    env.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
}

#[test]
fn it_writes_into_its_own_state_and_nothing_into_the_current_folder() {
    let project = nowhere();
    let mut up = start(&project, "demo", &["worker"]);
    let ps = ps(&project, "demo");
    assert_eq!(ps["pid"], up.pid());
    assert_eq!(ps["stack"], "demo");
    assert_eq!(text_of(&ps["folder"]), folder(&project, "demo").display().to_string());
    let names: Vec<_> = ps["services"].as_array().unwrap().iter().map(|one| text_of(&one["name"])).collect();
    assert_eq!(names, ["frontend", "auth", "backend", "worker"]);
    for file in ["demo/portolan.toml", "demo/worker.sh"] {
        let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
        let kept = fs::read_to_string(format!("{kept}/{file}")).unwrap();
        assert_eq!(fs::read_to_string(project.state().join(file)).unwrap(), kept);
    }
    assert_eq!(up.interrupt(), 130);
    assert!(project.folder().read_dir().unwrap().next().is_none());
    project.assert_nothing_lives();
}

#[test]
fn its_worker_fails_as_a_python_program_does_and_goes_on() {
    let project = nowhere();
    let mut up = start(&project, "demo", &["worker"]);
    up.until_out("ValueError: time data 'next friday' does not match format '%Y-%m-%d'");
    up.until_out("worker   | Traceback (most recent call last):");
    up.until_out("1 left out");
    let faults = called(&project, "demo", &["logs", "--grep", "stream:err ValueError:"]);
    assert_eq!(faults.out.lines().count(), 1, "it is said on standard error: {faults:?}");
    assert_eq!(ps(&project, "demo")["services"][3]["state"], "running");
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn a_second_one_is_another_one_with_a_name_and_a_folder_of_its_own() {
    let project = nowhere();
    let mut first = start(&project, "demo", &["worker"]);
    let file = project.state().join("demo/portolan.toml");
    let edited = format!("# mine\n{}", fs::read_to_string(&file).unwrap());
    fs::write(&file, &edited).unwrap();
    let mut second = start(&project, "demo-2", &["worker"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), edited, "the file of a running one is left alone");
    for (name, up) in [("demo", &first), ("demo-2", &second)] {
        let ps = ps(&project, name);
        assert_eq!(ps["pid"], up.pid(), "{name}");
        assert_eq!(text_of(&ps["folder"]), folder(&project, name).display().to_string());
    }
    called(&project, "demo", &["down"]);
    assert_eq!(first.ended(), 0);
    let mut third = start(&project, "demo", &["worker"]);
    assert_eq!(ps(&project, "demo")["pid"], third.pid(), "a slot that is free again is taken");
    assert_eq!(ps(&project, "demo-2")["pid"], second.pid());
    assert_eq!(second.interrupt(), 130);
    assert_eq!(third.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn those_that_start_in_one_moment_get_a_slot_each() {
    let project = nowhere();
    for way in [&["--detach"][..], &["--detach", "--no-wait"]] {
        let all: Vec<Done> = thread::scope(|scope| {
            let one = || scope.spawn(|| project.run(&[&["demo", "worker"], way].concat()));
            let all = [one(), one(), one(), one()];
            all.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(all.iter().all(|done| done.code == 0), "{all:?}");
        let names = ["demo", "demo-2", "demo-3", "demo-4"];
        for name in names {
            called(&project, name, &["wait", "worker"]);
            let said = all.iter().filter(|done| done.err.contains(&format!("--stack {name} "))).count();
            assert_eq!(said, 1, "each says which it is: {all:?}");
        }
        let mut pids: Vec<_> = names.iter().map(|name| ps(&project, name)["pid"].as_u64().unwrap()).collect();
        pids.sort_unstable();
        pids.dedup();
        assert_eq!(pids.len(), 4);
        for name in names {
            called(&project, name, &["down"]);
        }
    }
    project.assert_nothing_lives();
}

#[test]
fn nothing_of_the_shell_or_the_current_folder_gets_into_it() {
    let project = nowhere();
    project.write(".env", "BETTER_AUTH_SECRET=short\nDATABASE_URL=postgres://me@example.com/from-the-file\n");
    project.configure("this is no TOML");
    let mut command = portolan_command(&project, project.folder(), &["demo", "--plain", "worker"]);
    let mine = [
        ("BETTER_AUTH_SECRET", "short"),
        ("DATABASE_URL", "postgres://me@example.com/from-the-shell"),
        ("AUTH_SERVICE_URL", "https://mine.example.com"),
        ("FRONTEND_URL", "https://mine.example.com"),
        ("AUTH_URL", "https://mine.example.com"),
        ("BACKEND_URL", "https://mine.example.com"),
        ("PORT", "1"),
    ];
    command.envs(mine).env("LC_TIME", "de_DE.UTF-8");
    let mut up = Up::spawn(command);
    up.until_out("reminders: started");
    for service in ["auth", "backend", "frontend", "worker"] {
        let env = env(&project, service);
        let mine = ["example.com", "from-the-file", "from-the-shell", "short"];
        let leaks: Vec<_> = env.iter().filter(|line| mine.iter().any(|mine| line.contains(mine))).collect();
        assert!(leaks.is_empty(), "{service}: {leaks:?}");
        assert_eq!(value(&env, "BETTER_AUTH_SECRET").unwrap().len(), 48, "{service}");
        assert_eq!(value(&env, "LC_TIME").as_deref(), Some("de_DE.UTF-8"), "the session's are kept");
    }
    for service in ["auth", "backend"] {
        let env = env(&project, service);
        assert_eq!(value(&env, "DATABASE_URL").as_deref(), Some(""), "{service}");
        let frontend = value(&env, "FRONTEND_URL").unwrap();
        assert!(frontend.starts_with("http://127.0.0.1:30"), "{service}: {frontend}");
    }
    let auth = value(&env(&project, "backend"), "AUTH_SERVICE_URL").unwrap();
    assert!(auth.starts_with("http://127.0.0.1:80"), "{auth}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn the_secret_is_kept_from_one_demo_to_the_next() {
    let project = nowhere();
    let secret = || value(&env(&project, "auth"), "BETTER_AUTH_SECRET").unwrap();
    let mut up = start(&project, "demo", &["worker"]);
    let first = secret();
    assert_eq!(up.interrupt(), 130);
    let mut up = start(&project, "demo", &["worker"]);
    assert_eq!(secret(), first);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn the_flags_of_up_are_its_own() {
    let project = nowhere();
    let set = ["--set", "ONE=a", "--set", "worker:TWO=b", "--set", "auth:TWO=c"];
    let detached = project.run(&[&["demo", "worker", "--detach"], &set[..]].concat());
    assert_eq!(detached.code, 0, "{detached:?}");
    assert!(detached.out.starts_with("demo is up after "), "{detached:?}");
    for verb in ["attach", "down"] {
        assert!(
            detached.err.contains(&format!("portolan --stack demo {verb} ")),
            "what to try: {detached:?}"
        );
    }
    let env = env(&project, "worker");
    assert_eq!(value(&env, "ONE").as_deref(), Some("a"));
    assert_eq!(value(&env, "TWO").as_deref(), Some("b"));
    called(&project, "demo", &["down"]);

    let mut up = Up::start(&project, project.folder(), &["demo", "--json", "worker"]);
    let running = |event: &Value| event["service"] == "worker" && event["to"] == "running";
    until("the event", || up.events().iter().any(running).then_some(()));
    assert_eq!(up.interrupt(), 130);
    assert!(!up.err().contains("--stack"), "who reads events needs no hints: {up:?}");

    let mut up = start(&project, "demo", &["--timestamps", "worker", "--no-deps"]);
    up.until_out(" worker   | INFO ");
    up.until_err("portolan --stack demo ps ");
    assert!(!up.err().contains("http://"), "there is no page without the frontend: {up:?}");
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn wrong_calls_end_with_2_and_start_nothing() {
    let project = nowhere();
    for (arguments, part) in [
        (&["-f", "other.toml", "demo"][..], "--file"),
        (&["demo", "--profile", "more"], "--profile"),
        (&["--stack", "notes", "demo"], "--stack"),
        (&["demo", "wroker"], "did you mean worker?"),
        (&["demo", "--no-deps"], "SERVICE"),
        (&["demo", "--set", "BETTER_AUTH_SECRET=short", "worker"], "BETTER_AUTH_SECRET"),
        (&["demo", "--set", "BETTER_AUTH_SECRET=short", "--detach"], "BETTER_AUTH_SECRET"),
    ] {
        let done = project.run(arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
        assert!(done.err.contains(part), "{arguments:?}: {done:?}");
    }
    project.assert_nothing_lives();
}

#[test]
fn a_folder_that_is_given_changes_nothing() {
    let project = nowhere();
    let mut up = start(&project, "demo", &["-C", "/nowhere/at/all", "worker"]);
    assert_eq!(text_of(&ps(&project, "demo")["folder"]), folder(&project, "demo").display().to_string());
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_running_one_is_reached_by_every_way_but_its_folder_is_not_this_one() {
    let project = nowhere();
    let mut up = start(&project, "demo", &["worker"]);
    assert_eq!(project.run(&["ps"]).code, 2, "there is no portolan.toml here");
    let inside = project.run_in(&folder(&project, "demo"), &["ps", "--json"]);
    assert_eq!(inside.json()["pid"], up.pid(), "{inside:?}");
    called(&project, "demo", &["restart", "worker"]);
    assert_eq!(ps(&project, "demo")["services"][3]["epoch"], 2);
    let reloaded = called(&project, "demo", &["reload"]);
    assert!(reloaded.out.contains("nothing changed"), "{reloaded:?}");
    assert_eq!(up.interrupt(), 130);
}

mod whole {
    //! With auth, backend and frontend.

    use std::net::TcpListener;

    use super::*;
    use crate::support::get;

    const EMBEDDED: [&str; 3] = ["auth", "backend", "frontend"];

    fn port(project: &Project, name: &str, service: &str) -> u16 {
        let ps = ps(project, name);
        let found = ps["services"].as_array().unwrap().iter().find(|one| one["name"] == service);
        let port = found.unwrap_or_else(|| panic!("no {service}: {ps}"))["port"].as_u64();
        u16::try_from(port.unwrap_or_else(|| panic!("no port: {ps}"))).unwrap()
    }

    #[test]
    fn all_is_healthy_though_the_usual_ports_are_taken() {
        let project = nowhere();
        let usual = [8081, 8000, 3000];
        // Whether we take them or somebody else has them.
        let taken = usual.map(|port| TcpListener::bind(("127.0.0.1", port)));
        let done = project.run(&["demo", "--detach"]);
        assert_eq!(done.code, 0, "{done:?}");
        called(&project, "demo", &["wait", "auth", "backend", "frontend", "worker"]);
        for ((service, usual), taken) in EMBEDDED.into_iter().zip(usual).zip(&taken) {
            let port = port(&project, "demo", service);
            // Somebody else who had it may have let it go meanwhile.
            assert!(taken.is_err() || port != usual, "{port}");
            let url = format!("http://127.0.0.1:{port}");
            assert!(done.out.contains(&url), "{done:?}");
            assert_eq!(called(&project, "demo", &["open", service, "--print"]).out.trim(), url);
            assert!(!get(port, "/health").is_empty());
            let record = folder(&project, "demo").join(format!(".service_discovery/{service}.json"));
            let record: Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
            assert_eq!(record["url"], url);
            assert_eq!(record["mode"], "embedded");
        }
        let page = port(&project, "demo", "frontend");
        assert!(done.err.contains(&format!("Open http://127.0.0.1:{page} ")), "{done:?}");
        assert!(get(page, "/").to_lowercase().contains("<html"));
        assert!(project.folder().read_dir().unwrap().next().is_none());
        called(&project, "demo", &["down"]);
        project.assert_nothing_lives();
    }

    #[test]
    fn two_at_the_same_time_have_ports_of_their_own() {
        let project = nowhere();
        let both: Vec<Done> = thread::scope(|scope| {
            let both = [0, 1].map(|_| scope.spawn(|| project.run(&["demo", "--detach"])));
            both.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(both.iter().all(|done| done.code == 0), "{both:?}");
        for service in EMBEDDED {
            let ports = ["demo", "demo-2"].map(|name| port(&project, name, service));
            assert_ne!(ports[0], ports[1]);
            for port in ports {
                assert!(!get(port, "/health").is_empty());
            }
        }
        for name in ["demo", "demo-2"] {
            called(&project, name, &["down"]);
        }
        project.assert_nothing_lives();
    }

    #[test]
    fn a_backend_that_moves_leaves_the_page_where_it_is() {
        let project = nowhere();
        let mut up = Up::start(&project, project.folder(), &["demo", "--plain"]);
        up.until_err("portolan --stack demo reassign backend ");
        let page = port(&project, "demo", "frontend");
        let before = port(&project, "demo", "backend");
        let epoch = || ps(&project, "demo")["services"][0]["epoch"].clone();
        let run = epoch();
        called(&project, "demo", &["reassign", "backend"]);
        called(&project, "demo", &["wait"]);
        assert_ne!(port(&project, "demo", "backend"), before);
        assert_eq!((port(&project, "demo", "frontend"), epoch()), (page, run), "the page is not restarted");
        assert!(get(page, "/").to_lowercase().contains("<html"));
        assert_eq!(up.interrupt(), 130);
        project.assert_nothing_lives();
    }

    #[test]
    fn what_it_keeps_lies_in_the_state_of_its_stack() {
        let project = nowhere();
        let done = project.run(&["demo", "--detach"]);
        assert_eq!(done.code, 0, "{done:?}");
        let stacks = project.state().join("stacks");
        let data = stacks.read_dir().unwrap().flatten().map(|stack| stack.path().join("data"));
        let data: Vec<_> = data.filter(|folder| folder.is_dir()).collect();
        assert_eq!(data.len(), 1, "{data:?}");
        for service in ["auth", "backend"] {
            let mut kept = data[0].join(service).read_dir().unwrap();
            assert!(kept.next().is_some(), "{service} keeps a database");
        }
        called(&project, "demo", &["down"]);
        project.assert_nothing_lives();
    }
}
