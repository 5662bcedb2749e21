//! `portolan up`: what it prints, how it ends, and what it does when the stack is up already.

use std::thread;

use rustix::process::Signal;

use crate::support::{Project, Up, alive, marked_processes, portolan_command, text_of, until};

const ONE: &str = "[services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n";

const CHATTY: &str = r#"
[services.long-name]
command = "sh -c 'echo to stdout; echo to stderr >&2; printf \"\\033[31mred\\033[0m\\n\"; sleep 1000'"
[services.b]
command = "sh -c 'printf hello; sleep 1000'"
"#;

#[test]
fn both_streams_go_to_stdout_with_a_prefix_and_notices_to_stderr() {
    let project = Project::new(CHATTY);
    let mut up = project.up(&[]);
    up.until_out("red");
    up.until_err("running");
    assert_eq!(up.interrupt(), 130);
    let out = up.out();
    assert!(out.contains("long-name | to stdout\n"), "{out}");
    assert!(out.contains("long-name | to stderr\n"), "{out}");
    assert!(out.contains("b         | hello\n"), "a last line without its newline: {out}");
    assert!(out.lines().all(|line| line.starts_with("long-name | ") || line.starts_with("b         | ")));
    let err = up.err();
    assert!(err.contains("long-name * running"), "{err}");
    assert!(!err.contains("to stderr"), "{err}");
    project.assert_nothing_lives();
}

#[test]
fn without_a_terminal_no_escape_sequence_is_printed() {
    let project = Project::new(CHATTY);
    let mut up = project.up(&[]);
    up.until_out("red");
    assert_eq!(up.interrupt(), 130);
    assert!(!up.out().contains('\x1b') && !up.err().contains('\x1b'), "{up:?}");
    assert!(up.out().contains("long-name | red\n"), "{up:?}");
}

#[test]
fn color_always_keeps_what_services_colour() {
    let project = Project::new(CHATTY);
    let mut up = project.up(&["--color", "always"]);
    up.until_out("\x1b[31mred");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn ctrl_c_ends_with_130_and_leaves_nothing() {
    let project = Project::new(ONE);
    let mut up = project.up_healthy(&[]);
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
    assert_eq!(project.record("web"), None);
    assert!(up.err().contains("stopping; press Ctrl-C again to kill"), "{up:?}");
}

#[test]
fn sigterm_ends_with_143_and_leaves_nothing() {
    let project = Project::new(ONE);
    let mut up = project.up_healthy(&[]);
    up.signal(Signal::TERM);
    assert_eq!(up.ended(), 143);
    project.assert_nothing_lives();
}

#[test]
fn down_ends_up_with_0() {
    let project = Project::new(ONE);
    let mut up = project.up_healthy(&[]);
    project.ok(&["down"]);
    assert_eq!(up.ended(), 0, "{up:?}");
    project.assert_nothing_lives();
}

#[test]
fn a_second_ctrl_c_kills_what_ignores_the_first() {
    let project = Project::new(
        "[services.deaf]\ncommand = 'FIXTURE ignore-term then print ready then sleep'\nstop = { grace = '10m' }\n",
    );
    let mut up = project.up(&[]);
    up.until_out("ready");
    up.signal(Signal::INT);
    project.until_state("deaf", "stopping");
    up.signal(Signal::INT);
    assert_eq!(up.ended(), 130, "{up:?}");
    project.assert_nothing_lives();
}

#[test]
fn up_ends_with_0_once_all_have_ended_well() {
    let project =
        Project::new("[services.a]\ncommand = 'true'\n[services.b]\ncommand = 'sh -c \"echo bye\"'\n");
    let mut up = project.up(&[]);
    assert_eq!(up.ended(), 0, "{up:?}");
    assert!(up.out().contains("b | bye\n"), "{up:?}");
    assert!(project.is("a", "completed") && project.is("b", "completed"));
    project.assert_nothing_lives();
}

#[test]
fn up_ends_with_1_once_all_have_ended_and_one_failed() {
    let project = Project::new(
        "[services.a]\ncommand = 'true'\n[services.b]\ncommand = 'sh -c \"exit 7\"'\nrestart = 'no'\n",
    );
    let mut up = project.up(&[]);
    assert_eq!(up.ended(), 1, "{up:?}");
    assert!(up.err().contains("exit 7"), "{up:?}");
    project.assert_nothing_lives();
}

#[test]
fn a_server_that_ends_without_an_error_is_no_success() {
    let project = Project::new("[services.api]\ncommand = 'sh -c \"echo ready\"'\nport = {}\n");
    let mut up = project.up(&[]);
    assert_eq!(up.ended(), 1, "{up:?}");
    assert!(up.err().contains("is a server and ended without an error"), "{up:?}");
    let mut daemon = project.up(&["--detach"]);
    assert_eq!(daemon.ended(), 1, "{daemon:?}");
    assert!(daemon.err().contains("api ended by itself and should stay"), "{daemon:?}");
    until("the daemon has ended", || marked_processes(&project.mark()).is_empty().then_some(()));
}

#[test]
fn a_second_up_says_who_runs_the_stack() {
    let project = Project::new(ONE);
    let mut up = project.up_healthy(&[]);
    for arguments in [&["up"][..], &["up", "--json"], &["up", "--detach"]] {
        let second = project.run(arguments);
        assert_eq!(second.code, 1, "{second:?}");
        assert!(second.err.contains(&up.pid().to_string()), "{second:?}");
        assert!(second.err.contains("portolan down"), "{second:?}");
    }
    assert!(project.is("web", "healthy"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn detach_returns_when_all_is_healthy_and_down_ends_it() {
    let project = Project::new(ONE);
    let done = project.ok(&["up", "--detach"]);
    let service = project.service("web");
    assert_eq!(service["state"], "healthy");
    assert!(done.out.contains(&text_of(&service["url"])), "{done:?}");
    let launcher = u32::try_from(project.ps()["pid"].as_u64().unwrap()).unwrap();
    let cwd = std::fs::read_link(format!("/proc/{launcher}/cwd")).unwrap();
    assert_eq!(cwd.to_str(), Some("/"), "the daemon keeps no folder busy");
    project.ok(&["down"]);
    until("the daemon has ended", || (!alive(launcher)).then_some(()));
    project.assert_nothing_lives();
}

#[test]
fn detach_ends_with_1_when_a_service_fails() {
    let project = Project::new(&format!(
        "{ONE}[services.bad]\ncommand = 'sh -c \"exit 4\"'\nport = {{}}\nrestart = 'no'\n"
    ));
    let done = project.run(&["up", "--detach"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("bad") && done.err.contains("exit 4"), "{done:?}");
    project.ok(&["down"]);
    project.assert_nothing_lives();
}

#[test]
fn detach_without_waiting_returns_before_health() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE http --delay 1000000'\nport = {}\nhealth = '/health'\n",
    );
    project.ok(&["up", "--detach", "--no-wait"]);
    until("it starts", || project.is("web", "starting").then_some(()));
    project.ok(&["down"]);
    project.assert_nothing_lives();
}

#[test]
fn detach_reports_a_wrong_configuration_with_2() {
    let project = Project::new("[services.web]\ncommand = 'surely-no-such-program'\n");
    let done = project.run(&["up", "--detach"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("surely-no-such-program"), "{done:?}");
    project.assert_nothing_lives();
}

#[test]
fn of_two_that_detach_in_one_moment_one_is_told_that_the_stack_is_up() {
    let project = Project::new(ONE);
    for _ in 0..4 {
        let both: Vec<_> = thread::scope(|scope| {
            let one = || scope.spawn(|| project.run(&["up", "--detach"]));
            let both = [one(), one()];
            both.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let well = both.iter().find(|done| done.code == 0).unwrap_or_else(|| panic!("{both:?}"));
        let told = both.iter().find(|done| done.code == 1).unwrap_or_else(|| panic!("{both:?}"));
        let pid = project.ps()["pid"].to_string();
        assert!(well.out.contains(&format!("pid {pid}")), "{both:?}");
        assert!(told.err.contains("is up already, launched by pid"), "{both:?}");
        project.ok(&["down"]);
    }
    project.assert_nothing_lives();
}

#[test]
fn a_reader_that_goes_away_ends_the_stack() {
    let project =
        Project::new("[services.web]\ncommand = 'sh -c \"while echo tick; do sleep 0.02; done\"'\n");
    let mut command = portolan_command(&project, project.folder(), &["up"]);
    let (reader, writer) = std::io::pipe().unwrap();
    command.stdout(writer);
    let mut child = command.spawn().unwrap();
    drop(command);
    project.until_state("web", "running");
    drop(reader);
    let status = until("`up` ends", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(141));
    project.assert_nothing_lives();
}

#[test]
fn a_profile_selects_more_services() {
    let toml = format!("{ONE}[services.extra]\ncommand = 'FIXTURE sleep'\nprofiles = ['more']\n");
    let project = Project::new(&toml);
    let mut up = project.up_healthy(&[]);
    assert_eq!(project.ps()["services"].as_array().unwrap().len(), 1);
    assert_eq!(up.interrupt(), 130);
    let refused = project.run(&["up", "extra"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--profile more"), "{refused:?}");
    let mut up: Up = project.up_healthy(&["--profile", "more"]);
    assert!(project.is("extra", "running"));
    assert_eq!(up.interrupt(), 130);
}
