//! A finding is read on the screen, and one key does what it suggests.

use crate::desk::{Desk, Home, USUAL};
use crate::support::{free_ports, mendable, portolan_command, until};

const MAKE: &str = "echo made > data.txt";

fn home(make: &str) -> Home {
    let home = Home::empty();
    mendable(&home.project, free_ports(2), make);
    home
}

/// What the screen says of `api` before anybody does anything.
fn until_found(desk: &Desk) {
    desk.until_row(&["api", "failed", "✗1"]);
    desk.until("1 finding");
}

/// Reads the finding, agrees to its action, and waits until it is gone.
fn mend(desk: &Desk) {
    until_found(desk);
    desk.press("6", "── findings ");
    desk.until_row(&["▌✗", "api", "the file data.txt is missing"]);
    desk.until("do   make it");
    desk.until("try  A portolan run api -- sh -c 'echo made > data.txt'");
    desk.press("A", "Apply: portolan run api -- sh -c 'echo made > data.txt'?");
    desk.type_in("n");
    desk.until_gone("Apply: ");
    desk.press("A", "Apply: ");
    desk.type_in("y");
    desk.until("nothing is wrong");
    desk.type_in("1");
    desk.until_row(&["api", "healthy"]);
    desk.until_gone("1 finding");
}

#[test]
fn a_finding_is_read_and_its_action_applied_in_the_console_that_runs_the_stack() {
    let home = home(MAKE);
    let mut desk = home.sit_down(&["up"]);
    mend(&desk);
    assert_eq!(home.project.read("api/data.txt"), "made\n");
    assert_eq!(home.epoch("worker"), 1, "others are left alone");
    desk.type_in("qy");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn the_same_from_another_folder_in_a_console_that_is_attached() {
    let home = home(MAKE);
    // Not all is healthy, of which it tells.
    assert_eq!(home.run(&["up", "--detach"]).code, 1);
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = portolan_command(&home.project, elsewhere.path(), &["--stack", "mendable", "attach"]);
    command.env("XDG_RUNTIME_DIR", home.runtime.path());
    let mut desk = Desk::with(command, USUAL, true);
    mend(&desk);
    assert_eq!(home.project.read("api/data.txt"), "made\n");
    desk.type_in("q");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    assert_eq!(home.run(&["down"]).code, 0);
    home.assert_nothing_lives();
}

#[test]
fn an_action_that_fails_says_so_and_shows_what_it_said() {
    let home = home("echo looked around; echo error: no such thing >&2; exit 3");
    let mut desk = home.sit_down(&["up"]);
    until_found(&desk);
    desk.press("6", "do   make it");
    desk.press("A", "Apply: ");
    desk.press("y", "it was tried and failed:");
    desk.until("looked around");
    desk.until_row(&["error: no such thing"]);
    desk.until_row(&["api", "the file data.txt is missing"]);
    assert_eq!(home.epoch("api"), 1, "nothing was mended");
    desk.type_in("qy");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    home.assert_nothing_lives();
}

#[test]
fn the_line_that_shows_it_is_one_key_away() {
    let home = home(MAKE);
    let mut desk = home.sit_down(&["up"]);
    until_found(&desk);
    desk.type_in("6");
    desk.until("do   make it");
    desk.type_in("L");
    desk.until_row(&["api", "no data file data.txt"]);
    desk.until("── logs: all");
    // The cursor is on it: what is copied is that line.
    desk.press("y", "copied");
    // "no data file data.txt" in base64, as far as it does not depend on what follows.
    let copied = b"bm8gZGF0YSBmaWxlIGRhdGEudHh0";
    until("the line is copied", || {
        desk.sent().windows(copied.len()).any(|sent| sent == copied).then_some(())
    });
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    home.assert_nothing_lives();
}

#[test]
fn why_apply_asks_on_a_terminal() {
    let home = home(MAKE);
    assert_eq!(home.run(&["up", "--detach"]).code, 1);
    until("it is found", || home.run(&["why", "api"]).out.contains("data.txt is missing").then_some(()));
    let ask = || {
        let desk = home.sit_down(&["why", "api", "--apply"]);
        desk.until("✗ error: the file data.txt is missing");
        desk.until("Apply: portolan run api -- sh -c 'echo made > data.txt'?  y/n");
        desk
    };
    let mut desk = ask();
    desk.type_in("\r");
    assert_eq!(desk.ended(), 1, "{desk:?}");
    assert!(desk.last_words().contains("left as it is"), "{desk:?}");
    assert_eq!(home.service("api")["state"], "failed");
    let mut desk = ask();
    desk.type_in("y\r");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    assert!(desk.last_words().contains("api is healthy on "), "{desk:?}");
    desk.assert_given_back();
    assert_eq!(home.run(&["down"]).code, 0);
    home.assert_nothing_lives();
}
