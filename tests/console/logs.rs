//! The logs of the console: filtering and finding, errors and tracebacks, marked and merged, zoomed, in any size.

use crate::desk::{Desk, Home};
use crate::journeys::shop;
use crate::support::{free_ports, in_time};

/// Two that talk: one has an error and, later in the same stream, a traceback (right after it, the error would be
/// its first line); the other has plain lines.
const TALK: &str = r#"
[services.alpha]
command = "FIXTURE print 'alpha one' then stderr 'ERROR disk is full' then stderr 'carrying on' then traceback then print 'alpha two' then sleep"

[services.beta]
command = "FIXTURE print 'beta one' then print 'beta two' then print 'beta three' then sleep"
"#;

fn talking() -> (Home, Desk) {
    let home = Home::new(TALK);
    let desk = home.sit_down(&["up"]);
    for said in ["alpha two", "beta three", "ValueError"] {
        desk.until(said);
    }
    (home, desk)
}

fn leave(home: &Home, mut desk: Desk) {
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    desk.assert_given_back();
    home.assert_nothing_lives();
}

/// The rows below the rule, without the hints.
fn lines(desk: &Desk) -> Vec<String> {
    let text = desk.text();
    let rows = text.lines().skip_while(|row| !row.contains("logs: ")).skip(1);
    let rows: Vec<String> = rows.map(str::to_owned).collect();
    rows[..rows.len().saturating_sub(1)].iter().filter(|row| !row.is_empty()).cloned().collect()
}

/// The rule above the logs.
fn rule(desk: &Desk) -> String {
    desk.row_with("logs: ").unwrap_or_default()
}

/// Waits until the lines shown are as `holds` wants them.
fn until_lines(desk: &Desk, what: &str, mut holds: impl FnMut(&[String]) -> bool) {
    let found = in_time(|| holds(&lines(desk)).then_some(()));
    assert!(found.is_some(), "waited in vain: {what}; {desk:?}");
}

fn any(lines: &[String], part: &str) -> bool {
    lines.iter().any(|line| line.contains(part))
}

#[test]
fn a_filter_hides_as_it_is_typed_and_says_what_it_hides() {
    let (home, desk) = talking();
    desk.press("/", "filter: ");
    desk.type_in("beta");
    until_lines(&desk, "only beta", |lines| any(lines, "beta two") && !any(lines, "alpha"));
    desk.until_screen("hidden lines and errors are counted", |text| {
        let rule = text.lines().find(|row| row.contains("logs: ")).unwrap_or_default();
        rule.contains("hidden") && rule.contains("2 errors hidden")
    });
    // What cannot be understood leaves the last filter, and says where it is wrong.
    desk.type_in(" (");
    desk.until("filter: beta (");
    desk.until_gone("3 match");
    assert!(any(&lines(&desk), "beta two") && !any(&lines(&desk), "alpha"), "{desk:?}");
    desk.type_in("\x7f-two\r");
    until_lines(&desk, "all of beta but one", |lines| any(lines, "beta three") && !any(lines, "beta two"));
    desk.until_gone("filter: ");
    assert!(rule(&desk).contains("filter beta -two"), "{desk:?}");
    desk.type_in("\x1b");
    until_lines(&desk, "everything again", |lines| any(lines, "alpha one") && any(lines, "beta two"));
    assert!(!rule(&desk).contains("hidden"), "{desk:?}");
    // Esc in the line takes back what was typed.
    desk.press("/", "filter: ");
    desk.type_in("nothing like it");
    desk.until("0 of ");
    desk.type_in("\x1b");
    until_lines(&desk, "everything again", |lines| any(lines, "alpha one") && any(lines, "beta two"));
    leave(&home, desk);
}

#[test]
fn finding_lights_and_hides_nothing() {
    let (home, desk) = talking();
    desk.press("/", "filter: ");
    desk.press("\x06", "find: ");
    desk.type_in("one\r");
    desk.until_screen("two matches", |text| text.contains("2 matches"));
    assert!(any(&lines(&desk), "alpha two") && any(&lines(&desk), "beta three"), "{desk:?}");
    desk.type_in("n");
    desk.type_in("N");
    desk.until("PAUSED");
    leave(&home, desk);
}

#[test]
fn an_error_is_one_key_away_and_enter_unfolds_it() {
    let (home, desk) = talking();
    desk.until_gone("Traceback");
    desk.until_row(&["alpha", "ValueError: BETTER_AUTH_SECRET must be"]);
    desk.type_in("E");
    desk.until("PAUSED");
    desk.type_in("\r");
    desk.until("Traceback (most recent call last)");
    desk.until("settings = load()");
    desk.type_in("\r");
    desk.until_gone("Traceback (most recent call last)");
    // The one before, and back.
    desk.press("E", "disk is full");
    desk.type_in("E");
    desk.until("no error before this");
    desk.type_in("e");
    desk.type_in("\r");
    desk.until("Traceback (most recent call last)");
    desk.press("f", "FOLLOW");
    leave(&home, desk);
}

#[test]
fn marked_services_are_merged_and_one_alone_has_the_window() {
    let (home, desk) = talking();
    desk.type_in("j ");
    until_lines(&desk, "only beta", |lines| any(lines, "beta two") && !any(lines, "alpha"));
    assert!(rule(&desk).contains("logs: beta"), "{desk:?}");
    desk.type_in("k ");
    until_lines(&desk, "both", |lines| any(lines, "beta two") && any(lines, "alpha two"));
    assert!(rule(&desk).contains("logs: alpha, beta"), "{desk:?}");
    desk.press("a", "logs: all");
    desk.type_in("\r");
    desk.until("logs: alpha ");
    desk.until_gone("SERVICE");
    until_lines(&desk, "only alpha", |lines| any(lines, "alpha two") && !any(lines, "beta"));
    desk.press("]", "logs: beta ");
    desk.press("[", "logs: alpha ");
    desk.type_in("\x1b");
    desk.until("SERVICE");
    desk.until("logs: all");
    leave(&home, desk);
}

#[test]
fn any_size_is_drawn_and_the_usual_one_again() {
    let home = Home::new(&shop(free_ports(8)));
    let desk = home.up();
    // The line for newcomers has the place of the hints until the first key.
    desk.type_in("\x1b");
    for (columns, rows) in [(80, 24), (40, 10), (300, 80), (20, 5), (400, 120)] {
        desk.resize(columns, rows);
        desk.until("backend");
        desk.until_screen("the hints", |text| text.contains("help"));
    }
    desk.resize(10, 3);
    desk.until("need 20x5");
    // Too small even for saying so.
    desk.resize(1, 1);
    desk.resize(120, 40);
    desk.until_row(&["backend", "healthy", "/health"]);
    desk.until_row(&["worker", "running"]);
    desk.until_gone("need 20x5");
    leave(&home, desk);
}

#[test]
fn a_window_that_is_dragged_is_drawn_once_it_rests() {
    let home = Home::new(&shop(free_ports(8)));
    let desk = home.up();
    desk.type_in("\x1b");
    for step in 0..200u16 {
        desk.resize(20 + step * 7 % 180, 5 + step * 3 % 55);
    }
    desk.resize(100, 30);
    desk.until_row(&["backend", "healthy"]);
    desk.until_screen("the hints in the last row", |text| {
        text.lines().count() == 30 && text.lines().last().is_some_and(|row| row.contains("help"))
    });
    leave(&home, desk);
}
