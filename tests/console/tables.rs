//! Tables on a terminal of eighty columns: a row that wraps cannot be read.

use crate::desk::{Desk, Home};
use crate::support::{Stranger, free_ports, until};

const NARROW: (u16, u16) = (80, 24);

/// Whether it takes one row of the screen.
fn fits(line: &str) -> bool {
    line.chars().count() <= usize::from(NARROW.0)
}

/// The lines on the screen, where what wraps is one, and that the verb ended well.
fn shown(home: &Home, arguments: &[&str]) -> Vec<String> {
    let mut desk = Desk::with(home.command(arguments), NARROW, true);
    assert_eq!(desk.ended(), 0, "{desk:?}");
    desk.last_words().lines().map(str::trim_end).filter(|row| !row.is_empty()).map(str::to_owned).collect()
}

#[test]
fn ps_and_ports_fit_an_ordinary_terminal_and_are_whole_where_that_is_asked_for() {
    let first = free_ports(6);
    let (second, third, last) = (first + 1, first + 2, first + 5);
    let _strangers = [Stranger::on(first), Stranger::on(second)];
    let home = Home::new(&format!(
        "[services.moved]\ncommand = 'FIXTURE http'\nport = '{first}-{last}'\nhealth = '/health'\n\
         [services.fixed]\ncommand = 'FIXTURE http'\nport = {{ prefer = {second}, conflict = 'fail' }}\n\
         [services.sick]\ncommand = 'FIXTURE http'\nport = '{third}-{last}'\n\
         health = {{ http = '/a/path/that/is/long/and/that/nobody/serves', start_timeout = '50ms' }}\n"
    ));
    let _ = home.run(&["up", "--detach"]);
    let found = |name: &str| home.service(name)["findings"].as_u64().is_some_and(|findings| findings > 0);
    until("it is found out what is wrong", || {
        (found("sick") && found("fixed") && home.port("moved") > 0).then_some(())
    });
    let rows = shown(&home, &["ps"]);
    for service in ["moved", "fixed", "sick"] {
        assert_eq!(rows.iter().filter(|row| row.starts_with(service)).count(), 1, "{rows:#?}");
    }
    assert!(rows.iter().any(|row| row.starts_with("fixed") && row.contains('…')), "{rows:#?}");
    assert!(rows.iter().any(|row| row.ends_with("(portolan why fixed)")), "{rows:#?}");
    assert!(rows.iter().all(|row| fits(row)), "{rows:#?}");
    // The header, a row for each service, and a line for each of the two that are not well.
    assert_eq!(rows.len(), 6, "{rows:#?}");

    let rows = shown(&home, &["ports", "--stack", "stack"]);
    let held = rows.iter().find(|row| row.starts_with(&first.to_string())).unwrap();
    assert!(held.contains("console-"), "{rows:#?}");
    assert!(rows.iter().all(|row| fits(row)), "{rows:#?}");
    assert!(rows.iter().skip(1).all(|row| row.starts_with(|c: char| c.is_ascii_digit())), "{rows:#?}");

    let wide = shown(&home, &["ps", "--wide"]);
    assert!(wide.iter().any(|row| !fits(row)), "nothing is cut: {wide:#?}");
    let piped = home.run(&["ps"]);
    assert!(piped.out.lines().any(|line| line.len() > 100) && !piped.out.contains('…'), "{piped:?}");
    assert_eq!(home.run(&["down"]).code, 0);
    home.assert_nothing_lives();
}
