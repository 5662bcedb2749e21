//! The logs pane over a log that was really written: where jumps lead, and what is in view then.

use std::sync::Arc;

use ratatui::layout::Size;

use crate::logs::{Anchor, Desk, ScratchRun};
use crate::stack::ServiceId;
use crate::ui::facts::Facts;
use crate::ui::model::{Looking, Model, Place, Source, Span, Spot};
use crate::ui::msg::{CopyWhat, Jump, Msg};
use crate::ui::samples;
use crate::ui::update::update;
use crate::ui::view::Look;

use super::copying::{Progress, Reading};
use super::desk;

/// A console of which only the logs pane matters.
struct Stage {
    run: ScratchRun,
    desk: Desk,
    facts: Facts,
    model: Model,
    look: Look,
}

impl Stage {
    fn new(lines: &[&str]) -> Self {
        let mut run = ScratchRun::new(1 << 20, 1 << 30);
        for line in lines {
            run.print("api", &[line]);
        }
        let facts = samples::shop();
        let mut model = samples::model(&facts);
        model.size = Size { width: 100, height: 20 };
        model.logs.zoomed = true;
        model.logs.source = Source::One(samples::name("api"));
        let desk = Desk::open(run.logs(), Arc::new(|| {})).unwrap();
        let mut stage = Self { run, desk, facts, model, look: samples::look() };
        stage.frame();
        while stage.desk.faults(&ServiceId::from(samples::name("api")), None).scanning {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        stage
    }

    fn frame(&mut self) {
        desk::look(&mut self.desk, &mut self.facts, &self.model, &self.look).unwrap();
    }

    fn jump(&mut self, jump: Jump) {
        let landing = desk::jump(&mut self.desk, &self.facts, &self.model, &self.look, jump).unwrap();
        update(&mut self.model, &self.facts, Msg::Landed(landing));
        self.frame();
    }

    fn filter(&mut self, text: &str) {
        self.model.logs.looking = Some(Looking { text: text.to_owned(), find: false });
        desk::set_query(&mut self.desk, self.model.logs.looking.as_ref(), None, &self.facts);
        loop {
            self.frame();
            if self.facts.counts.done && !self.facts.page.searching {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// What is copied of these lines, in words.
    fn copied(&mut self, from: u64, to: u64) -> (String, String) {
        let spot = |seq| Spot { seq, column: 0 };
        let what = CopyWhat::Span(Span { from: spot(from), to: spot(to), lines: true });
        let palette = &self.look.theme.palette;
        let mut reading =
            Reading::copy(&mut self.desk, &self.model.logs, palette, what).unwrap().at_most(2 << 20);
        loop {
            let progress = reading.go_on(&mut self.desk).unwrap();
            if progress != Progress::More {
                return reading.copied(&mut self.desk, progress).unwrap();
            }
        }
    }

    /// The rows of the pane as text.
    fn rows(&mut self) -> Vec<String> {
        let Size { width, height } = self.model.size;
        let buffer = samples::paint(&self.facts, &mut self.model, &self.look, width, height);
        let layout = self.facts.layout(&self.model).unwrap();
        samples::text_in(&buffer, layout.logs).lines().map(str::to_owned).collect()
    }

    fn said(&self) -> &str {
        self.model.toast.as_ref().map_or("", |toast| toast.text.as_str())
    }

    fn cursor(&self) -> Option<u64> {
        self.model.logs.place.cursor
    }
}

/// Words with numbers, so many columns of them.
fn long(columns: usize) -> String {
    let words: Vec<String> = (0..columns / 6).map(|n| format!("w{n:04}")).collect();
    words.join(" ")
}

#[test]
fn a_jump_shows_its_line_while_lines_wrap() {
    let tall = long(900);
    let lines = ["first", "ERROR one", &tall, &tall, &tall, "ERROR two", "last"];
    let mut stage = Stage::new(&lines);
    stage.model.logs.wrap = true;
    stage.frame();
    assert!(stage.facts.page.entries.len() == lines.len(), "all is on the page: {:?}", stage.facts.page);
    stage.jump(Jump::Fault { forward: false });
    assert_eq!(stage.cursor(), Some(5));
    stage.jump(Jump::Fault { forward: false });
    assert_eq!(stage.cursor(), Some(1));
    assert!(stage.rows().iter().any(|row| row.contains("ERROR one")), "{:#?}", stage.rows());
    stage.jump(Jump::Fault { forward: true });
    assert!(stage.rows().iter().any(|row| row.contains("ERROR two")), "{:#?}", stage.rows());
}

#[test]
fn a_line_taller_than_the_pane_is_scrolled_through_by_rows() {
    let tall = long(4000);
    let mut stage = Stage::new(&["before", &tall, "after"]);
    stage.model.logs.wrap = true;
    stage.frame();
    let following = stage.rows();
    assert!(following.last().unwrap().contains("after") && following[following.len() - 2].contains("w0665"));
    assert!(
        following[0].len() > 20 && following[0].starts_with(char::is_numeric),
        "the gutter: {following:#?}"
    );
    let text = |rows: Vec<String>| rows.into_iter().map(|row| row.chars().skip(11).collect::<String>());
    let mut seen: std::collections::BTreeSet<String> = text(following).collect();
    for _ in 0..60 {
        stage.jump(Jump::Scroll(-1));
        seen.extend(text(stage.rows()));
    }
    assert!(stage.rows()[0].contains("before"), "{:#?}", stage.rows());
    assert_eq!(seen.len(), 3995_usize.div_ceil(89) + 2, "every row was in view: {seen:#?}");
    // Down again, by lines and pages.
    stage.model.logs.place.cursor = Some(0);
    stage.jump(Jump::Step(1));
    assert_eq!((stage.cursor(), stage.model.logs.place.skip), (Some(1), 0));
    stage.jump(Jump::Step(1));
    assert_eq!(stage.model.logs.place, Place { anchor: Anchor::Top(1), skip: 0, cursor: Some(1) });
    stage.jump(Jump::Step(1));
    assert_eq!(stage.model.logs.place, Place { anchor: Anchor::Top(1), skip: 1, cursor: Some(1) });
    stage.jump(Jump::Step(10));
    assert_eq!(stage.model.logs.place, Place { anchor: Anchor::Top(1), skip: 11, cursor: Some(1) });
    stage.jump(Jump::Step(-1));
    assert_eq!(stage.model.logs.place, Place { anchor: Anchor::Top(1), skip: 10, cursor: Some(1) });
    for _ in 0..60 {
        stage.jump(Jump::Step(1));
    }
    assert!(stage.model.logs.follows(), "{:?}", stage.model.logs.place);
}

#[test]
fn the_newest_long_line_shows_its_end_however_long_it_is() {
    let huge = format!("START {} END", "x".repeat(3 << 20));
    let mut stage = Stage::new(&["before", &huge]);
    stage.model.logs.wrap = true;
    stage.frame();
    assert!(stage.rows().last().unwrap().ends_with("x END"), "{:?}", stage.rows().last());
    stage.jump(Jump::First);
    assert!(stage.rows()[1].contains("START"), "{:#?}", stage.rows());
    stage.jump(Jump::Scroll(600));
    assert!(!stage.model.logs.follows());
    stage.run.print("api", &["after"]);
    stage.frame();
    let place = stage.model.logs.place;
    assert_eq!(place.anchor, Anchor::Top(1), "{place:?}");
}

#[test]
fn in_a_wider_window_the_top_line_stays() {
    let tall = long(4000);
    let mut stage = Stage::new(&["before", &tall, &tall, "after"]);
    stage.model.logs.wrap = true;
    stage.model.logs.place = Place { anchor: Anchor::Top(1), skip: 500, cursor: Some(1) };
    stage.frame();
    assert!(stage.rows()[0].contains("w0665"), "{:#?}", stage.rows());
    assert_eq!(stage.facts.seen(), Some(1..=2));
}

#[test]
fn errors_that_are_hidden_are_told_of_and_not_jumped_to() {
    let mut stage = Stage::new(&["ERROR one", "ERROR hidden", "plain one", "ERROR other"]);
    stage.filter("one");
    stage.jump(Jump::Fault { forward: false });
    assert_eq!(stage.cursor(), Some(0));
    assert!(stage.rows().iter().any(|row| row.contains("ERROR one")));
    stage.jump(Jump::Fault { forward: true });
    assert_eq!((stage.cursor(), stage.said()), (Some(0), "2 errors hidden by the filter: Esc clears it"));
    stage.jump(Jump::Fault { forward: false });
    assert_eq!(stage.said(), "no error before this");
    stage.jump(Jump::Hit { forward: true });
    stage.jump(Jump::Hit { forward: true });
    assert_eq!((stage.cursor(), stage.said()), (Some(2), "no match after this"));
    stage.filter("");
    stage.model.logs.looking = None;
    stage.model.logs.cleared = 3;
    stage.model.logs.place = Place::default();
    stage.frame();
    stage.jump(Jump::Fault { forward: false });
    assert_eq!(stage.cursor(), Some(3));
    stage.jump(Jump::Fault { forward: false });
    assert_eq!((stage.cursor(), stage.said()), (Some(3), "2 errors before this cleared: u brings them back"));
}

#[test]
fn all_that_is_selected_is_copied_however_many_batches_it_takes() {
    let lines: Vec<String> = (0..1100).map(|n| format!("line {n}")).collect();
    let mut stage = Stage::new(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    // A block at the end of a batch, and a gap at the end of another.
    for line in ["Traceback (most recent call last):", "  File \"a.py\", line 1, in f", "ValueError: x"] {
        stage.run.print("api", &[line]);
    }
    stage.run.lose("api", 3);
    stage.run.print("api", &["behind the gap"]);
    stage.frame();
    while stage.desk.faults(&ServiceId::from(samples::name("api")), None).errors == 0 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    // One entry of each kind comes to stand at the end of a batch.
    for first in 588..594 {
        let (text, named) = stage.copied(first, 2000);
        assert_eq!(named, format!("{} lines", 1100 - first + 4));
        let copied: Vec<&str> = text.lines().collect();
        assert_eq!(
            copied[copied.len() - 5..],
            [
                "line 1099",
                "Traceback (most recent call last):",
                "  File \"a.py\", line 1, in f",
                "ValueError: x",
                "behind the gap"
            ]
        );
    }
    stage.filter("line 7");
    assert_eq!(stage.copied(0, 2000).1, "290 lines");
}

#[test]
fn a_copy_that_is_too_much_says_how_much_of_it_there_is() {
    let line = "x".repeat((1 << 20) - 1);
    let mut stage = Stage::new(&[line.as_str(); 5]);
    let (text, named) = stage.copied(0, 3);
    assert_eq!(named, "2 of 4 lines, 2 MiB is the most,");
    assert_eq!(text.lines().count(), 2);
}
