//! A line as it can be shown: its text, where each cluster stands, and how each byte is styled.

use std::ops::Range;

use ratatui::style::Style;

use super::grapheme::{self, TAB};
use super::pen::Pen;
use crate::logs::{Piece, last_state, pieces};
use crate::ui::theme::{Palette, over};

/// How many bytes of a line may go into one cell, colours and links included, before the line is cut.
const BYTES_PER_CELL: usize = 64;

/// What is always looked at, however few cells there are.
const LEAST_BYTES: usize = 64 * 1024;

/// A cluster that has not ended after so many bytes is ended.
const LONGEST_TAIL: usize = 256;

/// A log line, decoded as far as it is needed.
///
/// Positions are bytes of [`Shown::plain`], or columns: cells from the start of the line. Tabs are spaces here.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    plain: String,
    clusters: Vec<Cluster>,
    /// By where they start, the first at 0 unless there is no text.
    styles: Vec<StyleRun>,
    width: usize,
    more: bool,
}

/// Where a cluster begins; it ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cluster {
    pub(super) byte: u32,
    pub(super) column: u32,
}

/// From `start` on, text looks so.
#[derive(Clone, Copy, Debug, PartialEq)]
struct StyleRun {
    start: usize,
    style: Style,
}

impl Shown {
    /// Decodes `bytes`, one line with or without its newline, up to `cells` columns or a little more.
    ///
    /// Colours and the like that the child printed are fitted to `palette`; every other sequence and every control
    /// character is dropped. Of a line that was redrawn with carriage returns, the last state that shows anything
    /// remains. Costs what is decoded, not what the line weighs.
    pub fn of(bytes: &[u8], palette: &Palette, cells: usize) -> Self {
        let line = last_state(bytes.strip_suffix(b"\n").unwrap_or(bytes));
        let mut decoder = Decoder { shown: Self::empty(), tail: String::new(), tail_style: Style::new() };
        let (mut pen, mut style) = (Pen::default(), Style::new());
        let budget = cells.saturating_mul(BYTES_PER_CELL).saturating_add(LEAST_BYTES);
        let mut seen = 0;
        for piece in pieces(line) {
            match piece {
                Piece::Text(text) => {
                    if decoder.shown.width >= cells || seen >= budget {
                        decoder.shown.more = true;
                        break;
                    }
                    seen += text.len();
                    decoder.text(text, style, cells);
                }
                Piece::Sgr(sequence) => {
                    seen += sequence.len();
                    pen.apply(sequence);
                    style = pen.style(palette);
                }
                Piece::Return | Piece::Control => seen += 1,
            }
        }
        decoder.flush();
        decoder.shown
    }

    /// The text without anything that is not shown.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// How many columns were decoded: the width of the line unless there is [`more`](Self::more).
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the line goes on after what was decoded.
    pub fn more(&self) -> bool {
        self.more
    }

    /// Lays `style` over byte ranges of the text, which may come in any order; what lies beyond the text is ignored.
    pub fn lit(&mut self, ranges: impl IntoIterator<Item = Range<usize>>, style: Style) {
        let mut ranges: Vec<_> = ranges
            .into_iter()
            .map(|range| range.start..range.end.min(self.plain.len()))
            .filter(|range| range.start < range.end)
            .collect();
        if ranges.is_empty() {
            return;
        }
        ranges.sort_unstable_by_key(|range| range.start);
        let mut runs = Vec::with_capacity(self.styles.len() + 2 * ranges.len());
        let ends = self.styles.iter().skip(1).map(|run| run.start).chain([self.plain.len()]);
        let mut next = 0;
        for (run, end) in self.styles.iter().zip(ends) {
            let mut at = run.start;
            while at < end {
                while ranges.get(next).is_some_and(|range| range.end <= at) {
                    next += 1;
                }
                let (stop, style) = match ranges.get(next) {
                    Some(range) if range.start <= at => (range.end.min(end), over(run.style, style)),
                    Some(range) => (range.start.min(end), run.style),
                    None => (end, run.style),
                };
                push_run(&mut runs, at, style);
                at = stop;
            }
        }
        self.styles = runs;
    }

    /// The column at which the cluster that holds `byte` of the text begins; the width if it lies beyond.
    pub fn column_of(&self, byte: usize) -> usize {
        if byte >= self.plain.len() {
            return self.width;
        }
        let after = self.clusters.partition_point(|cluster| cluster.byte as usize <= byte);
        after.checked_sub(1).map_or(0, |at| self.clusters[at].column as usize)
    }

    /// The byte of the text at which the cluster under `column` begins; the length of the text if it lies beyond.
    pub fn byte_of(&self, column: usize) -> usize {
        self.cluster_at(column).map_or(self.plain.len(), |at| self.clusters[at].byte as usize)
    }

    /// The index of the cluster that covers `column`.
    pub(super) fn cluster_at(&self, column: usize) -> Option<usize> {
        if column >= self.width {
            return None;
        }
        self.clusters.partition_point(|cluster| cluster.column as usize <= column).checked_sub(1)
    }

    /// The columns, the text and the style of the cluster at `index`.
    pub(super) fn cluster(&self, index: usize) -> Option<(Range<usize>, &str, Style)> {
        let cluster = self.clusters.get(index)?;
        let (byte, column) = (cluster.byte as usize, cluster.column as usize);
        let (text_end, end) = self
            .clusters
            .get(index + 1)
            .map_or((self.plain.len(), self.width), |next| (next.byte as usize, next.column as usize));
        let run = self.styles.partition_point(|run| run.start <= byte).checked_sub(1);
        let style = run.map_or(Style::new(), |at| self.styles[at].style);
        Some((column..end, &self.plain[byte..text_end], style))
    }

    fn empty() -> Self {
        Self { plain: String::new(), clusters: Vec::new(), styles: Vec::new(), width: 0, more: false }
    }

    fn push(&mut self, cluster: &str, width: usize, style: Style) {
        let (Ok(byte), Ok(column)) = (u32::try_from(self.plain.len()), u32::try_from(self.width)) else {
            self.more = true;
            return;
        };
        push_run(&mut self.styles, self.plain.len(), style);
        self.clusters.push(Cluster { byte, column });
        self.plain.push_str(cluster);
        self.width += width;
    }
}

/// Builds a line from pieces. A cluster may reach from one piece into the next, so the last one waits.
struct Decoder {
    shown: Shown,
    /// The last cluster, to which more may come.
    tail: String,
    tail_style: Style,
}

impl Decoder {
    /// Takes `text` in `style`, but nothing that begins at or after column `cells`.
    fn text(&mut self, text: &[u8], style: Style, cells: usize) {
        let mut pending = std::mem::take(&mut self.tail);
        let boundary = pending.len();
        grapheme::text_into(text, &mut pending);
        let mut kept = 0;
        for (start, cluster) in grapheme::split(&pending) {
            if self.shown.width >= cells {
                self.shown.more = true;
                return;
            }
            let is_last = start + cluster.len() == pending.len();
            let style = if start < boundary { self.tail_style } else { style };
            if is_last && cluster.len() <= LONGEST_TAIL {
                self.tail_style = style;
                kept = start;
                break;
            }
            self.cluster(cluster, style);
            kept = start + cluster.len();
        }
        pending.drain(..kept);
        self.tail = pending;
    }

    fn flush(&mut self) {
        let tail = std::mem::take(&mut self.tail);
        self.cluster(&tail, self.tail_style);
    }

    fn cluster(&mut self, cluster: &str, style: Style) {
        if cluster == "\t" {
            for _ in 0..TAB - self.shown.width % TAB {
                self.shown.push(" ", 1, style);
            }
        } else if let Some((cluster, width)) = grapheme::measured(cluster) {
            self.shown.push(cluster, width, style);
        }
    }
}

fn push_run(runs: &mut Vec<StyleRun>, start: usize, style: Style) {
    if runs.last().is_none_or(|last| last.style != style) {
        runs.push(StyleRun { start, style });
    }
}
