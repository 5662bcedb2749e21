//! A window to draw samples in, and what is in it as text.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Rect, Size};

use crate::ui::facts::Facts;
use crate::ui::keymap::Keymap;
use crate::ui::model::{Model, Settings, Welcome};
use crate::ui::text::Highlighter;
use crate::ui::theme::{Choice, Depth, GlyphSet, Glyphs, Palette, Scheme, Theme};
use crate::ui::view::{Look, view};

/// Dark, in 24 bits, with all signs, nothing moving.
pub(crate) fn look() -> Look {
    look_with(Scheme::Dark, Depth::True, GlyphSet::Unicode)
}

/// Another look.
pub(crate) fn look_with(scheme: Scheme, depth: Depth, glyphs: GlyphSet) -> Look {
    let palette = Palette::new(Choice { scheme, depth }, false);
    let theme = Theme { palette, glyphs: Glyphs::new(glyphs), motion: false };
    let highlighter = Highlighter::new(&[]).expect("the built-in patterns are well formed");
    Look { theme, highlighter, query: None, fails_at: None }
}

/// The console as it opens on these facts: the first failure selected, else the first service.
pub(crate) fn model(facts: &Facts) -> Model {
    let mut model =
        Model::new(Size { width: 80, height: 24 }, Settings::default(), Keymap::default(), Welcome::Worker);
    model.welcome = None;
    let first = facts.snapshot.services.first().map(|service| &service.name);
    model.table.selected = facts.first_failure().or(first).cloned();
    model
}

/// Draws everything in a window of this size.
pub(crate) fn paint(facts: &Facts, model: &mut Model, look: &Look, width: u16, height: u16) -> Buffer {
    model.size = Size { width, height };
    let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
    view(facts, model, look, &mut buffer);
    buffer
}

/// The same, as lines of text.
pub(crate) fn render(facts: &Facts, model: &mut Model, width: u16, height: u16) -> String {
    text(&paint(facts, model, &look(), width, height))
}

/// What is in a buffer, row by row, without spaces at the ends.
pub(crate) fn text(buffer: &Buffer) -> String {
    text_in(buffer, buffer.area)
}

/// The same of a part of it.
pub(crate) fn text_in(buffer: &Buffer, area: Rect) -> String {
    let mut text = String::new();
    for y in area.top()..area.bottom() {
        let mut row = String::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            // What follows a wide character belongs to it.
            x = x.saturating_add(symbol.cell_width().max(1));
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
