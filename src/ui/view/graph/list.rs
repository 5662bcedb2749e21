//! The graph as a list: who needs whom in words. Right for every graph and every window.

use ratatui::layout::Rect;

use crate::stack::{ServiceName, ServiceSnapshot};
use crate::ui::facts::Facts;
use crate::ui::model::Model;
use crate::ui::text::width;
use crate::ui::theme::{Glyph, Role, face};
use crate::ui::view::canvas::{Canvas, Row};
use crate::ui::view::scroll;

/// Below this width a row has no room for both needs and dependents: only the selected service's are told.
const NARROW: u16 = 50;

/// Draws the list in `area`.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let services = &facts.snapshot.services;
    let selected = model.table.index(&facts.snapshot);
    let longest = services.iter().map(|service| width(&label(service))).max().unwrap_or(0);
    let name = longest.min(usize::from(area.width) / 2).min(30);
    let shown = scroll::around(selected, services.len(), usize::from(area.height));
    for (y, at) in (0u16..).zip(shown) {
        let service = &services[at];
        let theme = canvas.theme;
        if at == selected {
            let style = theme.style(Role::Selection);
            canvas.lay(Rect { y: area.y.saturating_add(y), height: 1, ..area }, style);
        }
        let state = face(service.state);
        let mut row = canvas.row(area, y);
        let mark = if at == selected { theme.glyphs.get(Glyph::Selection) } else { " " };
        row.put(mark, theme.style(Role::Accent));
        row.put(theme.sign(service.state, facts.frame), theme.style(state.role)).skip(1);
        let style = row.service_style(at);
        row.cell(&label(service), name, style).skip(2);
        if area.width >= NARROW {
            relations(&mut row, service, facts);
        } else {
            let needs = if service.needs.is_empty() { String::new() } else { joined(service.needs.iter()) };
            let style = row.style(Role::Muted);
            let room = usize::from(row.left());
            row.cell(&needs, room, style);
        }
    }
}

/// What a service needs and what needs it, each name in the colour of its state.
pub(super) fn relations(row: &mut Row<'_, '_>, service: &ServiceSnapshot, facts: &Facts) {
    let dependents = facts.snapshot.services.iter().filter(|other| other.needs.contains(&service.name));
    let dependents: Vec<&ServiceName> = dependents.map(|other| &other.name).collect();
    let muted = row.style(Role::Muted);
    if service.needs.is_empty() && dependents.is_empty() {
        row.put("stands alone", muted);
        return;
    }
    if !service.needs.is_empty() {
        row.put("needs ", muted);
        names(row, service.needs.iter(), facts);
    }
    if !dependents.is_empty() {
        row.put(if service.needs.is_empty() { "needed by " } else { "   needed by " }, muted);
        names(row, dependents.into_iter(), facts);
    }
}

fn names<'a>(row: &mut Row<'_, '_>, names: impl Iterator<Item = &'a ServiceName>, facts: &Facts) {
    let muted = row.style(Role::Muted);
    for (n, name) in names.enumerate() {
        if n > 0 {
            row.put(", ", muted);
        }
        let state = facts.snapshot.service(name).map(|service| face(service.state).role);
        let style = row.style(state.unwrap_or(Role::Muted));
        let room = usize::from(row.left());
        row.cell(name.as_str(), room.min(name.as_str().len()), style);
    }
}

fn joined<'a>(names: impl Iterator<Item = &'a ServiceName>) -> String {
    format!("needs {}", names.map(ServiceName::as_str).collect::<Vec<_>>().join(", "))
}

/// A service with its port.
pub(super) fn label(service: &ServiceSnapshot) -> String {
    match service.port {
        Some(port) => format!("{} :{port}", service.name),
        None => service.name.to_string(),
    }
}
