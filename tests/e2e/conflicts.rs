//! Ports that somebody else has: before the start, and in the race between reservation and bind.

use std::process::{Child, Command};

use crate::support::{Project, Stranger, env_of, fixture, free_ports, get, text_of, until};

fn web(port: &str) -> String {
    format!("[services.web]\ncommand = 'FIXTURE http'\nport = {port}\nhealth = '/health'\n")
}

/// A server of nobody's that can be killed without killing the test.
#[expect(clippy::disallowed_methods, reason = "a stranger to the stack")]
fn foreign_server(project: &Project, port: u16) -> Child {
    let mark = project.mark();
    let child = Command::new(fixture())
        .args(["http", "--port", &port.to_string()])
        .envs([mark.split_once('=').unwrap()])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    get(port, "/health");
    child
}

#[test]
fn a_taken_preferred_port_leads_to_the_next_one_and_its_holder_is_named() {
    let first = free_ports(3);
    let stranger = Stranger::on(first);
    let project = Project::new(&web(&format!("'{first}-{}'", first + 2)));
    let mut up = project.up_healthy(&[]);
    let service = project.service("web");
    assert_eq!(service["port"], first + 1, "{service}");
    assert_eq!(service["preferred_port"], first);
    assert_eq!(service["held_by"]["pid"], std::process::id());
    assert_eq!(get(first + 1, "/pid"), service["pid"].to_string());
    let pid = format!("pid {}", std::process::id());
    up.until_err(&format!("moved {first} → {}", first + 1));
    assert!(up.err().contains(&pid), "{up:?}");
    let why = project.ok(&["ps"]);
    assert!(why.out.contains(&format!("{} (not {first})", first + 1)), "{why:?}");
    assert_eq!(up.interrupt(), 130);
    drop(stranger);
}

#[test]
fn an_exhausted_range_leads_to_a_port_from_elsewhere() {
    let first = free_ports(2);
    let _strangers = [Stranger::on(first), Stranger::on(first + 1)];
    let project = Project::new(&web(&format!("'{first}-{}'", first + 1)));
    let mut up = project.up_healthy(&[]);
    let port = project.port("web");
    assert!(port != first && port != first + 1);
    up.until_err(&format!("moved {first} → {port}"));
    assert_eq!(env_of(port, "PORT").unwrap(), port.to_string());
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn conflict_fail_fails_and_names_the_holder() {
    let first = free_ports(2);
    let _stranger = Stranger::on(first);
    let project = Project::new(&web(&format!("{{ range = '{first}-{}', conflict = 'fail' }}", first + 1)));
    let mut up = project.up(&[]);
    assert_eq!(up.ended(), 1, "{up:?}");
    assert!(up.err().contains(&std::process::id().to_string()), "{up:?}");
    assert!(up.err().contains(&first.to_string()), "{up:?}");
    assert!(project.is("web", "failed"));
}

#[test]
fn ports_has_a_row_for_who_holds_what_a_service_would_rather_have_had() {
    let first = free_ports(3);
    let _stranger = Stranger::on(first);
    let project = Project::new(&web(&format!("'{first}-{}'", first + 2)));
    let mut up = project.up_healthy(&[]);
    let ports = project.ok(&["ports"]);
    let row = |port: u16| ports.out.lines().find(|line| line.starts_with(&port.to_string())).unwrap();
    let pid = format!("pid {}", std::process::id());
    let moved = format!("web of {} is on {}", text_of(&project.ps()["stack"]), first + 1);
    assert!(row(first).contains(&pid) && row(first).contains(&moved), "{ports:?}");
    assert!(row(first + 1).contains(&format!("wanted {first}, held by {pid}")), "{ports:?}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn conflict_kill_ends_the_holder_and_takes_the_port() {
    let first = free_ports(2);
    let project = Project::new(&web(&format!("{{ range = '{first}-{}', conflict = 'kill' }}", first + 1)));
    let mut holder = foreign_server(&project, first);
    // Reaped while it is being ended: a zombie of this test would look alive.
    let reaper = std::thread::spawn(move || holder.wait().unwrap());
    let mut up = project.up_healthy(&[]);
    assert_eq!(project.port("web"), first);
    assert!(!reaper.join().unwrap().success());
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_service_that_ignores_its_port_is_named_with_the_port_it_took() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE http --ignore-port'\nport = {}\nhealth = '/health'\n",
    );
    let mut up = project.up(&[]);
    up.until_out("listening on 127.0.0.1:");
    let out = up.out();
    let took = out.split("listening on 127.0.0.1:").nth(1).unwrap().trim();
    let told = project.port("web");
    up.until_err(&format!("listens on {took} instead of {told}"));
    assert!(!project.is("web", "healthy"));
    let why = project.ok(&["why", "web"]);
    assert!(why.out.contains(took), "{why:?}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_bind_lost_in_a_race_leads_to_another_port_by_itself() {
    let first = free_ports(3);
    let project = Project::new(
        &r#"
[services.web]
command = "./server"
port = "RANGE"
health = "/health"
[services.front]
command = "FIXTURE http"
port = {}
health = "/health"
needs = { web = { until = "started" } }
"#
        .replace("RANGE", &format!("{first}-{}", first + 2)),
    );
    project.script("server", "echo ready\nwhile [ ! -e go ]; do sleep 0.02; done\nexec FIXTURE http");
    let mut up = project.up(&[]);
    up.until_out("web   | ready");
    project.until_state("front", "healthy");
    let lost = project.port("web");
    // With SO_REUSEADDR, as most servers: the reservation lets it in.
    let stranger = Stranger::on(lost);
    project.write("go", "");
    project.until_state("web", "healthy");
    let service = project.service("web");
    assert_ne!(service["port"], lost);
    assert_eq!(service["restarts"], 0, "a lost race is not a crash: {service}");
    assert_eq!(service["held_by"]["pid"], std::process::id(), "why it is elsewhere stays known: {service}");
    assert!(project.ok(&["why", "web"]).out.contains(&format!("because {lost} is taken")));
    let ports = project.ok(&["ports", "--json"]).json();
    let row = ports["ports"].as_array().unwrap().iter().find(|row| row["port"] == service["port"]);
    assert_eq!(row.unwrap()["preferred"], lost, "{ports}");
    assert_eq!(row.unwrap()["preferred_held_by"]["pid"], std::process::id(), "{ports}");
    up.until_err(&format!("lost port {lost}"));
    assert!(up.err().contains(&format!("pid {}", std::process::id())), "{up:?}");
    let real = format!("http://127.0.0.1:{}", project.port("web"));
    until("front is told", || {
        (project.is("front", "healthy") && env_of(project.port("front"), "WEB_URL").as_ref() == Some(&real))
            .then_some(())
    });
    assert_eq!(up.interrupt(), 130);
    drop(stranger);
}

#[test]
fn the_listener_of_a_stranger_is_never_health() {
    let project = Project::new("[services.web]\ncommand = './server'\nport = {}\nhealth = { tcp = true }\n");
    project.script("server", "echo ready\n[ -e second ] && exec FIXTURE http\ntouch second\nexec sleep 1000");
    let mut up = project.up(&["--json"]);
    project.until_state("web", "starting");
    let stranger = Stranger::on(project.port("web"));
    project.until_state("web", "healthy");
    assert_eq!(up.interrupt(), 130);
    let events = up.events();
    let first = events.iter().filter(|event| event["epoch"] == 1);
    assert!(!first.clone().any(|event| event["to"] == "healthy"), "{events:#?}");
    let lost = first.clone().find(|event| event["type"] == "port_lost").expect("the loss is an event");
    assert_eq!(lost["held_by"]["pid"], std::process::id(), "{lost}");
    drop(stranger);
}

#[test]
fn a_program_that_binds_without_reuse_gets_our_reservation_out_of_its_way() {
    let project = Project::new(
        "[services.old]\ncommand = 'FIXTURE bind-no-reuse --port {port}'\nport = {}\nhealth = { tcp = true }\n",
    );
    let mut up = project.up_healthy(&[]);
    let service = project.service("old");
    assert_eq!(service["restarts"], 0, "{service}");
    up.until_err("beside our reservation");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn reserve_release_spares_such_a_program_the_second_start() {
    let project = Project::new(
        "[services.old]\ncommand = 'FIXTURE bind-no-reuse --port {port}'\nport = { reserve = 'release' }\n\
         health = { tcp = true }\n",
    );
    let mut up = project.up_healthy(&[]);
    assert_eq!(project.epoch("old"), 1);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_stack_beside_names_the_other_stack_as_the_holder() {
    let first = free_ports(4);
    let project =
        Project::new(&format!("[stack]\nname = 'notes'\n{}", web(&format!("'{first}-{}'", first + 3))));
    let other = project.checkout("second");
    let mut up = project.up_healthy(&[]);
    let mut beside = crate::support::Up::start(&project, &other, &["up"]);
    assert_eq!(project.run_in(&other, &["wait"]).code, 0, "{beside:?}");
    let ps = project.run_in(&other, &["ps", "--json"]).json();
    assert_eq!(ps["stack"], "notes-2", "{ps}");
    let service = &ps["services"][0];
    assert_eq!(service["port"], first + 1, "{ps}");
    assert_eq!(service["held_by"]["stack"], "notes");
    assert_eq!(service["held_by"]["service"], "web");
    assert_eq!(text_of(&service["held_by"]["folder"]), project.folder().display().to_string());
    assert_eq!(beside.interrupt(), 130);
    assert_eq!(up.interrupt(), 130);
}
