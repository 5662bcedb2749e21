//! What keys and answers do to the dialog.

use super::*;
use crate::stack::{PortHolder, PreferredPort};
use crate::ui::samples::name;

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn node() -> PortHolder {
    PortHolder { pid: Some(811), command: Some("node".to_owned()), ..PortHolder::default() }
}

fn options(held_by: Option<PortHolder>) -> PortOptions {
    PortOptions {
        current: Some(port(5433)),
        preferred: Some(PreferredPort { port: port(5432), held_by }),
        range: None,
        free: vec![port(5434), port(5435), port(5436), port(5437)],
        held: Vec::new(),
        restarts: vec![name("api")],
    }
}

fn opened(held_by: Option<PortHolder>) -> PortDialog {
    let mut dialog = PortDialog::new(name("db"));
    dialog.answer(&Answer::PortOptions(name("db"), Ok(options(held_by))));
    dialog
}

fn press(dialog: &mut PortDialog, keys: &str) -> Vec<Request> {
    keys.split_whitespace().flat_map(|key| dialog.key(key.parse().unwrap()).requests).collect()
}

fn check(dialog: &mut PortDialog, number: u16, verdict: PortVerdict) -> Outcome {
    let check = PortCheck { port: port(number), verdict, outside_of: None };
    dialog.answer(&Answer::PortCheck(name("db"), port(number), Ok(check)))
}

fn order(number: u16) -> Request {
    let order = CommandRequest::Reassign { service: name("db"), to: Some(port(number)) };
    Request::Order { what: format!("move db to {number}"), order }
}

#[test]
fn the_choices_are_what_there_is() {
    let free = [5434, 5435, 5436].map(|number| Choice::ThisTime(port(number)));
    let mut expected = free.to_vec();
    expected.extend([Choice::Always(port(5433)), Choice::Own]);
    expected.push(Choice::EndHolder { port: port(5432), pid: 811 });
    assert_eq!(opened(Some(node())).choices(), expected);

    let of_stack = PortHolder { stack: Some("notes".to_owned()), ..node() };
    assert_eq!(
        opened(Some(of_stack)).choices().last(),
        Some(&Choice::Own),
        "a stack's holder is not ended here"
    );
    assert_eq!(opened(None).choices()[0], Choice::Preferred(port(5432)));
    assert_eq!(PortDialog::new(name("db")).choices(), [Choice::Own]);
}

#[test]
fn a_choice_is_looked_at_once_more_before_the_order() {
    let mut dialog = opened(Some(node()));
    assert_eq!(press(&mut dialog, "2 Enter"), [Request::CheckPort(name("db"), port(5435))]);
    assert!(check(&mut dialog, 5434, PortVerdict::Free).requests.is_empty(), "another port's answer");
    let outcome = check(&mut dialog, 5435, PortVerdict::Free);
    assert_eq!((outcome.close, outcome.requests), (true, vec![order(5435)]));
}

#[test]
fn what_was_taken_meanwhile_is_not_taken() {
    for verdict in [PortVerdict::Held { by: node() }, PortVerdict::Privileged, PortVerdict::Current] {
        let mut dialog = opened(Some(node()));
        press(&mut dialog, "Enter");
        let outcome = check(&mut dialog, 5434, verdict);
        assert!(!outcome.close && outcome.requests.is_empty());
        assert!(dialog.notice.is_some());
        assert_eq!(dialog.step, PortStep::Choosing);
    }
}

#[test]
fn always_is_written_down_before_the_order() {
    let mut dialog = opened(None);
    press(&mut dialog, "2 a");
    let outcome = check(&mut dialog, 5434, PortVerdict::Free);
    assert_eq!(outcome.requests, [Request::RememberPort(name("db"), port(5434)), order(5434)]);

    let mut dialog = opened(Some(node()));
    let keep = press(&mut dialog, "4 Enter");
    assert_eq!(keep, [Request::RememberPort(name("db"), port(5433))], "the port that it has restarts nobody");
}

#[test]
fn a_typed_port_is_looked_at_with_every_digit() {
    let mut dialog = opened(Some(node()));
    let looks = |numbers: &[u16]| -> Vec<Request> {
        numbers.iter().map(|number| Request::CheckPort(name("db"), port(*number))).collect()
    };
    assert_eq!(press(&mut dialog, "5 8 0 x 0 0"), looks(&[8, 80, 800, 8000]));
    check(&mut dialog, 800, PortVerdict::Free);
    assert_eq!(dialog.check, None, "a late answer is about another port");
    check(&mut dialog, 8000, PortVerdict::Privileged);
    assert!(dialog.check.is_some());
    assert_eq!(press(&mut dialog, "Backspace"), looks(&[800]));
    assert!(dialog.paste("12345 rm\n").requests.is_empty(), "what does not fit is no port");
    assert_eq!(dialog.input.value(), "80012");
    assert!(press(&mut dialog, "Enter").is_empty(), "80012 is no port");
    assert!(dialog.notice.is_some());
}

#[test]
fn the_holder_is_ended_only_after_a_second_yes_and_then_the_port_is_taken() {
    let mut dialog = opened(Some(node()));
    assert!(press(&mut dialog, "6 Enter Enter").is_empty(), "Enter is no second yes");
    assert_eq!(dialog.step, PortStep::Choosing);
    let end = Request::EndHolder { port: port(5432), pid: 811, force: false };
    assert_eq!(press(&mut dialog, "6 Enter y y y"), [end]);
    let outcome = dialog.answer(&Answer::HolderEnded(port(5432), Ok(())));
    assert_eq!((outcome.close, outcome.requests), (true, vec![order(5432)]));
}

#[test]
fn an_answer_that_never_comes_can_be_left() {
    let mut dialog = PortDialog::new(name("db"));
    dialog.answer(&Answer::PortOptions(name("db"), Err("the stack is not running".to_owned())));
    assert_eq!(dialog.notice.as_deref(), Some("the stack is not running"));
    press(&mut dialog, "8 0 8 0 Enter");
    assert!(!dialog.key(Key::code(KeyCode::Esc)).close, "back to choosing");
    assert!(dialog.key(Key::code(KeyCode::Esc)).close);
}
