//! Keys that end the stack or the console.

use super::*;
use crate::ui::model::Ending;

fn down() -> Request {
    Request::Order { what: "stop all".to_owned(), order: CommandRequest::Down {} }
}

pub(super) fn asked_about(mut stage: Stage, interrupted: bool) {
    assert_eq!(stage.press(), [], "it asks");
    assert!(matches!(stage.model.layers[..], [Layer::Ask(_)]));
    stage.press_key(Key::char('n'));
    assert!(stage.model.layers.is_empty() && stage.model.ending == Ending::Not);
    stage.press();
    assert_eq!(stage.press_key(Key::char('y')), [down()]);
    assert_eq!(stage.model.ending, Ending::Stopping);
    assert_eq!(stage.model.interrupted, interrupted, "the exit code tells");
}

pub(super) fn asked_about_after_a_selection(mut stage: Stage) {
    let spot = Spot { seq: 385, column: 0 };
    let span = Span { from: spot, to: spot, lines: true };
    stage.model.logs.span = Some(span);
    assert_eq!(stage.press(), [Request::Copy(CopyWhat::Span(span))]);
    asked_about(stage, true);
}

pub(super) fn ordered(mut stage: Stage) {
    assert_eq!(stage.press(), [down()]);
    assert_eq!(stage.model.ending, Ending::Stopping);
}

pub(super) fn left(mut stage: Stage) {
    stage.facts.attached = true;
    assert_eq!(stage.press(), []);
    assert_eq!(stage.model.ending, Ending::Over);
}

#[test]
fn quitting_what_others_launched_asks_nothing_and_stops_nothing() {
    left(Stage::new(Action::Quit, Some(Key::char('q')), Focus::Services));
}

#[test]
fn a_second_ctrl_c_is_a_yes_and_a_third_kills() {
    let mut stage = Stage::new(Action::Interrupt, Some(Key::ctrl('c')), Focus::Services);
    assert_eq!(stage.press(), []);
    assert_eq!(stage.press(), [down()]);
    assert!(stage.model.interrupted);
    let kill = Request::Order { what: "kill all".to_owned(), order: CommandRequest::Kill {} };
    assert_eq!(stage.press(), [kill]);
    assert_eq!(stage.press(), [], "more than that there is not");
}
