//! Where the pane comes to stand while lines wrap. A line may then be taller than the pane, so it moves by rows,
//! reckoned as drawing reckons them.

use std::io;

use crate::logs::{Anchor, Desk, Selection};
use crate::ui::facts::Facts;
use crate::ui::model::Model;
use crate::ui::view::{self, Look};

use super::desk::request;

/// The most rows that the pane moves at once: more are never asked for, and each may have to be read.
const FARTHEST: i64 = 1000;

/// The logs pane over the log, row by row.
pub(super) struct Wrapped<'d> {
    pub(super) desk: &'d mut Desk,
    pub(super) facts: &'d Facts,
    pub(super) model: &'d Model,
    pub(super) look: &'d Look,
    pub(super) selection: &'d Selection,
    pub(super) columns: u16,
    pub(super) rows: usize,
}

/// The first row of the pane: this many rows into what stands at this sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Top {
    pub(super) seq: u64,
    pub(super) skip: usize,
}

/// What a move of the pane, or of the cursor, comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) top: Top,
    /// The line that the cursor is at then.
    pub(super) cursor: u64,
    /// Whether nothing lies below.
    pub(super) end: bool,
}

/// What stands at a sequence number, and the rows that it takes.
#[derive(Clone, Copy, Debug)]
struct Block {
    seq: u64,
    rows: usize,
}

/// Some of them in a row.
struct Blocks {
    blocks: Vec<Block>,
    /// There may be more that were not found in time.
    searching: bool,
}

impl Wrapped<'_> {
    /// Moves the cursor by lines, the pane along by rows; more than one at once is a page, which moves both by rows.
    pub(super) fn step(&mut self, cursor: Option<u64>, by: i64) -> io::Result<Option<Moved>> {
        let Some(top) = self.top()? else { return Ok(None) };
        let window = self.window(top)?;
        let Some(last) = window.last() else { return Ok(None) };
        let cursor = cursor.unwrap_or(last.0.seq);
        if by.unsigned_abs() > 1 {
            return self.page(top, cursor, by).map(Some);
        }
        let Some(&(block, start)) = window.iter().find(|(block, _)| block.seq == cursor) else {
            let to = self.beside(cursor, by)?.unwrap_or(cursor);
            return Ok(Some(Moved { top: self.around(to)?, cursor: to, end: false }));
        };
        let rows = i64::try_from(self.rows).unwrap_or(i64::MAX);
        let end = |start: i64, block: Block| start + i64::try_from(block.rows).unwrap_or(i64::MAX);
        let moved = if by < 0 {
            // Up through the line itself, then to the last row of the one above.
            let to = if start < 0 { Some(cursor) } else { self.beside(cursor, -1)? };
            let top = if start <= 0 { self.moved(top, -1)?.0 } else { top };
            Moved { top, cursor: to.unwrap_or(cursor), end: false }
        } else if end(start, block) > rows {
            Moved { top: self.moved(top, 1)?.0, cursor, end: false }
        } else {
            let Some(next) = self.beside(cursor, 1)? else {
                return Ok(Some(Moved { top, cursor, end: true }));
            };
            let top = if end(start, block) == rows { self.moved(top, 1)?.0 } else { top };
            let whole =
                self.window(top)?.into_iter().any(|(block, at)| block.seq == next && end(at, block) <= rows);
            Moved { top, cursor: next, end: whole && self.beside(next, 1)?.is_none() }
        };
        Ok(Some(moved))
    }

    /// Moves the pane by rows.
    pub(super) fn scroll(&mut self, by: i64) -> io::Result<Option<Moved>> {
        let Some(top) = self.top()? else { return Ok(None) };
        let (top, end) = self.moved(top, by)?;
        Ok(Some(Moved { top, cursor: top.seq, end }))
    }

    /// The pane with this line in it: as it is if the line begins in it, else with the line in its upper third.
    pub(super) fn around(&mut self, seq: u64) -> io::Result<Top> {
        if let Some(top) = self.top()?
            && self.window(top)?.iter().any(|(block, start)| block.seq == seq && *start >= 0)
        {
            return Ok(top);
        }
        let above = i64::try_from(self.rows / super::desk::ABOVE).unwrap_or(0);
        Ok(self.moved(Top { seq, skip: 0 }, -above)?.0)
    }

    fn page(&mut self, top: Top, cursor: u64, by: i64) -> io::Result<Moved> {
        let (moved, end) = self.moved(top, by)?;
        let window = self.window(moved)?;
        let edge = if by < 0 { window.first() } else { window.last() };
        Ok(Moved { top: moved, cursor: edge.map_or(cursor, |(block, _)| block.seq), end })
    }

    /// Where the pane stands now.
    fn top(&mut self) -> io::Result<Option<Top>> {
        let place = self.model.logs.place;
        if matches!(place.anchor, Anchor::Top(_)) {
            let Blocks { blocks, searching } = self.blocks(place.anchor, self.rows)?;
            let all: usize = blocks.iter().map(|block| block.rows).sum();
            let skip = blocks.first().map_or(0, |first| place.skip.min(first.rows.saturating_sub(1)));
            if searching || all - skip >= self.rows {
                return Ok(blocks.first().map(|first| Top { seq: first.seq, skip }));
            }
        }
        let anchor = match place.anchor {
            Anchor::Bottom(_) => place.anchor,
            Anchor::Top(_) | Anchor::End => Anchor::End,
        };
        let blocks = self.blocks(anchor, self.rows)?.blocks;
        Ok(from_bottom(&blocks, self.rows))
    }

    /// The pane's top so many rows on, or back, and whether it stands at the end then.
    fn moved(&mut self, top: Top, by: i64) -> io::Result<(Top, bool)> {
        let far = by.clamp(-FARTHEST, FARTHEST).unsigned_abs() as usize;
        if by < 0 {
            if far <= top.skip {
                return Ok((Top { skip: top.skip - far, ..top }, false));
            }
            let Some(before) = top.seq.checked_sub(1) else { return Ok((Top { skip: 0, ..top }, false)) };
            let mut above = self.blocks(Anchor::Bottom(before), far)?.blocks;
            above.retain(|block| block.seq < top.seq);
            let higher = from_bottom(&above, far - top.skip);
            return Ok((higher.unwrap_or(Top { skip: 0, ..top }), false));
        }
        let Blocks { blocks, searching } =
            self.blocks(Anchor::Top(top.seq), far.saturating_add(self.rows))?;
        let all: usize = blocks.iter().map(|block| block.rows).sum();
        let Some(most) = all.checked_sub(self.rows).filter(|most| *most >= top.skip + far) else {
            // Less than a pane is below: as far as it goes.
            let end = from_bottom(&blocks, self.rows).unwrap_or(top);
            return Ok((if searching { top } else { end }, !searching));
        };
        let mut skip = top.skip + far;
        for block in &blocks {
            if skip < block.rows {
                let end =
                    most == top.skip + far && blocks.len() < far.saturating_add(self.rows) && !searching;
                return Ok((Top { seq: block.seq, skip }, end));
            }
            skip -= block.rows;
        }
        Ok((top, false))
    }

    /// What has rows in the pane, and at which row of it each begins: the first one above it, perhaps.
    fn window(&mut self, top: Top) -> io::Result<Vec<(Block, i64)>> {
        let blocks = self.blocks(Anchor::Top(top.seq), self.rows)?.blocks;
        let mut at = -i64::try_from(top.skip).unwrap_or(i64::MAX);
        let mut window = Vec::with_capacity(blocks.len());
        for block in blocks {
            if at >= i64::try_from(self.rows).unwrap_or(i64::MAX) {
                break;
            }
            window.push((block, at));
            at += i64::try_from(block.rows).unwrap_or(i64::MAX);
        }
        Ok(window)
    }

    /// The line after this one, or before it.
    fn beside(&mut self, seq: u64, by: i64) -> io::Result<Option<u64>> {
        if by > 0 {
            let blocks = self.blocks(Anchor::Top(seq), 3)?.blocks;
            return Ok(blocks.iter().map(|block| block.seq).find(|&next| next > seq));
        }
        let Some(before) = seq.checked_sub(1) else { return Ok(None) };
        let blocks = self.blocks(Anchor::Bottom(before), 1)?.blocks;
        Ok(blocks.iter().map(|block| block.seq).rfind(|&before| before < seq))
    }

    fn blocks(&mut self, anchor: Anchor, entries: usize) -> io::Result<Blocks> {
        let request = request(&self.model.logs, self.selection, anchor, entries.max(1));
        let page = self.desk.page(&request)?;
        let mut blocks: Vec<Block> = Vec::with_capacity(page.entries.len());
        for entry in &page.entries {
            let rows = view::height(entry, self.facts, self.model, self.look, self.columns);
            match blocks.last_mut().filter(|block| block.seq == entry.seq()) {
                Some(block) => block.rows += rows,
                None => blocks.push(Block { seq: entry.seq(), rows }),
            }
        }
        Ok(Blocks { blocks, searching: page.searching })
    }
}

/// The top of a pane of so many rows that ends with these, or begins with the first if there are fewer.
fn from_bottom(blocks: &[Block], rows: usize) -> Option<Top> {
    let mut left = rows;
    for block in blocks.iter().rev() {
        if block.rows >= left {
            return Some(Top { seq: block.seq, skip: block.rows - left });
        }
        left -= block.rows;
    }
    blocks.first().map(|first| Top { seq: first.seq, skip: 0 })
}
