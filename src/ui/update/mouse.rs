//! What the mouse does: clicks select, the wheel scrolls what is under it, dragging selects text or moves the rule.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::logs::Anchor;
use crate::ui::facts::Facts;
use crate::ui::layout::Layout;
use crate::ui::model::{Column, Drag, Focus, Model, Place, Screen, Source, Span, Spot};
use crate::ui::msg::{CopyWhat, Jump, Request, Under};

use super::services;

/// Entries that one notch of the wheel scrolls by.
const NOTCH: i64 = 3;

/// Takes a mouse event.
pub(super) fn mouse(
    model: &mut Model,
    facts: &Facts,
    event: MouseEvent,
    under: Under,
    near: Option<Spot>,
) -> Vec<Request> {
    let Some(layout) = facts.layout(model) else { return Vec::new() };
    let at = Position { x: event.column, y: event.row };
    match event.kind {
        MouseEventKind::ScrollDown => wheel(model, facts, &layout, at, NOTCH),
        MouseEventKind::ScrollUp => wheel(model, facts, &layout, at, -NOTCH),
        // What is under a dialog is not pressed through it.
        MouseEventKind::Down(MouseButton::Left) if !model.layers.is_empty() => Vec::new(),
        MouseEventKind::Down(MouseButton::Left) => {
            model.touched = true;
            press(model, facts, under, event.modifiers)
        }
        MouseEventKind::Drag(MouseButton::Left) => drag(model, &layout, at, near),
        MouseEventKind::Up(MouseButton::Left) => release(model),
        MouseEventKind::Down(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => Vec::new(),
    }
}

fn wheel(model: &mut Model, facts: &Facts, layout: &Layout, at: Position, by: i64) -> Vec<Request> {
    if !model.layers.is_empty() {
        return Vec::new();
    }
    if model.screen != Screen::Main {
        return super::act::move_by(model, facts, by);
    }
    model.touched = true;
    if layout.table.contains(at) {
        services::move_by(model, facts, by.signum());
        return Vec::new();
    }
    vec![Request::Jump(Jump::Scroll(by))]
}

fn press(model: &mut Model, facts: &Facts, under: Under, modifiers: KeyModifiers) -> Vec<Request> {
    if !model.layers.is_empty() {
        return Vec::new();
    }
    model.logs.span = None;
    match under {
        Under::Service { name, column } => {
            model.focus = Focus::Services;
            services::select(model, name);
            match column {
                Some(Column::Why) => {
                    super::findings::show(model, facts);
                    Vec::new()
                }
                Some(Column::Errors) => errors_of_selected(model),
                Some(Column::Port) if modifiers.contains(KeyModifiers::CONTROL) => {
                    services::open(model, facts)
                }
                Some(_) | None => Vec::new(),
            }
        }
        Under::Title(column) => {
            model.table.sort = if model.table.sort == Some(column) { None } else { Some(column) };
            Vec::new()
        }
        Under::Rule => {
            model.drag = Some(Drag::Rule);
            Vec::new()
        }
        Under::Text { spot, url } => {
            model.focus = Focus::Logs;
            freeze(model, facts);
            model.logs.place.cursor = Some(spot.seq);
            model.drag = Some(Drag::Text(spot));
            match url {
                Some(url) if modifiers.contains(KeyModifiers::CONTROL) => vec![Request::Open(url)],
                Some(_) | None => Vec::new(),
            }
        }
        Under::Nothing => Vec::new(),
    }
}

/// The errors of the selected service: its logs alone, at its last fault.
fn errors_of_selected(model: &mut Model) -> Vec<Request> {
    if let Some(name) = model.table.selected.clone() {
        model.logs.show(Source::One(name));
    }
    model.logs.place = Place::default();
    vec![Request::Jump(Jump::Fault { forward: false })]
}

/// Stops following while something is pointed at. It goes on once a selection is made; after a click on a line that
/// line stays in sight.
fn freeze(model: &mut Model, facts: &Facts) {
    if model.logs.follows()
        && let Some(seen) = facts.seen()
    {
        model.logs.place.anchor = Anchor::Bottom(*seen.end());
        model.thawing = true;
    }
}

fn drag(model: &mut Model, layout: &Layout, at: Position, near: Option<Spot>) -> Vec<Request> {
    match model.drag {
        Some(Drag::Rule) => {
            let rows = at.y.saturating_sub(layout.table.y).max(1);
            model.table.rows = Some(rows);
            model.settings.remembered.table_rows = Some(rows);
            Vec::new()
        }
        Some(Drag::Text(from)) => {
            if let Some(to) = near {
                model.logs.span = Some(Span { from, to, lines: false });
                model.logs.place.cursor = Some(to.seq);
            }
            // At the edge the pane goes along.
            if at.y < layout.logs.y {
                vec![Request::Jump(Jump::Scroll(-1))]
            } else if at.y >= layout.logs.bottom() {
                vec![Request::Jump(Jump::Scroll(1))]
            } else {
                Vec::new()
            }
        }
        None => Vec::new(),
    }
}

fn release(model: &mut Model) -> Vec<Request> {
    let dragged = model.drag.take();
    let thawing = std::mem::take(&mut model.thawing);
    match (dragged, model.logs.span) {
        (Some(Drag::Rule), _) => vec![Request::Remember],
        (Some(Drag::Text(_)), Some(span)) => {
            // What was selected stays lit until the next key; following goes on as before.
            if thawing {
                model.logs.place = Place::default();
            }
            vec![Request::Copy(CopyWhat::Span(span))]
        }
        (Some(Drag::Text(_)), None) => Vec::new(),
        (None, _) => Vec::new(),
    }
}
