//! `portolan demo` at a terminal: what a newcomer sees in the first minute, and that another one never gets in its way.

use crate::desk::{Desk, Home};

const GREETING: &str =
    "e next error  Enter one service  / filter  P new port  o open page  q quit  ? all keys";

fn greeted(desk: &Desk) {
    desk.until_screen("the greeting in the last row", |text| {
        text.lines().last().is_some_and(|row| row.contains(GREETING))
    });
}

fn leave(desk: &mut Desk) {
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    desk.assert_given_back();
}

#[test]
fn a_newcomer_is_told_what_to_press_and_finds_the_traceback() {
    let home = Home::empty();
    let mut desk = home.sit_down(&["demo", "worker"]);
    greeted(&desk);
    desk.until_row(&["worker", "running"]);
    desk.until("1 left out");
    desk.until("ValueError: time data 'next friday'");
    desk.type_in("e");
    desk.until_gone(GREETING);
    // It is one block, of which Enter shows more: what is not of a library.
    desk.press("\r", "due = parse_due");
    desk.until("2 library frames");
    leave(&mut desk);
    home.assert_nothing_lives();
    // Each time, not the first times alone: whoever starts a demo wants to try things.
    for _ in 0..3 {
        let mut desk = home.sit_down(&["demo", "worker"]);
        greeted(&desk);
        leave(&mut desk);
    }
}

#[test]
fn a_second_one_is_another_stack_and_not_a_look_at_the_first() {
    let home = Home::empty();
    let mut first = home.sit_down(&["demo", "worker"]);
    first.until_row(&["worker", "running"]);
    let mut second = home.sit_down(&["demo", "worker"]);
    second.until_row(&["worker", "running"]);
    second.until("demo-2");
    let mut third = home.sit_down(&["--stack", "demo", "attach"]);
    third.until_row(&["worker", "running"]);
    assert!(!third.text().contains("demo-2"), "{third:?}");
    assert!(!third.text().contains(GREETING), "who attaches is at work: {third:?}");
    third.press("q", "portolan --stack demo attach");
    assert_eq!(third.ended(), 0, "{third:?}");
    leave(&mut second);
    assert_eq!(home.run(&["--stack", "demo", "ps"]).code, 0);
    leave(&mut first);
    home.assert_nothing_lives();
}

/// Needs the embedded services.
#[test]
fn all_of_it_is_healthy_and_the_page_is_what_o_would_open() {
    let home = Home::empty();
    let mut command = home.command(&["demo"]);
    command.env("BROWSER", "true");
    let mut desk = Desk::with(command, crate::desk::USUAL, true);
    greeted(&desk);
    for service in ["frontend", "auth", "backend"] {
        desk.until_row(&[service, "healthy"]);
    }
    desk.until_all_well();
    desk.until_row(&["▌", "frontend"]);
    let ps = home.run(&["--stack", "demo", "ps", "--json"]).json();
    desk.press("o", ps["services"][0]["url"].as_str().unwrap());
    leave(&mut desk);
    home.assert_nothing_lives();
}
