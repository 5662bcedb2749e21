//! From start to quit: what a day with the console is made of.

use crate::desk::Home;
use crate::support::{env_of, free_ports, until};

/// A backend, a frontend that is told where it is, and a worker without a port.
pub(crate) fn shop(port: u16) -> String {
    format!(
        "[services.backend]\ncommand = 'FIXTURE http'\nport = {port}\nhealth = '/health'\n\n\
         [services.frontend]\ncommand = 'FIXTURE print back=$API_URL then http'\nshell = true\nport = {}\n\
         health = '/health'\nneeds = ['backend']\nenv = {{ API_URL = '{{backend.url}}' }}\n\n\
         [services.worker]\ncommand = 'FIXTURE print at-work then sleep'\n",
        port + 4
    )
}

#[test]
fn start_and_see_that_all_is_healthy_then_quit() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    desk.until_row(&["backend", "healthy", &home.port("backend").to_string()]);
    desk.until("at-work");
    desk.press("q", "Stop 3 services");
    desk.type_in("y");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn a_quit_that_is_thought_better_of_changes_nothing() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    for stay in ["n", "\x1b"] {
        desk.press("q", "Stop 3 services");
        desk.type_in(stay);
        desk.until_gone("Stop 3 services");
    }
    assert_eq!(home.epoch("backend"), 1);
    desk.type_in("\x03");
    desk.until("Stop 3 services");
    desk.type_in("\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn restart_is_one_key_and_restart_with_dependents_another() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    desk.type_in("r");
    until("backend restarted", || (home.epoch("backend") == 2).then_some(()));
    desk.until_all_well();
    assert_eq!(home.epoch("frontend"), 1);
    desk.type_in("R");
    until("both restarted", || (home.epoch("backend") == 3 && home.epoch("frontend") == 2).then_some(()));
    desk.until_all_well();
    desk.type_in("qy");
    assert_eq!(desk.ended(), 0);
    home.assert_nothing_lives();
}
