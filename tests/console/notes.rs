//! examples/notes in the console: three real services, a filter, an error, a port that moves and whoever follows.
//!
//! Runs where `scripts/setup-example` has installed what the example needs and PORTOLAN_E2E_NOTES says so.

use crate::desk::Home;
use crate::notes_example;
use crate::support::{fixture, free_ports};

#[test]
fn a_day_with_the_example() {
    if notes_example::is_skipped("examples/notes in the console") {
        return;
    }
    let home = Home::empty();
    notes_example::copy_to(home.project.folder());
    // What the backend says of a missing secret is a ValueError, which is what a newcomer meets first.
    home.project.write(
        "portolan.local.toml",
        "[services.newcomer]\ncommand = 'FIXTURE traceback then sleep'\n".replace("FIXTURE", &fixture()),
    );
    let mut desk = home.sit_down(&["up"]);
    desk.until_row(&["frontend", "healthy"]);
    desk.until_all_well();
    desk.press("E", "ValueError");
    desk.press("\r", "settings = load()");
    desk.type_in("f");
    desk.press("/", "filter: ");
    desk.type_in("svc:backend Uvicorn\r");
    desk.until_row(&["backend", "Uvicorn running"]);
    desk.until("1 error hidden");
    desk.type_in("\x1b");
    desk.until_gone("error hidden");
    // Back to the table, and down to the backend.
    desk.type_in("\tgj");
    desk.until_row(&["▌", "backend"]);
    let moved = free_ports(1);
    desk.press("P", "a port for backend");
    desk.until("which is told its address");
    let number = desk.number_of("other port");
    desk.type_in(&format!("{number}{moved}"));
    desk.until_row(&["other port", &moved.to_string(), "free"]);
    desk.type_in("\r");
    desk.until_row(&["backend", "healthy", &moved.to_string()]);
    desk.until_all_well();
    assert_eq!((home.port("backend"), home.epoch("frontend")), (moved, 2), "{desk:?}");
    desk.press("q", "Stop 4 services");
    desk.type_in("y");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}
