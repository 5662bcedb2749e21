//! What is under the mouse: the same reckoning as drawing, the other way round.

use ratatui::layout::Position;

use crate::logs::Entry;
use crate::ui::facts::Facts;
use crate::ui::layout::Layout;
use crate::ui::model::{Model, Screen, Spot};
use crate::ui::msg::Under;

use super::rows::{self, Gutter, LogRow};
use super::{Look, table};

/// What is at `at`.
pub(crate) fn under(facts: &Facts, model: &Model, look: &Look, layout: &Layout, at: Position) -> Under {
    if model.screen != Screen::Main {
        return Under::Nothing;
    }
    if layout.table.contains(at) {
        return match table::service_at(layout, facts, model, at) {
            Some((name, column)) => Under::Service { name, column },
            None => Under::Nothing,
        };
    }
    if layout.titles.contains(at) {
        return table::column_at(layout, facts, at.x).map_or(Under::Nothing, Under::Title);
    }
    if layout.rule.contains(at) {
        return Under::Rule;
    }
    if layout.logs.contains(at) {
        let rows = rows::rows(facts, model, look, (layout.logs.width, layout.logs.height));
        let Some(row) = rows.get(usize::from(at.y - layout.logs.y)) else { return Under::Nothing };
        let Some(spot) = spot(facts, model, layout, row, at.x) else { return Under::Nothing };
        let byte = row.text.byte_of(spot.column.saturating_sub(row.base));
        return Under::Text { spot, url: look.url_at(row.text.plain(), byte) };
    }
    Under::Nothing
}

/// The place in the text that is nearest to `at`, which may be outside of the pane.
pub(crate) fn spot_near(
    facts: &Facts,
    model: &Model,
    look: &Look,
    layout: &Layout,
    at: Position,
) -> Option<Spot> {
    let rows = rows::rows(facts, model, look, (layout.logs.width, layout.logs.height));
    let y = usize::from(at.y.saturating_sub(layout.logs.y)).min(rows.len().checked_sub(1)?);
    spot(facts, model, layout, rows.get(y)?, at.x)
}

fn spot(facts: &Facts, model: &Model, layout: &Layout, row: &LogRow<'_>, x: u16) -> Option<Spot> {
    let Entry::Line { line, .. } = row.entry else { return None };
    let gutter = Gutter::of(facts, model, layout.logs.width);
    let within = usize::from(x.saturating_sub(layout.logs.x + gutter.width()));
    Some(Spot { seq: line.seq, column: row.base + row.columns.start + within })
}
