//! `--running`: a stack that somebody else has launched.

use std::fs;

use rustix::process::Signal;

use crate::stack_support::{PATIENCE, send, wait_until};
use crate::support::{Stack, ports};

#[test]
fn a_running_stack_is_proved_and_left_as_it_is() {
    let stack = Stack::pair(&[]);
    let mut launcher = stack.workspace.start(&["up"]);
    stack.workspace.succeed(&["wait"]);
    let checked = stack.check_only(&["--running", "--json"]);
    assert_eq!(checked.red(), [""; 0], "{checked:?}");
    assert_eq!(checked.row("gone")["ok"], serde_json::Value::Null);
    assert_eq!(checked.row("SC-002")["passed"], 1);
    // What was stopped is no fault, unless it is asked for.
    stack.workspace.succeed(&["stop", "api"]);
    assert_eq!(stack.check_only(&["--running", "--json"]).red(), [""; 0]);
    assert_eq!(stack.check_only(&["--running", "--json", "api"]).red(), ["SC-001"]);
    stack.workspace.succeed(&["start", "api"]);
    let before = stack.workspace.record("api").unwrap();
    // Another one cannot be started beside it.
    let second = stack.check_only(&[]);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.err.contains("portolan check --running"), "{second:?}");
    assert_eq!(stack.workspace.record("api").unwrap()["pid"], before["pid"], "it was left alone");
    send(launcher.id(), Signal::INT);
    wait_until(PATIENCE, || launcher.try_wait().unwrap()).expect("it ends");
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn what_a_running_stack_has_of_before_is_told_from_what_it_would_get_now() {
    let stack = Stack::pair(&[]);
    let mut launcher = stack.workspace.start(&["up"]);
    stack.workspace.succeed(&["wait"]);
    let nobody = ports(1);
    let file = stack.workspace.project().join("portolan.toml");
    let toml = fs::read_to_string(&file).unwrap();
    fs::write(&file, toml.replace("/health", "/nothing")).unwrap();
    stack.write(".env", &format!("TOKEN={}\nAUTH_X=http://localhost:{nobody}\n", "z".repeat(40)));
    let checked = stack.check_only(&["--running", "--json"]);
    assert!(checked.red().contains(&"SC-002".to_owned()), "{checked:?}");
    assert!(checked.details("SC-002")[0].contains("TOKEN is another value"), "{checked:?}");
    assert!(checked.red().contains(&"SC-003".to_owned()), "the path is no longer there: {checked:?}");
    assert!(
        !checked.red().contains(&"dependencies".to_owned()) || !checked.out.contains("AUTH_X"),
        "{checked:?}"
    );
    send(launcher.id(), Signal::INT);
    wait_until(PATIENCE, || launcher.try_wait().unwrap()).expect("it ends");
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn a_service_that_the_running_stack_does_not_have_is_told_from_one_that_is_to_come() {
    let stack = Stack::pair(&[]);
    let mut launcher = stack.workspace.start(&["up"]);
    stack.workspace.succeed(&["wait"]);
    let file = stack.workspace.project().join("portolan.toml");
    let toml = fs::read_to_string(&file).unwrap();
    fs::write(&file, toml + "\n[services.new]\ncommand = \"sleep 100\"\n").unwrap();
    for (name, help) in [("new", "`portolan reload` takes it in"), ("nobody", "there are auth, api")] {
        let checked = stack.check_only(&["--running", name]);
        assert_eq!((checked.code, checked.out.as_str()), (2, ""), "{checked:?}");
        assert!(checked.err.contains(help), "{checked:?}");
    }
    send(launcher.id(), Signal::INT);
    wait_until(PATIENCE, || launcher.try_wait().unwrap()).expect("it ends");
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn where_nothing_runs_there_is_nothing_to_check() {
    let checked = Stack::pair(&[]).check(&["--running"]);
    assert_eq!((checked.code, checked.out.as_str()), (1, ""), "{checked:?}");
    assert!(checked.err.contains("is not running"), "{checked:?}");
}
