//! Every key of the table, one after the other, on a console that lives: it neither ends nor leaves rubbish.

use crate::desk::{Desk, Home, USUAL};
use crate::journeys::shop;
use crate::support::{free_ports, in_time};

/// Esc, as terminals send it that tell it from the beginning of a sequence.
const ESC: &str = "\x1b[27u";
/// The window comes into focus: everything is painted anew.
const FOCUS: &str = "\x1b[I";

/// The keys that the README's table has, in its order.
fn keys() -> Vec<String> {
    let table = portolan::ui::key_table();
    let rows = table.lines().skip(2).filter_map(|row| row.split('|').nth(1).map(str::to_owned));
    let cells: Vec<String> = rows.collect();
    assert!(cells.len() > 50, "{table}");
    let keys = cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
    keys.map(str::to_owned).collect()
}

/// What a terminal sends for a key.
fn sent_for(key: &str) -> String {
    let named = match key {
        "↑" => "\x1b[A",
        "↓" => "\x1b[B",
        "→" => "\x1b[C",
        "←" => "\x1b[D",
        "Home" => "\x1b[H",
        "End" => "\x1b[F",
        "PgUp" => "\x1b[5~",
        "PgDn" => "\x1b[6~",
        "Enter" => "\r",
        "Tab" => "\t",
        "Space" => " ",
        "Esc" => ESC,
        _ => "",
    };
    if !named.is_empty() {
        return named.to_owned();
    }
    match key.strip_prefix("ctrl-") {
        Some(letter) => char::from(letter.as_bytes()[0] & 0x1f).to_string(),
        None => {
            assert_eq!(key.chars().count(), 1, "a key that this test cannot send: {key}");
            key.to_owned()
        }
    }
}

fn count(sent: &[u8], part: &[u8]) -> usize {
    sent.windows(part.len()).filter(|window| *window == part).count()
}

/// Waits until everything that was typed has been taken.
fn until_taken(desk: &Desk) {
    let clears = |desk: &Desk| count(&desk.sent(), b"\x1b[2J");
    let before = clears(desk);
    let mut looks = 0;
    let taken = in_time(|| {
        // A pager drops what is typed while it has the terminal.
        if looks % 100 == 0 {
            desk.type_in(FOCUS);
        }
        looks += 1;
        (clears(desk) > before).then_some(())
    });
    assert!(taken.is_some(), "it takes no keys: {desk:?}");
}

/// From the rule above the logs to the last row: what does not change by itself.
fn lower_part(desk: &Desk) -> Vec<String> {
    desk.text().lines().skip_while(|row| !row.contains("logs: ")).map(str::to_owned).collect()
}

#[test]
fn every_key_can_be_pressed_and_none_leaves_rubbish() {
    let home = Home::new(&shop(free_ports(8)));
    let mut command = home.command(&["up"]);
    command.env("BROWSER", "true").env("PAGER", "true");
    let mut desk = Desk::with(command, USUAL, true);
    desk.until_all_well();
    // In both panes, in a view that follows the selection, and in a list.
    for place in ["1", "1\t", "3", "5"] {
        for key in keys() {
            desk.type_in(place);
            desk.type_in(&sent_for(&key));
            desk.type_in(&format!("{ESC}{ESC}"));
            until_taken(&desk);
            desk.until_screen(&format!("the console after {key} at {place:?}"), |text| {
                text.lines().next().is_some_and(|row| row.starts_with(" stack"))
            });
        }
    }
    desk.type_in(&format!("1{ESC}{ESC}{ESC}{ESC}aG"));
    desk.until("logs: all");
    desk.until("FOLLOW");
    until_taken(&desk);
    // Times that do not change by themselves.
    while !desk.row_with("logs: ").is_some_and(|rule| rule.contains("time absolute")) {
        desk.type_in("t");
        until_taken(&desk);
    }
    // What was painted bit by bit is what is painted at once.
    let before = in_time(|| {
        let lower = lower_part(&desk);
        lower.last().is_some_and(|row| row.contains("help")).then_some(lower)
    });
    until_taken(&desk);
    assert_eq!(before.unwrap(), lower_part(&desk), "{desk:?}");
    desk.type_in("\x03\x03");
    assert_eq!(desk.ended(), 130, "{desk:?}");
    desk.assert_given_back();
    home.assert_nothing_lives();
    let sent = desk.sent();
    let stray = sent.iter().find(|byte| **byte < b' ' && !b"\x1b\r\n\x07".contains(byte));
    assert_eq!(stray, None, "a control character that does nothing for a screen");
}
