//! The user's own programs that are started from the console: they are no part of the stack, and outlive it or end with
//! their terminal.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use crate::desk::{Desk, Home, USUAL};
use crate::journeys::shop;
use crate::support::{alive, free_ports, in_time, signal, until};

/// A program that stays behind with another parent, as browsers and the tools of clipboards do; its pid is in the file
/// `NAME.pid` beside it.
fn script_that_stays(home: &Home, name: &str) {
    let pid = home.project.path(&format!("{name}.pid"));
    let file = pid.display();
    let stays =
        format!("sh -c 'echo $$ > {file}.new; mv {file}.new {file}; exec sleep 600' > /dev/null 2>&1 &");
    home.project.script(name, &format!("({stays})"));
}

fn pid_in(file: &Path) -> u32 {
    let read = || std::fs::read_to_string(file).ok()?.trim().parse().ok();
    in_time(read).unwrap_or_else(|| panic!("no pid in {}", file.display()))
}

fn up_with(home: &Home, variables: &[(&str, &str)]) -> Desk {
    let mut command: Command = home.command(&["up"]);
    let mut path = OsString::from(home.project.folder());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    command.env("PATH", path).envs(variables.iter().copied());
    let desk = Desk::with(command, USUAL, true);
    desk.until_all_well();
    desk
}

#[test]
fn the_browser_and_the_clipboard_outlive_the_stack() {
    let home = Home::new(&shop(free_ports(8)));
    script_that_stays(&home, "browse");
    script_that_stays(&home, "xclip");
    let mut desk = up_with(&home, &[("BROWSER", "browse --new-window"), ("DISPLAY", ":0")]);
    desk.type_in("oy");
    let guests = ["browse", "xclip"].map(|name| pid_in(&home.project.path(&format!("{name}.pid"))));
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    let outlive = guests.map(alive);
    for guest in guests {
        signal(guest, Signal::KILL);
    }
    assert_eq!(outlive, [true, true], "the browser and the clipboard");
    until("both are gone", || (!guests.into_iter().any(alive)).then_some(()));
    home.assert_nothing_lives();
}

#[test]
fn ctrl_c_in_the_pager_is_the_pagers() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = up_with(&home, &[("PAGER", "less")]);
    desk.press("O", "(END)");
    desk.type_in("\x03\x03");
    // A Ctrl-C drops what is typed right behind it.
    let lives = in_time(|| {
        desk.type_in("=");
        desk.text().contains("byte").then_some(())
    });
    assert!(lives.is_some(), "less answers no more: {desk:?}");
    desk.type_in("q");
    desk.until("o open");
    assert_eq!(home.service("backend")["state"], "healthy");
    desk.press("q", "Stop 3 services");
    desk.type_in("y");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn a_pager_ends_with_the_stack_and_the_terminal_is_given_back() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = up_with(&home, &[("PAGER", "less")]);
    desk.press("O", "(END)");
    desk.signal(Signal::TERM);
    assert_eq!(desk.ended(), 143, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn a_pager_of_one_that_is_attached_ends_with_a_signal() {
    let home = Home::new(&shop(free_ports(8)));
    assert_eq!(home.run(&["up", "--detach"]).code, 0);
    let mut command = home.command(&["attach"]);
    command.env("PAGER", "less");
    let mut desk = Desk::with(command, USUAL, true);
    desk.until_all_well();
    desk.press("O", "(END)");
    desk.signal(Signal::TERM);
    assert_eq!(desk.ended(), 143, "{desk:?}");
    desk.assert_given_back();
    assert_eq!(home.run(&["down"]).code, 0);
    home.assert_nothing_lives();
}
