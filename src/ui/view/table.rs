//! The table of services: one row each, columns dropped by importance when there is no room.

use ratatui::layout::{Position, Rect};

use crate::stack::{ServiceName, ServiceSnapshot, State};
use crate::ui::facts::Facts;
use crate::ui::layout::Layout;
use crate::ui::model::{Column, Focus, Model};
use crate::ui::theme::{Glyph, Role, face};

use super::canvas::{Canvas, Row};
use super::{finding, words};

/// Cells before the name: the mark of the selected row, the sign of the state, a space.
const LEAD: u16 = 3;
/// Below this width the state is only its sign.
const NARROW: u16 = 60;
/// From this width on the port says what it was meant to be.
const ROOMY: u16 = 110;

/// Which column goes first when there is no room, after CONSOLE's order of importance.
const DROPPED: [Column; 9] = [
    Column::LastEvent,
    Column::Restarts,
    Column::Spark,
    Column::Up,
    Column::Memory,
    Column::Cpu,
    Column::Why,
    Column::Port,
    Column::Health,
];

/// A column with its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fitted {
    column: Column,
    width: u16,
}

/// Draws titles and rows.
pub(super) fn draw(canvas: &mut Canvas<'_>, layout: &Layout, facts: &Facts, model: &Model) {
    let columns = columns(layout.table.width, facts);
    if layout.titles.height > 0 {
        titles(canvas, layout.titles, &columns, model);
    }
    let shown = facts.in_order(model);
    let window = window(&shown, layout.table.height, model);
    for (y, name) in shown.get(window.clone()).unwrap_or_default().iter().enumerate() {
        let Some(service) = facts.snapshot.service(name) else { continue };
        let y = u16::try_from(y).unwrap_or(u16::MAX);
        row(canvas, layout.table, y, &columns, service, facts, model);
    }
    let hidden = shown.len() - window.len();
    if hidden > 0 && layout.table.height > 1 {
        more(canvas, layout.table, hidden, &shown, &window, facts);
    }
    if shown.is_empty() {
        canvas
            .row(layout.table, 0)
            .put("   no services yet: add one to portolan.toml, then `portolan reload`", Default::default());
    }
}

/// The service at a place on the screen, and the column there.
pub(super) fn service_at(
    layout: &Layout,
    facts: &Facts,
    model: &Model,
    at: Position,
) -> Option<(ServiceName, Option<Column>)> {
    let shown = facts.in_order(model);
    let window = window(&shown, layout.table.height, model);
    let row = usize::from(at.y.checked_sub(layout.table.y)?);
    let name = shown.get(window)?.get(row)?.clone();
    Some((name, column_at(layout, facts, at.x)))
}

/// The column at `x`.
pub(super) fn column_at(layout: &Layout, facts: &Facts, x: u16) -> Option<Column> {
    let mut start = layout.table.x + LEAD;
    for Fitted { column, width } in columns(layout.table.width, facts) {
        if (start..start + width).contains(&x) {
            return Some(column);
        }
        start += width;
    }
    None
}

/// Whether a service runs on another port than it prefers.
pub(super) fn is_moved(service: &ServiceSnapshot) -> bool {
    matches!((service.port, service.preferred_port), (Some(port), Some(preferred)) if port != preferred)
}

/// The rows that are shown: those around the selected one.
fn window(shown: &[ServiceName], height: u16, model: &Model) -> std::ops::Range<usize> {
    let height = usize::from(height);
    if shown.len() <= height {
        return 0..shown.len();
    }
    // The last row says how many more there are.
    let room = if height > 1 { height - 1 } else { height };
    let selected = model.table.selected.as_ref();
    let at = shown.iter().position(|name| Some(name) == selected).unwrap_or(0);
    let start = at.saturating_sub(room / 2).min(shown.len() - room);
    start..start + room
}

fn columns(table: u16, facts: &Facts) -> Vec<Fitted> {
    let longest =
        facts.snapshot.services.iter().map(|service| service.name.as_str().len()).max().unwrap_or(0);
    let name = u16::try_from(longest.clamp(7, 22)).unwrap_or(22) + 2;
    let roomy = table >= ROOMY;
    let mut columns = vec![
        Fitted { column: Column::Service, width: name.min(table.saturating_sub(LEAD).max(1)) },
        Fitted { column: Column::State, width: 11 },
        Fitted { column: Column::Port, width: if roomy { port_width(facts) } else { 7 } },
        Fitted { column: Column::Health, width: if roomy { 25 } else { 20 } },
        Fitted { column: Column::Cpu, width: 5 },
        Fitted { column: Column::Spark, width: 9 },
        Fitted { column: Column::Memory, width: 6 },
        Fitted { column: Column::Up, width: 6 },
        Fitted { column: Column::Restarts, width: 5 },
        Fitted { column: Column::Why, width: 4 },
        Fitted { column: Column::Errors, width: 5 },
        Fitted { column: Column::LastEvent, width: 14 },
    ];
    if table < NARROW {
        columns.retain(|fitted| fitted.column != Column::State);
    }
    let total = |columns: &[Fitted]| LEAD + columns.iter().map(|fitted| fitted.width).sum::<u16>();
    for dropped in DROPPED {
        if total(&columns) <= table {
            break;
        }
        columns.retain(|fitted| fitted.column != dropped);
    }
    if total(&columns) > table {
        columns.retain(|fitted| fitted.column == Column::Service);
    }
    let spare = table.saturating_sub(total(&columns));
    let grows = if columns.iter().any(|fitted| fitted.column == Column::LastEvent) {
        Column::LastEvent
    } else {
        Column::Health
    };
    if let Some(fitted) = columns.iter_mut().find(|fitted| fitted.column == grows) {
        fitted.width += spare;
    }
    columns
}

fn titles(canvas: &mut Canvas<'_>, area: Rect, columns: &[Fitted], model: &Model) {
    let mut row = canvas.row(area, 0);
    let style = row.style(Role::Muted);
    row.skip(usize::from(LEAD));
    for Fitted { column, width } in columns {
        let sorted = if model.table.sort == Some(*column) { row.glyph(Glyph::Sorted) } else { "" };
        let title = format!("{}{sorted}", title(*column));
        match is_number(*column) {
            true => row.right(&title, usize::from(*width) - 2, style).skip(2),
            false => row.cell(&title, usize::from(*width), style),
        };
    }
}

fn title(column: Column) -> &'static str {
    match column {
        Column::Service => "SERVICE",
        Column::State => "STATE",
        Column::Port => "PORT",
        Column::Health => "HEALTH",
        Column::Cpu => "CPU",
        Column::Spark => "",
        Column::Memory => "MEM",
        Column::Up => "UP",
        Column::Restarts => "RST",
        Column::Why => "WHY",
        Column::Errors => "ERR",
        Column::LastEvent => "LAST EVENT",
    }
}

fn is_number(column: Column) -> bool {
    match column {
        Column::Cpu | Column::Memory | Column::Up | Column::Restarts | Column::Errors => true,
        Column::Service
        | Column::State
        | Column::Port
        | Column::Health
        | Column::Spark
        | Column::Why
        | Column::LastEvent => false,
    }
}

fn row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    y: u16,
    columns: &[Fitted],
    service: &ServiceSnapshot,
    facts: &Facts,
    model: &Model,
) {
    let theme = canvas.theme;
    let selected = model.table.selected.as_ref() == Some(&service.name);
    if selected {
        let style = theme.style(if model.focus == Focus::Services { Role::Selection } else { Role::Text });
        canvas.lay(Rect { y: area.y + y, height: 1, ..area }, style);
    }
    let face = face(service.state);
    let mut row = canvas.row(area, y);
    let mark = match (selected, model.logs.marked.contains(&service.name)) {
        (true, _) => row.glyph(Glyph::Selection),
        (false, true) => "+",
        (false, false) => " ",
    };
    let accent = row.style(Role::Accent);
    let state = row.style(face.role);
    row.put(mark, accent).put(theme.sign(service.state, facts.frame), state).put(" ", state);
    for Fitted { column, width } in columns {
        field(&mut row, *column, usize::from(*width), service, facts);
    }
}

fn field(row: &mut Row<'_, '_>, column: Column, width: usize, service: &ServiceSnapshot, facts: &Facts) {
    let face = face(service.state);
    let muted = row.style(Role::Muted);
    let body = width.saturating_sub(2);
    // What no longer runs uses nothing, whatever was measured last.
    let vitals = facts.vitals.as_ref().filter(|_| service.pid.is_some());
    let usage = vitals.and_then(|vitals| vitals.service(&service.name)).map(|found| found.usage);
    let number = |row: &mut Row<'_, '_>, text: Option<String>| {
        row.right(text.as_deref().unwrap_or_default(), body, muted).skip(2);
    };
    match column {
        Column::Service => {
            let index = facts.snapshot.services.iter().position(|other| other.name == service.name);
            let style = row.service_style(index.unwrap_or(0));
            let unseen = facts.unseen.contains(&service.name);
            let name = match unseen {
                true => format!("{} {}", service.name, row.glyph(Glyph::Unseen)),
                false => service.name.to_string(),
            };
            row.cell(&name, width.saturating_sub(1), style).skip(1);
        }
        Column::State => {
            let style = row.style(face.role);
            row.cell(face.word, width, style);
        }
        Column::Port => port(row, width, service),
        Column::Health => {
            let (text, role) = super::health::of(service, facts, body);
            let style = row.style(role);
            row.cell(&text, body, style).skip(2);
        }
        Column::Cpu => number(row, usage.and_then(|usage| usage.cpu).map(|cpu| format!("{cpu:.0}"))),
        Column::Spark => {
            let cells =
                super::meter::of(facts.history.get(&service.name).map(|history| &history.cpu), 8, row);
            row.cell(&cells, 8, muted).skip(1);
        }
        Column::Memory => number(row, usage.and_then(|usage| usage.memory).map(words::bytes)),
        Column::Up => {
            let up = service.started_at.map(|at| words::span(facts.now.0.saturating_sub(at.0)));
            number(row, up);
        }
        Column::Restarts => number(row, Some(service.restarts.to_string()).filter(|_| service.restarts > 0)),
        Column::Why => why(row, width, service, facts),
        Column::Errors => {
            let errors = facts.errors(&service.name);
            let style = row.style(Role::Error);
            let text = if errors > 0 { words::count(errors) } else { String::new() };
            row.right(&text, body, style).skip(2);
        }
        Column::LastEvent => {
            let last = facts.happenings.latest(&service.name).map(|entry| entry.notice.what.to_string());
            let first = last.as_deref().and_then(|last| last.lines().next());
            row.cell(first.unwrap_or_default(), width, muted);
        }
    }
}

/// How many things are wrong with it, with the sign of the gravest: only those that are as grave are counted.
fn why(row: &mut Row<'_, '_>, width: usize, service: &ServiceSnapshot, facts: &Facts) {
    let findings = facts.snapshot.findings_of(&service.name);
    let Some(gravest) = findings.iter().map(|finding| finding.severity).max() else {
        row.skip(width);
        return;
    };
    let (glyph, role) = finding::manner(gravest);
    let text = format!("{}{}", row.glyph(glyph), gravest.count(&findings));
    let style = row.style(role);
    row.cell(&text, width, style);
}

/// The port, and that it is not the preferred one: by a mark, or in words where there is room.
fn port(row: &mut Row<'_, '_>, width: usize, service: &ServiceSnapshot) {
    let Some(text) = port_text(service, width >= 17) else {
        row.skip(width);
        return;
    };
    let moved = is_moved(service);
    let settled = service.port.is_some() && service.state != State::Stopped;
    let style = row.style(match (moved, settled) {
        (true, _) => Role::Warn,
        (false, true) => Role::Text,
        (false, false) => Role::Muted,
    });
    row.cell(&text, width, style);
}

fn port_text(service: &ServiceSnapshot, roomy: bool) -> Option<String> {
    let port = service.port.or(service.preferred_port)?;
    Some(match (is_moved(service), service.preferred_port) {
        (true, Some(preferred)) if roomy => format!("{port} (was {preferred})"),
        (true, _) => format!("{port}*"),
        (false, _) => port.to_string(),
    })
}

/// Room for the longest port, with a space after it: two ports of five digits need one cell more than others.
fn port_width(facts: &Facts) -> u16 {
    let texts = facts.snapshot.services.iter().filter_map(|service| port_text(service, true));
    let longest = texts.map(|text| text.len()).max().unwrap_or(0);
    u16::try_from(longest + 1).unwrap_or(u16::MAX).max(17)
}

/// Says how many rows are hidden, and how many of them have failed.
fn more(
    canvas: &mut Canvas<'_>,
    area: Rect,
    hidden: usize,
    shown: &[ServiceName],
    window: &std::ops::Range<usize>,
    facts: &Facts,
) {
    let outside = shown.iter().enumerate().filter(|(at, _)| !window.contains(at));
    let failed = outside.filter_map(|(_, name)| facts.snapshot.service(name));
    let failed = failed.filter(|service| service.state == State::Failed).count();
    let text =
        if failed > 0 { format!("+{hidden} more, {failed} failed") } else { format!("+{hidden} more") };
    let role = if failed > 0 { Role::Error } else { Role::Muted };
    let mut row = canvas.row(area, area.height - 1);
    let style = row.style(role);
    row.skip(usize::from(LEAD)).put(&text, style);
}
