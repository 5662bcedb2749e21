//! What a traceback says: the exception, where it came from, and which of its lines matter. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use super::frames::{Role, role};
use super::page::{BlockSummary, FramePlace, Language};
use super::recogniser::BlockMark;

/// How many analyses are kept: some screens full.
const KEPT: usize = 512;

/// How long the exception's text may be, in bytes.
const TEXT: usize = 1000;

/// A traceback, read.
pub(crate) struct Analysis {
    pub(crate) summary: Arc<BlockSummary>,
    /// By sequence number; of a very long block its middle is left out.
    rows: Vec<(u64, Row)>,
}

/// What a line of a block is, where the block is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Head,
    Frame {
        yours: bool,
    },
    Text,
    /// The first of some frames in a row, all in libraries.
    Run {
        frames: u32,
        packages: Vec<String>,
    },
    /// The others of them.
    InRun,
}

/// The analyses made last.
#[derive(Default)]
pub(crate) struct Analyses {
    /// By the block's first line; with its last line then, because a block may still grow.
    known: HashMap<u64, (u64, Arc<Analysis>)>,
}

/// A frame and the lines that it takes.
struct Frame {
    place: FramePlace,
    package: Option<String>,
    lines: std::ops::Range<usize>,
}

impl Analyses {
    pub(crate) fn known(&self, mark: &BlockMark) -> Option<Arc<Analysis>> {
        let (last, analysis) = self.known.get(&mark.first)?;
        (*last == mark.last).then(|| Arc::clone(analysis))
    }

    pub(crate) fn keep(&mut self, mark: &BlockMark, analysis: &Arc<Analysis>) {
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        self.known.insert(mark.first, (mark.last, Arc::clone(analysis)));
    }
}

impl Analysis {
    /// Reads the lines of a block: sequence numbers, and text without ANSI.
    pub(crate) fn of(mark: &BlockMark, lines: &[(u64, String)]) -> Self {
        let frames = frames(mark.language, lines);
        let head = lines.iter().find(|(seq, _)| *seq == mark.head).or(lines.first());
        let text = head.map_or("", |(_, line)| exception(line));
        let cut = text.floor_char_boundary(TEXT);
        let summary = BlockSummary {
            first: mark.first,
            last: mark.last,
            language: mark.language,
            text: text[..cut].to_owned(),
            place: deepest(mark.language, lines, &frames).cloned(),
            lines: mark.lines,
            yours: frames.iter().filter(|frame| frame.place.yours).count() as u32,
        };
        Self { summary: Arc::new(summary), rows: rows(mark, lines, &frames) }
    }

    /// What the line is.
    pub(crate) fn row(&self, seq: u64) -> &Row {
        let at = self.rows.binary_search_by_key(&seq, |(seq, _)| *seq);
        at.map_or(&Row::Text, |at| &self.rows[at].1)
    }
}

fn frames(language: Language, lines: &[(u64, String)]) -> Vec<Frame> {
    let (mut frames, mut named) = (Vec::<Frame>::new(), None);
    for (n, (_, line)) in lines.iter().enumerate() {
        match role(language, line) {
            Role::Frame { mut place, package } => {
                let begun = match named.take() {
                    Some((at, function)) => {
                        place.function = place.function.or(Some(function));
                        at
                    }
                    None => n,
                };
                frames.push(Frame { place, package, lines: begun..n + 1 });
            }
            Role::Code => {
                if let Some(frame) = frames.last_mut().filter(|frame| frame.lines.end == n) {
                    frame.lines.end = n + 1;
                }
            }
            Role::Function(function) => named = Some((n, function)),
            Role::Text => named = None,
        }
    }
    frames
}

/// Python ends with the deepest frame, the others begin with it. Of linked tracebacks the one that was raised last
/// counts, as for the exception.
fn deepest<'a>(language: Language, lines: &[(u64, String)], frames: &'a [Frame]) -> Option<&'a FramePlace> {
    let places = || frames.iter().map(|frame| &frame.place);
    match language {
        Language::Python => {
            let begins = |(_, line): &(u64, String)| line.trim_start().starts_with("Traceback (most recent");
            let from = lines.iter().rposition(begins).unwrap_or(0);
            let last = || frames.iter().filter(|frame| frame.lines.start >= from).map(|frame| &frame.place);
            last().rfind(|place| place.yours).or_else(|| last().next_back()).or_else(|| places().next_back())
        }
        Language::Rust => {
            let header = places().next().filter(|place| place.yours)?;
            let same = |place: &&FramePlace| place.line == header.line && place.function.is_some();
            places().find(same).or(Some(header)).or_else(|| places().next())
        }
        Language::Node | Language::Go | Language::Java => {
            places().find(|place| place.yours).or_else(|| places().next())
        }
    }
}

fn rows(mark: &BlockMark, lines: &[(u64, String)], frames: &[Frame]) -> Vec<(u64, Row)> {
    let mut rows: Vec<(u64, Row)> = lines.iter().map(|(seq, _)| (*seq, Row::Text)).collect();
    let mut at = 0;
    while let Some(frame) = frames.get(at) {
        let mut many = 1;
        // Frames that follow each other without another line between them.
        while !frame.place.yours
            && frames
                .get(at + many)
                .is_some_and(|next| !next.place.yours && next.lines.start == frames[at + many - 1].lines.end)
        {
            many += 1;
        }
        let run = &frames[at..at + many];
        for row in &mut rows[frame.lines.start..run[many - 1].lines.end] {
            row.1 = if many > 1 { Row::InRun } else { Row::Frame { yours: frame.place.yours } };
        }
        if many > 1 {
            rows[frame.lines.start].1 = Row::Run { frames: many as u32, packages: packages(run) };
        }
        at += many;
    }
    if let Some(first) = rows.first_mut().filter(|(seq, _)| *seq == mark.first) {
        first.1 = Row::Head;
    }
    rows
}

fn packages(run: &[Frame]) -> Vec<String> {
    let mut packages: Vec<String> = Vec::new();
    for package in run.iter().filter_map(|frame| frame.package.as_ref()) {
        if packages.len() < 3 && !packages.contains(package) {
            packages.push(package.clone());
        }
    }
    packages
}

/// The exception without what is only said before it.
fn exception(line: &str) -> &str {
    let text = line.trim().trim_start_matches(['|', '+', ' ']);
    if let Some((_, rest)) =
        text.strip_prefix("Exception in thread \"").and_then(|rest| rest.split_once("\" "))
    {
        return rest;
    }
    text.strip_prefix("Uncaught ").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysis(language: Language, head: u64, text: &str) -> Analysis {
        let lines: Vec<(u64, String)> =
            text.lines().map(str::to_owned).zip(10..).map(|(l, n)| (n, l)).collect();
        let last = 9 + lines.len() as u64;
        let mark = BlockMark { first: 10, last, head: 10 + head, lines: lines.len() as u64, language };
        Analysis::of(&mark, &lines)
    }

    fn shown(analysis: &Analysis) -> String {
        let BlockSummary { text, place, yours, .. } = &*analysis.summary;
        let place = place.as_ref().map(|place| {
            format!(
                "{}:{} in {}",
                place.file,
                place.line.unwrap_or(0),
                place.function.as_deref().unwrap_or("-")
            )
        });
        format!("{text} | {} | {yours}", place.unwrap_or_default())
    }

    #[test]
    fn the_deepest_place_of_yours_is_found() {
        let python = analysis(
            Language::Python,
            8,
            "Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in f\n    g()\n  File \
             \"/v/site-packages/celery/x.py\", line 2, in h\n    i()\n  File \"/v/site-packages/kombu/y.py\", line 3, \
             in j\n    k()\n    ^^^\nValueError: bad sku",
        );
        assert_eq!(shown(&python), "ValueError: bad sku | /app/a.py:1 in f | 1");
        let run = Row::Run { frames: 2, packages: vec!["celery".into(), "kombu".into()] };
        let rows = [Row::Head, Row::Frame { yours: true }, Row::Frame { yours: true }, run];
        let rows = rows.into_iter().chain(std::iter::repeat_n(Row::InRun, 4)).chain([Row::Text]);
        assert!(rows.zip(10..).all(|(row, seq)| *python.row(seq) == row), "{:?}", python.rows);
        let node = analysis(
            Language::Node,
            0,
            "TypeError: x\n    at a (node:net:1:2)\n    at b (/app/b.js:3:4)\n    at c (/app/c.js:5:6)",
        );
        assert_eq!(shown(&node), "TypeError: x | /app/b.js:3 in b | 2");
        let rust = analysis(
            Language::Rust,
            1,
            "thread 'main' panicked at src/api.rs:88:9:\nboom\nstack backtrace:\n   0: rust_begin_unwind\n             at \
             /rustc/5/library/std/src/panicking.rs:645:5\n   1: shop::take\n             at ./src/api.rs:88:9\nnote: x",
        );
        assert_eq!(shown(&rust), "boom | ./src/api.rs:88 in shop::take | 2");
        let go = analysis(
            Language::Go,
            0,
            "panic: boom\n\ngoroutine 1 [running]:\npanic({0x1?, 0x2?})\n\t/usr/lib/go/src/runtime/panic.go:920 \
             +0x2\nmain.take(0x5)\n\t/home/me/shop/shop.go:18 +0x1d",
        );
        assert_eq!(shown(&go), "panic: boom | /home/me/shop/shop.go:18 in main.take | 1");
        let java = analysis(
            Language::Java,
            0,
            "Exception in thread \"main\" java.lang.X: no\n\tat java.base/java.util.A.b(A.java:1)\n\tat \
             com.shop.S.t(S.java:41)",
        );
        assert_eq!(shown(&java), "java.lang.X: no | S.java:41 in com.shop.S.t | 1");
    }
}
