//! Pages compared with what a slow model says of the same lines, in whatever state the scans are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::super::query::{Candidate, Query};
use super::super::{Level, Selection, Stream, classify};
use super::analysis::{Analysis, Row};
use super::hit_scan::HitScan;
use super::hits::SharedHits;
use super::nearby::Sought;
use super::recogniser::{BlockMark, Findings, Recogniser};
use super::scratch_run::{ScratchRun, Written, id};
use super::tests::settled;
use super::{Anchor, Desk, Entry, Page, PageRequest, Part};
use crate::stack::{Epoch, ServiceId};

const LINES: [&str; 13] = [
    "a plain line",
    "b",
    "ERROR a",
    "WARN b",
    "",
    "Traceback (most recent call last):",
    "  File \"/app/x.py\", line 1, in f",
    "  File \"/v/site-packages/p/x.py\", line 2, in g",
    "    a code",
    "ValueError: b",
    "Error: a",
    "    at f (/app/a.js:1:2)",
    "    at b (node:net:1:2)",
];
const SERVICES: [&str; 3] = ["api", "web", "x"];
const QUERIES: [&str; 6] = ["a", "b", "-a", "level:error", "stream:err", "nowhere"];

/// What an entry is, to be compared.
type Seen = (u64, String);

/// What was written, and what of it is a block.
struct Model<'a> {
    lines: &'a [Written],
    blocks: BTreeMap<(ServiceId, bool), Vec<BlockMark>>,
    query: Option<&'a Query>,
    request: PageRequest<'a>,
}

/// A page to ask for.
#[derive(Clone, Debug)]
struct Ask {
    anchor: u8,
    at: f64,
    rows: usize,
    fold: bool,
    unfold: u64,
    expand: u64,
    cleared: f64,
    query: Option<usize>,
    selection: u8,
    scanned: f64,
}

fn blocks_of(lines: &[Written]) -> BTreeMap<(ServiceId, bool), Vec<BlockMark>> {
    let mut streams: BTreeMap<(ServiceId, bool), (Recogniser, Findings)> = BTreeMap::new();
    for line in lines {
        let key = (line.service.clone(), line.stream == Stream::Stderr);
        let (recogniser, findings) = streams.entry(key).or_default();
        recogniser.push(line.text.as_bytes(), line.seq, findings);
    }
    let ended = streams.into_iter().map(|(key, (mut recogniser, mut findings))| {
        recogniser.end(&mut findings);
        (key, findings.blocks)
    });
    ended.collect()
}

fn is_hit(query: &Query, line: &Written) -> bool {
    query.matches(&Candidate {
        service: &line.service,
        epoch: line.epoch,
        latest_epoch: Epoch(1),
        stream: line.stream,
        micros: line.seq,
        line: line.text.as_bytes(),
    })
}

impl Model<'_> {
    fn block(&self, line: &Written) -> Option<BlockMark> {
        let blocks = self.blocks.get(&(line.service.clone(), line.stream == Stream::Stderr))?;
        blocks.iter().find(|block| block.first <= line.seq && line.seq <= block.last).copied()
    }

    fn of_block<'a>(&'a self, line: &'a Written, mark: BlockMark) -> impl Iterator<Item = &'a Written> {
        self.lines.iter().filter(move |other| {
            (&other.service, other.stream) == (&line.service, line.stream)
                && (mark.first..=mark.last).contains(&other.seq)
        })
    }

    fn is_foldable(&self, line: &Written, mark: BlockMark) -> bool {
        let first =
            self.lines.iter().find(|other| other.service == line.service).map_or(0, |first| first.seq);
        self.request.fold && mark.first >= first.max(self.request.cleared_before)
    }

    fn row(&self, line: &Written, mark: BlockMark) -> Row {
        let lines: Vec<(u64, String)> =
            self.of_block(line, mark).map(|line| (line.seq, line.text.clone())).collect();
        Analysis::of(&mark, &lines).row(line.seq).clone()
    }

    fn is_visible(&self, line: &Written) -> bool {
        let hit = |line: &Written| self.query.is_none_or(|query| is_hit(query, line));
        if line.seq < self.request.cleared_before || !self.request.selection.holds(&line.service) {
            return false;
        }
        let Some(mark) = self.block(line).filter(|&mark| self.is_foldable(line, mark)) else {
            return hit(line);
        };
        if !self.request.unfolded.contains(&mark.first) {
            return self
                .of_block(line, mark)
                .find(|line| hit(line))
                .is_some_and(|first| first.seq == line.seq);
        }
        let in_run = !self.request.expanded.contains(&mark.first) && self.row(line, mark) == Row::InRun;
        self.of_block(line, mark).any(hit) && !in_run
    }

    fn seen(&self, line: &Written) -> Vec<Seen> {
        let mut seen = Vec::new();
        let before = self.lines.iter().rfind(|other| other.service == line.service && other.seq < line.seq);
        let lost = line.line - before.map_or(0, |before| before.line + 1);
        if lost > 0 && self.query.is_none() {
            seen.push((line.seq, format!("{} lost {lost}", line.service)));
        }
        let part = match self.block(line) {
            None => format!("{:?}", classify(line.text.as_bytes())),
            Some(mark) if self.is_foldable(line, mark) && !self.request.unfolded.contains(&mark.first) => {
                format!("folded {}", mark.first)
            }
            Some(mark) => {
                let collapse = self.is_foldable(line, mark) && !self.request.expanded.contains(&mark.first);
                match self.row(line, mark) {
                    Row::Head => "head".into(),
                    Row::Text => "text".into(),
                    Row::Frame { yours } => format!("frame {yours}"),
                    Row::Run { frames, .. } if collapse => format!("run {frames}"),
                    Row::Run { .. } | Row::InRun => "frame false".into(),
                }
            }
        };
        seen.push((line.seq, format!("{} {} {part}", line.service, line.text)));
        seen
    }

    fn page(&self) -> (Vec<Seen>, bool) {
        let (rows, visible) = (self.request.rows, self.lines.iter().filter(|line| self.is_visible(line)));
        let visible: Vec<&Written> = visible.collect();
        let last = |until: usize| visible[until.saturating_sub(rows)..until].to_vec();
        let chosen = match self.request.anchor {
            Anchor::End => last(visible.len()),
            Anchor::Bottom(seq) => match visible.partition_point(|line| line.seq <= seq) {
                until if until < rows => visible[..rows.min(visible.len())].to_vec(),
                until => last(until),
            },
            Anchor::Top(seq) => {
                let from = visible.partition_point(|line| line.seq < self.settled(seq));
                visible[from..visible.len().min(from + rows)].to_vec()
            }
        };
        let mut entries: Vec<Seen> = chosen.iter().flat_map(|line| self.seen(line)).collect();
        match self.request.anchor {
            Anchor::End | Anchor::Bottom(_) => drop(entries.drain(..entries.len().saturating_sub(rows))),
            Anchor::Top(_) => entries.truncate(rows),
        }
        let above = entries.first().is_some_and(|(first, _)| visible.iter().any(|line| line.seq < *first));
        (entries, above)
    }

    /// Where the page comes to lie that is moved `by` entries down.
    fn scrolled(&self, by: isize) -> Anchor {
        let visible = self.lines.iter().filter(|line| self.is_visible(line)).map(|line| line.seq);
        let (visible, rows): (Vec<u64>, _) = (visible.collect(), self.request.rows.max(1));
        let top = match self.request.anchor {
            Anchor::End => visible.len().saturating_sub(rows),
            Anchor::Bottom(seq) => visible.partition_point(|&line| line <= seq).saturating_sub(rows),
            Anchor::Top(seq) => visible.partition_point(|&line| line < self.settled(seq)),
        };
        let moved = top.saturating_add_signed(by).min(visible.len().saturating_sub(1));
        match visible.get(moved) {
            Some(_) if by >= 0 && (top >= visible.len() || visible.len() - moved <= rows) => Anchor::End,
            Some(&seq) => Anchor::Top(seq),
            None => Anchor::End,
        }
    }

    /// A page that begins inside a folded block begins at its head.
    fn settled(&self, seq: u64) -> u64 {
        let line = self.lines.iter().find(|line| line.seq == seq);
        let line = line.filter(|line| self.query.is_none() && self.request.selection.holds(&line.service));
        let mark = line.and_then(|line| self.block(line).filter(|&mark| self.is_foldable(line, mark)));
        mark.filter(|mark| !self.request.unfolded.contains(&mark.first)).map_or(seq, |mark| mark.first)
    }
}

fn seen(page: &Page) -> Vec<Seen> {
    let seen = page.entries.iter().map(|entry| match entry {
        Entry::Lost { service, lines, before } => (*before, format!("{service} lost {lines}")),
        Entry::Line { line, level, part } => {
            let part = match part {
                Part::Alone => format!("{level:?}"),
                Part::Folded(summary) => format!("folded {}", summary.first),
                Part::Head(_) => "head".into(),
                Part::Text => "text".into(),
                Part::Frame { yours } => format!("frame {yours}"),
                Part::LibraryRun { frames, .. } => format!("run {frames}"),
            };
            assert!(matches!(entry, Entry::Line { part: Part::Alone, .. }) || *level == Level::Error);
            (line.seq, format!("{} {} {part}", line.service, String::from_utf8_lossy(&line.bytes)))
        }
    });
    seen.collect()
}

/// The filter as its thread has it when it has come to `scanned`.
fn half_scanned(run: &ScratchRun, query: &Query, scanned: u64) -> Sought {
    let hits = SharedHits::default();
    for name in SERVICES {
        let mut known = hits.lock();
        let known = known.grow(&id(name));
        known.scanned_to = scanned;
        let lines = run.lines.iter().filter(|line| line.service == id(name) && line.seq < scanned);
        lines.filter(|line| is_hit(query, line)).for_each(|line| known.seqs.push(line.seq));
    }
    Sought::with(query.clone(), HitScan::standing(hits))
}

fn check(run: &ScratchRun, desk: &mut Desk, ask: &Ask) {
    let end = run.next_seq as f64;
    let seq = (ask.at * end) as u64;
    let blocks = blocks_of(&run.lines);
    let firsts: Vec<u64> = blocks.values().flatten().map(|mark| mark.first).collect();
    let some = |bits: u64| -> BTreeSet<u64> {
        firsts.iter().zip(0..).filter(|(_, n)| bits >> (n % 64) & 1 == 1).map(|(&first, _)| first).collect()
    };
    let (unfolded, expanded) = (some(ask.unfold), some(ask.expand));
    let selection = match ask.selection {
        0 => Selection::Only(vec![id("api")]),
        1 => Selection::Only(vec![id("web"), id("x")]),
        _ => Selection::All,
    };
    let request = PageRequest {
        selection: &selection,
        anchor: match ask.anchor {
            0 => Anchor::End,
            1 => Anchor::Bottom(seq),
            _ => Anchor::Top(seq),
        },
        rows: ask.rows,
        fold: ask.fold,
        unfolded: &unfolded,
        expanded: &expanded,
        cleared_before: (ask.cleared * end) as u64,
    };
    let query = ask.query.map(|n| Query::parse(QUERIES[n], std::time::UNIX_EPOCH).unwrap());
    match &query {
        Some(query) => desk.set_filter(half_scanned(run, query, (ask.scanned * end * 1.2) as u64)),
        None => desk.filter(None),
    }
    let model = Model { lines: &run.lines, blocks, query: query.as_ref(), request };
    let page = desk.page(&request).unwrap();
    assert_eq!((seen(&page), page.above), model.page(), "{ask:?}");
    assert_eq!(seen(&desk.page(&request).unwrap()), seen(&page), "the same again");
    assert!(!page.searching);
    let by = ask.unfold as isize % 9;
    match (desk.scrolled(&request, by).unwrap(), model.scrolled(by)) {
        // Nothing is visible at all: it stays where it was.
        (Anchor::Top(seq), Anchor::End) if by < 0 => {
            assert!(!model.lines.iter().any(|line| model.is_visible(line)), "{seq}");
        }
        (ours, theirs) => assert_eq!(ours, theirs, "{by} from {ask:?}"),
    }
}

fn ask() -> impl Strategy<Value = Ask> {
    let unit = || 0.0..1.1f64;
    let place = (0u8..3, unit(), 0usize..9, any::<bool>());
    let query = proptest::option::of(0..QUERIES.len());
    (place, any::<u64>(), any::<u64>(), prop_oneof![Just(0.0), unit()], query, 0u8..4, unit()).prop_map(
        |((anchor, at, rows, fold), unfold, expand, cleared, query, selection, scanned)| Ask {
            anchor,
            at,
            rows,
            fold,
            unfold,
            expand,
            cleared,
            query,
            selection,
            scanned,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_page_is_what_the_model_says(
        chunks in proptest::collection::vec((0usize..3, any::<bool>(), proptest::collection::vec(0..LINES.len(), 1..6)), 1..40),
        segment in 100u64..2000,
        cap in 500u64..4000,
        lost in proptest::option::of(0usize..40),
        asks in proptest::collection::vec(ask(), 12),
    ) {
        let mut run = ScratchRun::new(segment, cap.max(segment));
        for (n, (service, stderr, lines)) in chunks.iter().enumerate() {
            let lines: Vec<&str> = lines.iter().map(|&line| LINES[line]).collect();
            let stream = if *stderr { Stream::Stderr } else { Stream::Stdout };
            run.write(SERVICES[*service], stream, Epoch(1), &lines);
            if lost == Some(n) {
                run.lose(SERVICES[*service], 3);
            }
        }
        // The scan knows the run as it is on disk: what was dropped before it began was never seen.
        let mut desk = settled(&run);
        for ask in &asks {
            check(&run, &mut desk, ask);
        }
    }
}

#[test]
fn many_small_chunks_and_long_lines_are_found_where_they_are() {
    let mut run = ScratchRun::new(1 << 30, 1 << 40);
    for n in 0..900usize {
        let long = format!("{n} {}", "a".repeat(n * n % 6000));
        run.print(SERVICES[n % 7 % 3], &[LINES[n % 13], &long]);
    }
    let mut desk = settled(&run);
    for n in 0..30u32 {
        let ask = Ask {
            anchor: (n % 3) as u8,
            at: f64::from(n * 7 % 30) / 30.0,
            rows: 7,
            fold: n % 2 == 0,
            unfold: 0,
            expand: 0,
            cleared: 0.0,
            query: (n % 4 == 0).then_some(n as usize % 3),
            selection: (n % 5) as u8,
            scanned: f64::from(n % 11) / 10.0,
        };
        check(&run, &mut desk, &ask);
    }
}

#[test]
fn a_model_needs_a_desk_that_can_be_sent() {
    fn is_send<T: Send>(_: &T) {}
    let run = ScratchRun::new(1 << 20, 1 << 30);
    is_send(&Desk::open(run.logs(), Arc::new(|| {})).unwrap());
}
