//! `portolan logs`: the store of a running or finished stack, in true order over the services.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::app::Target;
use crate::config::parse_duration;
use crate::logs::{
    Candidate, Hit, Level, LineRef, MergedCursor, Plain, PlainOptions, Query, QueryFault, Run, RunLogs,
    Selection, Start, Step, Timestamps, classify,
};
use crate::stack::{Epoch, ServiceId, UnixMillis};

use super::args::{Global, LogsArgs, names};
use super::failure::{Failure, complain};
use super::plain::time_of_day;

/// How long a follower waits before it looks whether the launcher still lives.
const PATIENCE: Duration = Duration::from_millis(500);
/// What is collected before it is written.
const WRITE: usize = 256 << 10;

/// What `logs --json` prints, one object a line.
#[derive(Serialize)]
struct JsonLine<'a> {
    schema: u32,
    seq: u64,
    ts: String,
    service: String,
    epoch: u64,
    stream: &'a str,
    level: Option<&'a str>,
    text: String,
}

/// Runs the verb.
pub(super) async fn logs(global: &Global, args: &LogsArgs) -> Result<(), Failure> {
    // A wrong call is wrong whether there are logs or not.
    let (query, since) = (query(args)?, since(args)?);
    let back = usize::try_from(args.run.checked_neg().unwrap_or(i64::MAX))
        .map_err(|_| Failure::wrong("--run takes 0 for the last run, -1 for the one before, and so on"))?;
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    let runs = target.runs();
    let Some(run) = runs.get(back) else {
        let text = match runs.len() {
            0 => "there are no logs, since this stack was never up; `portolan up` starts it".to_owned(),
            1 => "only one run is kept, the last: --run 0".to_owned(),
            kept => format!("only {kept} runs are kept: --run goes from 0 to -{}", kept - 1),
        };
        return Err(Failure::failed(text));
    };
    let known = run.record.as_ref().map(|record| record.services.clone()).unwrap_or_default();
    let store = RunLogs::of(&run.path);
    let selection = selection(&store, &known, args)?;
    // A filter decides which lines are the last ones, so they are counted after it.
    let start = match (args.lines, query.is_some(), since) {
        (_, _, Some(since)) => Start::Since(since),
        (Some(lines), false, None) => Start::Last(lines),
        (_, _, None) => Start::Beginning,
    };
    let counted = args.lines.filter(|_| query.is_some() || args.since.is_some());
    let latest = Latest::new(&store)?;
    // What is there already is searched in large blocks; only who follows has to ask line by line.
    let search = match (&query, args.follow) {
        (Some(query), false) => {
            Some(store.search_from(&selection, query.clone(), store.resolve(&selection, start)?)?)
        }
        (Some(_), true) | (None, _) => None,
    };
    let cursor = store.merged(selection, start)?;
    let color = global.color.on(&io::stdout());
    let timestamps = if args.timestamps { time_of_day() } else { Timestamps::Off };
    let mut printer = Printer {
        plain: Plain::new(&known, PlainOptions { color, timestamps }),
        json: args.json,
        query,
        latest,
        last: counted.map(|lines| Last { lines, kept: VecDeque::new() }),
        out: Vec::new(),
    };
    if let Some(mut search) = search {
        while let Some(hit) = search.next_hit()? {
            printer.take_hit(&hit)?;
        }
        return printer.flush();
    }
    let lives = || target.runs().iter().any(|other| other.path == run.path && other.live);
    print(cursor, printer, args.follow, lives)
}

fn print(
    mut cursor: MergedCursor,
    mut printer: Printer,
    follow: bool,
    lives: impl Fn() -> bool,
) -> Result<(), Failure> {
    let mut ended = false;
    loop {
        match cursor.step()? {
            Step::Run(run) => printer.take(&run)?,
            Step::Lost { service, lines } => complain(&format!("{service}: {lines} lines are lost")),
            Step::Idle | Step::End => {
                printer.flush()?;
                if !follow || ended {
                    return Ok(());
                }
                // What was written before the launcher ended is read once more.
                ended = !lives();
                if !ended {
                    wait_for_more(&mut cursor, &mut printer)?;
                }
            }
        }
    }
}

fn wait_for_more(cursor: &mut MergedCursor, printer: &mut Printer) -> Result<(), Failure> {
    match cursor.step_within(PATIENCE)? {
        Step::Run(run) => printer.take(&run),
        Step::Lost { service, lines } => {
            complain(&format!("{service}: {lines} lines are lost"));
            Ok(())
        }
        Step::Idle | Step::End => Ok(()),
    }
}

struct Printer {
    plain: Plain,
    json: bool,
    query: Option<Query>,
    latest: Latest,
    last: Option<Last>,
    out: Vec<u8>,
}

/// The latest spawn of each service, for `run:last`.
struct Latest {
    known: HashMap<ServiceId, Epoch>,
}

/// The last matching lines so far, rendered.
struct Last {
    lines: u64,
    kept: VecDeque<Vec<u8>>,
}

impl Printer {
    fn take(&mut self, run: &Run<'_>) -> Result<(), Failure> {
        if self.query.is_none() && !self.json && self.last.is_none() {
            self.plain.render(run, &mut self.out);
        } else {
            for line in run.iter() {
                self.take_line(run, line)?;
            }
        }
        if self.out.len() >= WRITE { self.write() } else { Ok(()) }
    }

    /// Takes a line that is wanted.
    fn take_hit(&mut self, hit: &Hit<'_>) -> Result<(), Failure> {
        let run = Run {
            service: hit.service,
            epoch: hit.epoch,
            stream: hit.stream,
            first_seq: hit.seq,
            first_line: hit.line,
            lines: 1,
            micros: hit.micros,
            bytes: hit.bytes,
            unterminated: false,
            continues: false,
        };
        self.show(&run, LineRef { seq: hit.seq, line: hit.line, bytes: hit.bytes })?;
        if self.out.len() >= WRITE { self.write() } else { Ok(()) }
    }

    fn take_line(&mut self, run: &Run<'_>, line: LineRef<'_>) -> Result<(), Failure> {
        if self.wanted(run, line) { self.show(run, line) } else { Ok(()) }
    }

    fn show(&mut self, run: &Run<'_>, line: LineRef<'_>) -> Result<(), Failure> {
        let mut text = Vec::new();
        if self.json {
            serde_json::to_writer(&mut text, &JsonLine::of(run, line)).map_err(Failure::failed)?;
            text.push(b'\n');
        } else {
            let bytes = [line.bytes, b"\n"].concat();
            let one = Run { first_seq: line.seq, first_line: line.line, lines: 1, bytes: &bytes, ..*run };
            self.plain.render(&one, &mut text);
        }
        match &mut self.last {
            Some(last) => last.keep(text),
            None => self.out.extend_from_slice(&text),
        }
        Ok(())
    }

    fn wanted(&mut self, run: &Run<'_>, line: LineRef<'_>) -> bool {
        let Some(query) = &self.query else { return true };
        let latest_epoch = self.latest.of(run);
        query.matches(&Candidate {
            service: run.service,
            epoch: run.epoch,
            latest_epoch,
            stream: run.stream,
            micros: run.micros,
            line: line.bytes,
        })
    }

    /// Writes everything; from now on lines go out as they come.
    fn flush(&mut self) -> Result<(), Failure> {
        if let Some(last) = self.last.take() {
            self.out.extend(last.kept.into_iter().flatten());
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(&self.out)?;
        self.out.clear();
        Ok(out.flush()?)
    }
}

impl Latest {
    fn new(store: &RunLogs) -> io::Result<Self> {
        let services = store.services()?;
        let known = services.into_iter().map(|id| store.latest_epoch(&id).map(|epoch| (id, epoch)));
        Ok(Self { known: known.collect::<io::Result<_>>()? })
    }

    /// The latest one of the run's service; while following, a line may be the first of a later one.
    fn of(&mut self, run: &Run<'_>) -> Epoch {
        match self.known.get_mut(run.service) {
            Some(latest) => {
                *latest = (*latest).max(run.epoch);
                *latest
            }
            None => {
                self.known.insert(run.service.clone(), run.epoch);
                run.epoch
            }
        }
    }
}

impl Last {
    fn keep(&mut self, text: Vec<u8>) {
        self.kept.push_back(text);
        if self.kept.len() as u64 > self.lines {
            self.kept.pop_front();
        }
    }
}

impl<'a> JsonLine<'a> {
    fn of(run: &Run<'a>, line: LineRef<'_>) -> Self {
        Self {
            schema: 1,
            seq: line.seq,
            ts: UnixMillis(run.micros / 1000).to_string(),
            service: run.service.to_string(),
            epoch: run.epoch.0,
            stream: run.stream.word(),
            level: classify(line.bytes).word(),
            text: String::from_utf8_lossy(line.bytes).into_owned(),
        }
    }
}

fn query(args: &LogsArgs) -> Result<Option<Query>, Failure> {
    if args.grep.is_none() && args.level.is_none() {
        return Ok(None);
    }
    let query = match args.grep.as_deref() {
        None => Query::default(),
        Some(text) => Query::parse(text, now()).map_err(|fault| wrong_filter(text, &fault))?,
    };
    Ok(Some(match args.level.as_deref().map(parse_level).transpose()? {
        Some(level) => query.at_least(level),
        None => query,
    }))
}

/// The filter with a caret under its fault.
fn wrong_filter(text: &str, fault: &QueryFault) -> Failure {
    // Escapes and tabs would move the caret away from what it points at.
    let plain = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let before = plain(&text[..text.floor_char_boundary(fault.at)]);
    let caret = " ".repeat(before.width());
    Failure::wrong(format!("--grep: {fault}\n  {}\n  {caret}^", plain(text)))
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(crate::services::now().wall.0)
}

fn parse_level(word: &str) -> Result<Level, Failure> {
    let levels = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error];
    let found = levels.into_iter().find(|level| level.word() == Some(word.to_lowercase().as_str()));
    found.ok_or_else(|| Failure::wrong("--level takes trace, debug, info, warn or error"))
}

fn selection(store: &RunLogs, known: &[ServiceId], args: &LogsArgs) -> Result<Selection, Failure> {
    if args.services.is_empty() {
        return Ok(Selection::All);
    }
    let mut there = store.services()?;
    there.extend(known.iter().cloned());
    let ids: Vec<ServiceId> = names(&args.services)?.into_iter().map(ServiceId::from).collect();
    if let Some(unknown) = ids.iter().find(|id| !there.contains(id)) {
        return Err(Failure::wrong(format!("that run had no service {unknown}")));
    }
    Ok(Selection::Only(ids))
}

fn since(args: &LogsArgs) -> Result<Option<SystemTime>, Failure> {
    let Some(text) = args.since.as_deref() else { return Ok(None) };
    if let Ok(ago) = parse_duration(text) {
        return Ok(Some(now().checked_sub(ago).unwrap_or(UNIX_EPOCH)));
    }
    let wrong = || Failure::wrong("--since takes a duration (5m) or a time (2026-11-20T04:22:00Z)");
    let time: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    Ok(Some(SystemTime::from(time)))
}
