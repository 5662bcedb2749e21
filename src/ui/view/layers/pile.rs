//! All that lies on top, in order, and where the cursor is in the topmost.

use ratatui::layout::{Position, Rect};

use crate::ui::facts::Facts;
use crate::ui::layers::Layer;
use crate::ui::layout::Layout;
use crate::ui::model::{Ending, Model};
use crate::ui::theme::Role;
use crate::ui::view::canvas::Canvas;

use super::{ask, ending, help, holder, line, palette, port, terminal, themes};

/// Draws the layers over everything but the hint line, which is emptied of hints whose keys do nothing now. Says where
/// the cursor goes if the topmost layer has one.
pub(in crate::ui::view) fn draw(
    canvas: &mut Canvas<'_>,
    layout: &Layout,
    facts: &Facts,
    model: &Model,
) -> Option<Position> {
    let window = canvas.buffer.area;
    let area = Rect { height: layout.hints.y.saturating_sub(window.y), ..window };
    match model.ending {
        Ending::Stopping | Ending::Killing => ending::draw(canvas, area, facts, model),
        Ending::Not | Ending::Over => {}
    }
    if model.layers.is_empty() {
        return None;
    }
    if model.toast.is_none() {
        let style = canvas.theme.style(Role::Text);
        canvas.clear(layout.hints, style);
    }
    let mut cursor = None;
    for layer in &model.layers {
        cursor = match layer {
            Layer::Ask(ask) => ask::sheet(ask, facts).draw(canvas, area),
            Layer::Help(help) => help::draw(canvas, area, help, model),
            Layer::Holder(holder) => holder::sheet(holder).draw(canvas, area),
            Layer::Line(dialog) => line::sheet(dialog, facts, model, area).draw(canvas, area),
            Layer::Palette(palette) => palette::sheet(palette, facts, model, area).draw(canvas, area),
            Layer::Port(dialog) => port::sheet(dialog).draw(canvas, area),
            Layer::Terminal(pane) => terminal::draw(canvas, area, pane, facts),
            Layer::Themes(themes) => themes::sheet(themes).draw(canvas, area),
        };
    }
    cursor
}
