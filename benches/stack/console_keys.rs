//! Keys while four services print without end: how soon each one's effect is on the screen, and what drawing takes.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::process::{shares, thread_times};
use super::project::{Project, fixture};
use super::pty::Pty;
use super::report::{Outcome, Report};

const COLUMNS: u16 = 200;
const ROWS: u16 = 60;
const PATIENCE: Duration = Duration::from_secs(20);
/// The thread that draws.
const CONSOLE: &str = "console";

/// What is typed, and what then has to be seen. Each row of the table undoes the one before or goes on from it.
const KEYS: &[(&str, &[u8], Effect)] = &[
    ("down", b"j", Effect::Row(1)),
    ("down", b"j", Effect::Row(2)),
    ("up", b"k", Effect::Row(1)),
    ("up", b"k", Effect::Row(0)),
    ("stop following", b"f", Effect::Gone("FOLLOW")),
    ("follow", b"f", Effect::There("FOLLOW")),
    ("next pane, up a line", b"\tk", Effect::There("PAUSED")),
    ("follow", b"f", Effect::There("FOLLOW")),
    ("next pane, down", b"\tj", Effect::Row(1)),
    ("up", b"k", Effect::Row(0)),
    ("filter", b"/", Effect::There("filter:")),
    ("type a letter", b"9", Effect::There("filter: 9")),
    ("type another", b"7", Effect::There("filter: 97")),
    ("drop the filter", b"\x1b", Effect::Gone("filter:")),
    ("waterfall", b"2", Effect::There("start-up")),
    ("main view", b"1", Effect::Gone("start-up")),
];

#[derive(Clone, Copy)]
enum Effect {
    /// The services' cursor stands in this row of the table.
    Row(u16),
    There(&'static str),
    Gone(&'static str),
}

pub(crate) fn measure(report: &mut Report, quick: bool) -> Outcome<()> {
    let fixture = fixture()?;
    let mut toml = String::new();
    for name in ["api", "web", "worker", "search"] {
        toml += &format!("[services.{name}]\ncommand = [{fixture:?}, \"lines\", \"1000000000000\"]\n");
    }
    let project = Project::new(&toml)?;
    let (mut pty, up) = Pty::run(project.portolan(&["up"]), COLUMNS, ROWS)?;
    pty.wait(PATIENCE, |screen| row_of_cursor(screen).is_some())?;
    let pid = up.0.id();
    // Settled: every service has its metrics, and what the start had to do is done.
    thread::sleep(Duration::from_secs(3));

    let seconds = if quick { 5 } else { 15 };
    let before = (thread_times(pid), pty.written(), printed(&project)?, Instant::now());
    thread::sleep(Duration::from_secs(seconds));
    let spent = shares(&before.0, &thread_times(pid), before.3.elapsed());
    let elapsed = before.3.elapsed().as_secs_f64();
    let written = (pty.written() - before.1) as f64 / elapsed / 1024.0;
    let flood = (printed(&project)? - before.2) as f64 / elapsed / 1e6;

    pty.send(b"/zzzz")?;
    pty.wait(PATIENCE, |screen| Effect::There("filter: zzzz").is_seen(screen))?;
    let before = (thread_times(pid), Instant::now());
    thread::sleep(Duration::from_secs(seconds));
    let filtered = shares(&before.0, &thread_times(pid), before.1.elapsed());
    pty.send(b"\x1b")?;
    pty.wait(PATIENCE, |screen| Effect::Gone("filter:").is_seen(screen))?;

    let mut times = Vec::new();
    let mut slowest: BTreeMap<&str, f64> = BTreeMap::new();
    // Pauses that meet the frames, which come every 33 ms, at every point.
    let mut pauses = (0u64..).map(|n| Duration::from_millis(40 + n * 37 % 61));
    let before = (thread_times(pid), Instant::now());
    let rounds = if quick { 14 } else { 40 };
    for (name, keys, effect) in KEYS.iter().cycle().take(rounds * KEYS.len()) {
        thread::sleep(pauses.next().unwrap_or_default());
        let sent = Instant::now();
        pty.send(keys)?;
        let seen = pty
            .wait(PATIENCE, |screen| effect.is_seen(screen))
            .map_err(|error| format!("{name}: {error}"))?;
        let time = seen.saturating_duration_since(sent).as_secs_f64() * 1000.0;
        times.push(time);
        let slow = slowest.entry(name).or_default();
        *slow = slow.max(time);
    }
    let with_keys = shares(&before.0, &thread_times(pid), before.1.elapsed());
    up.end()?;

    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    report.judge(&format!("4 endless floods, {} keys: p99 to the screen", times.len()), at(0.99), 50.0, "ms");
    report.note("p50", at(0.5), "ms");
    report.note("slowest", at(1.0), "ms");
    for (name, slow) in slowest {
        report.note(&format!("slowest of {name:?}"), slow, "ms");
    }
    let share = |shares: &BTreeMap<String, f64>| shares.get(CONSOLE).copied().unwrap_or_default();
    let drawing = share(&spent);
    report.judge("4 endless floods: drawing, share of one core", drawing, 40.0, "%");
    report.judge("the same with a filter that nothing matches", share(&filtered), 40.0, "%");
    report.note("thread log-filter meanwhile", filtered.get("log-filter").copied().unwrap_or_default(), "%");
    report.note("while keys are typed", share(&with_keys), "%");
    for (name, share) in spent.iter().filter(|(name, share)| *name != CONSOLE && **share >= 0.1) {
        report.note(&format!("thread {name}"), *share, "%");
    }
    report.note("the services' output", flood, "MB/s");
    report.note("written to the terminal", written, "KiB/s");
    Ok(())
}

impl Effect {
    fn is_seen(self, screen: &vt100::Screen) -> bool {
        match self {
            Self::Row(row) => row_of_cursor(screen) == Some(row),
            Self::There(text) => screen.rows(0, COLUMNS).any(|row| row.contains(text)),
            Self::Gone(text) => !screen.rows(0, COLUMNS).any(|row| row.contains(text)),
        }
    }
}

/// In which row of the table the services' cursor stands: below the header and the names of the columns.
fn row_of_cursor(screen: &vt100::Screen) -> Option<u16> {
    let marked = |row: &u16| screen.cell(*row, 0).is_some_and(|cell| cell.contents() == "▌");
    (2..8).find(marked).map(|row| row - 2)
}

/// Bytes of everything that was stored so far, by how far the segments reach.
fn printed(project: &Project) -> Outcome<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(project.run_folder()?.join("logs"))?.flatten() {
        bytes += file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
    }
    Ok(bytes)
}
