//! Shows all of the gallery, several at a time, one line each, and counts.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use crate::exhibit::Exhibit;
use crate::{broken, healthy};

/// So many at a time: more would measure the machine.
const AT_A_TIME: usize = 4;

/// What came of one.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The right thing was said, and when.
    Found(String),
    /// Nothing was said, as it should be.
    Silent,
    /// Something wrong was said, or too late.
    Wrong(String),
    /// Nothing was said, and should have been.
    Missed(String),
    /// It cannot be shown here.
    Skipped(String),
}

type Show = fn(&Exhibit) -> Outcome;

#[test]
fn every_fault_is_found_and_nothing_is_found_of_what_is_well() {
    let rooms: [(&str, Show); 2] = [("broken", broken::show), ("healthy", healthy::show)];
    let exhibits = rooms.iter().flat_map(|(room, show)| {
        Exhibit::all_of(room).into_iter().map(move |exhibit| (*room, *show, exhibit))
    });
    let open = Mutex::new(exhibits.collect::<Vec<_>>().into_iter());
    let shown = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = open.lock().unwrap().next();
                    let Some((room, show, exhibit)) = next else { return };
                    let outcome = catch_unwind(AssertUnwindSafe(|| show(&exhibit)));
                    let outcome = outcome.unwrap_or_else(|panic| Outcome::Wrong(reason(&*panic)));
                    say(&line(room, &exhibit.name, &outcome));
                    shown.lock().unwrap().push((room, outcome));
                }
            });
        }
    });
    let shown = shown.into_inner().unwrap();
    let summary = summary(&shown);
    say(&summary);
    let is_right =
        |outcome: &Outcome| matches!(outcome, Outcome::Found(_) | Outcome::Silent | Outcome::Skipped(_));
    assert!(!shown.is_empty(), "there is nothing to show");
    assert!(shown.iter().all(|(_, outcome)| is_right(outcome)), "{summary}");
}

/// `gallery: 45 broken: 45 found, 0 wrong, 0 missed; 20 healthy: 0 findings`
fn summary(shown: &[(&str, Outcome)]) -> String {
    let count = |room: &str, is: fn(&Outcome) -> bool| {
        shown.iter().filter(|(of, outcome)| *of == room && is(outcome)).count()
    };
    let skipped = shown.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Skipped(_))).count();
    let skipped = if skipped == 0 { String::new() } else { format!("; {skipped} SKIPPED") };
    format!(
        "gallery: {} broken: {} found, {} wrong, {} missed; {} healthy: {} findings{skipped}",
        count("broken", |_| true),
        count("broken", |outcome| matches!(outcome, Outcome::Found(_))),
        count("broken", |outcome| matches!(outcome, Outcome::Wrong(_))),
        count("broken", |outcome| matches!(outcome, Outcome::Missed(_))),
        count("healthy", |_| true),
        count("healthy", |outcome| matches!(outcome, Outcome::Wrong(_))),
    )
}

fn line(room: &str, name: &str, outcome: &Outcome) -> String {
    let (word, detail) = match outcome {
        Outcome::Found(detail) => ("found", detail.as_str()),
        Outcome::Silent => ("silent", ""),
        Outcome::Wrong(detail) => ("WRONG", detail.as_str()),
        Outcome::Missed(detail) => ("MISSED", detail.as_str()),
        Outcome::Skipped(detail) => ("SKIPPED", detail.as_str()),
    };
    format!("gallery: {word:<7} {room}/{name:<32} {detail}").trim_end().to_owned()
}

/// Past the capture of the test's output: the figures are part of the result.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
