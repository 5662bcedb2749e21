//! The ports of the machine: who leased which, who listens there, and what is not as it should be.

use ratatui::layout::Rect;

use crate::stack::{Holder, PortsRow};
use crate::ui::facts::Facts;
use crate::ui::model::Model;
use crate::ui::text::width;
use crate::ui::theme::{Glyph, Role};

use super::canvas::Canvas;
use super::{folder, paragraph, scroll, words};

/// Rows that tell everything about the selected port.
const TOLD: u16 = 5;
/// Below this height there is only the list.
const LOW: u16 = 12;

/// Cells of the columns, spaces included; 0 for one that has no room.
#[derive(Clone, Copy, Debug, Default)]
struct Columns {
    port: usize,
    stack: usize,
    service: usize,
    folder: usize,
    listening: usize,
}

/// Draws the view.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let body = Rect { y: area.y.saturating_add(2), height: area.height.saturating_sub(2), ..area };
    let report = facts.ports.as_ref();
    let ports = report.map_or(&[][..], |report| report.ports.as_slice());
    let told = if area.height < LOW || ports.is_empty() { 0 } else { TOLD };
    let list = Rect { height: body.height.saturating_sub(told), ..body };
    let selected = facts.lit_row(model);
    let shown = scroll::around(selected, ports.len(), usize::from(list.height));
    rule(canvas, area, ports, scroll::hidden(&shown, ports.len()));
    if ports.is_empty() {
        let text = match report {
            None => "   asking who has which port",
            Some(_) => "   no stack of yours has a port",
        };
        let style = canvas.theme.style(Role::Muted);
        canvas.row(body, 0).put(text, style);
        return;
    }
    let columns = columns(usize::from(area.width), ports, facts);
    titles(canvas, area, columns);
    for (y, at) in (0u16..).zip(shown) {
        if at == selected {
            let style = canvas.theme.style(Role::Selection);
            canvas.lay(Rect { y: list.y.saturating_add(y), height: 1, ..list }, style);
        }
        row(canvas, list, y, &ports[at], at == selected, columns, facts);
    }
    if told > 0
        && let Some(port) = ports.get(selected)
    {
        let rest = Rect { y: list.bottom(), height: told.min(body.height), ..body };
        tell(canvas, rest, port, facts);
    }
}

fn rule(canvas: &mut Canvas<'_>, area: Rect, ports: &[PortsRow], hidden: Option<String>) {
    let count = |is: fn(&PortsRow) -> bool| ports.iter().filter(|row| is(row)).count();
    let (conflicts, moved) = (count(|row| row.conflict), count(|row| row.preferred.is_some()));
    let mut right: Vec<(String, Role)> = hidden.into_iter().map(|text| (text, Role::Rule)).collect();
    match moved {
        0 => {}
        1 => right.push(("1 moved".to_owned(), Role::Warn)),
        many => right.push((format!("{many} moved"), Role::Warn)),
    }
    match conflicts {
        0 => {}
        1 => right.push(("1 conflict".to_owned(), Role::Error)),
        many => right.push((format!("{many} conflicts"), Role::Error)),
    }
    let right: Vec<(&str, Role)> = right.iter().map(|(text, role)| (text.as_str(), *role)).collect();
    canvas.rule(area, "ports   of all your stacks", &right, true);
}

fn columns(area: usize, ports: &[PortsRow], facts: &Facts) -> Columns {
    let widest = |of: &dyn Fn(&PortsRow) -> usize, most: usize| {
        ports.iter().map(of).max().unwrap_or(0).clamp(7, most) + 2
    };
    let mut columns = Columns {
        port: 7,
        stack: widest(&|row| width(&row.stack), 16),
        service: widest(&|row| width(&row.service.to_string()), 22),
        folder: widest(&|row| width(&folder::short(&row.folder, &facts.snapshot.identity.folder)), 40),
        listening: 0,
    };
    let left = |columns: &Columns| {
        area.saturating_sub(3 + columns.port + columns.stack + columns.service + columns.folder)
    };
    if left(&columns) < 44 {
        columns.folder = 0;
    }
    if left(&columns) < 18 {
        columns.stack = 0;
    }
    columns.listening = left(&columns);
    columns
}

fn titles(canvas: &mut Canvas<'_>, area: Rect, columns: Columns) {
    let mut row = canvas.row(area, 1);
    let style = row.style(Role::Muted);
    row.skip(3);
    for (title, width) in [
        ("PORT", columns.port),
        ("STACK", columns.stack),
        ("SERVICE", columns.service),
        ("FOLDER", columns.folder),
        ("LISTENING", columns.listening),
    ] {
        row.cell(if width > 0 { title } else { "" }, width, style);
    }
}

fn row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    y: u16,
    port: &PortsRow,
    selected: bool,
    columns: Columns,
    facts: &Facts,
) {
    let ours = is_ours(port, facts);
    let (mut sign, role) = match (port.conflict, port.preferred.is_some(), port.listening.is_some()) {
        (true, _, _) => (Glyph::Failed, Role::Error),
        (false, true, true) => (Glyph::Healthy, Role::Warn),
        (false, _, true) => (Glyph::Healthy, Role::Healthy),
        (false, _, false) => (Glyph::Waiting, Role::Idle),
    };
    if port.preferred.is_some() && !port.conflict {
        sign = Glyph::Unhealthy;
    }
    let mut row = canvas.row(area, y);
    let (accent, muted) = (row.style(Role::Accent), row.style(Role::Muted));
    let mark = if selected { row.glyph(Glyph::Selection) } else { " " };
    row.put(mark, accent);
    let style = row.style(role);
    row.put(row.glyph(sign), style).skip(1);
    let number = if port.preferred.is_some() { format!("{}*", port.port) } else { port.port.to_string() };
    row.cell(&number, columns.port, if port.preferred.is_some() { style } else { row.style(Role::Text) });
    let stack = row.style(if ours { Role::Focus } else { Role::Muted });
    let cell = |row: &mut super::canvas::Row<'_, '_>, text: &str, width: usize, style| {
        row.cell(text, width.saturating_sub(2), style).skip(width.min(2));
    };
    if columns.stack > 0 {
        cell(&mut row, &port.stack, columns.stack, stack);
    }
    let index = facts.snapshot.services.iter().position(|service| service.name == port.service.name);
    let name = match (ours, index) {
        (true, Some(index)) => row.service_style(index),
        (true, None) | (false, _) => muted,
    };
    cell(&mut row, &port.service.to_string(), columns.service, name);
    if columns.folder > 0 {
        cell(&mut row, &folder::short(&port.folder, &facts.snapshot.identity.folder), columns.folder, muted);
    }
    let (text, role) = note(port);
    let style = row.style(role);
    row.cell(&text, columns.listening, style);
}

/// What stands in the last column: what is wrong first, else who listens.
fn note(port: &PortsRow) -> (String, Role) {
    let listens = port.listening.as_ref().map_or_else(|| "nobody yet".to_owned(), Holder::short);
    match (port.conflict, port.preferred, &port.preferred_held_by) {
        (true, _, _) => (format!("taken by {listens}"), Role::Error),
        (false, Some(preferred), Some(holder)) => {
            (format!("wanted {preferred}, held by {}", holder.short()), Role::Warn)
        }
        (false, Some(preferred), None) => (format!("wanted {preferred}, free by now"), Role::Warn),
        (false, None, _) if port.listening.is_some() => (listens, Role::Text),
        (false, None, _) => (listens, Role::Muted),
    }
}

/// Everything about one port, below the list.
fn tell(canvas: &mut Canvas<'_>, area: Rect, port: &PortsRow, facts: &Facts) {
    let home = &facts.snapshot.identity.folder;
    canvas.rule(area, &format!("{} {}", port.port, port.service), &[], false);
    let since = words::span(facts.now.0.saturating_sub(port.since));
    let lease = format!(
        "{} leased it {since} ago, launched by pid {}, in {}",
        port.stack,
        port.pid,
        folder::short(&port.folder, home)
    );
    let mut told = vec![(lease, Role::Text)];
    match (&port.listening, port.conflict) {
        (Some(holder), true) => {
            told.push((format!("taken by {holder}, which is none of its own"), Role::Error));
        }
        (Some(holder), false) => told.push((format!("listening: {holder}"), Role::Text)),
        (None, _) => told.push(("nobody listens yet".to_owned(), Role::Muted)),
    }
    match (port.preferred, &port.preferred_held_by) {
        (Some(preferred), Some(holder)) => {
            told.push((format!("wanted {preferred}, held by {holder}"), Role::Warn));
        }
        (Some(preferred), None) => {
            told.push((format!("wanted {preferred}, which is free by now"), Role::Warn));
        }
        (None, _) => {}
    }
    let cells = usize::from(area.width.saturating_sub(4));
    let cut = canvas.theme.glyphs.get(Glyph::Cut);
    let many = told.len();
    let mut y = 1;
    for (n, (text, role)) in told.into_iter().enumerate() {
        let room = usize::from(area.height.saturating_sub(y)).saturating_sub(many - n - 1);
        let style = canvas.theme.style(role);
        for line in paragraph::lines(&text, cells, room.min(2), cut) {
            canvas.row(area, y).skip(3).put(&line, style);
            y = y.saturating_add(1);
        }
    }
}

fn is_ours(port: &PortsRow, facts: &Facts) -> bool {
    port.pid == facts.snapshot.identity.pid && port.stack == facts.snapshot.identity.stack
}
