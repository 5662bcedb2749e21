//! From start to quit: what a day with the console is made of.

use crate::desk::Home;
use crate::support::{Stranger, env_of, free_ports, until};

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

#[test]
fn another_port_restarts_whoever_was_told_the_old_one() {
    let first = free_ports(8);
    let home = Home::new(&shop(first));
    let mut desk = home.up();
    desk.until(&format!("back=http://127.0.0.1:{first}"));
    desk.press("P", "a port for backend");
    desk.until("frontend, which is told its address");
    let own = desk.row_with("other port").unwrap();
    let number = own.trim_start_matches(|c: char| !c.is_ascii_digit()).chars().next().unwrap();
    let other = first + 2;
    desk.type_in(&format!("{number}{other}"));
    desk.until_row(&["other port", &other.to_string(), "free"]);
    desk.type_in("\r");
    desk.until_gone("a port for backend");
    desk.until_row(&["backend", "healthy", &other.to_string()]);
    desk.until(&format!("back=http://127.0.0.1:{other}"));
    desk.until_all_well();
    assert_eq!((home.port("backend"), home.epoch("frontend")), (other, 2));
    let told = env_of(home.port("frontend"), "API_URL").unwrap();
    assert_eq!(told, format!("http://127.0.0.1:{other}"));
    assert_eq!(home.epoch("worker"), 1, "nobody told it an address");
    desk.type_in("qy");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn a_port_that_others_hold_is_said_and_refused() {
    let first = free_ports(8);
    let stranger = Stranger::on(first);
    let home = Home::new(&shop(first));
    let mut desk = home.up();
    desk.until("1 port moved");
    desk.until_row(&["backend", &format!("(was {first})")]);
    desk.press("P", &format!("prefers {first}, which is held by"));
    let own = desk.row_with("other port").unwrap();
    let number = own.trim_start_matches(|c: char| !c.is_ascii_digit()).chars().next().unwrap();
    desk.type_in(&format!("{number}{first}"));
    desk.until_row(&["other port", "held by"]);
    desk.type_in("\r");
    desk.until(&format!("{first} is held by"));
    desk.type_in("\x1b");
    desk.until_gone("a port for backend");
    assert_eq!(home.epoch("backend"), 1);
    drop(stranger);
    desk.press("P", "free again");
    desk.type_in("\r");
    desk.until_row(&["backend", "healthy", &first.to_string()]);
    desk.until_gone("1 port moved");
    assert_eq!(home.port("backend"), first);
    desk.type_in("qy");
    assert_eq!(desk.ended(), 0, "{desk:?}");
    home.assert_nothing_lives();
}

#[test]
fn a_service_with_a_terminal_has_it_in_the_console_and_others_get_a_line() {
    let home = Home::new(
        "[services.shell]\ncommand = ['sh', '-c', 'printf \"name: \"; read n; echo \"hi $n\"; sleep 1000']\n\
         tty = true\n\n[services.echo]\ncommand = 'FIXTURE echo-stdin'\n",
    );
    let mut desk = home.sit_down(&["up"]);
    desk.until("2 running");
    desk.press("T", "name: ");
    desk.press("bob\r", "hi bob");
    // Keys of the console are the program's here.
    desk.type_in("q");
    desk.until("ctrl-] leaves");
    desk.type_in("\x1d");
    desk.until_gone("ctrl-] leaves");
    desk.type_in("jS");
    desk.until("a line for echo");
    desk.type_in("spoken to\r");
    desk.until_row(&["echo", "spoken to"]);
    // It stays open for the next line, and can be left.
    desk.type_in("\x1b");
    desk.until_gone("a line for echo");
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    home.assert_nothing_lives();
    desk.assert_given_back();
}

#[test]
fn the_mouse_selects_services_and_copies_what_it_is_dragged_over() {
    let home = Home::new(&shop(free_ports(8)));
    let mut desk = home.up();
    desk.until("at-work");
    let place = |part: &str| {
        let text = desk.text();
        let row = text.lines().position(|row| row.contains(part)).unwrap();
        let column = text.lines().nth(row).unwrap().split(part).next().unwrap().chars().count();
        (column + 1, row + 1)
    };
    let (column, row) = place("worker ");
    desk.type_in(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    desk.until_row(&["▌", "worker"]);
    let (column, row) = place("at-work");
    desk.type_in(&format!(
        "\x1b[<0;{column};{row}M\x1b[<32;{};{row}M\x1b[<0;{};{row}m",
        column + 6,
        column + 6
    ));
    desk.until("copied");
    // What a terminal takes for its clipboard: "at-work" in base64.
    let copied = b"YXQtd29yaw==";
    assert!(desk.sent().windows(copied.len()).any(|sent| sent == copied), "{desk:?}");
    // What is selected would be what ctrl-c copies.
    desk.type_in("\x1b[27u\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    desk.assert_given_back();
    home.assert_nothing_lives();
}
