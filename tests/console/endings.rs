//! Whatever ends, the terminal is given back and nothing lives: a service that is killed, a signal, a panic, a window
//! that is closed, a terminal that does not read.

use std::fs;

use rustix::process::Signal;

use crate::desk::{Desk, Home, USUAL};
use crate::journeys::shop;
use crate::support::{alive, free_ports, in_time, until};

#[test]
fn a_service_that_is_killed_is_shown_and_started_again() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    crate::support::signal(home.pid("backend"), Signal::KILL);
    desk.until("SIGKILL");
    until("backend was started again", || (home.epoch("backend") == 2).then_some(()));
    desk.until_row(&["backend", "healthy"]);
    desk.until_all_well();
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (kind, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let home = Home::new(&shop(free_ports(8)));
        let mut desk = home.up();
        desk.signal(kind);
        assert_eq!(desk.ended(), code, "{desk:?}");
        home.assert_nothing_lives();
        desk.assert_given_back();
    }
}

#[test]
fn a_signal_to_one_that_is_attached_leaves_the_stack_alone() {
    let home = Home::new(&shop(free_ports(8)));
    assert_eq!(home.run(&["up", "--detach"]).code, 0);
    for (kind, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut desk = home.sit_down(&["attach"]);
        desk.until_all_well();
        desk.signal(kind);
        assert_eq!(desk.ended(), code, "{desk:?}");
        desk.assert_given_back();
    }
    assert_eq!(home.epoch("backend"), 1);
    assert_eq!(home.run(&["down"]).code, 0);
    home.assert_nothing_lives();
}

#[test]
fn a_closed_terminal_ends_the_stack_without_a_busy_loop() {
    // The stack takes its time, so that there is something to be busy for.
    let deaf = "[services.deaf]\ncommand = 'FIXTURE ignore-term then print deaf then sleep'\n\
                stop = { grace = '2s' }\n";
    let home = Home::new(&format!("{}\n{deaf}", shop(free_ports(8))));
    let mut desk = home.up();
    desk.until("deaf");
    let before = cpu_ticks(desk.pid()).unwrap();
    desk.close_terminal();
    let mut last = before;
    let gone = in_time(|| match cpu_ticks(desk.pid()).filter(|_| alive(desk.pid())) {
        Some(ticks) => {
            last = ticks;
            None
        }
        None => Some(()),
    });
    assert!(gone.is_some(), "it outlives its terminal");
    assert_eq!(desk.ended(), 129);
    home.assert_nothing_lives();
    // A loop would take all of the two seconds, which have 100 ticks each.
    assert!(last - before < 100, "{} ticks of CPU time after the terminal was closed", last - before);
}

#[test]
fn a_closed_terminal_of_one_that_is_attached_leaves_the_stack_alone() {
    let home = Home::new(&shop(free_ports(8)));
    assert_eq!(home.run(&["up", "--detach"]).code, 0);
    let mut desk = home.sit_down(&["attach"]);
    desk.until_all_well();
    desk.close_terminal();
    assert_eq!(desk.ended(), 129);
    assert_eq!(home.epoch("backend"), 1);
    assert_eq!(home.run(&["down"]).code, 0);
    home.assert_nothing_lives();
}

#[test]
fn a_panic_in_a_view_gives_the_terminal_back_before_it_is_told() {
    let home = Home::new(&shop(free_ports(8)));
    let mut command = home.command(&["up"]);
    command.env("PORTOLAN_PANIC_IN_VIEW", soon().to_string());
    let mut desk = Desk::with(command, USUAL, true);
    assert_eq!(desk.ended(), 1, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
    let said = desk.last_words();
    assert!(said.contains("panicked at") && said.contains("asked for"), "{said}");
    assert!(said.contains("portolan up --plain"), "{said}");
}

#[test]
fn a_terminal_that_does_not_read_holds_nothing_up() {
    let flood = "[services.flood]\ncommand = 'FIXTURE lines 200000 then sleep'\n";
    for (arguments, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let home = Home::new(&format!("{}\n{flood}", shop(free_ports(8))));
        let mut desk = Desk::with(home.command(&["up"]), USUAL, false);
        until("all is well", || (home.run(&["wait", "--timeout", "30s"]).code == 0).then_some(()));
        desk.signal(arguments);
        assert_eq!(desk.ended(), code);
        home.assert_nothing_lives();
        desk.assert_modes_given_back();
    }
}

#[test]
fn one_that_was_stopped_and_goes_on_paints_anew() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    desk.signal(Signal::STOP);
    until("it is stopped", || state(desk.pid()).filter(|state| *state == 'T'));
    desk.scribble(b"\x1b[?1049l\x1b[2J\x1b[Hsomebody else was here");
    desk.signal(Signal::CONT);
    desk.until_row(&["backend", "healthy"]);
    desk.until_gone("somebody else");
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130);
    home.assert_nothing_lives();
    desk.assert_given_back();
}

/// A second from now, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the program compares it with its own clock")]
fn soon() -> u128 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_millis() + 1000
}

/// The CPU time that a process has had, in ticks of a hundredth of a second.
fn cpu_ticks(pid: u32) -> Option<u64> {
    let fields = fields(pid)?;
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

fn state(pid: u32) -> Option<char> {
    fields(pid)?.first()?.chars().next()
}

/// What /proc says of a process, from its state on.
fn fields(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}
