//! From facts and model to cells. Pure: draws what it is given, in whatever size there is, and never beyond it.

mod canvas;
mod header;
mod health;
mod hints;
mod layers;
mod logs;
mod look;
mod meter;
mod rows;
mod table;
mod under;
mod words;

pub(crate) use canvas::{Canvas, Row};
pub(crate) use look::Look;
pub(crate) use under::{spot_near, under};

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::facts::Facts;
use super::layout::SMALLEST;
use super::model::{Model, Screen};
use super::theme::Role;

/// Draws everything, and says where the terminal's cursor goes: where text is typed, else nowhere.
pub(crate) fn view(facts: &Facts, model: &Model, look: &Look, buffer: &mut Buffer) -> Option<Position> {
    let area = buffer.area;
    let mut canvas = Canvas { buffer, theme: &look.theme };
    let Some(layout) = facts.layout(model) else {
        let (have, need) = (area, SMALLEST);
        let text = format!("need {}x{}, have {}x{}", need.width, need.height, have.width, have.height);
        canvas.row(area, 0).put(&text, ratatui::style::Style::new());
        return None;
    };
    header::draw(&mut canvas, layout.header, facts, model);
    match model.screen {
        Screen::Main => {
            table::draw(&mut canvas, &layout, facts, model);
            logs::draw(&mut canvas, &layout, facts, model, look);
        }
        Screen::Waterfall | Screen::Graph | Screen::Ports | Screen::Environment | Screen::Events => {
            canvas.row(layout.body, 0).put("…", look.theme.style(Role::Muted));
        }
    }
    let prompt = hints::draw(&mut canvas, layout.hints, facts, model);
    let topmost = layers::draw(&mut canvas, &layout, facts, model);
    if model.layers.is_empty() { prompt } else { topmost }
}
