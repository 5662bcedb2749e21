//! Parts of a line on the screen: a window for horizontal scrolling, rows for wrapping.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;

use super::Shown;

/// At which edges a line goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// There is more to the left.
    pub left: bool,
    /// There is more to the right.
    pub right: bool,
}

/// The rows of a wrapped line, as ranges of columns that follow each other without a gap.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    shown: &'a Shown,
    /// The first cluster of the next row; `None` after the last.
    next: Option<usize>,
    room: usize,
    room_after_indent: usize,
}

impl Shown {
    /// Draws `width` columns from column `from` on at (`x`, `y`) and says where the line goes on.
    ///
    /// A wide character that does not fit whole leaves spaces. Columns after the end of the line are left as they
    /// are. Nothing is drawn outside of `buffer`, or right of `x + width`.
    pub fn draw(&self, buffer: &mut Buffer, x: u16, y: u16, width: u16, from: usize) -> Cut {
        let to = from.saturating_add(usize::from(width));
        self.draw_columns(buffer, x, y, width, from..to.min(self.width()));
        Cut { left: from > 0 && self.width() > 0, right: self.more() || to < self.width() }
    }

    /// Draws the columns `columns`, such as a row of [`Shown::rows`], at (`x`, `y`) in no more than `width` cells.
    pub fn draw_columns(&self, buffer: &mut Buffer, x: u16, y: u16, width: u16, columns: Range<usize>) {
        let area = buffer.area;
        if width == 0 || y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return;
        }
        let room = usize::from(width.min(area.right() - x));
        let end = columns.end.min(columns.start.saturating_add(room));
        let mut index = self.cluster_at(columns.start);
        while let Some((covered, text, style)) = index.and_then(|index| self.cluster(index)) {
            if covered.start >= end {
                break;
            }
            let whole = columns.start <= covered.start && covered.end <= end;
            for column in covered.start.max(columns.start)..covered.end.min(end) {
                // Fits, being less than the room, which is at most a buffer's width.
                let at = Position::new(x + (column - columns.start) as u16, y);
                let symbol = match (whole, column == covered.start) {
                    (true, true) => text,
                    (true, false) | (false, _) => " ",
                };
                if let Some(cell) = buffer.cell_mut(at) {
                    let under = cell.bg;
                    cell.reset();
                    cell.set_bg(under).set_symbol(symbol).set_style(style);
                }
            }
            index = index.map(|index| index + 1);
        }
    }

    /// The rows of this line in `width` columns, all but the first of which begin with `indent` free columns.
    ///
    /// Wraps at any character: words of logs are paths and addresses, and a row that is full to its end is
    /// recognised as one that goes on. An empty line has one row. Where the indent would leave less than half of
    /// the width, half is left. A character that is wider than its row stands in it alone, drawn as a space.
    pub fn rows(&self, width: u16, indent: u16) -> Rows<'_> {
        let room = usize::from(width.max(1));
        let room_after_indent = room.saturating_sub(usize::from(indent)).max(room.div_ceil(2));
        Rows { shown: self, next: Some(0), room, room_after_indent }
    }

    /// The style of the cluster under `column`.
    pub fn style_at(&self, column: usize) -> Option<Style> {
        self.cluster_at(column).and_then(|index| self.cluster(index)).map(|(_, _, style)| style)
    }
}

impl Rows<'_> {
    /// How many columns rows after the first are indented, after all.
    pub fn indent(&self, width: u16) -> u16 {
        width.saturating_sub(u16::try_from(self.room_after_indent).unwrap_or(width))
    }
}

impl Iterator for Rows<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.next?;
        let Some((covered, _, _)) = self.shown.cluster(first) else {
            self.next = None;
            return (first == 0).then_some(0..0);
        };
        let start = covered.start;
        let limit = start.saturating_add(self.room);
        // The cluster that holds the first column beyond the row begins the next one.
        let next = self.shown.cluster_at(limit).map(|next| next.max(first + 1));
        self.room = self.room_after_indent;
        self.next = next.filter(|&next| self.shown.cluster(next).is_some());
        let end = self.next.and_then(|next| self.shown.cluster(next)).map(|(covered, _, _)| covered.start);
        Some(start..end.unwrap_or(self.shown.width()))
    }
}

#[cfg(test)]
mod tests;
