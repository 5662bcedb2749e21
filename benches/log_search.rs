//! How fast the store is searched, beside `rg` on the same files, at a million and at ten million lines.
//!
//! `cargo bench --bench log_search` prints medians, both taken in turns within one run, and ends with 1 if a count
//! differs or a ratio is above its limit. `--quick` leaves the ten million out, words choose rows (`nothing`, `any case`). Without `rg` it says so and ends.
#![expect(clippy::disallowed_methods, reason = "a benchmark starts processes and reads the clock")]

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant, SystemTime};

use portolan::logs::{
    LogSignal, LogStore, PipeReader, Query, RunLogs, Selection, Source, StoreOptions, Stream,
};
use portolan::stack::{Epoch, ServiceId, ServiceName};

/// The time of all hits may be so many times that of `rg --count`.
const LIMIT: f64 = 2.0;
const ROUNDS: usize = 5;
const LINE: usize = 100;

/// What is searched for, and how `rg` is asked for the same lines.
const ROWS: &[(&str, &str, &[&str])] = &[
    ("rare text", "\"request=00777777\"", &["-i", "-F", "request=00777777"]),
    ("rare text, its case", "Checkout", &["-F", "Checkout"]),
    ("frequent text", "items", &["-i", "-F", "items"]),
    ("any case", "timeout", &["-i", "-F", "timeout"]),
    ("regex", r"/items\/9[0-9]7 [45][0-9]{2}/", &["-i", r"items/9[0-9]7 [45][0-9]{2}"]),
    ("exclusion", "-items", &["-i", "-v", "-F", "items"]),
    ("level", "level:error", &[r"^\S+ +\[?(ERROR|FATAL|CRIT|CRITICAL|PANIC|EMERG|ALERT|SEVERE)\b"]),
    ("and", "timeout items", &["-i", "timeout.*items|items.*timeout"]),
    ("or", "timeout|refused", &["-i", "timeout|refused"]),
    ("field", "request=00777777", &["-i", r"\brequest=00777777\b"]),
    ("nothing", "zzzz", &["-i", "-F", "zzzz"]),
];

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<ExitCode> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--source");
    if arguments.next().is_some() {
        write_lines(arguments.next().ok_or("how many lines?")?.parse()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if Command::new("rg").arg("--version").output().is_err() {
        println!("SKIPPED: no rg to compare with; it is the package ripgrep");
        return Ok(ExitCode::SUCCESS);
    }
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let quick = words.iter().any(|word| word == "--quick");
    words.retain(|word| word != "--quick");
    let sizes: &[u64] = if quick { &[1_000_000] } else { &[1_000_000, 10_000_000] };
    let mut held = true;
    for &lines in sizes {
        let scratch = tempfile::tempdir()?;
        fill(scratch.path(), lines)?;
        println!("{lines} lines of {LINE} bytes, seconds, medians of {ROUNDS} (limit: {LIMIT} x rg):");
        for row in ROWS.iter().filter(|row| words.is_empty() || words.iter().any(|word| word == row.0)) {
            held &= compare(scratch.path(), row)?;
        }
    }
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Lines as a web service prints them: each its own, one in a hundred a warning, one in a thousand an error.
fn write_lines(lines: u64) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 << 10, File::options().write(true).open("/dev/stdout")?);
    let mut line = Vec::with_capacity(LINE);
    for n in 0..lines {
        line.clear();
        let (level, what) = match n % 1000 {
            7 => ("ERROR", "connection refused"),
            n if n % 100 == 3 => ("WARN", "upstream Timeout"),
            n if n % 10 == 4 => ("DEBUG", "cache hit"),
            _ => ("INFO", "served"),
        };
        let path = if n % 3 == 0 { "health" } else { "items" };
        let (item, status) = (n * 7919 % 1000, if n % 97 == 0 { 500 } else { 200 });
        let second = n / 1000 % 60;
        write!(
            line,
            "2026-11-20T04:22:{second:02}Z {level:5} {what}: GET /{path}/{item} {status} request={n:08} user={} ",
            n % 50
        )?;
        if n == lines / 2 {
            line.extend_from_slice(b"Checkout ");
        }
        line.resize(LINE - 1, b'.');
        line.push(b'\n');
        out.write_all(&line)?;
    }
    out.flush()
}

fn fill(run: &Path, lines: u64) -> Outcome<()> {
    let service = ServiceId::from(ServiceName::new("api")?);
    let (closed, wait) = channel();
    let store = LogStore::open(run, StoreOptions::default(), move |signal| {
        if matches!(signal, LogSignal::Closed { .. }) {
            let _ = closed.send(());
        }
    })?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--source", &lines.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let pipe = child.stdout.take().ok_or("no pipe")?;
    store.attach(Source { service, epoch: Epoch(1), stream: Stream::Stdout }, PipeReader::stdout(pipe), None);
    wait.recv()?;
    store.close();
    assert!(child.wait()?.success());
    assert_eq!(RunLogs::of(run).rows(&Selection::All)?, lines);
    Ok(())
}

fn compare(run: &Path, &(what, query, arguments): &(&str, &str, &[&str])) -> Outcome<bool> {
    let files: Vec<PathBuf> = std::fs::read_dir(run.join("logs"))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    let query = Query::parse(query, SystemTime::UNIX_EPOCH)?;
    let (mut theirs, mut ours, mut counts) = (Vec::new(), Vec::new(), (0, 0));
    for _ in 0..ROUNDS {
        let (time, hits) = by_rg(&files, arguments)?;
        theirs.push(time.as_secs_f64());
        let (time, found) = by_us(run, &query)?;
        ours.push(time.as_secs_f64());
        counts = (hits, found);
    }
    let (theirs, ours) = (median(&mut theirs), median(&mut ours));
    let ratio = ours / theirs;
    let verdict = match (counts.0 == counts.1, ratio <= LIMIT) {
        (false, _) => "DIFFERENT COUNT",
        (true, false) => "TOO SLOW",
        (true, true) => "",
    };
    println!("  {what:20} rg {theirs:.3}  ours {ours:.3}  ratio {ratio:.2}  hits {} {verdict}", counts.1);
    if counts.0 != counts.1 {
        println!("    rg found {}", counts.0);
    }
    Ok(verdict.is_empty())
}

fn by_rg(files: &[PathBuf], arguments: &[&str]) -> Outcome<(Duration, u64)> {
    let begun = Instant::now();
    let output = Command::new("rg")
        .args(["--no-config", "--count", "--no-filename", "--text"])
        .args(arguments)
        .args(files)
        .output()?;
    let time = begun.elapsed();
    let counts = String::from_utf8(output.stdout)?;
    let counts: Result<Vec<u64>, _> = counts.lines().map(str::parse).collect();
    Ok((time, counts?.iter().sum()))
}

fn by_us(run: &Path, query: &Query) -> Outcome<(Duration, u64)> {
    let begun = Instant::now();
    let mut search = RunLogs::of(run).search(&Selection::All, query.clone())?;
    let (mut batch, mut hits) = (Vec::new(), 0);
    while search.next_batch(&mut batch)? {
        hits += batch.len() as u64;
        batch.clear();
    }
    Ok((begun.elapsed(), hits))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
