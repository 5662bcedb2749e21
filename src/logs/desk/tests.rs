//! The desk as the console sees it, on runs written for the purpose.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::super::Selection;
use super::scratch_run::{ScratchRun, id};
use super::{Anchor, Desk, Entry, Page, PageRequest};

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
