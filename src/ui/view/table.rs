//! The table of services: one row each, columns dropped by importance when there is no room.

use ratatui::layout::{Position, Rect};

use crate::stack::{ServiceName, ServiceSnapshot, State};
use crate::ui::facts::Facts;
use crate::ui::layout::Layout;
use crate::ui::model::{Column, Focus, Model};
use crate::ui::theme::{Glyph, Role, face};

use super::canvas::{Canvas, Row};
use super::words;

/// Cells before the name: the mark of the selected row, the sign of the state, a space.
const LEAD: u16 = 3;
/// Below this width the state is only its sign.
const NARROW: u16 = 60;
/// From this width on the port says what it was meant to be.
const ROOMY: u16 = 110;

/// Which column goes first when there is no room, after CONSOLE's order of importance.
const DROPPED: [Column; 8] = [
    Column::LastEvent,
    Column::Restarts,
    Column::Spark,
    Column::Up,
    Column::Memory,
    Column::Cpu,
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
