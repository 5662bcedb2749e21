//! The start-up as bars over time: what each service waited for, how long it took, and which chain decided it.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::stack::{ServiceName, ServiceSnapshot, Start, State};
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::model::Model;
use crate::ui::text::width;
use crate::ui::theme::{Glyph, Role, face};

use super::axis::{Axis, state_in};
use super::canvas::Canvas;
use super::{scroll, words};

/// Cells for how long something took, with the space after it.
const TOOK: usize = 8;
/// With less room than this, names beside the figures would all be cut.
const LEAST_NOTE: usize = 24;
/// Cells between two ticks of the scale at least.
const TICK: usize = 10;

/// The columns of a row, in cells.
#[derive(Clone, Copy, Debug)]
struct Columns {
    name: usize,
    bar: usize,
    note: usize,
}

/// Draws the pane between table and logs.
pub(super) fn pane(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let key = model.keymap.key_of(Action::ShowWaterfall).map(|key| format!("{key} waterfall"));
    let right: Vec<(&str, Role)> = key.iter().map(|text| (text.as_str(), Role::Rule)).collect();
    canvas.rule(area, &title(canvas, facts), &right, false);
    rows(canvas, below(area, 1), facts, model);
}

/// Draws the view that fills the window: with a scale, and lines down from it.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let total = facts.snapshot.services.len();
    let shown = scroll::around(selected(facts, model), total, usize::from(area.height.saturating_sub(2)));
    let more = scroll::hidden(&shown, total);
    let right: Vec<(&str, Role)> = more.iter().map(|text| (text.as_str(), Role::Rule)).collect();
    canvas.rule(area, &title(canvas, facts), &right, true);
    if total == 0 {
        let style = canvas.theme.style(Role::Muted);
        canvas.row(area, 2).put("   nothing to start: there are no services yet", style);
        return;
    }
    let axis = Axis::of(facts);
    let columns = columns(area.width, facts, axis);
    let body = below(area, 2);
    if columns.bar >= 2 * TICK {
        scale(canvas, area, columns, axis);
        guides(canvas, body, columns, axis, shown.len());
    }
    rows(canvas, body, facts, model);
    if area.height >= 8 && shown.len() + 4 <= usize::from(area.height) {
        legend(canvas, below(area, area.height - 1));
    }
}

/// What all of it took, and because of whom.
fn title(canvas: &Canvas<'_>, facts: &Facts) -> String {
    let so_far = facts.now.since(facts.snapshot.identity.started_at);
    let took = match facts.timeline.took_ms() {
        Some(_) => format!("start-up   took {}", words::exact(Axis::of(facts).length_ms())),
        None => format!("start-up   {} so far", words::exact(so_far)),
    };
    let path = facts.timeline.critical_path(&facts.snapshot);
    if path.len() < 2 {
        return took;
    }
    let path: Vec<&str> = path.iter().map(ServiceName::as_str).collect();
    let then = format!(" {} ", canvas.theme.glyphs.get(Glyph::Becomes));
    format!("{took}, critical path: {}", path.join(&then))
}

fn rows(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let axis = Axis::of(facts);
    let columns = columns(area.width, facts, axis);
    let critical = facts.timeline.critical_path(&facts.snapshot);
    let services = &facts.snapshot.services;
    let shown = scroll::around(selected(facts, model), services.len(), usize::from(area.height));
    for (y, at) in (0u16..).zip(shown) {
        let service = &services[at];
        let is_selected = model.table.selected.as_ref() == Some(&service.name);
        if is_selected {
            let style = canvas.theme.style(Role::Selection);
            canvas.lay(Rect { height: 1, ..below(area, y) }, style);
        }
        let line = Line { service, at, is_selected, is_critical: critical.contains(&service.name) };
        row(canvas, below(area, y), &line, columns, axis, facts);
    }
}

/// One service's row.
struct Line<'a> {
    service: &'a ServiceSnapshot,
    at: usize,
    is_selected: bool,
    is_critical: bool,
}

fn row(canvas: &mut Canvas<'_>, area: Rect, line: &Line<'_>, columns: Columns, axis: Axis, facts: &Facts) {
    let theme = canvas.theme;
    let service = line.service;
    let state = face(service.state);
    let start = facts.timeline.of_service(&service.name);
    let accent = theme.palette.emphasis(Role::Accent);
    let mut row = canvas.row(area, 0);
    let mark = if line.is_selected { theme.glyphs.get(Glyph::Selection) } else { " " };
    row.put(mark, theme.style(Role::Accent));
    row.put(theme.sign(service.state, facts.frame), theme.style(state.role)).skip(1);
    let name = row.service_style(line.at);
    row.cell(service.name.as_str(), columns.name, name).skip(1);
    let chain = if line.is_critical { theme.glyphs.get(Glyph::Arrow) } else { " " };
    row.put(chain, accent).skip(1);
    for cell in 0..columns.bar {
        match start.and_then(|start| state_in(start, axis, cell, columns.bar)) {
            Some(state) => {
                let (glyph, role) = ink(state);
                let role = if line.is_critical && role == Role::Starting { Role::Accent } else { role };
                row.put(theme.glyphs.get(glyph), theme.style(role));
            }
            None => {
                row.skip(1);
            }
        }
    }
    let note = note(service, start, axis, facts);
    let style = match (line.is_critical, service.state) {
        (_, State::Failed) => theme.style(Role::Error),
        (true, _) => accent,
        (false, _) => Style::new(),
    };
    let muted = theme.style(Role::Muted);
    let took = columns.note.min(TOOK);
    let room = columns.note - took;
    row.skip(2).cell(&note.took, took, style);
    let rest = if width(&note.rest) <= room { &note.rest } else { &note.short };
    row.cell(rest, room, if service.state == State::Failed { style } else { muted });
}

/// How a state is drawn in a bar.
fn ink(state: State) -> (Glyph, Role) {
    match state {
        State::Waiting => (Glyph::BarWaiting, Role::Idle),
        State::Preparing => (Glyph::BarPreparing, Role::Starting),
        State::Starting => (Glyph::BarStarting, Role::Starting),
        State::Running | State::Healthy => (Glyph::Bar, Role::Healthy),
        State::Completed => (Glyph::Bar, Role::Idle),
        State::Unhealthy => (Glyph::BarStarting, Role::Warn),
        State::Backoff => (Glyph::BarWaiting, Role::Warn),
        State::Stopping | State::Stopped | State::Disabled => (Glyph::BarStarting, Role::Idle),
        State::Failed => (Glyph::BarFailed, Role::Error),
    }
}

/// How long it took, and what it came after or hangs on.
#[derive(Clone, Debug, Default)]
struct Note {
    took: String,
    rest: String,
    /// The same in fewer words, where there is no room for all names.
    short: String,
}

impl Note {
    fn plain(took: String, rest: impl Into<String>) -> Self {
        let rest = rest.into();
        Self { took, short: rest.clone(), rest }
    }

    /// With names after a word: `after migrate, redis`, or `after migrate +1`.
    fn naming(took: String, word: &str, names: &[ServiceName]) -> Self {
        let Some(first) = names.first() else { return Self::plain(took, "") };
        let all: Vec<&str> = names.iter().map(ServiceName::as_str).collect();
        let short = match names.len() {
            1 => format!("{word} {first}"),
            many => format!("{word} {first} +{}", many - 1),
        };
        Self { took, rest: format!("{word} {}", all.join(", ")), short }
    }

    fn cells(&self) -> usize {
        if self.rest.is_empty() { width(&self.took) } else { TOOK + width(&self.rest) }
    }
}

fn note(service: &ServiceSnapshot, start: Option<&Start>, axis: Axis, facts: &Facts) -> Note {
    let word = face(service.state).word;
    let Some(start) = start else { return Note::plain("-".to_owned(), word) };
    let now = facts.now.since(facts.snapshot.identity.started_at);
    let Some(begun) = let_go(start) else {
        let held = words::exact(now.saturating_sub(start.begun_ms()));
        return match service.waiting_for.as_slice() {
            [] => Note::plain(held, word),
            needs => Note::naming(held, "held by", needs),
        };
    };
    let took = |end: u64| words::exact(end.saturating_sub(begun));
    match start.end() {
        Some(end) if end.state == State::Failed => {
            let took = words::exact(end.from_ms.saturating_sub(start.begun_ms()));
            match service.restarts {
                0 => Note::plain(took, word),
                1 => Note::plain(took, format!("{word}, 1 restart")),
                many => Note::plain(took, format!("{word}, {many} restarts")),
            }
        }
        Some(end) if axis.holds(start) => Note::naming(took(end.from_ms), "after", &service.needs),
        Some(end) => {
            Note::plain(took(end.from_ms), format!("restarted at {}", words::clock(start.begun_ms())))
        }
        None => Note::plain(took(now), word),
    }
}

/// When a service stopped waiting for good; `None` while it waits.
fn let_go(start: &Start) -> Option<u64> {
    match start.segments.iter().rfind(|segment| segment.state == State::Waiting) {
        Some(waiting) => waiting.until_ms,
        None => Some(start.begun_ms()),
    }
}

fn columns(area: u16, facts: &Facts, axis: Axis) -> Columns {
    let services = &facts.snapshot.services;
    let longest = services.iter().map(|service| service.name.as_str().len()).max().unwrap_or(0);
    let area = usize::from(area);
    let name = longest.min(22).min(area / 3);
    let lead = 3 + name + 3;
    let notes = services
        .iter()
        .map(|service| note(service, facts.timeline.of_service(&service.name), axis, facts).cells());
    let left = area.saturating_sub(lead);
    let wished = notes.max().unwrap_or(0);
    // Bars first: words only where there is room for both, else the figures alone.
    let note = match wished.min(left * 2 / 5) {
        room if room >= wished || room >= LEAST_NOTE => room,
        room => room.min(TOOK - 1),
    };
    Columns { name, bar: left.saturating_sub(note + 3), note }
}

/// Times along the top.
fn scale(canvas: &mut Canvas<'_>, area: Rect, columns: Columns, axis: Axis) {
    let style = canvas.theme.style(Role::Muted);
    for (cell, ms) in axis.ticks(columns.bar, TICK) {
        let label = match ms {
            0..1000 => format!("{ms}ms"),
            _ => words::span(ms),
        };
        let label = if ms == 0 { "0".to_owned() } else { label };
        let x = bar_x(area, columns).saturating_add(cells(cell));
        let room = Rect { x, ..area }.intersection(area);
        let room = Rect { width: area.right().saturating_sub(x).min(room.width), ..room };
        canvas.row(room, 1).put(&label, style);
    }
}

/// Lines down from the scale, so that bars far below can be read.
fn guides(canvas: &mut Canvas<'_>, body: Rect, columns: Columns, axis: Axis, rows: usize) {
    let style = canvas.theme.style(Role::Rule);
    let sign = canvas.theme.glyphs.get(Glyph::BarGuide);
    for (cell, _) in axis.ticks(columns.bar, TICK) {
        let x = bar_x(body, columns).saturating_add(cells(cell));
        let column = Rect { x, width: 1, ..body };
        for y in 0..body.height.min(cells(rows)) {
            canvas.row(column, y).put(sign, style);
        }
    }
}

/// What the bars mean.
fn legend(canvas: &mut Canvas<'_>, area: Rect) {
    let theme = canvas.theme;
    let (muted, accent) = (theme.style(Role::Muted), theme.palette.emphasis(Role::Accent));
    let mut row = canvas.row(area, 0);
    row.skip(3);
    for state in [State::Waiting, State::Preparing, State::Starting, State::Healthy, State::Failed] {
        let (glyph, role) = ink(state);
        let sign = theme.glyphs.get(glyph).repeat(2);
        row.put(&sign, theme.style(role)).put(" ", muted).put(face(state).word, muted).put("  ", muted);
    }
    row.put(theme.glyphs.get(Glyph::Arrow), accent).put(" critical path", muted);
}

/// Where the bars begin.
fn bar_x(area: Rect, columns: Columns) -> u16 {
    area.x.saturating_add(cells(3 + columns.name + 3))
}

fn cells(cells: usize) -> u16 {
    u16::try_from(cells).unwrap_or(u16::MAX)
}

fn selected(facts: &Facts, model: &Model) -> usize {
    model.table.index(&facts.snapshot)
}

/// What is left of `area` below its first `rows`.
fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y.saturating_add(rows), height: area.height - rows, ..area }
}
