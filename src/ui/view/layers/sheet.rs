//! A dialog: a border, a title, lines, and the keys in the last line. It is as large as what is in it, in the middle.
//!
//! Sentences wrap; choices are cut with a mark. When there are more lines than room, empty ones go first, then those
//! far from the chosen one.

use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::ui::text::{harmless, width, wrapped};
use crate::ui::theme::{Glyph, GlyphSet, Glyphs, Role};
use crate::ui::view::canvas::Canvas;

/// The cells beside the lines: a border and a space on either side.
pub(super) const FRAME: u16 = 4;
/// Sentences are not wider than this.
const SENTENCE: usize = 68;

/// A dialog.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    title: String,
    lines: Vec<Line>,
    keys: Vec<(String, String)>,
    /// Lines and cells that it has at least, so that it does not jump while its contents change.
    least: (usize, usize),
}

/// One line of a dialog.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// A sentence, over several rows if need be.
    Said(String, Role),
    /// Words beside each other, cut where there is no room; some at the right end.
    Row { parts: Vec<Part>, right: Vec<Part>, mark: Mark, cursor: Option<usize> },
    /// Space between two parts of a dialog.
    Blank,
}

/// Words that look alike.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) role: Role,
    /// At least so many cells.
    pub(super) least: usize,
}

/// Whether a line can be chosen, and is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// It cannot.
    None,
    /// It can.
    Open,
    /// It is.
    Chosen,
}

impl Part {
    pub(super) fn new(text: impl Into<String>, role: Role) -> Self {
        Self::column(text, role, 0)
    }

    /// In a column of at least `least` cells.
    pub(super) fn column(text: impl Into<String>, role: Role, least: usize) -> Self {
        Self { text: harmless(&text.into()).into_owned(), role, least }
    }

    fn width(&self) -> usize {
        width(&self.text).max(self.least)
    }
}

impl Line {
    /// Words beside each other.
    pub(super) fn row(parts: Vec<Part>) -> Self {
        Self::Row { parts, right: Vec::new(), mark: Mark::None, cursor: None }
    }

    /// Something to choose.
    pub(super) fn choice(parts: Vec<Part>, chosen: bool) -> Self {
        let mark = if chosen { Mark::Chosen } else { Mark::Open };
        Self::Row { parts, right: Vec::new(), mark, cursor: None }
    }

    /// With the cursor at this cell of its parts.
    pub(super) fn with_cursor(mut self, at: Option<usize>) -> Self {
        if let Self::Row { cursor, .. } = &mut self {
            *cursor = at;
        }
        self
    }

    /// With this at its right end.
    pub(super) fn with_right(mut self, parts: Vec<Part>) -> Self {
        if let Self::Row { right, .. } = &mut self {
            *right = parts;
        }
        self
    }

    fn width(&self) -> usize {
        match self {
            Self::Said(text, _) => width(text).min(SENTENCE),
            Self::Row { parts, right, mark, .. } => {
                let gap = if right.is_empty() { 0 } else { 2 };
                let marked = if *mark == Mark::None { 0 } else { 2 };
                marked + gap + parts.iter().chain(right).map(Part::width).sum::<usize>()
            }
            Self::Blank => 0,
        }
    }
}

impl Sheet {
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self { title: harmless(&title.into()).into_owned(), ..Self::default() }
    }

    /// With at least so many lines of at least so many cells.
    pub(super) fn at_least(mut self, lines: usize, cells: usize) -> Self {
        self.least = (lines, cells);
        self
    }

    pub(super) fn say(&mut self, text: impl Into<String>, role: Role) -> &mut Self {
        self.add(Line::Said(harmless(&text.into()).into_owned(), role))
    }

    pub(super) fn blank(&mut self) -> &mut Self {
        self.add(Line::Blank)
    }

    pub(super) fn add(&mut self, line: Line) -> &mut Self {
        self.lines.push(line);
        self
    }

    /// A key of the dialog, and what it does.
    pub(super) fn key(&mut self, key: impl Into<String>, does: impl Into<String>) -> &mut Self {
        self.keys.push((key.into(), does.into()));
        self
    }

    /// Draws it in the middle of `area`, and says where its cursor is.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) -> Option<Position> {
        let most = usize::from(area.width.saturating_sub(FRAME));
        let keys: usize = self.keys.iter().map(|(key, does)| width(key) + width(does) + 4).sum();
        let widest = self.lines.iter().map(Line::width).max().unwrap_or(0);
        let titled = width(&self.title) + 2;
        let inner = widest.max(titled).max(keys.saturating_sub(3)).max(self.least.1).min(most);
        let mut keys = self.key_rows(inner, canvas.theme.glyphs);
        // In a low window most of it is for what is asked.
        keys.truncate(usize::from(area.height.saturating_sub(2) / 2));
        let mut lines = self.fitted(inner);
        lines.resize(lines.len().max(self.least.0), Line::Blank);
        let room = usize::from(area.height).saturating_sub(2 + keys.len());
        let gap = usize::from(lines.len() < room && !keys.is_empty());
        let first = shorten(&mut lines, room);
        let shown = &lines[first..(first + room).min(lines.len())];
        let height = shown.len() + gap + keys.len() + 2;
        let (wide, high) =
            (cells(inner).saturating_add(FRAME).min(area.width), cells(height).min(area.height));
        let frame = Rect {
            x: area.x + (area.width - wide) / 2,
            y: area.y + (area.height - high) / 2,
            width: wide,
            height: high,
        };
        border(canvas, frame, &self.title);
        let inside = Rect { x: frame.x + 2, width: wide.saturating_sub(FRAME), ..frame };
        let mut cursor = None;
        for (n, line) in shown.iter().enumerate() {
            cursor = draw_line(canvas, inside, cells(n + 1), line).or(cursor);
        }
        for (n, row) in keys.iter().enumerate() {
            draw_keys(canvas, inside, cells(shown.len() + gap + n + 1), row);
        }
        cursor
    }

    /// The keys over as many rows as they need.
    fn key_rows(&self, room: usize, glyphs: Glyphs) -> Vec<Vec<(String, String)>> {
        let mut rows: Vec<Vec<(String, String)>> = Vec::new();
        let mut used = 0;
        for (key, does) in &self.keys {
            let key = arrows(key, glyphs);
            let wide = width(&key) + width(does) + 1;
            match rows.last_mut() {
                Some(row) if used + 3 + wide <= room => {
                    used += 3 + wide;
                    row.push((key, does.clone()));
                }
                Some(_) | None => {
                    used = wide;
                    rows.push(vec![(key, does.clone())]);
                }
            }
        }
        rows
    }

    /// The lines, with sentences broken to `room` cells.
    fn fitted(&self, room: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for line in &self.lines {
            match line {
                Line::Said(text, role) => {
                    let rows = wrapped(text, room.min(SENTENCE));
                    lines.extend(rows.into_iter().map(|row| Line::row(vec![Part::new(row, *role)])));
                }
                Line::Row { .. } | Line::Blank => lines.push(line.clone()),
            }
        }
        lines
    }
}

/// Takes lines out until they fit, and says which one is the first to be seen.
fn shorten(lines: &mut Vec<Line>, room: usize) -> usize {
    if lines.len() > room {
        lines.retain(|line| !matches!(line, Line::Blank));
    }
    let is_chosen = |line: &Line| matches!(line, Line::Row { mark: Mark::Chosen, .. });
    let is_typed = |line: &Line| matches!(line, Line::Row { cursor: Some(_), .. });
    let held = lines.iter().position(is_chosen).or_else(|| lines.iter().position(is_typed));
    let last_first = lines.len().saturating_sub(room);
    match held {
        // One line after the chosen one stays in sight, to show that there is more.
        Some(held) if held + 1 >= room => {
            let after = if room > 2 { 2 } else { 1 };
            (held + after).saturating_sub(room).min(last_first)
        }
        Some(_) | None => 0,
    }
}

/// An empty box with its title.
pub(super) fn border(canvas: &mut Canvas<'_>, frame: Rect, title: &str) {
    let theme = canvas.theme;
    mend_left_edge(canvas, frame);
    canvas.clear(frame, theme.style(Role::Dialog));
    let (rule, focus) = (theme.style(Role::Rule), theme.style(Role::Focus));
    let sign = |glyph| theme.glyphs.get(glyph);
    let bottom = frame.height.saturating_sub(1);
    for (y, left, right) in
        [(0, Glyph::TopLeft, Glyph::TopRight), (bottom, Glyph::BottomLeft, Glyph::BottomRight)]
    {
        canvas.row(frame, y).fill(sign(Glyph::Rule), rule);
        canvas.row(frame, y).put(sign(left), rule);
        let mut row = canvas.row(frame, y);
        row.skip(usize::from(frame.width.saturating_sub(1))).put(sign(right), rule);
    }
    for y in 1..bottom {
        canvas.row(frame, y).put(sign(Glyph::Divider), rule);
        let mut row = canvas.row(frame, y);
        row.skip(usize::from(frame.width.saturating_sub(1))).put(sign(Glyph::Divider), rule);
    }
    let room = usize::from(frame.width.saturating_sub(6));
    let shown = width(title).min(room);
    let mut row = canvas.row(frame, 0);
    row.skip(2).put(" ", rule).cell(title, shown, focus).put(" ", rule);
}

/// A wide character whose right half is under the box would swallow the border.
fn mend_left_edge(canvas: &mut Canvas<'_>, frame: Rect) {
    let Some(x) = frame.x.checked_sub(1) else { return };
    for y in frame.top()..frame.bottom() {
        if let Some(cell) = canvas.buffer.cell_mut((x, y))
            && cell.symbol().cell_width() > 1
        {
            cell.set_symbol(" ");
        }
    }
}

fn draw_line(canvas: &mut Canvas<'_>, area: Rect, y: u16, line: &Line) -> Option<Position> {
    let Line::Row { parts, right, mark, cursor } = line else { return None };
    let theme = canvas.theme;
    let reserved = right.iter().map(Part::width).sum::<usize>();
    let mut row = canvas.row(area, y);
    let whole = usize::from(row.left());
    let mut room = whole.saturating_sub(if reserved > 0 { reserved + 2 } else { 0 });
    if *mark != Mark::None {
        let sign = if *mark == Mark::Chosen { theme.glyphs.get(Glyph::Selection) } else { " " };
        row.put(sign, theme.style(Role::Accent)).put(" ", Style::new());
        room = room.saturating_sub(2);
    }
    let start = row.x();
    for part in parts {
        let wide = part.width().min(room);
        row.cell(&part.text, wide, theme.style(part.role));
        room -= wide;
    }
    let y_of_row = area.y.saturating_add(y);
    if reserved > 0 && reserved <= whole {
        let mut row = canvas.row(area, y);
        row.skip(whole - reserved);
        for part in right {
            row.cell(&part.text, part.width(), theme.style(part.role));
        }
    }
    if *mark == Mark::Chosen {
        canvas.lay(Rect { y: y_of_row, height: 1, ..area }, theme.style(Role::Selection));
    }
    let x = start.saturating_add(cells((*cursor)?)).min(area.right().saturating_sub(1));
    Some(Position { x, y: y_of_row })
}

fn draw_keys(canvas: &mut Canvas<'_>, area: Rect, y: u16, keys: &[(String, String)]) {
    let mut row = canvas.row(area, y);
    let (accent, muted) = (row.style(Role::Accent), row.style(Role::Muted));
    for (key, does) in keys {
        row.put(key, accent).put(" ", muted).put(does, muted).put("   ", muted);
    }
}

/// The names of keys in signs that the terminal has.
pub(super) fn arrows(key: &str, glyphs: Glyphs) -> String {
    match glyphs.set() {
        GlyphSet::Unicode => key.to_owned(),
        GlyphSet::Narrow | GlyphSet::Ascii => [("↑", "up"), ("↓", "down"), ("←", "left"), ("→", "right")]
            .iter()
            .fold(key.to_owned(), |key, (sign, word)| key.replace(sign, word)),
    }
}

/// `text` in parts by cluster: those whose numbers are in `lit` in one role, the others in another.
pub(super) fn lit_parts(text: &str, lit: &[u32], first: usize, plain: Role, bright: Role) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (n, cluster) in text.graphemes(true).enumerate() {
        let number = u32::try_from(first + n).unwrap_or(u32::MAX);
        let role = if lit.binary_search(&number).is_ok() { bright } else { plain };
        match parts.last_mut() {
            Some(part) if part.role == role => part.text.push_str(cluster),
            Some(_) | None => parts.push(Part::new(cluster, role)),
        }
    }
    parts
}

/// A number of cells as the window counts them.
pub(super) fn cells(many: usize) -> u16 {
    u16::try_from(many).unwrap_or(u16::MAX)
}
