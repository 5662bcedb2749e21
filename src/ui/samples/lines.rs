//! A page of the shop's log: tracebacks folded and open, JSON, colours, wide characters.

use std::sync::Arc;

use crate::logs::{BlockSummary, Entry, FramePlace, Language, Level, Line, Page, Part, Stream};
use crate::stack::Epoch;

use super::BEGIN;
use super::stacks::name;

/// One line, so many milliseconds after the begin.
pub(crate) fn line(service: &str, seq: u64, at: u64, bytes: &[u8], level: Level, part: Part) -> Entry {
    let line = Line {
        service: name(service).into(),
        epoch: Epoch(1),
        stream: Stream::Stdout,
        seq,
        line: seq,
        micros: (BEGIN.0 + at) * 1000,
        bytes: bytes.to_vec().into(),
        unterminated: false,
        continues: false,
    };
    Entry::Line { line, level, part }
}

/// The page.
pub(crate) fn page() -> Page {
    let plain = |service: &str, seq: u64, at: u64, text: &str, level| {
        line(service, seq, at, text.as_bytes(), level, Part::Alone)
    };
    let mut entries = vec![
        plain("redis", 380, 600, "Ready to accept connections tcp", Level::Info),
        plain("postgres", 381, 2_100, "database system is ready to accept connections", Level::Info),
        plain("migrate", 382, 5_100, "\x1b[32m4 migrations applied\x1b[0m in 3.1s", Level::Info),
        plain("api", 383, 8_400, "\x1b[36mINFO\x1b[0m:     GET /health \x1b[32m200\x1b[0m 4ms", Level::Info),
        plain(
            "api",
            384,
            9_900,
            "WARN slow query 812ms  SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 50  rows=50 plan=seq_scan",
            Level::Warn,
        ),
        plain(
            "worker",
            385,
            10_100,
            r#"{"level":"info","msg":"picked job","job":"9f30","queue":"stock"}"#,
            Level::Info,
        ),
    ];
    let folded = summary(386, 14, "ValueError: bad sku \"A-1\"");
    let head = "Traceback (most recent call last):";
    entries.push(line("worker", 386, 11_000, head.as_bytes(), Level::Error, Part::Folded(folded)));
    entries.push(plain("search", 401, 11_300, "loading index products (1.2 GB)", Level::Info));
    entries.push(plain("mailer", 402, 11_400, "配信サーバーを起動しています 127.0.0.1:1025 📮", Level::Info));
    entries.extend(open_block());
    entries.push(plain("api", 411, 13_900, "GET /orders?page=2 200 31ms", Level::Info));
    Page { entries, above: true, lines_below: 0, faults_below: 0, searching: false }
}

fn summary(first: u64, lines: u64, text: &str) -> Arc<BlockSummary> {
    Arc::new(BlockSummary {
        first,
        last: first + lines - 1,
        language: Language::Python,
        text: text.to_owned(),
        place: Some(FramePlace {
            file: "/home/ada/shop/api/tasks.py".to_owned(),
            line: Some(88),
            function: Some("reserve_stock".to_owned()),
            yours: true,
        }),
        lines,
        yours: 2,
    })
}

fn open_block() -> Vec<Entry> {
    let summary = summary(403, 8, "PermissionError: [Errno 13] Permission denied: '/var/stock'");
    let frames: [(&str, Part); 7] = [
        ("Traceback (most recent call last):", Part::Head(summary)),
        ("", Part::LibraryRun { frames: 12, packages: vec!["celery".to_owned(), "kombu".to_owned()] }),
        ("  File \"/home/ada/shop/api/tasks.py\", line 41, in handle", Part::Frame { yours: true }),
        ("    reserve_stock(job.sku, job.qty)", Part::Frame { yours: true }),
        ("  File \"/home/ada/shop/api/tasks.py\", line 88, in reserve_stock", Part::Frame { yours: true }),
        ("    open(STOCK, \"w\")", Part::Frame { yours: true }),
        ("PermissionError: [Errno 13] Permission denied: '/var/stock'", Part::Text),
    ];
    let seqs = 403u64..;
    let frames = frames.into_iter().zip(seqs);
    frames
        .map(|((text, part), seq)| line("worker", seq, 12_000, text.as_bytes(), Level::Error, part))
        .collect()
}
