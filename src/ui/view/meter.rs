//! Small meters: a row of bars for the latest values of something.

use crate::ui::facts::Ring;

use super::canvas::Row;

/// From nothing to full, in braille and in blocks of text.
const BARS: [&str; 5] = ["⣀", "⣠", "⣴", "⣶", "⣿"];

/// The latest `cells` values, scaled to the highest one; empty where only numbers can be shown or nothing is known.
pub(super) fn of(ring: Option<&Ring>, cells: usize, row: &Row<'_, '_>) -> String {
    let Some(ring) = ring.filter(|_| row.braille()) else { return String::new() };
    // A floor, so that the noise of an idle service does not look like work.
    let peak = ring.peak().unwrap_or(0.0).max(5.0);
    ring.latest(cells)
        .map(|value| match value {
            Some(value) => {
                let step = (value / peak * (BARS.len() - 1) as f32).round();
                BARS[(step.max(0.0) as usize).min(BARS.len() - 1)]
            }
            None => " ",
        })
        .collect()
}
