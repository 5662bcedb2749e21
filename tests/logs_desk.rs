//! The desk on a store that is being written: what is printed is seen, counted and found, by itself.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, UNIX_EPOCH};

use portolan::logs::{
    Anchor, Desk, Entry, LogStore, PageRequest, Part, PipeReader, Query, RunLogs, Selection, Source,
    StoreOptions, Stream,
};
use portolan::stack::{Epoch, ServiceId, ServiceName};

const LONG: Duration = Duration::from_secs(20);

fn id(name: &str) -> ServiceId {
    ServiceId::from(ServiceName::new(name).unwrap())
}

fn attach(store: &LogStore, name: &str, stream: Stream) -> UnixStream {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let source = Source { service: id(name), epoch: Epoch(1), stream };
    store.attach(source, PipeReader::from_raw(OwnedFd::from(theirs)), None);
    ours
}

fn open(run: &Path) -> (Desk, Receiver<()>) {
    let (tell, woken) = channel();
    let wake = move || {
        // The receiver may be gone at the end of a test.
        let _ = tell.send(());
    };
    (Desk::open(RunLogs::of(run), Arc::new(wake)).unwrap(), woken)
}

/// Looks whenever the desk calls, and at no other time, until the condition holds.
fn until(desk: &mut Desk, woken: &Receiver<()>, mut holds: impl FnMut(&mut Desk) -> bool) {
    loop {
        desk.look().unwrap();
        if holds(desk) {
            return;
        }
        woken.recv_timeout(LONG).expect("the desk calls when there is something new");
    }
}

fn last_entries(desk: &mut Desk, rows: usize) -> Vec<Entry> {
    let none = BTreeSet::new();
    let request = PageRequest {
        selection: &Selection::All,
        anchor: Anchor::End,
        rows,
        fold: true,
        unfolded: &none,
        expanded: &none,
        cleared_before: 0,
    };
    desk.page(&request).unwrap().entries
}

#[test]
fn the_desk_follows_what_is_printed() {
    let run = tempfile::tempdir().unwrap();
    let store = LogStore::open(run.path(), StoreOptions::default(), |_| {}).unwrap();
    let (mut desk, woken) = open(run.path());
    let mut api = attach(&store, "api", Stream::Stderr);
    let mut web = attach(&store, "web", Stream::Stdout);
    api.write_all(b"Traceback (most recent call last):\n  File \"/app/a.py\", line 7, in f\n").unwrap();
    until(&mut desk, &woken, |desk| desk.faults(&id("api"), None).errors == 1);
    web.write_all(b"in between\n").unwrap();
    until(&mut desk, &woken, |desk| desk.look().unwrap().lines == 3);
    api.write_all(b"    g()\n\x1b[1;31mValueError\x1b[0m: bad sku\n").unwrap();
    until(&mut desk, &woken, |desk| {
        let entries = last_entries(desk, 5);
        let [Entry::Line { part: Part::Folded(summary), .. }, Entry::Line { line, .. }] = &entries[..] else {
            return false;
        };
        summary.text == "ValueError: bad sku" && &line.bytes[..] == b"in between" && summary.lines == 4
    });
    assert_eq!(desk.faults(&id("api"), Some(Epoch(1))).errors, 1, "a traceback counts once");
    desk.filter(Some(Query::parse("sku", UNIX_EPOCH).unwrap()));
    until(&mut desk, &woken, |desk| desk.counts(&Selection::All).unwrap().hits == 1);
    web.write_all(b"sku found\nnothing\n").unwrap();
    until(&mut desk, &woken, |desk| {
        let counts = desk.counts(&Selection::All).unwrap();
        (counts.hits, counts.hidden) == (2, 5 + 2 - 2)
    });
    assert_eq!(last_entries(&mut desk, 5).len(), 2);
    store.close();
}

#[test]
fn a_desk_may_be_opened_before_there_is_a_run() {
    let run = tempfile::tempdir().unwrap();
    let (mut desk, woken) = open(&run.path().join("later"));
    assert_eq!((desk.look().unwrap().end, last_entries(&mut desk, 5)), (0, Vec::new()));
    let store = LogStore::open(&run.path().join("later"), StoreOptions::default(), |_| {}).unwrap();
    store.append_notice(&id("api"), "started");
    until(&mut desk, &woken, |desk| last_entries(desk, 5).len() == 1);
    store.close();
}
