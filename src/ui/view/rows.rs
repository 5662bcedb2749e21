//! The page of the log as rows on the screen: what stands in each, so that drawing and pointing agree.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use crate::logs::{Entry, Level, Line, Part, last_state};
use crate::stack::{ServiceId, UnixMillis};
use crate::ui::facts::{Drawn, Facts};
use crate::ui::model::{Model, Source, Stamps};
use crate::ui::text::{Shown, cut, width};
use crate::ui::theme::{Glyph, Role};

use super::{Look, words};

/// The bytes of a wrapped line that are shown from its start, and from its end, where it is longer than both. Some
/// milliseconds' worth of decoding, however long a line is.
const HEAD: usize = 48 << 10;
const TAIL: usize = 16 << 10;
/// No escape sequence that is worth anything is longer: so far before the end's part one is looked for.
const SEQUENCE: usize = 32;

/// Cells of an exception's message that a folded block shows.
const SAID: usize = 64;

/// The columns of a line before its text: time, name, level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gutter {
    pub(super) time: u16,
    pub(super) name: u16,
    pub(super) level: u16,
}

/// One row.
#[derive(Clone, Debug)]
pub(super) struct LogRow<'p> {
    pub(super) entry: &'p Entry,
    /// What is drawn, cut out of `text`.
    pub(super) columns: Range<usize>,
    /// The columns of the entry that lie before `text`: more than none only near the end of a very long line, where
    /// each byte before counts for one.
    pub(super) base: usize,
    /// Whether it is the first row of its entry that is shown: the gutter is drawn.
    pub(super) first: bool,
    pub(super) text: Rc<Shown>,
}

/// A part of an entry's text that is decoded by itself.
struct Piece<'t> {
    bytes: Cow<'t, [u8]>,
    base: usize,
}

impl Gutter {
    /// What there is room for.
    pub(super) fn of(facts: &Facts, model: &Model, pane: u16) -> Self {
        let time: u16 = match model.logs.stamps {
            Stamps::Absolute if pane >= 110 => 13,
            Stamps::Absolute if pane >= 50 => 9,
            Stamps::Relative if pane >= 50 => 8,
            Stamps::Absolute | Stamps::Relative | Stamps::Off => 0,
        };
        let alone = matches!(model.logs.source, Source::One(_));
        let longest =
            facts.snapshot.services.iter().map(|service| service.name.as_str().len()).max().unwrap_or(0);
        let name = match alone || pane < 40 {
            true => 0,
            false => u16::try_from(longest.clamp(4, 14)).unwrap_or(14) + 1,
        };
        Self { time, name, level: 2 }
    }

    /// The cells before the text.
    pub(super) fn width(self) -> u16 {
        self.time + self.name + self.level
    }
}

/// The rows that the pane shows: from the top of the page, or its last ones when it stands at its bottom.
pub(super) fn rows<'p>(facts: &'p Facts, model: &Model, look: &Look, pane: (u16, u16)) -> Vec<LogRow<'p>> {
    let (columns, height) = (pane.0, usize::from(pane.1));
    let room = room(facts, model, columns);
    let mut rows: Vec<LogRow<'p>> = Vec::with_capacity(height);
    if facts.stands_at_top(model) {
        let skip = if model.logs.wrap { model.logs.place.skip } else { 0 };
        let most = height.saturating_add(skip);
        let mut entries = facts.page.entries.iter();
        while rows.len() < most
            && let Some(entry) = entries.next()
        {
            rows.extend(rows_of(entry, model, look, room, most));
        }
        // In a wider window the top line has fewer rows than are to be skipped: its last one stays.
        let top = rows.first().map(|row| row.entry.seq());
        let of_top = rows.iter().take_while(|row| Some(row.entry.seq()) == top).count();
        rows.drain(..skip.min(of_top.saturating_sub(1)));
        rows.truncate(height);
    } else {
        let mut entries = facts.page.entries.iter().rev();
        let (mut blocks, mut used) = (Vec::new(), 0);
        while used < height
            && let Some(entry) = entries.next()
        {
            let block = rows_of(entry, model, look, room, usize::MAX);
            used += block.len();
            blocks.push(block);
        }
        rows.extend(blocks.into_iter().rev().flatten());
        rows.drain(..rows.len().saturating_sub(height));
    }
    if let Some(row) = rows.first_mut() {
        row.first = true;
    }
    rows
}

/// What the pane shows of the page, once it is drawn: reckoned as [`rows`] does, without lighting anything.
pub(crate) fn drawn(facts: &Facts, model: &Model, look: &Look, pane: (u16, u16)) -> Option<Drawn> {
    let (columns, room) = (pane.0, usize::from(pane.1));
    let entries = &facts.page.entries;
    let rows = |entry: &Entry| height(entry, facts, model, look, columns);
    let (first, last) = (entries.first()?.seq(), entries.last()?.seq());
    let of = |seq: u64| entries.iter().filter(move |entry| entry.seq() == seq).map(rows).sum::<usize>();
    let mut used = 0;
    if facts.stands_at_top(model) {
        let skip = if model.logs.wrap { model.logs.place.skip.min(of(first).saturating_sub(1)) } else { 0 };
        let bottom = entries.iter().find(|entry| {
            used += rows(entry);
            used >= room.saturating_add(skip)
        });
        let rows = used.saturating_sub(skip).min(room);
        return Some(Drawn { first, skip, last: bottom.map_or(last, Entry::seq), rows });
    }
    let top = entries.iter().rev().find(|entry| {
        used += rows(entry);
        used >= room
    });
    let first = top.map_or(first, Entry::seq);
    // Rows of what comes after the first entry are all in the pane.
    let after: usize = entries.iter().filter(|entry| entry.seq() > first).map(rows).sum();
    let rows = used.min(room);
    Some(Drawn { first, skip: of(first).saturating_sub(rows.saturating_sub(after)), last, rows })
}

/// The rows that an entry takes.
pub(crate) fn height(entry: &Entry, facts: &Facts, model: &Model, look: &Look, columns: u16) -> usize {
    let room = room(facts, model, columns);
    let short = |bytes: &[u8]| bytes.len() <= usize::from(room) && !bytes.contains(&b'\t');
    match entry {
        Entry::Line { .. } | Entry::Lost { .. } if !model.logs.wrap => 1,
        // No byte but a tab takes more than one cell.
        Entry::Line { line, part: Part::Alone | Part::Head(_) | Part::Frame { .. } | Part::Text, .. }
            if short(&line.bytes) && !model.logs.opened.contains(&line.seq) =>
        {
            1
        }
        Entry::Line { .. } | Entry::Lost { .. } => {
            let palette = &look.theme.palette;
            let text = text_of(entry, model, look);
            let pieces = pieces(&text, look).into_iter();
            pieces.map(|piece| Shown::of(&piece.bytes, palette, usize::MAX).rows(room, 0).count()).sum()
        }
    }
}

fn room(facts: &Facts, model: &Model, columns: u16) -> u16 {
    columns.saturating_sub(Gutter::of(facts, model, columns).width()).max(1)
}

/// The rows of one entry: one, or as many as it wraps to, but no more than `most`.
fn rows_of<'p>(entry: &'p Entry, model: &Model, look: &Look, room: u16, most: usize) -> Vec<LogRow<'p>> {
    let text = text_of(entry, model, look);
    if !model.logs.wrap {
        let columns = model.logs.column..model.logs.column.saturating_add(usize::from(room));
        let text = Rc::new(shown(&text, entry, model, look, columns.end));
        return vec![LogRow { entry, columns, base: 0, first: true, text }];
    }
    let mut rows = Vec::new();
    for Piece { bytes, base } in pieces(&text, look) {
        let left = most.saturating_sub(rows.len());
        let text = Rc::new(shown(&bytes, entry, model, look, usize::from(room).saturating_mul(left)));
        for columns in text.rows(room, 0).take(left) {
            rows.push(LogRow { entry, columns, base, first: rows.is_empty(), text: Rc::clone(&text) });
        }
    }
    rows
}

/// The text of a wrapped line in parts: of one that is very long the start, how much is left out, and the end.
fn pieces<'t>(text: &'t [u8], look: &Look) -> Vec<Piece<'t>> {
    let text = last_state(text.strip_suffix(b"\n").unwrap_or(text));
    if text.len() <= HEAD + TAIL {
        return vec![Piece { bytes: Cow::Borrowed(text), base: 0 }];
    }
    let is_inside = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let boundary = |at: usize| (at - 3..=at).rev().find(|&at| !is_inside(at)).unwrap_or(at);
    let (end, start) = (boundary(HEAD), boundary(text.len() - TAIL));
    let before = &text[start - SEQUENCE..start];
    let start = before.iter().rposition(|&byte| byte == 0x1b).map_or(start, |at| start - SEQUENCE + at);
    let elided = look.theme.glyphs.get(Glyph::Elided);
    let between = words::bytes((start - end) as u64);
    let between = format!("{elided} {between} between are not shown; copying takes them along");
    vec![
        Piece { bytes: Cow::Borrowed(&text[..end]), base: 0 },
        Piece { bytes: Cow::Owned(between.into_bytes()), base: end },
        Piece { bytes: Cow::Borrowed(&text[start..]), base: start },
    ]
}

/// What an entry says.
fn text_of<'p>(entry: &'p Entry, model: &Model, look: &Look) -> Cow<'p, [u8]> {
    let (line, part) = match entry {
        Entry::Line { line, part, .. } => (line, part),
        Entry::Lost { lines, .. } => {
            let text = format!("{} lines are gone: their part of the log was dropped", words::count(*lines));
            return Cow::Owned(text.into_bytes());
        }
    };
    match summary(part, look) {
        Some(text) => Cow::Owned(text.into_bytes()),
        None if model.logs.opened.contains(&line.seq) => Cow::Owned(opened(line).into_bytes()),
        None => Cow::Borrowed(&line.bytes),
    }
}

/// The text of an entry, or a part of it, with everything lit that is to be.
fn shown(text: &[u8], entry: &Entry, model: &Model, look: &Look, cells: usize) -> Shown {
    let mut shown = Shown::of(text, &look.theme.palette, cells);
    match entry {
        Entry::Line { line, .. } => {
            look.light(&mut shown, model);
            if model.logs.place.cursor == Some(line.seq)
                && let Some(query) = &look.query
            {
                let found = query.highlights(shown.plain());
                shown.lit(found, look.theme.style(Role::CurrentMatch));
            }
        }
        Entry::Lost { .. } => {}
    }
    shown
}

/// What a folded block says in one row.
fn summary(part: &Part, look: &Look) -> Option<String> {
    let glyphs = look.theme.glyphs;
    match part {
        Part::Folded(summary) => {
            let folded = glyphs.get(Glyph::Folded);
            // Where it happened matters as much as what it says.
            let said = match summary.place {
                Some(_) => cut(&summary.text, SAID, glyphs.get(Glyph::Cut)),
                None => summary.text.clone(),
            };
            let mut text = format!("{folded} {said}");
            if let Some(place) = &summary.place {
                text.push_str("   ");
                text.push_str(short_file(&place.file));
                if let Some(line) = place.line {
                    text.push_str(&format!(":{line}"));
                }
                if let Some(function) = &place.function {
                    text.push_str(&format!(" in {function}"));
                }
            }
            text.push_str(&format!("   +{} lines", summary.lines.saturating_sub(1)));
            if summary.yours > 0 {
                text.push_str(&format!(", {} of yours", summary.yours));
            }
            Some(text)
        }
        Part::LibraryRun { frames, packages } => {
            let of = if packages.is_empty() { String::new() } else { format!(" ({})", packages.join(", ")) };
            let elided = glyphs.get(Glyph::Elided);
            Some(format!("  {elided} {frames} library frames{of}   Enter shows all"))
        }
        Part::Alone | Part::Head(_) | Part::Frame { .. } | Part::Text => None,
    }
}

/// A line of JSON or logfmt as its fields; any other line as it is.
fn opened(line: &Line) -> String {
    let text = String::from_utf8_lossy(&line.bytes);
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str::<serde_json::Value>(text.trim()) else {
        return text.into_owned();
    };
    let fields = fields.iter().map(|(key, value)| match value {
        serde_json::Value::String(text) => format!("{key}={text}"),
        value => format!("{key}={value}"),
    });
    fields.collect::<Vec<_>>().join("  ")
}

/// The last part of a path: where in the code, in a row that has little room.
fn short_file(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// The time of an entry as the gutter shows it.
pub(super) fn stamp(line: &Line, facts: &Facts, model: &Model, cells: u16) -> String {
    let at = UnixMillis(line.micros / 1000);
    match model.logs.stamps {
        Stamps::Absolute => words::time_of_day(at, facts.utc_offset, cells >= 13),
        Stamps::Relative => format!("-{}", words::span(facts.now.0.saturating_sub(at.0))),
        Stamps::Off => String::new(),
    }
}

/// The name of a service, shortened in its middle if it is longer than its column.
pub(super) fn short_name(service: &ServiceId, cells: usize) -> String {
    let name = service.to_string();
    if width(&name) <= cells {
        return name;
    }
    name.chars().take(cells.saturating_sub(1)).chain(['~']).collect()
}

/// The mark of a level in the gutter.
pub(super) fn level_mark(level: Level) -> &'static str {
    match level {
        Level::Error => "E",
        Level::Warn => "W",
        Level::Unknown | Level::Trace | Level::Debug | Level::Info => " ",
    }
}
