//! The logs pane: the rule that says what is shown and what is hidden, and the lines.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::logs::{Entry, Level, Part, Stream};
use crate::ui::facts::Facts;
use crate::ui::layout::Layout;
use crate::ui::model::{Focus, Model, Source};
use crate::ui::theme::{Glyph, Role, over};

use super::canvas::Canvas;
use super::rows::{self, Gutter, LogRow};
use super::{Look, words};

/// Draws rule and lines.
pub(super) fn draw(canvas: &mut Canvas<'_>, layout: &Layout, facts: &Facts, model: &Model, look: &Look) {
    rule(canvas, layout.rule, facts, model);
    let area = layout.logs;
    if area.height == 0 {
        return;
    }
    let rows = rows::rows(facts, model, look, (area.width, area.height));
    if rows.is_empty() {
        nothing(canvas, area, facts, model);
        return;
    }
    let gutter = Gutter::of(facts, model, area.width);
    for (y, row) in rows.iter().enumerate() {
        let y = u16::try_from(y).unwrap_or(u16::MAX);
        line(canvas, Rect { y: area.y + y, height: 1, ..area }, row, gutter, facts, model);
    }
}

fn rule(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let logs = &model.logs;
    let source = match &logs.source {
        Source::All => "all".to_owned(),
        Source::Marked => logs.marked.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "),
        Source::One(name) => name.to_string(),
    };
    let mut right: Vec<(String, Role)> = Vec::new();
    if area.width >= 110 {
        right.push((format!("{} lines", words::count(facts.counts.lines)), Role::Rule));
        right.push((format!("time {}", logs.stamps.name()), Role::Rule));
        right.push((if logs.wrap { "wrap on" } else { "wrap off" }.to_owned(), Role::Rule));
    }
    if logs.column > 0 {
        right.push((format!("from column {}", logs.column), Role::Rule));
    }
    if let Some(level) = logs.level {
        right.push((format!("{}+", level_word(level)), Role::Accent));
    }
    let more = canvas.theme.glyphs.get(Glyph::Elided);
    looking(&mut right, facts, model, more);
    if logs.cleared > 0 {
        right.push(("cleared".to_owned(), Role::Accent));
    }
    let below = (facts.page.lines_below, facts.page.faults_below);
    match (logs.follows(), below) {
        (true, _) => right.push(("FOLLOW".to_owned(), Role::Healthy)),
        (false, (0, _)) => right.push(("PAUSED".to_owned(), Role::Warn)),
        (false, (lines, 0)) => right.push((format!("PAUSED +{} new", words::count(lines)), Role::Warn)),
        (false, (lines, faults)) => {
            let errors = if faults == 1 { "error" } else { "errors" };
            let (lines, faults) = (words::count(lines), words::count(faults));
            right.push((format!("PAUSED +{lines} new, {faults} {errors}"), Role::Warn));
        }
    }
    let right: Vec<(&str, Role)> = right.iter().map(|(text, role)| (text.as_str(), *role)).collect();
    canvas.rule(area, &format!("logs: {source}"), &right, model.focus == Focus::Logs);
}

/// What is looked for, and what that hides: hidden errors above all.
fn looking(right: &mut Vec<(String, Role)>, facts: &Facts, model: &Model, more: &str) {
    let counts = &facts.counts;
    let more = if counts.done { "" } else { more };
    let Some(looking) = &model.logs.looking else {
        if counts.hidden > 0 {
            right.push((format!("{} hidden{more}", words::count(counts.hidden)), Role::Warn));
        }
        hidden_errors(right, counts.hidden_faults);
        return;
    };
    let what = if looking.find { "find" } else { "filter" };
    right.push((format!("{what} {}", short(&looking.text, more)), Role::Accent));
    let hits = words::count(counts.hits);
    if looking.find {
        right.push((format!("{hits} matches{more}"), Role::Accent));
        return;
    }
    right.push((format!("{hits} of {}{more}", words::count(counts.lines)), Role::Accent));
    right.push((format!("{} hidden", words::count(counts.hidden)), Role::Warn));
    hidden_errors(right, counts.hidden_faults);
}

/// As much of a query as a rule has room for.
fn short(text: &str, more: &str) -> String {
    const LONGEST: usize = 28;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}{more}", &text[..end]),
        None => text.to_owned(),
    }
}

fn hidden_errors(right: &mut Vec<(String, Role)>, hidden: u64) {
    match hidden {
        0 => {}
        1 => right.push(("1 error hidden".to_owned(), Role::Error)),
        many => right.push((format!("{} errors hidden", words::count(many)), Role::Error)),
    }
}

fn level_word(level: Level) -> &'static str {
    level.word().unwrap_or("all")
}

fn line(canvas: &mut Canvas<'_>, area: Rect, row: &LogRow<'_>, gutter: Gutter, facts: &Facts, model: &Model) {
    let theme = canvas.theme;
    let (line, level, part) = match row.entry {
        Entry::Line { line, level, part } => (line, *level, part),
        Entry::Lost { .. } => {
            let style = theme.style(Role::Warn);
            row.text.draw_columns(canvas.buffer, area.x, area.y, area.width, row.columns.clone());
            canvas.lay(area, style);
            return;
        }
    };
    let at_cursor = model.focus == Focus::Logs && model.logs.place.cursor == Some(line.seq);
    if at_cursor {
        canvas.lay(area, theme.style(Role::Selection));
    }
    let ground = if at_cursor { theme.style(Role::Selection) } else { Style::new() };
    if row.first {
        gutter_of(canvas, area, row, gutter, facts, model, ground);
    }
    let x = area.x + gutter.width();
    let width = area.width.saturating_sub(gutter.width());
    let cut = if model.logs.wrap {
        row.text.draw_columns(canvas.buffer, x, area.y, width, row.columns.clone());
        Default::default()
    } else {
        row.text.draw(canvas.buffer, x, area.y, width, row.columns.start)
    };
    let text = Rect { x, width, ..area };
    if let Some(style) = overlay(line.stream, level, part, canvas) {
        dress(canvas, text, style);
    }
    if let Some(span) = &model.logs.span {
        selected(canvas, text, row, span, line.seq);
    }
    let cut_style = theme.style(Role::Muted);
    let mark = theme.glyphs.get(Glyph::Cut);
    if cut.right && width > 0 {
        canvas.row(Rect { x: text.right() - 1, width: 1, ..area }, 0).put(mark, cut_style);
    }
}

fn gutter_of(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: &LogRow<'_>,
    gutter: Gutter,
    facts: &Facts,
    model: &Model,
    ground: Style,
) {
    let Entry::Line { line, level, part } = row.entry else { return };
    let inside = matches!(part, Part::Frame { .. } | Part::Text | Part::LibraryRun { .. });
    let marked = model.logs.markers.contains(&line.seq);
    let mut cells = canvas.row(area, 0);
    let muted = over(ground, cells.style(Role::Muted));
    let stamp = if inside { String::new() } else { rows::stamp(line, facts, model, gutter.time) };
    cells.cell(&stamp, usize::from(gutter.time.saturating_sub(1)), muted);
    cells.skip(usize::from(gutter.time.min(1)));
    if gutter.name > 0 {
        let index = facts.snapshot.services.iter().position(|service| service.name == line.service.name);
        let style = over(ground, cells.service_style(index.unwrap_or(0)));
        let room = usize::from(gutter.name - 1);
        let name = if inside { String::new() } else { rows::short_name(&line.service, room) };
        cells.cell(&name, room, style).skip(1);
    }
    let mark = match (marked, inside) {
        (true, _) => "m",
        (false, true) => " ",
        (false, false) => rows::level_mark(*level),
    };
    let role = match level {
        Level::Error => Role::Error,
        Level::Warn => Role::Warn,
        Level::Unknown | Level::Trace | Level::Debug | Level::Info => Role::Muted,
    };
    let style = over(ground, cells.style(if marked { Role::Accent } else { role }));
    cells.put(mark, style).skip(1);
}

/// The style that a whole line gets because of what it is.
fn overlay(stream: Stream, level: Level, part: &Part, canvas: &Canvas<'_>) -> Option<Style> {
    match (part, stream, level) {
        (Part::Folded(_) | Part::Head(_), _, _) => Some(canvas.theme.style(Role::Error)),
        (Part::Frame { yours: true }, _, _) => None,
        (Part::Frame { yours: false } | Part::LibraryRun { .. }, _, _) => {
            Some(canvas.theme.style(Role::Muted))
        }
        (Part::Alone | Part::Text, Stream::Notice, _) => Some(canvas.theme.style(Role::Accent)),
        (Part::Alone | Part::Text, Stream::Stdout | Stream::Stderr, Level::Debug | Level::Trace) => {
            Some(canvas.theme.style(Role::Muted))
        }
        (Part::Alone | Part::Text, Stream::Stdout | Stream::Stderr, _) => None,
    }
}

/// Gives a colour to those cells that have none of their own.
fn dress(canvas: &mut Canvas<'_>, area: Rect, style: Style) {
    for position in area.intersection(canvas.buffer.area).positions() {
        if let Some(cell) = canvas.buffer.cell_mut(position)
            && cell.fg == ratatui::style::Color::Reset
        {
            cell.set_style(style);
        }
    }
}

fn selected(canvas: &mut Canvas<'_>, text: Rect, row: &LogRow<'_>, span: &crate::ui::model::Span, seq: u64) {
    let Some(columns) = span.columns_of(seq) else { return };
    let (row_start, row_end) = (row.base + row.columns.start, row.base.saturating_add(row.columns.end));
    let start = columns.start.max(row_start).saturating_sub(row_start);
    let end = columns.end.min(row_end).saturating_sub(row_start);
    let (start, end) = (start.min(usize::from(text.width)), end.min(usize::from(text.width)));
    if start < end {
        // Both are at most the width, which is 16 bits.
        let area = Rect { x: text.x + start as u16, width: (end - start) as u16, ..text };
        let style = canvas.theme.style(Role::Selection).add_modifier(Modifier::REVERSED);
        canvas.lay(area, style);
    }
}

/// Says why there is nothing.
fn nothing(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let counts = &facts.counts;
    let text = if model.logs.looking.is_some() || model.logs.level.is_some() {
        let errors = match counts.hidden_faults {
            0 => String::new(),
            many => format!(" {many} errors hidden."),
        };
        format!("0 of {} match. Esc clears.{errors}", words::count(counts.lines))
    } else if model.logs.cleared > 0 {
        "nothing new since it was cleared; u brings it back".to_owned()
    } else {
        match &model.logs.source {
            Source::One(name) => match facts.snapshot.service(name).and_then(|service| service.started_at) {
                Some(at) => {
                    let ago = words::span(facts.now.0.saturating_sub(at.0));
                    format!("{name} started {ago} ago, no output yet")
                }
                None => format!("{name} has not printed anything"),
            },
            Source::All | Source::Marked => "no output yet".to_owned(),
        }
    };
    let mut row = canvas.row(area, 0);
    let style = row.style(Role::Muted);
    row.put(" ", style).put(&text, style);
}
