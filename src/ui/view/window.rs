//! The whole window: which views are drawn where.

use super::{
    Canvas, Look, details, environment, events, findings, graph, header, hints, layers, logs, ports, table,
    waterfall,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;

use crate::ui::facts::Facts;
use crate::ui::layout::SMALLEST;
use crate::ui::model::{Model, Screen};

/// Draws everything, and says where the terminal's cursor goes: where text is typed, else nowhere.
pub(crate) fn view(facts: &Facts, model: &Model, look: &Look, buffer: &mut Buffer) -> Option<Position> {
    assert!(
        look.fails_at.is_none_or(|at| facts.now < at),
        "a view fails, as PORTOLAN_PANIC_IN_VIEW asked for"
    );
    let area = buffer.area;
    let mut canvas = Canvas { buffer, theme: &look.theme };
    let Some(layout) = facts.layout(model) else {
        let (have, need) = (area, SMALLEST);
        let plain = Style::new();
        canvas.row(area, 0).put(&format!("need {}x{}", need.width, need.height), plain);
        canvas.row(area, 1).put(&format!("have {}x{}", have.width, have.height), plain);
        return None;
    };
    header::draw(&mut canvas, layout.header, facts, model);
    match model.screen {
        Screen::Main => {
            table::draw(&mut canvas, &layout, facts, model);
            if layout.startup.height > 0 {
                waterfall::pane(&mut canvas, layout.startup, facts, model);
            }
            if layout.details.height > 0 {
                details::draw(&mut canvas, layout.details, facts, model);
            }
            logs::draw(&mut canvas, &layout, facts, model, look);
        }
        Screen::Waterfall => waterfall::draw(&mut canvas, layout.body, facts, model),
        Screen::Graph => graph::draw(&mut canvas, layout.body, facts, model),
        Screen::Ports => ports::draw(&mut canvas, layout.body, facts, model),
        Screen::Environment => environment::draw(&mut canvas, layout.body, facts, model),
        Screen::Events => {
            let rest = findings::draw(&mut canvas, layout.body, facts, model);
            events::draw(&mut canvas, rest, facts, model);
        }
    }
    let prompt = hints::draw(&mut canvas, layout.hints, facts, model);
    let topmost = layers::draw(&mut canvas, &layout, facts, model);
    if model.layers.is_empty() { prompt } else { topmost }
}
