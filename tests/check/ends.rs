//! How a check ends before its time: nothing of it lives then.

use std::fs;
use std::process::Child;

use rustix::process::Signal;
use serde_json::Value;

use crate::stack_support::{PATIENCE, describe, send, wait_until};
use crate::support::Stack;
use crate::xml::Element;

/// After how many rounds the table says that it was interrupted.
fn rounds_done(said: &str) -> usize {
    let told = said.split("pair: interrupted after ").nth(1).unwrap_or_else(|| panic!("{said}"));
    let done = told.split(" of 50 rounds").next().unwrap().parse().unwrap();
    assert!((1..50).contains(&done), "{said}");
    done
}

/// A check of many rounds, in its second or, if the machine is busy, a later one.
fn in_the_second_round(stack: &Stack, arguments: &[&str]) -> Child {
    let all = [&["check", "--watch", "1s", "--repeat", "50"], arguments].concat();
    let check = stack.workspace.start(&all);
    let pid = |record: Value| record["pid"].as_u64();
    let first = wait_until(PATIENCE, || stack.workspace.record("api").and_then(pid)).expect("it comes up");
    let again = || stack.workspace.record("api").and_then(pid).filter(|pid| *pid != first);
    wait_until(PATIENCE, again).expect("it comes up again");
    check
}

#[test]
fn rounds_that_are_done_are_told_when_a_signal_cuts_the_others() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let stack = Stack::pair(&[]);
        let mut check = in_the_second_round(&stack, &["--junit", "report.xml", "--github"]);
        send(check.id(), signal);
        let status = wait_until(PATIENCE, || check.try_wait().unwrap()).expect("it ends");
        let said = stack.workspace.said();
        assert_eq!(status.code(), Some(code), "{said}");
        let done = rounds_done(&said);
        assert!(said.contains(&format!(" rounds ({done} passed, ")), "{said}");
        let annotation = format!("::error title=portolan check::interrupted after {done} of 50 rounds\n");
        assert!(said.contains(&annotation), "{said}");
        let report = fs::read_to_string(stack.workspace.project().join("report.xml")).unwrap();
        let root = Element::parse(&report);
        assert_eq!((root.attribute("errors"), root.attribute("failures")), ("1", "0"), "{report}");
        let names: Vec<_> = root.children("testsuite").map(|suite| suite.attribute("name")).collect();
        assert_eq!((names.len(), names[0], names[done]), (done + 1, "pair round 1", "pair interrupted"));
        let living = stack.workspace.living();
        assert!(living.is_empty(), "{:?}", living.iter().map(|left| describe(left.pid)).collect::<Vec<_>>());
        stack.workspace.await_nothing_left(PATIENCE);
    }
}

#[test]
fn an_interrupted_check_is_not_ok_for_programs() {
    let stack = Stack::pair(&[]);
    let mut check = in_the_second_round(&stack, &["--json"]);
    send(check.id(), Signal::INT);
    let status = wait_until(PATIENCE, || check.try_wait().unwrap()).expect("it ends");
    let report: Value = serde_json::from_str(&stack.workspace.said()).unwrap();
    assert_eq!(status.code(), Some(130));
    let done = report["rounds"].as_u64().unwrap();
    assert!((1..50).contains(&done) && report["ok"] == false, "{report}");
    assert_eq!(report["interrupted"], serde_json::json!({ "after": done, "of": 50 }), "{report}");
    assert!(report["checks"].as_array().unwrap().iter().all(|row| row["passed"] == done), "{report}");
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn rounds_that_are_done_are_told_when_the_next_cannot_begin() {
    let stack = Stack::pair(&[]);
    let mut check = in_the_second_round(&stack, &[]);
    stack.write("portolan.toml", "[services.api]\ncolour = 2\n");
    let status = wait_until(PATIENCE, || check.try_wait().unwrap()).expect("it ends");
    let said = stack.workspace.said();
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("colour") && rounds_done(&said) > 1, "{said}");
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn a_signal_ends_it_with_everything_that_it_has_started() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let stack = Stack::pair(&[]);
        let mut check = stack.workspace.start(&["check", "--watch", "60s"]);
        wait_until(PATIENCE, || stack.workspace.record("api")).expect("it comes up");
        send(check.id(), signal);
        let status = wait_until(PATIENCE, || check.try_wait().unwrap()).expect("it ends");
        assert_eq!(status.code(), Some(code), "{}", stack.workspace.said());
        let living = stack.workspace.living();
        assert!(living.is_empty(), "{:?}", living.iter().map(|left| describe(left.pid)).collect::<Vec<_>>());
        stack.workspace.await_nothing_left(PATIENCE);
        assert!(stack.workspace.record("auth").is_none());
    }
}

#[test]
fn a_second_signal_kills_what_does_not_end() {
    let stack = Stack::pair(&[(
        "[services.api]\ncommand = \"FIXTURE http\"",
        "[services.api]\ncommand = \"FIXTURE ignore-term then http\"",
    )]);
    let mut check = stack.workspace.start(&["check", "--watch", "60s"]);
    wait_until(PATIENCE, || stack.workspace.record("api")).expect("it comes up");
    send(check.id(), Signal::INT);
    wait_until(PATIENCE, || stack.workspace.record("api").is_none().then_some(()))
        .expect("it is told to stop");
    send(check.id(), Signal::INT);
    let status = wait_until(PATIENCE, || check.try_wait().unwrap()).expect("it ends");
    assert_eq!(status.code(), Some(130), "{}", stack.workspace.said());
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn a_signal_while_it_stops_a_stack_ends_it_too() {
    let stack = Stack::pair(&[(
        "[services.api]\ncommand = \"FIXTURE http\"",
        "[services.api]\ncommand = \"FIXTURE ignore-term then http\"\nstop = { grace = \"60s\" }",
    )]);
    let mut check = stack.workspace.start(&["check", "--watch", "1s", "--repeat", "2"]);
    wait_until(PATIENCE, || stack.workspace.record("api")).expect("it comes up");
    wait_until(PATIENCE, || stack.workspace.record("api").is_none().then_some(()))
        .expect("it is told to stop");
    send(check.id(), Signal::INT);
    let status = wait_until(PATIENCE, || check.try_wait().unwrap()).expect("it ends");
    assert_eq!(status.code(), Some(130), "{}", stack.workspace.said());
    assert!(stack.workspace.record("auth").is_none(), "no further round is begun");
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn a_stack_that_somebody_takes_down_in_the_middle_fails() {
    let stack = Stack::pair(&[]);
    let mut check = stack.workspace.start(&["check", "--watch", "60s"]);
    wait_until(PATIENCE, || stack.workspace.record("api")).expect("it comes up");
    stack.workspace.succeed(&["down"]);
    let status = wait_until(PATIENCE, || check.try_wait().unwrap()).expect("it ends");
    assert_eq!(status.code(), Some(1), "{}", stack.workspace.said());
    stack.workspace.await_nothing_left(PATIENCE);
}

#[test]
fn a_check_that_is_killed_leaves_no_process_and_no_lease() {
    // As it starts, while it is watched, and while it stops.
    for part in 0..3 {
        let stack = Stack::pair(&[(
            "[services.api]\ncommand = \"FIXTURE http\"",
            "[services.api]\ncommand = \"FIXTURE ignore-term then http\"\nstop = { grace = \"60s\" }",
        )]);
        let watch = if part == 2 { "1s" } else { "60s" };
        let mut check = stack.workspace.start(&["check", "--watch", watch, "--repeat", "3"]);
        let first = if part == 0 { "auth" } else { "api" };
        wait_until(PATIENCE, || stack.workspace.record(first)).expect("it starts");
        if part == 2 {
            let gone = || stack.workspace.record("api").is_none().then_some(());
            wait_until(PATIENCE, gone).expect("it is told to stop");
        }
        send(check.id(), Signal::KILL);
        wait_until(PATIENCE, || check.try_wait().unwrap()).expect("it is dead");
        stack.workspace.await_nothing_left(PATIENCE);
        assert_eq!(stack.workspace.leases(), [0; 0]);
    }
}
