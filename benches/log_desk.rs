//! What the console's desk costs: a page, the first screen after a keystroke in the filter, and the scans.
//!
//! `cargo bench --bench log_desk` prints medians and 99th percentiles at a million and ten million lines of 100
//! bytes (`-- 1` for a million only); it fails if a page or a count is wrong.
#![expect(clippy::disallowed_methods, reason = "a benchmark starts processes and reads the clock")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use portolan::logs::{
    Anchor, Desk, LogSignal, LogStore, Page, PageRequest, PipeReader, Query, RunLogs, Selection, Source,
    StoreOptions, Stream,
};
use portolan::stack::{Epoch, ServiceId, ServiceName};

const SERVICES: [&str; 4] = ["api", "web", "worker", "mailer"];
const LINE: usize = 100;
const ROWS: usize = 58;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--source") {
        return write_lines(arguments[at + 1].parse()?);
    }
    let only_one = arguments.iter().any(|argument| argument == "1");
    for millions in if only_one { &[1u64][..] } else { &[1, 10] } {
        let scratch = tempfile::tempdir()?;
        fill(scratch.path(), millions * 1_000_000)?;
        println!("{millions},000,000 lines of {LINE} bytes from {} services:", SERVICES.len());
        measure(scratch.path(), millions * 1_000_000)?;
    }
    Ok(())
}

/// The child: every thousandth line is a warning, every hundred-thousandth an error.
fn write_lines(lines: u64) -> Outcome<()> {
    let mut block = Vec::with_capacity(1 << 17);
    let mut out = std::fs::File::options().write(true).open("/dev/stdout")?;
    for number in 0..lines {
        let level = match number {
            n if n % 100_000 == 99_999 => "ERROR",
            n if n % 1000 == 0 => "WARN",
            _ => "INFO",
        };
        let start = block.len();
        write!(block, "{number:08} {level} GET /items/{} 200 in 1.2 ms, user id 42 ", number % 977)?;
        block.resize(start + LINE - 1, b'.');
        block.push(b'\n');
        if block.len() >= 64 << 10 {
            out.write_all(&block)?;
            block.clear();
        }
    }
    Ok(out.write_all(&block)?)
}

fn fill(run: &Path, lines: u64) -> Outcome<()> {
    let (closed, wait) = std::sync::mpsc::channel();
    let options = StoreOptions { service_cap: 4 << 30, ..StoreOptions::default() };
    let store = LogStore::open(run, options, move |signal| {
        if let LogSignal::Closed { .. } = signal {
            // The receiver is gone only if the benchmark is failing anyway.
            let _ = closed.send(());
        }
    })?;
    let mut children = Vec::new();
    for name in SERVICES {
        let share = (lines / SERVICES.len() as u64).to_string();
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--source", &share])
            .stdout(Stdio::piped())
            .spawn()?;
        let pipe = child.stdout.take().ok_or("no pipe")?;
        let source = Source {
            service: ServiceId::from(ServiceName::new(name)?),
            epoch: Epoch(1),
            stream: Stream::Stdout,
        };
        store.attach(source, PipeReader::stdout(pipe), None);
        children.push(child);
    }
    for mut child in children {
        wait.recv()?;
        assert!(child.wait()?.success());
    }
    store.close();
    Ok(())
}

fn measure(run: &Path, lines: u64) -> Outcome<()> {
    let files: Vec<_> = std::fs::read_dir(run.join("logs"))?.flatten().map(|entry| entry.path()).collect();
    let begun = Instant::now();
    assert!(Command::new("cat").args(&files).stdout(Stdio::null()).status()?.success());
    println!("  cat > /dev/null                        {:8.1} ms", millis(begun.elapsed()));

    let begun = Instant::now();
    let mut desk = Desk::open(RunLogs::of(run), Arc::new(|| {}))?;
    desk.look()?;
    assert_eq!(desk.page(&request(Anchor::End))?.entries.len(), ROWS);
    println!("  opened, with the first page            {:8.1} ms", millis(begun.elapsed()));
    let service = ServiceId::from(ServiceName::new("api")?);
    while desk.faults(&service, None).scanning {
        std::thread::sleep(Duration::from_millis(1));
    }
    println!("  faults found, at a quarter of a core   {:8.1} ms", millis(begun.elapsed()));
    assert_eq!(desk.faults(&service, None).errors, lines / 4 / 100_000);

    let end = desk.look()?.end;
    assert_eq!(end, lines);
    let mut random = 1u64;
    report("a page at the end", 2000, |_| {
        desk.look()?;
        Ok(desk.page(&request(Anchor::End))?.entries.len() == ROWS)
    })?;
    report("a page anywhere", 2000, |_| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let seq = (random >> 16) % (end - 100);
        Ok(desk.page(&request(Anchor::Top(seq)))?.entries.len() == ROWS)
    })?;
    report("a look where nothing was added", 2000, |_| Ok(!desk.look()?.changed))?;
    for (what, query, hits) in [
        ("first screen, one line in a thousand", "warn", lines / 1000),
        ("first screen, every line", "get", lines),
        ("first screen, one line at the start", "\"00000777 info\" svc:api", 1),
        ("first screen, nothing matches", "zzzz", 0),
        ("first screen, by level", "level:error", lines / 4 / 100_000 * 4),
        ("first screen, by regex", "re:items/97[0-9]", lines * 7 / 977),
    ] {
        filtered(&mut desk, what, query, hits)?;
    }
    println!("  peak memory, all of the above          {}", peak_memory()?);
    Ok(())
}

/// The most memory this process ever had (`VmHWM`).
fn peak_memory() -> Outcome<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(peak.trim().to_owned())
}

/// The time from the keystroke to a screen that is full, or as full as it will ever be; and to the last count.
fn filtered(desk: &mut Desk, what: &str, query: &str, hits: u64) -> Outcome<()> {
    let (mut screens, mut frames, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..20 {
        let begun = Instant::now();
        desk.filter(Some(Query::parse(query, SystemTime::now()).map_err(|fault| fault.message)?));
        let mut page: Page;
        loop {
            let frame = Instant::now();
            page = desk.page(&request(Anchor::End))?;
            frames.push(millis(frame.elapsed()));
            if page.entries.len() == ROWS || !page.searching {
                break;
            }
        }
        screens.push(millis(begun.elapsed()));
        let counts = loop {
            let counts = desk.counts(&Selection::All)?;
            if counts.done {
                break counts;
            }
            std::thread::sleep(Duration::from_micros(200));
        };
        all.push(millis(begun.elapsed()));
        // A seventh of the hits of a pattern is a little more or less.
        assert!(counts.hits.abs_diff(hits) <= hits / 100, "{query}: {counts:?}");
        assert_eq!(page.entries.len() as u64, hits.min(ROWS as u64), "{query}");
    }
    let ([half, most], [_, frame], [done, _]) = (spread(&mut screens), spread(&mut frames), spread(&mut all));
    println!("  {what:38} {half:8.2} ms, p99 {most:.2}; a frame p99 {frame:.2}; all hits {done:.1}");
    Ok(())
}

fn report(what: &str, times: usize, mut once: impl FnMut(usize) -> Outcome<bool>) -> Outcome<()> {
    let mut took = Vec::with_capacity(times);
    for n in 0..times {
        let begun = Instant::now();
        assert!(once(n)?, "{what}");
        took.push(millis(begun.elapsed()));
    }
    let [half, most] = spread(&mut took);
    println!("  {what:38} {half:8.3} ms, p99 {most:.3}");
    Ok(())
}

fn request(anchor: Anchor) -> PageRequest<'static> {
    const NONE: &BTreeSet<u64> = &BTreeSet::new();
    PageRequest {
        selection: &Selection::All,
        anchor,
        rows: ROWS,
        fold: true,
        unfolded: NONE,
        expanded: NONE,
        cleared_before: 0,
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The median and the 99th percentile.
fn spread(values: &mut [f64]) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [values[values.len() / 2], values[(values.len() * 99 / 100).min(values.len() - 1)]]
}
