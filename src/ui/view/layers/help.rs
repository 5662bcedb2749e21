//! All keys, in columns over nearly the whole window.

use ratatui::layout::{Position, Rect};

use crate::ui::layers::{GAP, Help, HelpRow, Leaf};
use crate::ui::model::Model;
use crate::ui::theme::Role;
use crate::ui::view::canvas::Canvas;

use super::sheet::{FRAME, arrows, border, cells};

/// Draws as many rows as there is room for.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, help: &Help, model: &Model) -> Option<Position> {
    let leaf = Leaf::of(&model.keymap, model.size);
    let wide = leaf.columns.len() * (leaf.width + GAP) - GAP;
    let (width, height) =
        (cells(wide).saturating_add(FRAME).min(area.width), cells(leaf.rows() + 3).min(area.height));
    let frame =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    border(canvas, frame, "keys");
    let inside = Rect { x: frame.x + 2, width: width.saturating_sub(FRAME), ..frame };
    let offset = help.offset(&leaf);
    let seen = usize::from(height.saturating_sub(3));
    for (n, column) in leaf.columns.iter().enumerate() {
        let left = cells(n * (leaf.width + GAP));
        let place = Rect {
            x: inside.x + left,
            width: inside.width.saturating_sub(left).min(cells(leaf.width)),
            ..inside
        };
        for (y, row) in column.iter().skip(offset).take(seen).enumerate() {
            draw_row(canvas, place, cells(y + 1), row, &leaf);
        }
    }
    let glyphs = canvas.theme.glyphs;
    let keys = arrows("↑ ↓ PgUp PgDn", glyphs);
    let mut row = canvas.row(inside, height.saturating_sub(2));
    let (accent, muted) = (row.style(Role::Accent), row.style(Role::Muted));
    if leaf.hidden() > 0 {
        let more = leaf.rows().saturating_sub(offset + seen);
        row.put(&keys, accent).put(" scroll   ", muted);
        row.put("any other key", accent).put(" closes", muted);
        if more > 0 {
            row.put(&format!("   {more} more rows"), muted);
        }
    } else {
        row.put("any key", accent).put(" closes", muted);
    }
    None
}

fn draw_row(canvas: &mut Canvas<'_>, area: Rect, y: u16, row: &HelpRow, leaf: &Leaf) {
    let glyphs = canvas.theme.glyphs;
    let mut cells = canvas.row(area, y);
    let (title, accent, text) =
        (cells.style(Role::Focus), cells.style(Role::Accent), cells.style(Role::Text));
    match row {
        HelpRow::Title(words) => {
            cells.put(words, title);
        }
        HelpRow::Key { keys, help } if help.is_empty() => {
            cells.put(&arrows(keys, glyphs), accent);
        }
        HelpRow::Key { keys, help } => {
            cells.cell(&arrows(keys, glyphs), leaf.keys, accent).skip(2).put(help, text);
        }
        HelpRow::Blank => {}
    }
}
