//! Keys that act on the logs.

use super::*;
use crate::logs::Level;
use crate::ui::model::Stamps;

pub(super) fn filtered_while_typing(mut stage: Stage) {
    stage.press();
    let requests = stage.type_in("warn");
    let looking = || Some(Looking { text: "warn".to_owned(), find: false });
    assert_eq!(requests.len(), 4, "each key takes effect");
    assert_eq!(requests[3], Request::Look { looking: looking(), level: None });
    stage.type_in(" (");
    assert_eq!(stage.model.logs.looking, looking(), "what cannot be understood leaves the last one");
    stage.press_key(Key::code(KeyCode::Backspace));
    stage.enter();
    assert!(stage.model.logs.prompt.is_none());
    assert_eq!(stage.model.logs.looking, looking());
}

pub(super) fn searched(mut stage: Stage, forward: bool) {
    assert_eq!(stage.press(), [], "nothing is looked for");
    stage.look_for("x");
    assert_eq!(stage.press(), [Request::Jump(Jump::Hit { forward })]);
}

pub(super) fn followed_and_paused(mut stage: Stage) {
    for follows in [false, true] {
        stage.press();
        assert_eq!(stage.model.logs.follows(), follows);
    }
}

pub(super) fn wrapped(mut stage: Stage) {
    for wrap in [true, false] {
        assert_eq!(stage.press(), [Request::Remember]);
        assert_eq!(stage.model.logs.wrap, wrap);
    }
}

pub(super) fn stamped(mut stage: Stage) {
    for stamps in [Stamps::Relative, Stamps::Off, Stamps::Absolute] {
        assert_eq!(stage.press(), [Request::Remember]);
        assert_eq!(stage.model.logs.stamps, stamps);
    }
}

pub(super) fn narrowed_to_levels(mut stage: Stage) {
    for level in [Some(Level::Warn), Some(Level::Error), None] {
        assert_eq!(stage.press(), [Request::Look { looking: None, level }]);
    }
}

pub(super) fn cleared_and_brought_back(
    mut stage: Stage,
    clear: impl Fn(&mut Stage),
    undo: impl Fn(&mut Stage),
) {
    clear(&mut stage);
    assert_eq!(stage.model.logs.cleared, stage.facts.log_end);
    undo(&mut stage);
    assert_eq!(stage.model.logs.cleared, 0);
}

pub(super) fn folded(mut stage: Stage) {
    stage.cursor(386);
    stage.press();
    assert!(stage.model.logs.unfolded.contains(&386), "the folded traceback");
    stage.model.logs.unfolded.insert(403);
    stage.cursor(403);
    stage.press();
    assert!(!stage.model.logs.unfolded.contains(&403), "the open one");
    for opened in [true, false] {
        stage.cursor(385);
        stage.press();
        assert_eq!(stage.model.logs.opened.contains(&385), opened, "the line of JSON");
    }
}

pub(super) fn given_markers(mut stage: Stage) {
    stage.cursor(385);
    for marked in [true, false] {
        stage.press();
        assert_eq!(stage.model.logs.markers.contains(&385), marked);
    }
}

pub(super) fn walked_by_markers(mut stage: Stage) {
    stage.model.logs.markers.extend([384, 402]);
    for (at, next) in [(385, 402), (402, 384)] {
        stage.cursor(at);
        assert_eq!(stage.press(), [Request::Jump(Jump::To(next))]);
    }
}

pub(super) fn selected(mut stage: Stage) {
    stage.cursor(385);
    stage.press();
    let span = stage.model.logs.span.expect("a selection");
    assert!(span.lines && span.from.seq == 385 && span.to.seq == 385);
    assert_eq!(stage.press_key(Key::char('y')), [Request::Copy(CopyWhat::Span(span))]);
}

pub(super) fn copied(mut stage: Stage, what: CopyWhat) {
    stage.cursor(386);
    assert_eq!(stage.press(), [Request::Copy(what)]);
}

pub(super) fn lit_by_a_pin(mut stage: Stage) {
    assert!(matches!(stage.opened(), Layer::Line(_)));
    stage.type_in("sku");
    assert_eq!(stage.enter(), [Request::Remember]);
    assert_eq!(stage.model.logs.pins, ["sku"]);
}

pub(super) fn saved_as_a_filter(mut stage: Stage) {
    stage.look_for("level:warn");
    assert!(matches!(stage.opened(), Layer::Line(_)));
    stage.type_in("warnings");
    assert_eq!(stage.enter(), [Request::Remember]);
    let kept = stage.model.settings.remembered.filters.get("warnings");
    assert_eq!(kept.map(String::as_str), Some("level:warn"));
}
