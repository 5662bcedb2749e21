//! The console on a stack that another process launched: leaving it leaves the stack.

use crate::desk::Home;
use crate::journeys::shop;
use crate::support::{free_ports, marked_processes, until};

fn detached() -> Home {
    let home = Home::new(&shop(free_ports(8)));
    let done = home.run(&["up", "--detach"]);
    assert_eq!(done.code, 0, "{done:?}");
    home
}

#[test]
fn attach_and_up_show_a_stack_that_runs_and_leave_it_running() {
    let home = detached();
    for verb in ["attach", "up"] {
        let mut desk = home.sit_down(&[verb]);
        desk.until_all_well();
        desk.until_row(&["frontend", "healthy"]);
        desk.until("at-work");
        desk.type_in("q");
        assert_eq!(desk.ended(), 0, "{desk:?}");
        desk.assert_given_back();
        let said = desk.last_words();
        assert!(said.contains("runs on") && said.contains("portolan down"), "{said}");
        assert_eq!((home.epoch("backend"), home.epoch("frontend")), (1, 1));
    }
    assert_eq!(home.run(&["down"]).code, 0);
    home.assert_nothing_lives();
}

#[test]
fn a_stack_is_attached_to_by_its_name_from_any_folder() {
    let home = detached();
    let name = home.ps()["stack"].as_str().unwrap().to_owned();
    let mut desk = home.sit_down(&["-C", "/", "--stack", &name, "attach"]);
    desk.until_all_well();
    desk.until_row(&["frontend", "healthy"]);
    desk.type_in("q");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    desk.assert_given_back();
    let said = desk.last_words().replace(['\n', '\r'], "");
    for verb in ["attach", "down"] {
        assert!(said.contains(&format!("portolan --stack {name} {verb}")), "it works from there: {said}");
    }
    assert_eq!(home.run(&["-C", "/", "--stack", &name, "down"]).code, 0);
    home.assert_nothing_lives();
}

#[test]
fn an_attached_console_acts_on_the_stack() {
    let home = detached();
    let mut desk = home.sit_down(&["attach"]);
    desk.until_all_well();
    desk.type_in("r");
    until("backend restarted", || (home.epoch("backend") == 2).then_some(()));
    desk.until_all_well();
    desk.press("\x03", "leave running");
    desk.type_in("y");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    desk.assert_given_back();
    assert!(desk.last_words().contains("is down"), "{desk:?}");
    // The launcher has answered before it ended.
    until("nothing lives", || marked_processes(&home.project.mark()).is_empty().then_some(()));
}

#[test]
fn down_from_elsewhere_closes_the_console() {
    let home = detached();
    let mut desk = home.sit_down(&["attach"]);
    desk.until_all_well();
    assert_eq!(home.run(&["down"]).code, 0);
    assert_eq!(desk.ended(), 0, "{desk:?}");
    desk.assert_given_back();
    assert!(desk.last_words().contains("has ended"), "{desk:?}");
    home.assert_nothing_lives();
}

#[test]
fn down_from_elsewhere_closes_the_console_of_the_launcher_too() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    assert_eq!(home.run(&["down"]).code, 0);
    assert_eq!(desk.ended(), 0, "{desk:?}");
    desk.assert_given_back();
    home.assert_nothing_lives();
}

#[test]
fn attach_without_a_stack_says_so_and_leaves_the_terminal_alone() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.sit_down(&["attach"]);
    assert_eq!(desk.ended(), 1, "{desk:?}");
    desk.assert_given_back();
    assert!(!desk.sent().windows(8).any(|sent| sent == b"\x1b[?1049h"), "{desk:?}");
    home.assert_nothing_lives();
}
