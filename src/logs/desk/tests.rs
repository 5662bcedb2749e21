//! The desk as the console sees it, on runs written for the purpose.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::super::query::Query;
use super::super::{Selection, Stream};
use super::scratch_run::{ScratchRun, id};
use super::{Anchor, Desk, Entry, FaultCount, Page, PageRequest, Part, Reach};
use crate::stack::Epoch;

const NONE: &BTreeSet<u64> = &BTreeSet::new();

pub(crate) fn desk(run: &ScratchRun) -> Desk {
    let mut desk = Desk::open(run.logs(), Arc::new(|| {})).unwrap();
    desk.look().unwrap();
    desk
}

/// A desk that has looked for faults in everything.
pub(crate) fn settled(run: &ScratchRun) -> Desk {
    let desk = desk(run);
    until(|| !desk.faults(&id("any"), None).scanning);
    desk
}

/// Waits for a condition.
pub(crate) fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..5000 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    panic!("it never came to hold");
}

pub(crate) fn request(anchor: Anchor, rows: usize) -> PageRequest<'static> {
    PageRequest {
        selection: &Selection::All,
        anchor,
        rows,
        fold: true,
        unfolded: NONE,
        expanded: NONE,
        cleared_before: 0,
    }
}

fn texts(page: &Page) -> Vec<String> {
    let text = |entry: &Entry| match entry {
        Entry::Line { line, .. } => String::from_utf8_lossy(&line.bytes).into_owned(),
        Entry::Lost { service, lines, .. } => format!("{service} lost {lines}"),
    };
    page.entries.iter().map(text).collect()
}

#[test]
fn a_page_merges_services_in_true_order() {
    let mut run = ScratchRun::new(1 << 20, 1 << 30);
    run.print("api", &["1", "2"]);
    run.print("web", &["3"]);
    run.print("api", &["4"]);
    run.print("web", &["5", "6"]);
    let mut desk = desk(&run);
    let page = |desk: &mut Desk, anchor| desk.page(&request(anchor, 3)).unwrap();
    assert_eq!(texts(&page(&mut desk, Anchor::End)), ["4", "5", "6"]);
    let bottom = page(&mut desk, Anchor::Bottom(3));
    assert_eq!(
        (texts(&bottom), bottom.above, bottom.lines_below),
        (vec!["2".into(), "3".into(), "4".into()], true, 2)
    );
    assert_eq!(texts(&page(&mut desk, Anchor::Bottom(1))), ["1", "2", "3"]);
    assert_eq!(texts(&page(&mut desk, Anchor::Top(4))), ["5", "6"]);
    assert_eq!(desk.scrolled(&request(Anchor::End, 3), -2).unwrap(), Anchor::Top(1));
    assert_eq!(desk.scrolled(&request(Anchor::Top(1), 3), 1).unwrap(), Anchor::Top(2));
    assert_eq!(desk.scrolled(&request(Anchor::Top(1), 3), 2).unwrap(), Anchor::End);
}

#[test]
fn what_was_dropped_or_lost_is_said_where_it_stood() {
    let mut run = ScratchRun::new(4, 8);
    for n in 0..6 {
        run.print("api", &[&format!("a{n}")]);
        run.print("web", &[if n == 0 { "w" } else { "" }]);
    }
    run.lose("web", 5);
    run.print("web", &["back"]);
    let mut desk = desk(&run);
    let page = desk.page(&request(Anchor::End, 20)).unwrap();
    assert_eq!(texts(&page), ["web lost 3", "", "api lost 4", "a4", "", "a5", "", "web lost 5", "back"]);
}

fn python(name: &str) -> [String; 4] {
    [
        "Traceback (most recent call last):".into(),
        "  File \"/app/tasks.py\", line 88, in reserve".into(),
        "    raise".into(),
        format!("ValueError: {name}"),
    ]
}

fn as_strs(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

fn parsed(query: &str) -> Option<Query> {
    Some(Query::parse(query, std::time::UNIX_EPOCH).unwrap())
}

#[test]
fn faults_are_counted_by_service_and_spawn_and_walked_through() {
    let mut run = ScratchRun::new(1 << 20, 1 << 30);
    run.write("api", Stream::Stderr, Epoch(1), &as_strs(&python("one")));
    run.print("web", &["ERROR two", "WARN x", "fine"]);
    run.write("api", Stream::Stderr, Epoch(2), &["\x1b[31mValueError\x1b[0m: three", "WARN y"]);
    run.write("api", Stream::Notice, Epoch(0), &["ERROR is our own word"]);
    let mut desk = settled(&run);
    let count = |desk: &Desk, name, epoch| {
        let FaultCount { errors, warnings, scanning: _ } = desk.faults(&id(name), epoch);
        (errors, warnings)
    };
    assert_eq!(count(&desk, "api", None), (2, 1));
    assert_eq!(count(&desk, "api", Some(Epoch(1))), (1, 0));
    assert_eq!(count(&desk, "api", Some(Epoch(2))), (1, 1));
    assert_eq!(count(&desk, "web", None), (1, 1));
    let all = &request(Anchor::End, 1);
    let next = [0, 4, 7].map(|seq| desk.next_fault(all, seq).unwrap());
    assert_eq!(next, [Reach::At(4), Reach::At(7), Reach::Nothing]);
    let previous = [7, 4, 0].map(|seq| desk.previous_fault(all, seq).unwrap());
    assert_eq!(previous, [Reach::At(4), Reach::At(0), Reach::Nothing]);
    let api = &Selection::Only(vec![id("api")]);
    assert_eq!(desk.next_fault(&PageRequest { selection: api, ..*all }, 0).unwrap(), Reach::At(7));
    let cleared = &PageRequest { cleared_before: 5, ..*all };
    assert_eq!(desk.previous_fault(cleared, 9).unwrap(), Reach::At(7));
    assert_eq!(desk.previous_fault(cleared, 7).unwrap(), Reach::Hidden(2));
    assert_eq!(desk.block_text(0).unwrap(), format!("{}\n", python("one").join("\n")).as_bytes());
    assert_eq!((desk.block_of(2).unwrap(), desk.block_of(4).unwrap()), (Some(0), None));
    assert_eq!(desk.block_text(4).unwrap(), b"ERROR two\n");
}

#[test]
fn what_a_filter_hides_is_counted_and_faults_apart() {
    let mut run = ScratchRun::new(1 << 20, 1 << 30);
    run.print("api", &["plain one", "ERROR shown one"]);
    run.write("web", Stream::Stderr, Epoch(1), &as_strs(&python("one")));
    run.print("api", &["ERROR hidden", "plain"]);
    run.write("web", Stream::Stderr, Epoch(1), &as_strs(&python("two")));
    let mut desk = settled(&run);
    desk.filter(parsed("one"));
    until(|| desk.counts(&Selection::All).unwrap().done);
    let counts = desk.counts(&Selection::All).unwrap();
    assert_eq!((counts.lines, counts.hits, counts.hidden, counts.hidden_faults), (12, 3, 9, 2));
    let api = desk.counts(&Selection::Only(vec![id("api")])).unwrap();
    assert_eq!((api.lines, api.hits, api.hidden, api.hidden_faults), (4, 2, 2, 1));
    let page = desk.page(&request(Anchor::End, 10)).unwrap();
    assert_eq!(texts(&page), ["plain one", "ERROR shown one", "ValueError: one"]);
    let Entry::Line { part: Part::Folded(summary), .. } = &page.entries[2] else { panic!("{page:?}") };
    let place = summary.place.as_ref().unwrap();
    assert_eq!((&*summary.text, summary.lines, place.line), ("ValueError: one", 4, Some(88)));
    // What is written later is counted too, and what goes on at the end of a block is its own.
    run.write("web", Stream::Stderr, Epoch(1), &["  of one kind", "after"]);
    until(|| {
        desk.look().unwrap();
        let counts = desk.counts(&Selection::All).unwrap();
        (counts.lines, counts.hits, counts.hidden, counts.hidden_faults) == (14, 4, 10, 1)
    });
    desk.filter(None);
    assert_eq!(desk.counts(&Selection::All).unwrap().hidden, 0);
}

#[test]
fn finding_hides_nothing_and_goes_from_hit_to_hit() {
    let mut run = ScratchRun::new(1 << 20, 1 << 30);
    run.print("api", &["a", "b", "a"]);
    run.print("web", &["a"]);
    let mut desk = desk(&run);
    desk.find(parsed("a"));
    let all = &Selection::All;
    let end = &request(Anchor::End, 1);
    let next = [0, 2, 3].map(|seq| desk.next_hit(end, seq).unwrap());
    assert_eq!(next, [Reach::At(2), Reach::At(3), Reach::Nothing]);
    assert_eq!(desk.previous_hit(end, 2).unwrap(), Reach::At(0));
    assert_eq!(desk.previous_hit(&PageRequest { cleared_before: 1, ..*end }, 2).unwrap(), Reach::Nothing);
    assert_eq!(desk.page(&request(Anchor::End, 10)).unwrap().entries.len(), 4);
    until(|| desk.found(all).unwrap().done);
    assert_eq!((desk.found(all).unwrap().hits, desk.counts(all).unwrap().hidden), (3, 0));
}

#[test]
fn hidden_faults_are_judged_some_at_each_call_until_all_are() {
    let mut run = ScratchRun::new(1 << 20, 1 << 30);
    for _ in 0..30 {
        run.print("api", &["ERROR hidden"; 100]);
        run.print("web", &["ERROR hidden"; 100]);
    }
    let mut desk = settled(&run);
    desk.filter(parsed("nothing"));
    let mut known = Vec::new();
    until(|| {
        let counts = desk.counts(&Selection::All).unwrap();
        known.push(counts.hidden_faults);
        counts.done
    });
    assert_eq!(known.last(), Some(&6000));
    assert!(known.windows(2).all(|pair| pair[1] - pair[0] <= 2000), "{known:?}");
}

#[test]
fn faults_that_a_filter_hides_are_passed_by() {
    let mut run = ScratchRun::new(1 << 20, 1 << 30);
    run.write("api", Stream::Stderr, Epoch(1), &as_strs(&python("one")));
    for _ in 0..100 {
        run.print("web", &["ERROR hidden"]);
    }
    run.write("api", Stream::Stderr, Epoch(1), &as_strs(&python("two")));
    run.print("web", &["ERROR one", "ERROR two"]);
    let mut desk = settled(&run);
    desk.filter(parsed("one"));
    until(|| desk.counts(&Selection::All).unwrap().done);
    let all = &request(Anchor::End, 1);
    // The line of the traceback that is shown is the one that matches.
    assert_eq!(desk.previous_fault(all, 109).unwrap(), Reach::At(108));
    assert_eq!(desk.previous_fault(all, 108).unwrap(), Reach::At(3));
    assert_eq!(desk.previous_fault(all, 3).unwrap(), Reach::Hidden(1));
    assert_eq!(desk.next_fault(all, 3).unwrap(), Reach::At(108));
    assert_eq!(desk.next_fault(all, 108).unwrap(), Reach::Hidden(1));
    assert_eq!(desk.next_fault(all, 109).unwrap(), Reach::Nothing);
    // Unfolded, all of it is shown.
    let unfolded = &BTreeSet::from([0]);
    assert_eq!(desk.previous_fault(&PageRequest { unfolded, ..*all }, 108).unwrap(), Reach::At(0));
}

#[test]
fn the_latest_spawn_is_another_one_after_a_restart() {
    let mut run = ScratchRun::new(1 << 20, 1 << 30);
    run.write("api", Stream::Stdout, Epoch(1), &["first"]);
    let mut desk = desk(&run);
    desk.filter(parsed("run:last"));
    until(|| desk.counts(&Selection::All).unwrap().done);
    assert_eq!(texts(&desk.page(&request(Anchor::End, 10)).unwrap()), ["first"]);
    run.write("api", Stream::Stdout, Epoch(2), &["second"]);
    until(|| {
        desk.look().unwrap();
        texts(&desk.page(&request(Anchor::End, 10)).unwrap()) == ["second"]
    });
}

#[test]
fn an_anchored_page_stays_when_lines_come_and_old_ones_go() {
    let mut run = ScratchRun::new(100, 400);
    for n in 0..40 {
        run.print("api", &[&format!("line {n:04}")]);
        run.print("web", &["quiet"]);
    }
    let mut desk = settled(&run);
    let [top, bottom] = [Anchor::Top(60), Anchor::Bottom(72)].map(|anchor| request(anchor, 6));
    let before = [desk.page(&top).unwrap().entries, desk.page(&bottom).unwrap().entries];
    assert_eq!(before[0].len(), 6);
    for n in 40..50 {
        run.print("api", &[&format!("line {n:04}")]);
        desk.look().unwrap();
        assert_eq!([desk.page(&top).unwrap().entries, desk.page(&bottom).unwrap().entries], before);
    }
    assert!(run.lines[0].seq > 0, "old lines were dropped meanwhile");
}

#[test]
fn a_new_filter_ends_the_one_before_and_the_desk_ends_all() {
    let mut run = ScratchRun::new(1 << 20, 1 << 30);
    let line = "x".repeat(1000);
    for _ in 0..2000 {
        run.print("api", &[&line, &line]);
    }
    let woken = Arc::new(());
    let kept = Arc::clone(&woken);
    let mut desk = Desk::open(run.logs(), Arc::new(move || drop(Arc::clone(&kept)))).unwrap();
    desk.look().unwrap();
    for query in ["x", "xx", "xxx", "level:error"] {
        desk.filter(parsed(query));
        assert_eq!(
            desk.page(&request(Anchor::End, 5)).unwrap().entries.len(),
            if query.len() > 3 { 0 } else { 5 }
        );
    }
    drop(desk);
    // The threads held it, so they are gone.
    assert_eq!(Arc::strong_count(&woken), 1);
}
