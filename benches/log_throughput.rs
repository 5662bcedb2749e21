//! How fast one child's output reaches the store and a plain file at once, what looking for findings in it costs, and
//! how fast it is searched.
//!
//! `cargo bench --bench log_throughput` prints medians of nine, taken in turns within one run, and fails if a line
//! is missing, or if the rules of all findings slow it by more than a tenth. The child is this program itself with `--source`: a million lines of 100 bytes in 64 KiB blocks.
#![expect(clippy::disallowed_methods, reason = "a benchmark starts processes and reads the clock")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use portolan::findings::Rules;
use portolan::logs::{
    LogSignal, LogStore, PipeReader, Plain, PlainOptions, Query, RunLogs, Selection, Source, Spotter, Start,
    Step, StoreOptions, Stream,
};
use portolan::stack::{Epoch, ServiceId, ServiceName};

const LINES: u64 = 1_000_000;
const LINE: usize = 100;
const ROUNDS: usize = 9;
/// With all rules, the store may take this many times the processor time that it takes without. Time on the clock says
/// the same on a machine that does nothing else.
const MOST_WITH_RULES: f64 = 1.10;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    if std::env::args().any(|argument| argument == "--source") {
        return Ok(write_lines()?);
    }
    let scratch = tempfile::tempdir()?;
    let rules = Rules::own()?;
    let (mut cats, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut watched, mut slower) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let raw = scratch.path().join("cat.txt");
        let run = scratch.path().join(format!("run-{round}"));
        let plain = scratch.path().join("plain.txt");
        let cat = piped_to_cat(&raw)?;
        // In turns, and each into an empty place: whoever writes second finds a cache full of what the first wrote.
        let ruled = scratch.path().join("ruled");
        let with_rules = || through_the_store(&ruled, &plain, Some(Arc::new(rules.clone())));
        let before = if round % 2 == 0 { Some(with_rules()?) } else { None };
        if before.is_some() {
            check_plain(&plain)?;
            std::fs::remove_file(&plain)?;
        }
        let our = through_the_store(&run, &plain, None)?;
        check_plain(&plain)?;
        let with_rules = match before {
            Some(before) => before,
            None => {
                std::fs::remove_file(&plain)?;
                let after = with_rules()?;
                check_plain(&plain)?;
                after
            }
        };
        std::fs::remove_dir_all(&ruled)?;
        watched.push(with_rules.time.as_secs_f64());
        slower.push(with_rules.cpu / our.cpu);
        check_store(&run)?;
        // Here, so that no round's time holds the removal of what another wrote.
        std::fs::remove_file(&raw)?;
        std::fs::remove_file(&plain)?;
        if round + 1 < ROUNDS {
            std::fs::remove_dir_all(&run)?;
        }
        cats.push(cat.as_secs_f64());
        ours.push(our.time.as_secs_f64());
        ratios.push(our.time.as_secs_f64() / cat.as_secs_f64());
    }
    println!("{LINES} lines of {LINE} bytes, medians of {ROUNDS}:");
    println!("  | cat > file            {:.3} s (each round: {cats:.3?})", median(&mut cats.clone()));
    println!("  store and plain output  {:.3} s (each round: {ours:.3?})", median(&mut ours.clone()));
    println!("  ratio                   {:.2} (each round: {ratios:.2?})", median(&mut ratios.clone()));
    let (count, _) = rules.inventory();
    let slower = median(&mut slower.clone());
    println!(
        "  with {count:3} rules          {:.3} s (each round: {watched:.3?})",
        median(&mut watched.clone())
    );
    println!("  processor time to that without rules: {slower:.2} (at most {MOST_WITH_RULES:.2})");
    println!("  peak memory             {} KiB", peak_memory()?);
    search(&scratch.path().join(format!("run-{}", ROUNDS - 1)))?;
    if slower > MOST_WITH_RULES {
        return Err(format!("the rules slow the store {slower:.2} times").into());
    }
    Ok(())
}

/// The child: lines that carry their number, so that none can be missing unseen.
fn write_lines() -> io::Result<()> {
    // Made once and numbered in place, so that little of the time measured is the child's own.
    let mut line = b"00000000 INFO GET /items/977 200 in 1.2 ms, user id 42 ".to_vec();
    line.resize(LINE - 1, b'.');
    line.push(b'\n');
    let mut block = Vec::with_capacity((64 << 10) + LINE);
    // Not `io::stdout()`, whose line buffer would cut the blocks differently.
    let mut out = File::options().write(true).open("/dev/stdout")?;
    for number in 0..LINES {
        line[9..13].copy_from_slice(if number % 1000 == 0 { b"WARN" } else { b"INFO" });
        block.extend_from_slice(&line);
        if block.len() >= 64 << 10 {
            out.write_all(&block[..64 << 10])?;
            block.drain(..64 << 10);
        }
        increment(&mut line[..8]);
    }
    out.write_all(&block)
}

/// Adds one to a number in decimal digits.
fn increment(digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
}

fn source() -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--source").stdout(Stdio::piped());
    Ok(command)
}

fn piped_to_cat(file: &Path) -> Outcome<Duration> {
    let begun = Instant::now();
    let mut child = source()?.spawn()?;
    let pipe = child.stdout.take().ok_or("no pipe")?;
    let cat = Command::new("cat").stdin(pipe).stdout(File::create(file)?).status()?;
    let child = child.wait()?;
    assert!(cat.success() && child.success());
    Ok(begun.elapsed())
}

fn through_the_store(run: &Path, plain: &Path, spotter: Option<Arc<dyn Spotter>>) -> Outcome<Cost> {
    std::fs::create_dir_all(run)?;
    let service = ServiceId::from(ServiceName::new("api")?);
    let (begun, spent) = (Instant::now(), processor_seconds());
    let (closed, wait) = std::sync::mpsc::channel();
    let store = LogStore::open_watched(run, StoreOptions::default(), spotter, move |signal| match signal {
        LogSignal::Closed { .. } => drop(closed.send(())),
        other => eprintln!("{other:?}"),
    })?;
    let mut child = source()?.spawn()?;
    let pipe = child.stdout.take().ok_or("no pipe")?;
    let from = Source { service: service.clone(), epoch: Epoch(1), stream: Stream::Stdout };
    store.attach(from, PipeReader::stdout(pipe), None);
    let mut follower = store.follow(Selection::All, Start::Beginning);
    let mut file = File::create(plain)?;
    let renderer = thread::Builder::new().name("plain".into()).spawn(move || -> io::Result<()> {
        let mut plain = Plain::new(&[service], PlainOptions::default());
        let mut out = Vec::new();
        loop {
            match follower.step(Duration::from_secs(1))? {
                Step::Run(run) => plain.render(&run, &mut out),
                Step::Lost { lines, .. } => return Err(io::Error::other(format!("{lines} lines lost"))),
                Step::Idle => {}
                Step::End => return file.write_all(&out),
            }
            if out.len() >= 64 << 10 {
                file.write_all(&out)?;
                out.clear();
            }
        }
    })?;
    wait.recv()?;
    store.close();
    renderer.join().map_err(|_| "the renderer panicked")??;
    assert!(child.wait()?.success());
    Ok(Cost { time: begun.elapsed(), cpu: processor_seconds() - spent })
}

/// What it took, on the clock and of this process's own processor time.
struct Cost {
    time: Duration,
    cpu: f64,
}

#[cfg(not(unix))]
fn processor_seconds() -> f64 {
    // The clock, for want of better: on a machine that does nothing else it says the same.
    static BEGUN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGUN.elapsed().as_secs_f64()
}

#[cfg(unix)]
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn check_plain(file: &Path) -> Outcome<()> {
    let mut number = 0;
    let mut lines = BufReader::with_capacity(1 << 16, File::open(file)?);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        assert_eq!(line.len(), LINE + 6);
        assert!(line.starts_with(format!("api | {number:08} ").as_bytes()), "plain line {number}");
        line.clear();
        number += 1;
    }
    assert_eq!(number, LINES);
    Ok(())
}

fn check_store(run: &Path) -> Outcome<()> {
    let mut number = 0;
    let mut cursor = RunLogs::of(run).merged(Selection::All, Start::Beginning)?;
    while let Step::Run(run) = cursor.step()? {
        for line in run.iter() {
            assert_eq!((line.seq, line.line, line.bytes.len()), (number, number, LINE - 1));
            assert!(line.bytes.starts_with(format!("{number:08} ").as_bytes()), "stored line {number}");
            number += 1;
        }
    }
    assert_eq!(number, LINES);
    Ok(())
}

fn search(run: &Path) -> Outcome<()> {
    let mut files: Vec<_> =
        std::fs::read_dir(run.join("logs"))?.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "log"));
    let tool = if Command::new("rg").arg("--version").output().is_ok() { "rg" } else { "grep" };
    for (what, text, hits) in
        [("rare", "00777777 info", 1u64), ("frequent", "warn get", 1000), ("none", "zzzz", 0)]
    {
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let mut counted = Command::new(tool)
                .env("LC_ALL", "C")
                .args(["-h", "-i", "-F", "-n", text])
                .args(&files)
                .stdout(Stdio::piped())
                .spawn()?;
            let mut found = Vec::new();
            counted.stdout.take().ok_or("no pipe")?.read_to_end(&mut found)?;
            counted.wait()?;
            theirs.push(begun.elapsed().as_secs_f64());
            assert_eq!(found.iter().filter(|&&b| b == b'\n').count() as u64, hits);
            let begun = Instant::now();
            let mut search = RunLogs::of(run).search(&Selection::All, Query::text(text))?;
            let mut found = 0;
            while let Some(hit) = search.next_hit()? {
                assert_eq!(hit.bytes.len(), LINE - 1);
                found += 1;
            }
            ours.push(begun.elapsed().as_secs_f64());
            assert_eq!(found, hits);
        }
        let (theirs, ours) = (median(&mut theirs), median(&mut ours));
        println!("search, {what:8} {tool} -i {theirs:.3} s, ours {ours:.3} s, ratio {:.2}", ours / theirs);
    }
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The most memory this process ever had, in KiB (`VmHWM`).
fn peak_memory() -> Outcome<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(peak.trim().trim_end_matches(" kB").to_owned())
}
