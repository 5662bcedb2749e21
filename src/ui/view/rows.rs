//! The page of the log as rows on the screen: what stands in each, so that drawing and pointing agree.

use std::ops::Range;

use crate::logs::{Entry, Level, Line, Part};
use crate::stack::{ServiceId, UnixMillis};
use crate::ui::facts::Facts;
use crate::ui::model::{Model, Source, Stamps};
use crate::ui::text::{Shown, width};
use crate::ui::theme::Glyph;

use super::{Look, words};

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
    /// Whether it is the first row of its entry: the gutter is drawn.
    pub(super) first: bool,
    pub(super) text: std::rc::Rc<Shown>,
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
    let (columns, height) = pane;
    let gutter = Gutter::of(facts, model, columns);
    let room = columns.saturating_sub(gutter.width()).max(1);
    let from_top = matches!(model.logs.place.anchor, crate::logs::Anchor::Top(_));
    let height = usize::from(height);
    let mut rows: Vec<LogRow<'p>> = Vec::with_capacity(height);
    let mut entries: Box<dyn Iterator<Item = &'p Entry>> = match from_top {
        true => Box::new(facts.page.entries.iter()),
        false => Box::new(facts.page.entries.iter().rev()),
    };
    let mut blocks: Vec<Vec<LogRow<'p>>> = Vec::new();
    let mut used = 0;
    while used < height
        && let Some(entry) = entries.next()
    {
        let block = rows_of(entry, model, look, room, height);
        used += block.len();
        blocks.push(block);
    }
    if from_top {
        rows.extend(blocks.into_iter().flatten().skip(model.logs.place.skip));
        rows.truncate(height);
    } else {
        rows.extend(blocks.into_iter().rev().flatten());
        rows.drain(..rows.len().saturating_sub(height));
    }
    rows
}

/// The rows of one entry: one, or as many as it wraps to.
fn rows_of<'p>(entry: &'p Entry, model: &Model, look: &Look, room: u16, height: usize) -> Vec<LogRow<'p>> {
    let wrap = model.logs.wrap;
    let column = if wrap { 0 } else { model.logs.column };
    let cells = match wrap {
        true => usize::from(room) * (height + 1),
        false => column.saturating_add(usize::from(room)),
    };
    let text = std::rc::Rc::new(shown(entry, model, look, cells));
    let whole = |columns| LogRow { entry, columns, first: true, text: text.clone() };
    if !wrap {
        return vec![whole(column..column.saturating_add(usize::from(room)))];
    }
    let rows: Vec<Range<usize>> = text.rows(room, 0).take(height + 1).collect();
    let rows = rows.into_iter().enumerate();
    rows.map(|(n, columns)| LogRow { first: n == 0, ..whole(columns) }).collect()
}

/// The text of an entry, with everything lit that is to be.
fn shown(entry: &Entry, model: &Model, look: &Look, cells: usize) -> Shown {
    let palette = &look.theme.palette;
    let (line, part) = match entry {
        Entry::Line { line, part, .. } => (line, part),
        Entry::Lost { lines, .. } => {
            let text = format!("{} lines are gone: their part of the log was dropped", words::count(*lines));
            return Shown::of(text.as_bytes(), palette, cells);
        }
    };
    let mut shown = match summary(part, look) {
        Some(text) => Shown::of(text.as_bytes(), palette, cells),
        None if model.logs.opened.contains(&line.seq) => Shown::of(opened(line).as_bytes(), palette, cells),
        None => Shown::of(&line.bytes, palette, cells),
    };
    look.light(&mut shown, model);
    shown
}

/// What a folded block says in one row.
fn summary(part: &Part, look: &Look) -> Option<String> {
    let glyphs = look.theme.glyphs;
    match part {
        Part::Folded(summary) => {
            let folded = glyphs.get(Glyph::Folded);
            let mut text = format!("{folded} {}", summary.text);
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
