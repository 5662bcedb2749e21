//! The log store from outside: what goes into a pipe comes out of the store, in order, whatever happens.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use portolan::logs::{
    Candidate, Follower, LogSignal, LogStore, PipeReader, Query, RunLogs, Selection, Source, Start, Step,
    StoreOptions, Stream,
};
use portolan::stack::{Epoch, ServiceId, ServiceName};
use regex::bytes::Regex;

const LONG: Duration = Duration::from_secs(20);

/// A line as a test looks at it: sequence number, service, stream, text.
type Seen = (u64, String, Stream, Vec<u8>);

fn id(name: &str) -> ServiceId {
    ServiceId::from(ServiceName::new(name).unwrap())
}

fn source(name: &str, stream: Stream) -> Source {
    Source { service: id(name), epoch: Epoch(1), stream }
}

fn open(run: &Path, options: StoreOptions) -> (LogStore, Receiver<LogSignal>) {
    let (tell, told) = channel();
    let store = LogStore::open(run, options, move |signal| drop(tell.send(signal))).unwrap();
    (store, told)
}

/// A pipe into the store.
fn attach(store: &LogStore, name: &str, stream: Stream) -> UnixStream {
    attach_watching(store, name, stream, None)
}

fn attach_watching(store: &LogStore, name: &str, stream: Stream, watch: Option<Regex>) -> UnixStream {
    let (ours, theirs) = UnixStream::pair().unwrap();
    store.attach(source(name, stream), PipeReader::from_raw(OwnedFd::from(theirs)), watch);
    ours
}

fn closed(told: &Receiver<LogSignal>) -> Vec<LogSignal> {
    let mut before = Vec::new();
    loop {
        match told.recv_timeout(LONG).unwrap() {
            LogSignal::Closed { .. } => return before,
            other => before.push(other),
        }
    }
}

fn take(step: &Step<'_>, seen: &mut Vec<Seen>) {
    if let Step::Run(run) = step {
        assert_eq!(run.iter().count(), run.lines as usize);
        for line in run.iter() {
            seen.push((line.seq, run.service.to_string(), run.stream, line.bytes.to_vec()));
        }
    }
}

fn read_all(run: &Path, selection: Selection, start: Start) -> Vec<Seen> {
    let mut cursor = RunLogs::of(run).merged(selection, start).unwrap();
    let mut seen = Vec::new();
    loop {
        match cursor.step().unwrap() {
            Step::Idle => return seen,
            step => take(&step, &mut seen),
        }
    }
}

fn follow_to_end(mut follower: Follower) -> Vec<Seen> {
    let mut seen = Vec::new();
    loop {
        match follower.step(LONG).unwrap() {
            Step::End => return seen,
            step => take(&step, &mut seen),
        }
    }
}

fn texts(seen: &[Seen]) -> Vec<String> {
    seen.iter().map(|line| String::from_utf8_lossy(&line.3).into_owned()).collect()
}

#[test]
fn any_bytes_come_out_as_they_went_in() {
    let run = tempfile::tempdir().unwrap();
    let (store, told) = open(run.path(), StoreOptions::default());
    let mut pipe = attach(&store, "api", Stream::Stdout);
    let mut text = b"plain\n\nnul \0 here\n10%\r50%\r100%\nbad \xff\xfe utf-8\nsplit ".to_vec();
    text.extend_from_slice("caf\u{e9} \x1b[31mred\x1b[0m\n".as_bytes());
    text.extend(std::iter::repeat_n(b'x', 1 << 20));
    text.extend_from_slice(b"\nno newline at the end");
    let writer = std::thread::spawn({
        let text = text.clone();
        move || {
            // Byte by byte at first, so that characters and escape sequences are split.
            for byte in &text[..90] {
                pipe.write_all(&[*byte]).unwrap();
            }
            pipe.write_all(&text[90..]).unwrap();
        }
    });
    writer.join().unwrap();
    assert_eq!(closed(&told), []);
    let mut stored = std::fs::read(run.path().join("logs/api.0.log")).unwrap();
    assert_eq!(stored.pop(), Some(b'\n'));
    assert!(stored == text, "the segment is exactly what was printed");
    let seen = read_all(run.path(), Selection::All, Start::Beginning);
    assert_eq!(seen.len(), 8);
    assert_eq!(seen[6].3.len(), 1 << 20);
    assert_eq!(seen, follow_to_end(after(store, Start::Beginning)));
}

/// Closes the store; what follows it from `start` on.
fn after(store: LogStore, start: Start) -> Follower {
    let follower = store.follow(Selection::All, start);
    store.close();
    follower
}

#[test]
fn every_reader_sees_the_same_total_order_over_many_sources() {
    let run = tempfile::tempdir().unwrap();
    // Small tails and segments, so that readers go through files, memory and several segments.
    let options = StoreOptions { segment_bytes: 20_000, tail_bytes: 2_000, ..StoreOptions::default() };
    let (store, told) = open(run.path(), options);
    let names: Vec<String> = (0..30).map(|n| format!("s{n}")).collect();
    let mut writers = Vec::new();
    for name in &names {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let mut pipe = attach(&store, name, stream);
            let word = stream.word();
            writers.push(std::thread::spawn(move || {
                for n in 0..500 {
                    pipe.write_all(format!("{word} {n}\n").as_bytes()).unwrap();
                }
            }));
        }
    }
    let follower = store.follow(Selection::All, Start::Beginning);
    let in_process = std::thread::spawn(move || follow_to_end(follower));
    let mut other = RunLogs::of(run.path()).merged(Selection::All, Start::Beginning).unwrap();
    let mut from_files = Vec::new();
    while from_files.len() < 30_000 {
        let step = other.step_within(LONG).unwrap();
        assert!(matches!(step, Step::Run(_)), "{step:?}");
        take(&step, &mut from_files);
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    for _ in 0..60 {
        assert_eq!(closed(&told), []);
    }
    store.close();
    let in_process = in_process.join().unwrap();
    let expected: Vec<u64> = (0..30_000).collect();
    assert_eq!(in_process.iter().map(|line| line.0).collect::<Vec<_>>(), expected);
    assert!(in_process == from_files, "a reader of the files sees what a follower sees");
    for name in &names {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let own = in_process.iter().filter(|line| line.1 == *name && line.2 == stream);
            let own: Vec<_> = own.map(|line| String::from_utf8(line.3.clone()).unwrap()).collect();
            let expected: Vec<_> = (0..500).map(|n| format!("{} {n}", stream.word())).collect();
            assert_eq!(own, expected);
        }
    }
}

#[test]
fn a_reader_of_growing_files_shows_no_line_before_an_earlier_one() {
    let run = tempfile::tempdir().unwrap();
    let (store, _told) = open(run.path(), StoreOptions { segment_bytes: 5_000, ..StoreOptions::default() });
    let services: Vec<ServiceId> = (0..8).map(|n| id(&format!("s{n}"))).collect();
    let writer = std::thread::spawn(move || {
        for n in 0..40_000 {
            store.append_notice(&services[n * 5 % 8], "x");
        }
        store.close();
    });
    let mut cursor = RunLogs::of(run.path()).merged(Selection::All, Start::Beginning).unwrap();
    let mut due = 0;
    while due < 40_000 {
        match cursor.step().unwrap() {
            Step::Run(run) => {
                assert_eq!(run.first_seq, due);
                due += u64::from(run.lines);
            }
            step => assert!(matches!(step, Step::Idle), "{step:?}"),
        }
    }
    writer.join().unwrap();
}

/// Three services in turns, so that every chunk is one line; closed.
fn small_log(run: &Path, lines: u64) {
    let (store, _told) = open(run, StoreOptions { segment_bytes: 100, ..StoreOptions::default() });
    for n in 0..lines {
        store.append_notice(&id(["a", "b", "c"][n as usize % 3]), format!("line {n}"));
    }
    store.close();
}

#[test]
fn reading_begins_where_it_is_asked_to() {
    let run = tempfile::tempdir().unwrap();
    small_log(run.path(), 100);
    let only = |names: &[&str]| Selection::Only(names.iter().map(|name| id(name)).collect());
    let seqs = |selection, start| -> Vec<u64> {
        read_all(run.path(), selection, start).iter().map(|line| line.0).collect()
    };
    assert_eq!(seqs(Selection::All, Start::Last(5)), [95, 96, 97, 98, 99]);
    assert_eq!(seqs(only(&["a", "c"]), Start::Last(3)), [96, 98, 99]);
    assert_eq!(seqs(Selection::All, Start::Last(0)), [0u64; 0]);
    assert_eq!(seqs(Selection::All, Start::Last(1000)).len(), 100);
    assert_eq!(seqs(only(&["b"]), Start::Seq(93)), [94, 97]);
    assert_eq!(seqs(only(&["nobody"]), Start::Last(3)), [0u64; 0]);
    let logs = RunLogs::of(run.path());
    assert_eq!(logs.rows(&only(&["a", "b"])).unwrap(), 67);
    assert_eq!(logs.seq_of_row(&only(&["a", "b"]), 2).unwrap(), Some(3));
    assert_eq!(logs.seq_of_row(&only(&["a", "b"]), 66).unwrap(), Some(99));
    assert_eq!(logs.seq_of_row(&only(&["a", "b"]), 67).unwrap(), None);
    let mut lines = Vec::new();
    logs.lines(&id("a"), 3..6, |run| lines.extend(run.iter().map(|line| (line.line, line.seq)))).unwrap();
    assert_eq!(lines, [(3, 9), (4, 12), (5, 15)]);
    assert_eq!(logs.extent(&id("a")).unwrap().unwrap().lines, 0..34);
}

#[test]
fn since_begins_with_the_first_line_of_that_time() {
    let run = tempfile::tempdir().unwrap();
    small_log(run.path(), 60);
    let mut times = Vec::new();
    let mut cursor = RunLogs::of(run.path()).merged(Selection::All, Start::Beginning).unwrap();
    while let Step::Run(run) = cursor.step().unwrap() {
        times.push(run.time());
    }
    let since = times[30];
    let first = times.iter().position(|&time| time >= since).unwrap();
    let seen = read_all(run.path(), Selection::All, Start::Since(since));
    assert_eq!(seen.len(), 60 - first);
    let future = *times.last().unwrap() + Duration::from_secs(1);
    assert_eq!(read_all(run.path(), Selection::All, Start::Since(future)), []);
}

#[test]
fn a_follower_begins_with_the_last_lines_of_memory_or_disk() {
    for tail_bytes in [1 << 20, 50] {
        let run = tempfile::tempdir().unwrap();
        let (store, _told) = open(run.path(), StoreOptions { tail_bytes, ..StoreOptions::default() });
        for n in 0..50 {
            store.append_notice(&id(["a", "b"][n % 2]), format!("line {n}"));
        }
        while store.next_seq() < 50 {
            std::thread::yield_now();
        }
        let seen = follow_to_end(after(store, Start::Last(7)));
        assert_eq!(seen.iter().map(|line| line.0).collect::<Vec<_>>(), (43..50).collect::<Vec<_>>());
    }
}

#[test]
fn a_dropped_segment_is_announced_with_its_exact_count() {
    let run = tempfile::tempdir().unwrap();
    let options = StoreOptions { segment_bytes: 1000, service_cap: 3000, tail_bytes: 500 };
    let (store, told) = open(run.path(), options);
    // A reader that has seen the beginning and then sleeps.
    store.append_notice(&id("api"), "line 0000");
    let mut behind = store.follow(Selection::All, Start::Beginning);
    assert!(matches!(behind.step(LONG).unwrap(), Step::Run(_)));
    for n in 1..1000 {
        store.append_notice(&id("api"), format!("line {n:04}"));
    }
    store.close();
    let dropped: u64 = told
        .iter()
        .map(|signal| match signal {
            LogSignal::SegmentDropped { lines, .. } => lines,
            other => panic!("{other:?}"),
        })
        .sum();
    let first = RunLogs::of(run.path()).extent(&id("api")).unwrap().unwrap().lines.start;
    assert_eq!(dropped, first);
    assert!(dropped > 600, "{dropped}");
    let (mut lost, mut seen) = (0, Vec::new());
    loop {
        match behind.step(LONG).unwrap() {
            Step::Lost { lines, .. } => lost += lines,
            Step::End => break,
            step => take(&step, &mut seen),
        }
    }
    assert_eq!(1 + lost + seen.len() as u64, 1000, "what is gone and what is left add up");
    let mut cursor = RunLogs::of(run.path()).merged(Selection::All, Start::Beginning).unwrap();
    let Step::Lost { lines, .. } = cursor.step().unwrap() else { panic!("the gap is shown first") };
    assert_eq!(lines, dropped);
}

#[test]
fn a_disk_that_refuses_costs_nothing_while_memory_lasts() {
    let run = tempfile::tempdir().unwrap();
    std::fs::create_dir(run.path().join("logs")).unwrap();
    // The device that is always full stands where the first segment would.
    std::os::unix::fs::symlink("/dev/full", run.path().join("logs/api.0.log")).unwrap();
    let (store, told) = open(run.path(), StoreOptions::default());
    for n in 0..10 {
        store.append_notice(&id(["api", "web"][n % 2]), format!("line {n}"));
    }
    let LogSignal::StoreDegraded { reason } = told.recv_timeout(LONG).unwrap() else { panic!("told first") };
    assert!(reason.contains("api.0.log") && reason.contains("No space left"), "{reason}");
    let follower = after(store, Start::Beginning);
    assert_eq!(told.recv_timeout(LONG).unwrap(), LogSignal::StoreRecovered { lost: 0 });
    let seen = follow_to_end(follower);
    assert_eq!(seen.len(), 10);
    assert_eq!(read_all(run.path(), Selection::All, Start::Beginning), seen);
}

#[test]
fn what_left_memory_while_the_disk_refused_is_counted() {
    let run = tempfile::tempdir().unwrap();
    std::fs::write(run.path().join("logs"), "a file where the folder should be").unwrap();
    let (store, told) = open(run.path(), StoreOptions { tail_bytes: 100, ..StoreOptions::default() });
    for n in 0..100 {
        store.append_notice(&id("api"), format!("line {n:04}"));
    }
    assert!(matches!(told.recv_timeout(LONG).unwrap(), LogSignal::StoreDegraded { .. }));
    while store.next_seq() < 100 {
        std::thread::yield_now();
    }
    let mut follower = store.follow(Selection::All, Start::Beginning);
    let Step::Lost { lines: 90, .. } = follower.step(LONG).unwrap() else { panic!("90 lines are gone") };
    std::fs::remove_file(run.path().join("logs")).unwrap();
    assert_eq!(told.recv_timeout(LONG).unwrap(), LogSignal::StoreRecovered { lost: 90 });
    store.close();
    assert_eq!(follow_to_end(follower).len(), 10);
    let mut cursor = RunLogs::of(run.path()).merged(Selection::All, Start::Beginning).unwrap();
    assert!(matches!(cursor.step().unwrap(), Step::Lost { lines: 90, .. }));
}

#[test]
fn secrets_reach_neither_disk_nor_followers_however_they_are_split() {
    let run = tempfile::tempdir().unwrap();
    let (store, told) = open(run.path(), StoreOptions::default());
    store.set_secrets(&[b"correct-horse-battery".to_vec(), b"short".to_vec()]);
    let mut pipe = attach(&store, "api", Stream::Stdout);
    pipe.write_all(b"key=correct-ho").unwrap();
    std::thread::yield_now();
    pipe.write_all(b"rse-battery short\n").unwrap();
    // Across the place where a line without end is cut.
    let mut long = vec![b'x'; (4 << 20) - 10];
    long.extend_from_slice(b"correct-horse-battery");
    long.extend(std::iter::repeat_n(b'y', 1 << 20));
    // The line is cut while the secret has only begun to arrive.
    pipe.write_all(&long[..(4 << 20) + 5]).unwrap();
    while store.next_seq() < 2 {
        std::thread::yield_now();
    }
    pipe.write_all(&long[(4 << 20) + 5..]).unwrap();
    drop(pipe);
    closed(&told);
    let stored = std::fs::read(run.path().join("logs/api.0.log")).unwrap();
    assert!(stored.starts_with(b"key=******** short\n"));
    let joined: Vec<u8> = stored[19..].iter().copied().filter(|&b| b != b'\n').collect();
    let mut expected = vec![b'x'; (4 << 20) - 10];
    expected.extend_from_slice(b"********");
    expected.extend(std::iter::repeat_n(b'y', 1 << 20));
    assert!(joined == expected, "the pieces add up to the line with its secret hidden");
    let seen = follow_to_end(after(store, Start::Beginning));
    assert!(seen.iter().all(|line| memchr::memmem::find(&line.3, b"horse").is_none()));
}

#[test]
fn detaching_takes_what_was_written_though_a_grandchild_keeps_the_pipe() {
    let run = tempfile::tempdir().unwrap();
    let (store, told) = open(run.path(), StoreOptions::default());
    let mut pipe = attach(&store, "api", Stream::Stderr);
    pipe.write_all(b"last words").unwrap();
    store.detach(&id("api"), Epoch(1));
    let signal = told.recv_timeout(LONG).unwrap();
    assert_eq!(signal, LogSignal::Closed { service: id("api"), epoch: Epoch(1), stream: Stream::Stderr });
    assert_eq!(texts(&read_all(run.path(), Selection::All, Start::Beginning)), ["last words"]);
    // The reading end is gone.
    assert_eq!(pipe.read(&mut [0; 8]).unwrap_or(0), 0);
}

#[test]
fn another_epoch_is_not_detached() {
    let run = tempfile::tempdir().unwrap();
    let (store, told) = open(run.path(), StoreOptions::default());
    let mut pipe = attach(&store, "api", Stream::Stdout);
    store.detach(&id("api"), Epoch(0));
    pipe.write_all(b"still here\n").unwrap();
    drop(pipe);
    assert_eq!(closed(&told), []);
    assert_eq!(texts(&read_all(run.path(), Selection::All, Start::Beginning)), ["still here"]);
}

#[test]
fn patterns_and_taken_addresses_are_told_once() {
    let run = tempfile::tempdir().unwrap();
    let (store, told) = open(run.path(), StoreOptions::default());
    let watch = Regex::new("^ready in [0-9]+ ms$").unwrap();
    let mut pipe = attach_watching(&store, "web", Stream::Stdout, Some(watch));
    pipe.write_all(b"not ready in 5 ms\n\x1b[32mready in\x1b[0m 5 ms\nready in 6 ms\n").unwrap();
    pipe.write_all(b"x\nError: listen EADDRINUSE: address already in use :::3000\nEADDRINUSE\n").unwrap();
    drop(pipe);
    let told = closed(&told);
    let (service, epoch) = (id("web"), Epoch(1));
    let line = "Error: listen EADDRINUSE: address already in use :::3000".to_owned();
    assert_eq!(
        told,
        [
            LogSignal::PatternMatched { service: service.clone(), epoch },
            LogSignal::AddressInUse { service, epoch, seq: 4, line },
        ]
    );
}

#[test]
fn a_reader_that_cannot_be_opened_says_so_and_is_closed() {
    let run = tempfile::tempdir().unwrap();
    let (store, told) = open(run.path(), StoreOptions::default());
    let reader = PipeReader::with(|| Err::<tokio::io::Empty, _>(std::io::Error::other("no such thing")));
    store.attach(source("api", Stream::Stdout), reader, None);
    assert_eq!(closed(&told), []);
    let seen = read_all(run.path(), Selection::All, Start::Beginning);
    assert_eq!(texts(&seen), ["its standard output cannot be read: no such thing"]);
    assert_eq!(seen[0].2, Stream::Notice);
}

#[test]
fn search_finds_lines_in_true_order_through_colours_and_segments() {
    let run = tempfile::tempdir().unwrap();
    let (store, _told) = open(run.path(), StoreOptions { segment_bytes: 300, ..StoreOptions::default() });
    for n in 0..200 {
        let text = match n % 10 {
            3 => format!("ERROR \x1b[31mdisk \x1b[1mfull\x1b[0m {n}"),
            7 => format!("disk full of {n}\nsecond line"),
            _ => format!("line {n}"),
        };
        store.append_notice(&id(["a", "b", "c"][n % 3]), text);
    }
    store.close();
    let logs = RunLogs::of(run.path());
    let hits = |query: Query| {
        let mut search = logs.search(&Selection::All, query).unwrap();
        let mut hits = Vec::new();
        while let Some(hit) = search.next_hit().unwrap() {
            hits.push((hit.seq, hit.service.to_string(), hit.bytes.to_vec()));
        }
        hits
    };
    let all = read_all(run.path(), Selection::All, Start::Beginning);
    let expected = |wanted: &dyn Fn(&str) -> bool| -> Vec<(u64, String, Vec<u8>)> {
        let lines = all.iter().filter(|line| wanted(&String::from_utf8_lossy(&line.3)));
        lines.map(|line| (line.0, line.1.clone(), line.3.clone())).collect()
    };
    let full = hits(Query::text("disk full"));
    assert_eq!(full, expected(&|line| line.contains("disk ")));
    assert_eq!(full.len(), 40);
    assert_eq!(hits(Query::text("Disk")), []);
    assert_eq!(
        hits(Query::default().at_least(portolan::logs::Level::Error)),
        expected(&|line| line.contains("ERROR"))
    );
    assert_eq!(
        hits(Query::parse("/^second/", SystemTime::UNIX_EPOCH).unwrap()),
        expected(&|line| line.starts_with("second"))
    );
    assert_eq!(hits(Query::default()).len(), all.len());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "lines carry the time at which they were read")]
fn a_search_finds_what_its_query_takes_line_by_line_from_any_line_on() {
    let run = tempfile::tempdir().unwrap();
    let (store, told) = open(run.path(), StoreOptions { segment_bytes: 2000, ..StoreOptions::default() });
    for epoch in 1..=3 {
        for (name, stream) in [("a", Stream::Stdout), ("a", Stream::Stderr), ("b", Stream::Stdout)] {
            let (mut ours, theirs) = UnixStream::pair().unwrap();
            let from = Source { epoch: Epoch(epoch), ..source(name, stream) };
            store.attach(from, PipeReader::from_raw(OwnedFd::from(theirs)), None);
            for n in 0..30 {
                let colour = if n % 4 == 0 { "\x1b[31m" } else { "" };
                let level = ["ERROR", "INFO", "WARN"][n % 3];
                writeln!(ours, "{level}: tim{colour}eout {n} status={}", 490 + n).unwrap();
            }
            drop(ours);
            closed(&told);
        }
        store.append_notice(&id("a"), format!("exited {epoch}"));
    }
    store.close();
    let logs = RunLogs::of(run.path());
    let latest = |service: &ServiceId| logs.latest_epoch(service).unwrap();
    assert_eq!((latest(&id("a")), latest(&id("b")), latest(&id("c"))), (Epoch(3), Epoch(3), Epoch(0)));
    for text in [
        "",
        "timeout",
        "-timeout",
        "timeout 7",
        "7|8",
        "level:warn",
        "stream:err",
        "stream:notice|svc:b",
        "run:last",
        "run:2 -stream:err",
        "svc:b status>=515",
        "/^error.* 1\\d/",
        "since:1h 3",
        "since:0 3",
        "nowhere",
    ] {
        let query = Query::parse(text, SystemTime::now()).unwrap();
        let mut expected = Vec::new();
        let mut cursor = logs.merged(Selection::All, Start::Beginning).unwrap();
        while let Step::Run(run) = cursor.step().unwrap() {
            for line in run.iter() {
                let candidate = Candidate {
                    service: run.service,
                    epoch: run.epoch,
                    latest_epoch: Epoch(3),
                    stream: run.stream,
                    micros: run.micros,
                    line: line.bytes,
                };
                if query.matches(&candidate) {
                    expected.push((line.seq, line.line, run.service.clone(), line.bytes.to_vec()));
                }
            }
        }
        for first in [0, 1, 57, 130, 272, 1000] {
            let expected: Vec<_> = expected.iter().filter(|line| line.0 >= first).cloned().collect();
            let mut search = logs.search_from(&Selection::All, query.clone(), first).unwrap();
            assert_eq!(search.end(), 273);
            let mut found = Vec::new();
            while let Some(hit) = search.next_hit().unwrap() {
                found.push((hit.seq, hit.line, hit.service.clone(), hit.bytes.to_vec()));
            }
            assert_eq!(found, expected, "{text} from {first}");
            let mut search = logs.search_from(&Selection::All, query.clone(), first).unwrap();
            let services: Vec<ServiceId> = search.services().cloned().collect();
            let mut batch = Vec::new();
            while search.next_batch(&mut batch).unwrap() {}
            let found: Vec<_> =
                batch.iter().map(|hit| (hit.seq, hit.line, &services[hit.service as usize])).collect();
            let expected: Vec<_> = expected.iter().map(|line| (line.0, line.1, &line.2)).collect();
            assert_eq!(found, expected, "{text} from {first} in batches");
        }
    }
}

#[test]
fn a_reader_refuses_an_index_that_is_not_ours() {
    let run = tempfile::tempdir().unwrap();
    small_log(run.path(), 3);
    std::fs::write(run.path().join("logs/a.0.idx"), [7; 480]).unwrap();
    assert!(RunLogs::of(run.path()).extent(&id("a")).is_err());
    assert!(RunLogs::of(run.path()).extent(&id("b")).is_ok());
}
