//! A search by several threads compared with one by none, on the same run.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::*;
use crate::logs::Selection;
use crate::logs::desk::scratch_run::ScratchRun;

const QUERIES: &[&str] = &["", "disk", "-disk", "run:last", "stream:err disk|7", "svc:b", "/7$/", "nowhere"];

fn chunk(run: &mut ScratchRun, n: u32) {
    let lines: Vec<String> = (0..1 + n % 4)
        .map(|line| match (n + line) % 3 {
            0 => format!("ERROR \x1b[31mdi\x1b[1msk\x1b[0m {n}"),
            1 => format!("Disk of {n}"),
            _ => format!("line {line} of {n}"),
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let stream = if n.is_multiple_of(5) { Stream::Stderr } else { Stream::Stdout };
    run.write(["a", "b", "c"][(n * n) as usize % 3], stream, Epoch(1 + n as u64 / 90), &lines);
}

/// Three services, several spawns, many small segments of which the oldest are gone.
fn busy_run() -> ScratchRun {
    let mut run = ScratchRun::new(600, 6000);
    for n in 0..300 {
        chunk(&mut run, n);
    }
    run
}

fn search(run: &ScratchRun, query: &str, range: &Range<u64>) -> Search {
    let query = Query::parse(query, UNIX_EPOCH).unwrap();
    let mut search = run.logs().search_from(&Selection::All, query, range.start).unwrap();
    search.range.end = search.range.end.min(range.end);
    search
}

fn shared(mut search: Search, bytes: u64, lines: u64, threads: usize) -> Search {
    search.share(Sharing { threads, cut: Cut { bytes, lines }, much: 0 }).unwrap();
    search
}

fn rest(mut search: Search) -> Vec<Found> {
    let mut found = Vec::new();
    while search.next_batch(&mut found).unwrap() {}
    found
}

fn hits(search: &mut Search, most: usize) -> Vec<(u64, u64)> {
    let mut hits = Vec::new();
    while hits.len() < most
        && let Some(hit) = search.next_hit().unwrap()
    {
        hits.push((hit.seq, hit.line));
    }
    hits
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn threads_find_the_same_in_the_same_order(
        bytes in 1..900u64,
        lines in 1..40u64,
        threads in 1..5usize,
        ends in (0..800u64, 0..800u64),
    ) {
        let run = busy_run();
        for range in [0..u64::MAX, ends.0.min(ends.1)..ends.0.max(ends.1)] {
            for query in QUERIES {
                let alone = {
                    let mut search = search(&run, query, &range);
                    search.begun = true;
                    rest(search)
                };
                let many = shared(search(&run, query, &range), bytes, lines, threads.max(2));
                prop_assert!(many.crew.is_some() || alone.is_empty());
                prop_assert_eq!(rest(many), alone, "{} in {:?}", query, range);
            }
        }
    }
}

#[test]
fn a_search_goes_on_line_by_line_where_the_threads_came_to() {
    let run = busy_run();
    let all = hits(&mut search(&run, "disk", &(0..u64::MAX)), usize::MAX);
    for batches in [0, 1, 7, 1000] {
        let mut search = shared(search(&run, "disk", &(0..u64::MAX)), 200, 10, 2);
        let mut found = Vec::new();
        for _ in 0..batches {
            let _ = search.next_batch(&mut found).unwrap();
        }
        let mut found: Vec<_> = found.iter().map(|hit| (hit.seq, hit.line)).collect();
        found.extend(hits(&mut search, 5));
        found.extend(rest(search).iter().map(|hit| (hit.seq, hit.line)));
        assert_eq!(found, all, "after {batches} batches");
    }
}

#[test]
fn a_search_by_threads_that_is_cancelled_hands_out_nothing_more() {
    let run = busy_run();
    let cancel = Arc::new(AtomicBool::new(false));
    let search = search(&run, "", &(0..u64::MAX)).cancelled_by(Arc::clone(&cancel));
    let mut search = shared(search, 200, 10, 2);
    let mut found = Vec::new();
    while found.is_empty() {
        assert!(search.next_batch(&mut found).unwrap());
    }
    cancel.store(true, Ordering::Relaxed);
    let before = found.clone();
    assert!(!search.next_batch(&mut found).unwrap());
    assert_eq!(found, before);
    assert_eq!(hits(&mut search, 1), []);
}

#[test]
fn a_segment_that_cannot_be_read_is_an_error_after_what_comes_before_it() {
    let run = busy_run();
    let mut search = shared(search(&run, "", &(0..u64::MAX)), 200, 10, 2);
    let newest = search.lanes[0].segments[0];
    let (folder, service) = (search.lanes[0].folder.clone(), search.lanes[0].service.clone());
    search.dismiss();
    let log = crate::logs::segment::segment_path(&folder, &service, newest, "log");
    std::fs::write(log, "").unwrap();
    let mut search = shared(Search { begun: false, ..search }, 200, 10, 2);
    let mut found = Vec::new();
    let failed = |search: &mut Search, found: &mut Vec<Found>| loop {
        match search.next_batch(found) {
            Ok(true) => {}
            Ok(false) => return false,
            Err(_) => return true,
        }
    };
    assert!(failed(&mut search, &mut found) && !found.is_empty());
    assert!(failed(&mut search, &mut found), "and it is tried again");
    assert!(found.is_sorted_by(|one, next| one.seq < next.seq));
}

#[test]
fn little_text_is_searched_without_threads() {
    let run = busy_run();
    let mut search = search(&run, "disk", &(0..u64::MAX));
    assert!(search.next_batch(&mut Vec::new()).unwrap());
    assert!(search.begun && search.crew.is_none());
}
