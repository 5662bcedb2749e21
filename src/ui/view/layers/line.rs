//! A line being typed.

use ratatui::layout::Rect;

use crate::ui::facts::Facts;
use crate::ui::layers::{LineDialog, LineFor};
use crate::ui::model::Model;
use crate::ui::theme::Role;

use super::field::seen;
use super::sheet::{FRAME, Line, Part, Sheet};

/// The widest field.
const FIELD: usize = 64;

/// The dialog.
pub(super) fn sheet(dialog: &LineDialog, facts: &Facts, model: &Model, area: Rect) -> Sheet {
    let room = usize::from(area.width.saturating_sub(FRAME)).clamp(3, FIELD);
    let (text, cursor) = seen(&dialog.input, room - 2);
    let field = Line::row(vec![Part::new("> ", Role::Accent), Part::column(text, Role::Text, room - 2)])
        .with_cursor(Some(cursor + 2));
    let typed = dialog.input.value().trim();
    match &dialog.what {
        LineFor::Stdin(service) => {
            let mut sheet = Sheet::new(format!("a line for {service}"));
            sheet.add(field);
            if facts.snapshot.service(service).is_none_or(|service| service.pid.is_none()) {
                sheet.say(format!("{service} does not run"), Role::Error);
            }
            sheet.key("Enter", "sends it");
            if model.recent.lines.contains_key(service) {
                sheet.key("↑ ↓", "earlier lines");
            }
            sheet.key("Esc", "closes");
            sheet
        }
        LineFor::Pin => {
            let mut sheet = Sheet::new("a word to keep lit");
            sheet.add(field);
            let pins = &model.logs.pins;
            if !pins.is_empty() {
                sheet.say(format!("lit now: {}", pins.join(", ")), Role::Muted);
            }
            let does = if pins.iter().any(|pin| pin == typed) { "lights it no longer" } else { "lights it" };
            sheet.key("Enter", does).key("Esc", "closes");
            sheet
        }
        LineFor::FilterName(filter) => {
            let mut sheet = Sheet::new("a name for this filter");
            sheet.say(filter.clone(), Role::Muted).add(field);
            if let Some(other) = model.settings.filters.get(typed) {
                sheet.say(format!("takes the place of: {other}"), Role::Warn);
            }
            sheet.key("Enter", "keeps it").key("Esc", "closes");
            sheet
        }
    }
}
