//! The palette: what is typed, what it finds, what cannot be done now and why.

use ratatui::layout::Rect;

use crate::ui::facts::Facts;
use crate::ui::layers::{Context, Found, Palette};
use crate::ui::model::Model;
use crate::ui::text::width;
use crate::ui::theme::Role;

use super::field::seen;
use super::sheet::{FRAME, Line, Part, Sheet, lit_parts};

/// Its width, as far as there is room.
const WIDTH: usize = 72;
/// The commands that are seen at once, as far as there is room.
const ROWS: usize = 12;
/// The column of names.
const NAME: usize = 26;

/// The dialog.
pub(super) fn sheet(palette: &Palette, facts: &Facts, model: &Model, area: Rect) -> Sheet {
    let room = usize::from(area.width.saturating_sub(FRAME)).clamp(3, WIDTH);
    let rows = usize::from(area.height.saturating_sub(6)).clamp(1, ROWS);
    let mut sheet = Sheet::new("commands").at_least(rows + 1, room);
    let (text, cursor) = seen(&palette.input, room - 2);
    let field = Line::row(vec![Part::new(": ", Role::Accent), Part::new(text, Role::Text)]);
    let many = palette.found.len();
    sheet.add(field.with_cursor(Some(cursor + 2)));
    if many == 0 {
        sheet.say("nothing is called like that", Role::Muted);
    }
    // The chosen one in sight, with what comes after it where there is something.
    let first = (palette.at + 2).saturating_sub(rows).min(many.saturating_sub(rows));
    let context = Context { facts, model };
    for (n, found) in palette.found.iter().enumerate().skip(first).take(rows) {
        let line = match found.command.obstacle(context) {
            None => possible(found, n == palette.at),
            Some(why) => impossible(found, why, n == palette.at),
        };
        let key = found.key.iter().map(|key| Part::new(key, Role::Accent)).collect();
        sheet.add(line.with_right(key));
    }
    sheet.key("Enter", "do it").key("↑ ↓ Tab", "choose").key("Esc", "close");
    sheet
}

fn possible(found: &Found, chosen: bool) -> Line {
    let mut parts = lit_parts(&found.name, &found.lit, 0, Role::Text, Role::Match);
    parts.push(Part::new(gap(found), Role::Text));
    // A space stands between name and description where they were searched.
    let first = unicode_segmentation::UnicodeSegmentation::graphemes(&*found.name, true).count() + 1;
    parts.extend(lit_parts(&found.about, &found.lit, first, Role::Muted, Role::Match));
    Line::choice(parts, chosen)
}

fn impossible(found: &Found, why: &str, chosen: bool) -> Line {
    let text = format!("{}{}({why})", found.name, gap(found));
    Line::choice(vec![Part::new(text, Role::Muted)], chosen)
}

fn gap(found: &Found) -> String {
    " ".repeat(NAME.saturating_sub(width(&found.name)).max(2))
}
