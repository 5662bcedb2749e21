//! The graph on the screen: nodes with their live states, lines, and the selected service's ways lit.

use std::collections::BTreeSet;

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::stack::ServiceSnapshot;
use crate::ui::facts::Facts;
use crate::ui::model::Model;
use crate::ui::text::width;
use crate::ui::theme::{Glyph, Role, face};
use crate::ui::view::canvas::Canvas;
use crate::ui::view::{health, scroll};

use super::list;
use super::plan::{Cell, Plan, Sides};

/// Cells left of the picture.
const MARGIN: usize = 1;

/// Draws the view.
pub(in crate::ui::view) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let services = &facts.snapshot.services;
    let body = Rect { y: area.y.saturating_add(2), height: area.height.saturating_sub(2), ..area };
    if services.is_empty() {
        canvas.rule(area, "graph", &[], true);
        let style = canvas.theme.style(Role::Muted);
        canvas.row(body, 0).put("   no services yet, so nobody needs anybody", style);
        return;
    }
    // The last two rows tell in words what the selected service needs.
    let picture = Rect { height: body.height.saturating_sub(2), ..body };
    let plan = plan(facts, usize::from(picture.height))
        .filter(|plan| plan.width + MARGIN <= usize::from(area.width) && picture.height > 0);
    let selected = model.table.index(&facts.snapshot);
    let (row, rows, shown) = match &plan {
        Some(plan) => (plan.places[selected].1, plan.height, picture.height),
        None => (selected, services.len(), body.height),
    };
    let window = scroll::around(row, rows, usize::from(shown));
    let more = scroll::hidden(&window, rows);
    let right: Vec<(&str, Role)> = more.iter().map(|text| (text.as_str(), Role::Rule)).collect();
    canvas.rule(area, "graph   who needs whom", &right, true);
    let Some(plan) = plan else {
        list::draw(canvas, body, facts, model);
        return;
    };
    let frame = Frame { area: picture, top: window.start };
    lines(canvas, frame, &plan, selected);
    for (at, service) in services.iter().enumerate() {
        node(canvas, frame, &plan, at, service, at == selected, facts);
    }
    let service = &services[selected];
    let theme = canvas.theme;
    let mut row = canvas.row(body, body.height.saturating_sub(1));
    let style = row.service_style(selected);
    row.put(" ", style).put(theme.sign(service.state, facts.frame), theme.style(face(service.state).role));
    row.put(" ", style).put(service.name.as_str(), style).put("   ", style);
    list::relations(&mut row, service, facts);
}

/// The rows of a plan that are in a pane.
#[derive(Clone, Copy, Debug)]
struct Frame {
    area: Rect,
    top: usize,
}

impl Frame {
    /// Where a cell of the plan is in the window; `None` if it is out of sight.
    fn place(self, (x, y): Cell) -> Option<Rect> {
        let y = u16::try_from(y.checked_sub(self.top)?).ok()?;
        let x = u16::try_from(x + MARGIN).ok()?;
        let inside = x < self.area.width && y < self.area.height;
        let rest = Rect {
            x: self.area.x + x,
            y: self.area.y + y,
            width: self.area.width.checked_sub(x)?,
            height: 1,
        };
        inside.then_some(rest)
    }
}

fn plan(facts: &Facts, rows: usize) -> Option<Plan> {
    let services = &facts.snapshot.services;
    let at = |name: &crate::stack::ServiceName| services.iter().position(|service| service.name == *name);
    let needs: Vec<Vec<usize>> = services
        .iter()
        .map(|service| {
            let needs: BTreeSet<usize> = service.needs.iter().filter_map(at).collect();
            needs.into_iter().collect()
        })
        .collect();
    let labels: Vec<usize> = services.iter().map(|service| width(&list::label(service)) + 2).collect();
    Plan::of(&needs, &labels, rows)
}

fn lines(canvas: &mut Canvas<'_>, frame: Frame, plan: &Plan, selected: usize) {
    let ways = plan.ways.iter().filter(|((from, to), _)| *from == selected || *to == selected);
    let lit: BTreeSet<Cell> = ways.flat_map(|(_, way)| way).copied().collect();
    let style = |canvas: &Canvas<'_>, cell: &Cell| match lit.contains(cell) {
        true => canvas.theme.palette.emphasis(Role::Accent),
        false => canvas.theme.style(Role::Rule),
    };
    for (cell, sides) in &plan.lines {
        let Some(place) = frame.place(*cell) else { continue };
        let sign = canvas.theme.glyphs.get(glyph(*sides));
        let style = style(canvas, cell);
        canvas.row(place, 0).put(sign, style);
    }
    for cell in &plan.heads {
        let Some(place) = frame.place(*cell) else { continue };
        let sign = canvas.theme.glyphs.get(Glyph::Arrow);
        let style = style(canvas, cell);
        canvas.row(place, 0).put(sign, style);
    }
}

fn node(
    canvas: &mut Canvas<'_>,
    frame: Frame,
    plan: &Plan,
    at: usize,
    service: &ServiceSnapshot,
    selected: bool,
    facts: &Facts,
) {
    let Some(place) = frame.place(plan.places[at]) else { return };
    let theme = canvas.theme;
    let label = list::label(service);
    if selected {
        let cells = u16::try_from(width(&label) + 2).unwrap_or(u16::MAX).min(place.width);
        canvas.lay(Rect { width: cells, ..place }, theme.style(Role::Selection));
        if let Some(before) = place.x.checked_sub(1) {
            let sign = theme.glyphs.get(Glyph::Selection);
            canvas.row(Rect { x: before, width: 1, ..place }, 0).put(sign, theme.style(Role::Accent));
        }
    }
    let state = theme.style(face(service.state).role);
    let mut row = canvas.row(place, 0);
    let mut name = row.service_style(at);
    if selected {
        name = name.add_modifier(Modifier::BOLD);
    }
    row.put(theme.sign(service.state, facts.frame), state).put(" ", state).put(&label, name);
    // Nothing is drawn right of the last layer: there is room to say what is wrong.
    let (x, _) = plan.places[at];
    let last = plan.places.iter().all(|(other, _)| *other <= x);
    let (text, role) = health::of(service, facts, usize::from(row.left()));
    if last && role != Role::Text && width(&text) + 3 <= usize::from(row.left()) {
        let style = row.style(role);
        row.skip(3).put(&text, style);
    }
}

/// The sign for lines to these sides.
fn glyph(sides: Sides) -> Glyph {
    let Sides { up, down, left, right } = sides;
    match (up, down, left, right) {
        (true, true, true, true) => Glyph::Cross,
        (false, true, true, true) => Glyph::TeeDown,
        (true, false, true, true) => Glyph::TeeUp,
        (true, true, false, true) => Glyph::TeeRight,
        (true, true, true, false) => Glyph::TeeLeft,
        (false, true, false, true) => Glyph::TopLeft,
        (false, true, true, false) => Glyph::TopRight,
        (true, false, false, true) => Glyph::BottomLeft,
        (true, false, true, false) => Glyph::BottomRight,
        (true, _, false, false) | (false, true, false, false) => Glyph::Divider,
        (false, false, _, _) => Glyph::Rule,
    }
}
