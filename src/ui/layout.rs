//! Where everything goes: rectangles from the window's size and what there is to show. Pure, total for every size.

use ratatui::layout::{Rect, Size};

use super::model::{Model, Screen};

/// Smaller than this nothing fits.
pub(crate) const SMALLEST: Size = Size { width: 20, height: 5 };
/// From this width on, details and start-up stand beside the table.
pub(crate) const WIDE: u16 = 160;
/// Below this height only the selected service's row is shown.
const LOW: u16 = 16;
/// The share of the height that the table takes at most by itself, in per cent.
const TABLE_SHARE: u32 = 40;
/// The least rows that the logs keep under a table that the user enlarged.
const LEAST_LOGS: u16 = 3;

/// The rectangles of one frame. Those that do not exist are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) header: Rect,
    /// The titles of the table's columns.
    pub(crate) titles: Rect,
    /// The rows of the table.
    pub(crate) table: Rect,
    /// Details of the selected service.
    pub(crate) details: Rect,
    /// The start-up waterfall, between table and logs, until all have come up.
    pub(crate) startup: Rect,
    /// The titled rule above the logs.
    pub(crate) rule: Rect,
    pub(crate) logs: Rect,
    /// What a full-window view has: all between header and hints.
    pub(crate) body: Rect,
    /// The last line: hints, toast or prompt.
    pub(crate) hints: Rect,
}

/// What the layout depends on besides the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) services: usize,
    /// Whether some service has not come up yet.
    pub(crate) starting: bool,
}

/// Divides the window; `None` if it is too small for anything.
pub(crate) fn layout(model: &Model, contents: Contents) -> Option<Layout> {
    let Size { width, height } = model.size;
    if width < SMALLEST.width || height < SMALLEST.height {
        return None;
    }
    let row = |y: u16, rows: u16| Rect { x: 0, y, width, height: rows };
    let mut layout = Layout {
        header: row(0, 1),
        body: row(1, height - 2),
        hints: row(height - 1, 1),
        ..Layout::default()
    };
    if model.screen != Screen::Main {
        return Some(layout);
    }
    let mut y = 1;
    if !model.logs.zoomed {
        let low = height < LOW;
        if !low {
            layout.titles = row(y, 1);
            y += 1;
        }
        let rows = if low { 1 } else { table_rows(model, contents, height) };
        layout.table = row(y, rows);
        y += rows;
    }
    let wide = width >= WIDE && !model.logs.zoomed && height >= LOW;
    let details = model.shows_details();
    if wide && contents.starting {
        let spare = (height - 1).saturating_sub(y).saturating_sub(height / 3);
        let rows = u16::try_from(contents.services + 1).unwrap_or(u16::MAX).min(spare);
        if rows >= 3 {
            layout.startup = row(y, rows);
            y += rows;
        }
    }
    if wide && details {
        layout.put_details_beside(y);
    }
    let rest = (height - 1).saturating_sub(y);
    if details && !wide && rest > 0 {
        // The logs keep a rule and a line, where there is room for both.
        let rows = if rest < 6 { rest } else { part(rest, 3, 5).max(3) };
        layout.details = row(y, rows);
        y += rows;
    }
    if y + 1 < height {
        layout.rule = row(y, 1);
        layout.logs = row(y + 1, height - 2 - y);
    }
    Some(layout)
}

impl Layout {
    /// Gives the right part of what is above `bottom` to the details.
    fn put_details_beside(&mut self, bottom: u16) {
        let width = self.header.width;
        let share = part(width, 2, 5).clamp(56, 100);
        let left = width - share;
        for rect in [&mut self.titles, &mut self.table, &mut self.startup] {
            rect.width = left;
        }
        self.details = Rect { x: left, y: 1, width: share, height: bottom - 1 };
    }
}

/// So many parts of a length, which may be any.
fn part(length: u16, parts: u32, of: u32) -> u16 {
    u16::try_from(u32::from(length) * parts / of).unwrap_or(u16::MAX)
}

/// As many rows as there are services, within the share; as many as the user gave it otherwise.
fn table_rows(model: &Model, contents: Contents, height: u16) -> u16 {
    let services = u16::try_from(contents.services).unwrap_or(u16::MAX).max(1);
    let most = height.saturating_sub(4 + LEAST_LOGS).max(1);
    match model.table.rows {
        Some(rows) => rows.min(services).clamp(1, most),
        None => services.min(part(height, TABLE_SHARE, 100).saturating_sub(1)).clamp(1, most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::keymap::Keymap;
    use crate::ui::model::{Settings, Welcome};
    use proptest::prelude::*;

    fn model(width: u16, height: u16) -> Model {
        Model::new(Size { width, height }, Settings::default(), Keymap::default(), Welcome::Worker)
    }

    #[test]
    fn logs_have_the_full_width_and_most_of_the_height() {
        let layout = layout(&model(80, 24), Contents { services: 8, starting: true }).unwrap();
        assert_eq!(layout.table, Rect { x: 0, y: 2, width: 80, height: 8 });
        assert_eq!(layout.rule.y, 10);
        assert_eq!(layout.logs, Rect { x: 0, y: 11, width: 80, height: 12 });
        assert_eq!(layout.details, Rect::default());
    }

    #[test]
    fn a_wide_window_has_details_and_startup() {
        let layout = layout(&model(200, 60), Contents { services: 8, starting: true }).unwrap();
        assert_eq!(layout.details.right(), 200);
        assert_eq!(layout.table.right(), layout.details.x);
        assert_eq!(layout.startup.height, 9);
        assert_eq!(layout.logs.width, 200);
    }

    #[test]
    fn a_low_window_keeps_one_row_of_the_table() {
        let layout = layout(&model(40, 10), Contents { services: 8, starting: false }).unwrap();
        assert_eq!(layout.table.height, 1);
        assert_eq!(layout.titles.height, 0);
        assert!(layout.logs.height >= 5);
    }

    proptest! {
        #[test]
        fn nothing_overlaps_or_leaves_the_window(
            width in prop_oneof![0u16..450, any::<u16>()], height in prop_oneof![0u16..150, any::<u16>()], services in 0usize..200,
            starting: bool, details: bool, zoomed: bool, rows in proptest::option::of(any::<u16>()),
        ) {
            let mut model = model(width, height);
            model.details = Some(details);
            model.logs.zoomed = zoomed;
            model.table.rows = rows;
            let window = Rect { x: 0, y: 0, width, height };
            let Some(layout) = layout(&model, Contents { services, starting }) else { return Ok(()) };
            let Layout { header, titles, table, details, startup, rule, logs, body, hints } = layout;
            let parts = [header, titles, table, details, startup, rule, logs, hints];
            for (n, part) in parts.iter().enumerate() {
                prop_assert_eq!(part.intersection(window), *part);
                for other in &parts[n + 1..] {
                    prop_assert!(part.intersection(*other).is_empty(), "{:?} {:?}", part, other);
                }
            }
            prop_assert_eq!(body.intersection(window), body);
        }
    }
}
