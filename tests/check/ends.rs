//! How a check ends before its time: nothing of it lives then.

use rustix::process::Signal;

use crate::stack_support::{PATIENCE, describe, send, wait_until};
use crate::support::Stack;

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
