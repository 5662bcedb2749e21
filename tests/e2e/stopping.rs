//! How services end: gently, by force, with everything that they left behind, and what stays when others go.

use crate::support::{Project, alive, signal, text_of, until};
use rustix::process::Signal;

fn pid_in(project: &Project, file: &str) -> u32 {
    until(&format!("a pid in {file}"), || {
        std::fs::read_to_string(project.path(file)).ok()?.trim().parse().ok()
    })
}

#[test]
fn a_tree_that_ignores_term_is_killed_after_its_grace() {
    let project = Project::new(
        "[services.deaf]\ncommand = 'FIXTURE ignore-term then fork 3 then print ready then sleep'\nstop = { grace = '200ms' }\n",
    );
    let mut up = project.up(&[]);
    up.until_out("ready");
    assert_eq!(up.interrupt(), 130);
    assert!(up.err().contains("did not end within 0.2s and is killed"), "{up:?}");
    project.assert_nothing_lives();
}

#[test]
fn a_service_that_ends_on_term_is_not_said_to_have_crashed() {
    let project = Project::new("[services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n");
    let mut up = project.up_healthy(&[]);
    assert_eq!(up.interrupt(), 130);
    assert!(!up.err().contains("ended by itself") && !up.err().contains("failed"), "{up:?}");
    assert!(project.is("web", "stopped"));
}

#[test]
fn grandchildren_in_sessions_of_their_own_end_with_down() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE setsid-grandchild --pid-file daemon then print left then http'\nport = {}\nhealth = '/health'\n\
         [services.clean]\ncommand = 'FIXTURE setsid-grandchild --clean-env --pid-file clean then sleep'\n",
    );
    let mut up = project.up_healthy(&[]);
    let daemons = ["daemon", "clean"].map(|file| pid_in(&project, file));
    assert!(daemons.iter().all(|pid| alive(*pid)));
    project.ok(&["down"]);
    assert_eq!(up.ended(), 0, "{up:?}");
    assert!(!daemons.iter().any(|pid| alive(*pid)), "a daemon is left");
    project.assert_nothing_lives();
}

#[test]
fn a_crash_takes_what_the_service_left_behind_along() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE setsid-grandchild --pid-file daemon then exit 3'\nrestart = 'no'\n\
         [services.other]\ncommand = 'FIXTURE sleep'\n",
    );
    let mut up = project.up(&[]);
    let daemon = pid_in(&project, "daemon");
    project.until_state("web", "failed");
    until("its daemon has ended", || (!alive(daemon)).then_some(()));
    assert!(project.is("other", "running"));
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn stop_and_start_of_one_service_leave_the_others() {
    let project = Project::new(
        "[services.a]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n\
         [services.b]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n",
    );
    let mut up = project.up_healthy(&[]);
    let (pid, port) = (project.service("b")["pid"].clone(), project.port("a"));
    let done = project.ok(&["stop", "a"]);
    assert_eq!(done.out, "a is stopped\n", "{done:?}");
    assert!(project.is("a", "stopped"));
    assert_eq!(project.service("a")["pid"], serde_json::Value::Null);
    project.ok(&["start", "a"]);
    assert!(project.is("a", "healthy"));
    assert_eq!(project.port("a"), port);
    assert_eq!(project.service("b")["pid"], pid);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn the_signal_to_stop_with_can_be_chosen() {
    let project = Project::new(
        r#"
[services.web]
command = ["sh", "-c", "trap 'echo got int; exit 0' INT; trap 'echo got term; exit 0' TERM; echo ready; while :; do sleep 0.02; done"]
stop = { signal = "INT" }
"#,
    );
    let mut up = project.up(&[]);
    up.until_out("ready");
    project.ok(&["down"]);
    assert_eq!(up.ended(), 0);
    assert!(up.out().contains("web | got int\n") && !up.out().contains("got term"), "{up:?}");
}

#[test]
fn last_words_after_the_signal_are_printed() {
    let project = Project::new(
        r#"
[services.web]
command = ["sh", "-c", "trap 'echo closing; sleep 0.1; echo closed; exit 0' TERM; echo ready; while :; do sleep 0.02; done"]
"#,
    );
    let mut up = project.up(&[]);
    up.until_out("ready");
    assert_eq!(up.interrupt(), 130);
    assert!(up.out().contains("web | closing\nweb | closed\n"), "{up:?}");
    assert!(project.ok(&["logs"]).out.contains("web | closed\n"));
}

#[test]
fn ctrl_c_while_a_need_is_awaited_ends_at_once() {
    let project = Project::new(
        "[services.slow]\ncommand = 'FIXTURE http --delay 1000000'\nport = {}\nhealth = '/health'\n\
         [services.web]\ncommand = 'FIXTURE http'\nport = {}\nneeds = ['slow']\n",
    );
    let mut up = project.up(&[]);
    project.until_state("slow", "starting");
    let waiting = project.service("web");
    assert_eq!(waiting["state"], "waiting");
    assert_eq!(text_of(&waiting["waiting_for"][0]), "slow", "{waiting}");
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn ctrl_c_ends_a_prepare_step_too() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE http'\nprepare = 'FIXTURE fork 2 then sleep'\nport = {}\n",
    );
    let mut up = project.up(&[]);
    project.until_state("web", "preparing");
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn kill_9_of_the_launcher_ends_everything_and_the_next_up_works() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE setsid-grandchild then fork 2 then http'\nport = {}\nhealth = '/health'\n",
    );
    let mut up = project.up_healthy(&[]);
    let port = project.port("web");
    signal(up.pid(), Signal::KILL);
    assert_eq!(up.ended(), 137);
    until("nothing lives", || crate::support::marked_processes(&project.mark()).is_empty().then_some(()));
    let mut up = project.up_healthy(&[]);
    assert_eq!(project.port("web"), port, "its port is free and its own again");
    assert_eq!(up.interrupt(), 130);
}
