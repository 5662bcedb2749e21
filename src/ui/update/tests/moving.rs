//! Keys that move something: the selection, the page, the panes, what fills the window.

use super::*;

pub(super) fn by_one(mut stage: Stage, by: i64, neighbour: &str) {
    let requests = stage.press();
    match stage.model.focus {
        Focus::Services => assert_eq!(*stage.selected(), name(neighbour)),
        Focus::Logs => assert_eq!(requests, [Request::Jump(Jump::Step(by))]),
    }
    // In the views that follow the selection, too.
    stage.model.table.selected = Some(name("api"));
    stage.model.screen = Screen::Graph;
    stage.press();
    assert_ne!(*stage.selected(), name("api"));
}

pub(super) fn to_the_top(mut stage: Stage) {
    let requests = stage.press();
    match stage.model.focus {
        Focus::Services => assert_eq!(*stage.selected(), name("postgres")),
        Focus::Logs => assert_eq!(requests, [Request::Jump(Jump::First)]),
    }
}

pub(super) fn to_the_end(mut stage: Stage) {
    stage.cursor(383);
    stage.press();
    match stage.model.focus {
        Focus::Services => assert_eq!(*stage.selected(), name("mailer")),
        Focus::Logs => assert!(stage.model.logs.follows()),
    }
}

pub(super) fn by_half_pages(mut stage: Stage, halves: i64) {
    // One row of the last page stays, to read on from.
    let page = i64::try_from(stage.facts.log_rows).unwrap() - 1;
    assert_eq!(stage.press(), [Request::Jump(Jump::Step(page * halves / 2))]);
}

pub(super) fn back_to_the_first_column(mut stage: Stage) {
    stage.model.logs.column = 100;
    stage.press();
    assert!((1..100).contains(&stage.model.logs.column));
    for _ in 0..10 {
        stage.press();
    }
    assert_eq!(stage.model.logs.column, 0);
}

pub(super) fn to_later_columns(mut stage: Stage) {
    stage.press();
    let column = stage.model.logs.column;
    assert!(column > 0);
    stage.press();
    assert!(stage.model.logs.column > column);
}

pub(super) fn between_panes(mut stage: Stage) {
    let focus = stage.model.focus;
    stage.press();
    assert_ne!(stage.model.focus, focus);
    stage.press();
    assert_eq!(stage.model.focus, focus);
}

pub(super) fn into_one_service(mut stage: Stage) {
    stage.press();
    assert_eq!(stage.model.logs.source, Source::One(name("api")));
    assert_eq!(stage.table_height(), 0, "the whole window");
}

pub(super) fn out_of_everything(mut stage: Stage) {
    stage.press_key(Key::char('?'));
    stage.press();
    assert!(stage.model.layers.is_empty());
    stage.press_key(Key::char('3'));
    stage.press();
    assert_eq!(stage.model.screen, Screen::Main);
    stage.model.focus = Focus::Services;
    stage.enter();
    stage.press();
    assert!(!stage.model.logs.zoomed && stage.model.logs.source == Source::All);
    stage.look_for("x");
    stage.press();
    assert_eq!(stage.model.logs.looking, None);
    for _ in 0..10 {
        stage.press();
    }
    assert_eq!(stage.model.ending, crate::ui::model::Ending::Not, "it never quits");
}

pub(super) fn to_a_screen(mut stage: Stage, screen: Screen, asked: &[Request]) {
    stage.model.screen = if screen == Screen::Main { Screen::Graph } else { Screen::Main };
    assert_eq!(stage.press(), asked);
    assert_eq!(stage.model.screen, screen);
}

pub(super) fn the_rule(mut stage: Stage, rows: i32) {
    stage.model.table.rows = Some(4);
    let before = stage.table_height();
    assert_eq!(stage.press(), [Request::Remember]);
    assert_eq!(i32::from(stage.table_height()), i32::from(before) + rows);
}

pub(super) fn details_in_and_out(mut stage: Stage) {
    let height = |stage: &Stage| stage.facts.layout(&stage.model).expect("room").details.height;
    assert_eq!(stage.press(), [Request::Remember]);
    assert!(height(&stage) > 0);
    stage.press();
    assert_eq!(height(&stage), 0);
}
