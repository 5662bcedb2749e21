//! Plain lines beside the full screen: what comes meanwhile, and the way back.

use rustix::process::Signal;

use crate::desk::Home;
use crate::journeys::shop;
use crate::support::free_ports;

const PLAIN_LINES: &str = "\x14";

#[test]
fn plain_lines_take_no_paste_for_keys_and_follow_a_new_size() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    desk.press(PLAIN_LINES, "any key returns");
    desk.type_in("\x1b[200~qy\x1b[201~");
    desk.resize(90, 30);
    // Only the first is heard.
    desk.type_in(" qyqy");
    desk.until_screen("the console in its new size", |text| {
        let last = text.lines().nth(29).unwrap_or_default();
        text.starts_with(" stack") && last.contains("restart") && last.trim_end().chars().count() <= 90
    });
    assert!(!desk.text().contains("Stop 3 services"), "{desk:?}");
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn plain_lines_go_on_after_the_process_was_stopped() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    desk.press(PLAIN_LINES, "any key returns");
    let entered = |sent: &[u8]| sent.windows(8).filter(|window| window == b"\x1b[?1049h").count();
    let before = entered(&desk.sent());
    desk.signal(Signal::STOP);
    desk.signal(Signal::CONT);
    crate::support::signal(home.pid("backend"), Signal::KILL);
    desk.until("SIGKILL");
    assert_eq!(entered(&desk.sent()), before, "the alternate screen");
    desk.press(" ", "o open");
    desk.until_all_well();
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}
