//! examples/notes in the console: three real services, a filter, an error, a port that moves and whoever follows.
//!
//! Runs where `scripts/setup-example` has installed what the example needs and PORTOLAN_E2E_NOTES says so.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::desk::Home;
use crate::support::{fixture, free_ports};

#[test]
fn a_day_with_the_example() {
    if std::env::var_os("PORTOLAN_E2E_NOTES").is_none() {
        // Not a print macro: the test harness would keep that to itself.
        let told =
            "SKIPPED examples/notes in the console: run scripts/setup-example, set PORTOLAN_E2E_NOTES=1";
        let _ = writeln!(std::io::stderr(), "{told}");
        return;
    }
    let home = Home::empty();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/notes"), home.project.folder());
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

/// Copies a folder without what runs leave in it; installed packages are linked, not copied.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        match entry.file_name().to_str().unwrap() {
            "node_modules" | ".venv" => symlink(path, copied).unwrap(),
            ".service_discovery" | "__pycache__" => {}
            _ if path.is_dir() => copy(&path, &copied),
            _ => drop(fs::copy(path, copied).unwrap()),
        }
    }
}
