//! The pane itself: beside the table where the window is wide, below it where the user asked for it.

use ratatui::layout::Rect;

use crate::ui::facts::Facts;
use crate::ui::model::Model;
use crate::ui::theme::{Glyph, Role};
use crate::ui::view::canvas::Canvas;

use super::fit::{Section, fit};
use super::{sections, why};

/// Draws what there is to say about the selected service.
pub(in crate::ui::view) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let at = model.table.index(&facts.snapshot);
    let beside = area.x > 0;
    let body = if beside { divided(canvas, area) } else { titled(canvas, area) };
    let Some(service) = facts.snapshot.services.get(at) else {
        let style = canvas.theme.style(Role::Muted);
        canvas.row(body, 0).put("no service is selected", style);
        return;
    };
    let cells = usize::from(body.width);
    let mut all: Vec<Section> = why::sections(canvas.theme, facts, model, service, cells);
    all.extend(sections::of(canvas.theme, facts, model, service, cells));
    for (y, line) in (0u16..).zip(fit(all, usize::from(body.height))) {
        let mut row = canvas.row(body, y);
        let last = line.len().saturating_sub(1);
        for (n, (text, style)) in line.into_iter().enumerate() {
            let room = usize::from(row.left());
            match n == last {
                true => row.cell(&text, room, style),
                false => row.put(&text, style),
            };
        }
    }
}

/// A line down the left edge, as the table and the start-up stand there.
fn divided(canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let style = canvas.theme.style(Role::Rule);
    let sign = canvas.theme.glyphs.get(Glyph::Divider);
    for y in 0..area.height {
        canvas.row(area, y).put(sign, style);
    }
    let margin = area.width.min(2);
    Rect { x: area.x.saturating_add(margin), width: (area.width - margin).saturating_sub(1), ..area }
}

/// A rule on top, as the table stands above.
fn titled(canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    canvas.rule(area, "details", &[], false);
    let margin = area.width.min(1);
    Rect {
        x: area.x.saturating_add(margin),
        y: area.y.saturating_add(1),
        width: (area.width - margin).saturating_sub(1),
        height: area.height.saturating_sub(1),
    }
}
