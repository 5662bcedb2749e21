//! From facts and model to cells. Pure: draws what it is given, in whatever size there is, and never beyond it.

mod axis;
mod canvas;
mod details;
mod environment;
mod events;
mod folder;
mod graph;
mod header;
mod health;
mod hints;
mod layers;
mod logs;
mod look;
#[cfg(test)]
mod looks;
mod meter;
mod paragraph;
mod ports;
mod rows;
mod scroll;
mod table;
mod under;
mod waterfall;
mod words;

pub(crate) use canvas::Canvas;
pub(crate) use look::Look;
pub(crate) use under::{spot_near, under};

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;

use super::facts::Facts;
use super::layout::SMALLEST;
use super::model::{Model, Screen};

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
        Screen::Events => events::draw(&mut canvas, layout.body, facts, model),
    }
    let prompt = hints::draw(&mut canvas, layout.hints, facts, model);
    let topmost = layers::draw(&mut canvas, &layout, facts, model);
    if model.layers.is_empty() { prompt } else { topmost }
}
