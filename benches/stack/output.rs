//! A million lines from one child to plain output in a file and to the log store, against `cat > file`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use portolan::logs::{RunLogs, Selection, Start, Step, Stream};

use super::process::Ours;
use super::project::{Project, fixture};
use super::report::{Outcome, ROUNDS, Report, median};

const LINES: u64 = 1_000_000;
const LINE: usize = 100;
/// How often the launcher's peak is read; it only grows.
const LOOK: Duration = Duration::from_millis(5);

pub(crate) fn measure(report: &mut Report, _quick: bool) -> Outcome<()> {
    let fixture = fixture()?;
    let project = Project::new(&format!(
        "[services.flood]\ncommand = [{fixture:?}, \"lines\", \"{LINES}\"]\nrestart = \"no\"\n"
    ))?;
    let nothing = Project::new(&format!(
        "[services.nothing]\ncommand = [{fixture:?}, \"exit\", \"0\"]\nrestart = \"no\"\n"
    ))?;
    let peers = peers(project.path(), &fixture)?;
    let (mut cats, mut ours, mut empty, mut peaks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        cats.push(through_cat(&fixture, &project.path().join("cat.txt"))?);
        let plain = project.path().join("plain.txt");
        let (time, peak) = through_portolan(&project, &plain)?;
        check_plain(&plain)?;
        check_store(&project.run_folder()?)?;
        fs::remove_file(&plain)?;
        project.clear()?;
        ours.push(time);
        peaks.push(peak);
        empty.push(through_portolan(&nothing, &nothing.path().join("plain.txt"))?.0);
        nothing.clear()?;
    }
    let cat = median(&cats);
    let ratios: Vec<f64> = ours.iter().zip(&cats).map(|(our, cat)| our / cat).collect();
    report.judge("1,000,000 lines: times `cat > file`", median(&ratios), 2.5, "x");
    report.judge("1,000,000 lines: peak memory, guardian included", median(&peaks), 40.0, "MiB");
    report.note("from spawn to exit", median(&ours) * 1000.0, "ms");
    report.note("of which start and end: a child that only exits", median(&empty) * 1000.0, "ms");
    report.note("the same child piped to cat > file", cat * 1000.0, "ms");
    for peer in peers {
        // Once: some take a hundred times as long, and nothing is judged by it.
        let time = through_peer(&peer, &project.path().join("peer.txt"))?;
        report.note(&format!("{} with the same child, once, times cat", peer.name), time / cat, "x");
    }
    Ok(())
}

fn through_cat(fixture: &Path, file: &Path) -> Outcome<f64> {
    let into = File::create(file)?;
    let begun = Instant::now();
    let mut child =
        Command::new(fixture).args(["lines", &LINES.to_string()]).stdout(Stdio::piped()).spawn()?;
    let pipe = child.stdout.take().ok_or("no pipe")?;
    let mut cat = Command::new("cat").stdin(pipe).stdout(into).spawn()?;
    let well = child.wait()?.success() && cat.wait()?.success();
    let time = begun.elapsed().as_secs_f64();
    let whole = file.metadata()?.len() == LINES * LINE as u64;
    fs::remove_file(file)?;
    if well && whole { Ok(time) } else { Err("cat did not get everything".into()) }
}

/// The time from the spawn of `portolan up` to its exit, and the most memory that it and its guardian had.
fn through_portolan(project: &Project, plain: &Path) -> Outcome<(f64, f64)> {
    let out = File::create(plain)?;
    let begun = Instant::now();
    let mut up = project.portolan(&["up", "--plain"]).stdout(out).stderr(Stdio::null()).spawn()?;
    let pid = up.id();
    let watching = thread::spawn(move || {
        let (mut ours, mut peak) = (Ours::of(pid), 0.0);
        loop {
            let now = ours.peak();
            if now == 0.0 {
                return peak;
            }
            peak = f64::max(peak, now);
            if !ours.has_guardian() {
                ours = Ours::of(pid);
            }
            thread::sleep(LOOK);
        }
    });
    let status = up.wait()?;
    let time = begun.elapsed().as_secs_f64();
    let peak = watching.join().map_err(|_| "the watcher panicked")?;
    if status.success() { Ok((time, peak)) } else { Err(format!("up ended with {status}").into()) }
}

fn check_plain(file: &Path) -> Outcome<()> {
    let mut lines = BufReader::with_capacity(1 << 16, File::open(file)?);
    let (mut line, mut number) = (Vec::new(), 0);
    while lines.read_until(b'\n', &mut line)? > 0 {
        if !line.starts_with(format!("flood | {number:010} ").as_bytes()) || line.len() != LINE + 8 {
            return Err(format!("plain line {number} is {:?}", String::from_utf8_lossy(&line)).into());
        }
        line.clear();
        number += 1;
    }
    if number == LINES { Ok(()) } else { Err(format!("{number} plain lines").into()) }
}

fn check_store(run: &Path) -> Outcome<()> {
    let mut number = 0;
    let mut cursor = RunLogs::of(run).merged(Selection::All, Start::Beginning)?;
    while let Step::Run(run) = cursor.step()? {
        for line in run.iter().filter(|_| run.stream == Stream::Stdout) {
            if !line.bytes.starts_with(format!("{number:010} ").as_bytes()) || line.bytes.len() != LINE - 1 {
                return Err(format!("stored line {number} is damaged").into());
            }
            number += 1;
        }
    }
    if number == LINES { Ok(()) } else { Err(format!("{number} stored lines").into()) }
}

/// Another program that runs the same child, if it is installed.
struct Peer {
    name: &'static str,
    words: Vec<String>,
}

fn peers(folder: &Path, fixture: &Path) -> Outcome<Vec<Peer>> {
    let child = format!("{} lines {LINES}", fixture.display());
    let procfile = folder.join("Procfile");
    fs::write(&procfile, format!("flood: {child}\n"))?;
    let procfile = procfile.display().to_string();
    let known = [
        Peer { name: "honcho", words: vec!["-f".into(), procfile, "start".into()] },
        Peer { name: "concurrently", words: vec!["-n".into(), "flood".into(), child] },
    ];
    let is_there = |peer: &Peer| {
        let asked =
            Command::new(peer.name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    Ok(known.into_iter().filter(is_there).collect())
}

fn through_peer(peer: &Peer, file: &Path) -> Outcome<f64> {
    let into = File::create(file)?;
    let begun = Instant::now();
    Command::new(peer.name)
        .args(&peer.words)
        .stdin(Stdio::null())
        .stdout(into)
        .stderr(Stdio::null())
        .status()?;
    let time = begun.elapsed().as_secs_f64();
    let lines = BufReader::new(File::open(file)?).split(b'\n').count() as u64;
    fs::remove_file(file)?;
    if lines >= LINES { Ok(time) } else { Err(format!("{} gave {lines} lines", peer.name).into()) }
}
