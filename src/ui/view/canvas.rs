//! Writing text into cells: clipped, cleaned, measured. The only way in which views touch the buffer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::text::harmless;
use crate::ui::theme::{Glyph, Role, Theme};

/// What views draw on: the window's cells, and how things look.
pub(crate) struct Canvas<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) theme: &'a Theme,
}

/// A row that is written from left to right.
pub(crate) struct Row<'c, 'a> {
    canvas: &'c mut Canvas<'a>,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Canvas<'a> {
    /// The row `y` of `area`, counted from its top; empty if there is no such row.
    pub(crate) fn row(&mut self, area: Rect, y: u16) -> Row<'_, 'a> {
        let area = area.intersection(self.buffer.area);
        let end = if y < area.height { area.right() } else { area.x };
        Row { x: area.x, y: area.y.saturating_add(y), end, canvas: self }
    }

    /// Takes everything out of `area`, and gives it this style.
    pub(crate) fn clear(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }

    /// Lays a style over what is in `area`.
    pub(crate) fn lay(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        self.buffer.set_style(area, style);
    }

    /// A rule over the whole first row of `area` with a title, and words at its right end that are dropped from the
    /// left when there is no room. The rule of the pane with the focus is in another colour.
    pub(crate) fn rule(&mut self, area: Rect, title: &str, right: &[(&str, Role)], focused: bool) {
        let rule = self.theme.style(if focused { Role::Focus } else { Role::Rule });
        let line = self.theme.glyphs.get(Glyph::Rule);
        let theme = self.theme;
        let mut row = self.row(area, 0);
        let width = row.left();
        row.fill(line, rule);
        let mut row = self.row(area, 0);
        row.put(line, rule).put(line, rule).put(" ", rule).put(title, rule).put(" ", rule);
        let used = width.saturating_sub(row.left());
        let mut kept = right.len();
        let cells = |words: &[(&str, Role)]| -> usize {
            words.iter().map(|(word, _)| crate::ui::text::width(word) + 3).sum::<usize>() + 1
        };
        while kept > 0 && usize::from(used) + cells(&right[right.len() - kept..]) > usize::from(width) {
            kept -= 1;
        }
        // The last word is the most important one: it may cover the title.
        let words = &right[right.len() - kept.max(1).min(right.len())..];
        if words.is_empty() || cells(words) + 2 > usize::from(width) {
            return;
        }
        let start = usize::from(width).saturating_sub(cells(words));
        let mut row = self.row(area, 0);
        row.skip(start);
        row.put(" ", rule);
        for (n, (word, role)) in words.iter().enumerate() {
            let style = theme.style(if *role == Role::Rule { Role::Muted } else { *role });
            row.put(if n > 0 { "   " } else { "" }, rule).put(word, style);
        }
        row.put(" ", rule);
        let mut row = self.row(area, 0);
        row.skip(usize::from(width).saturating_sub(2));
        row.put(line, rule).put(line, rule);
    }
}

impl Row<'_, '_> {
    /// Cells that are left.
    pub(crate) fn left(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// The column of the next cell, in the window.
    pub(crate) fn x(&self) -> u16 {
        self.x
    }

    /// Writes as much of `text` as fits. What could act on a terminal or deceive a reader is left out.
    pub(crate) fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let left = self.left();
        if left > 0 {
            let text = harmless(text);
            (self.x, _) = self.canvas.buffer.set_stringn(self.x, self.y, &text, usize::from(left), style);
        }
        self
    }

    /// Writes `text` in a column of exactly `width` cells, cut with a mark if it is longer.
    pub(crate) fn cell(&mut self, text: &str, width: usize, style: Style) -> &mut Self {
        let start = self.x;
        let end = start.saturating_add(u16::try_from(width).unwrap_or(u16::MAX)).min(self.end);
        let text = harmless(text);
        let whole = std::mem::replace(&mut self.end, end);
        if crate::ui::text::width(&text) > width && width > 0 {
            let cut = self.canvas.theme.glyphs.get(Glyph::Cut);
            self.end = end.saturating_sub(1);
            self.put(&text, style);
            self.end = end;
            self.put(cut, style);
        } else {
            self.put(&text, style);
        }
        self.end = whole;
        self.x = end;
        self
    }

    /// As [`Self::cell`], at the right end of the column.
    pub(crate) fn right(&mut self, text: &str, width: usize, style: Style) -> &mut Self {
        let pad = width.saturating_sub(crate::ui::text::width(text));
        self.skip(pad);
        self.cell(text, width - pad, style)
    }

    /// Goes on so many cells.
    pub(crate) fn skip(&mut self, cells: usize) -> &mut Self {
        self.x = self.x.saturating_add(u16::try_from(cells).unwrap_or(u16::MAX)).min(self.end);
        self
    }

    /// Fills the rest with a sign of one cell.
    pub(crate) fn fill(&mut self, sign: &str, style: Style) {
        while self.left() > 0 {
            let before = self.x;
            self.put(sign, style);
            if self.x == before {
                return;
            }
        }
    }

    /// How it looks.
    pub(crate) fn style(&self, role: Role) -> Style {
        self.canvas.theme.style(role)
    }

    /// The colour of the service with this place in the stack.
    pub(crate) fn service_style(&self, index: usize) -> Style {
        self.canvas.theme.palette.service(index)
    }

    /// Whether meters can be drawn.
    pub(crate) fn braille(&self) -> bool {
        self.canvas.theme.glyphs.braille()
    }

    /// A sign.
    pub(crate) fn glyph(&self, glyph: Glyph) -> &'static str {
        self.canvas.theme.glyphs.get(glyph)
    }
}
