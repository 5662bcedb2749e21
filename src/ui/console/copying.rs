//! What is copied: the text of lines as they were printed, without what the pane puts beside it.

use std::io;

use crate::logs::{Anchor, Desk, Entry, Part};
use crate::ui::model::{LogsState, Span, Spot};
use crate::ui::msg::CopyWhat;
use crate::ui::text::Shown;
use crate::ui::theme::Palette;

use super::desk::page_from;

/// Entries that are read at once.
const BATCH: usize = 512;
/// Text beyond this is not copied: no clipboard is meant for more.
const MOST: usize = 16 << 20;

/// The text to be copied, and what it is in words.
pub(super) fn text(
    desk: &mut Desk,
    logs: &LogsState,
    palette: &Palette,
    what: CopyWhat,
) -> io::Result<(String, String)> {
    match what {
        CopyWhat::Text(text) => Ok((text.clone(), text)),
        CopyWhat::Line(seq) => lines(desk, logs, palette, Span::line(seq)),
        CopyWhat::Block(seq) => {
            let first = block_of(desk, logs, seq)?;
            Ok(named(plain_lines(&desk.block_text(first)?, palette)))
        }
        CopyWhat::Span(span) => lines(desk, logs, palette, span),
    }
}

/// Everything that the pane shows from a line on, as plain text, at most `most` entries.
pub(super) fn all(
    desk: &mut Desk,
    logs: &LogsState,
    palette: &Palette,
    most: usize,
    take: &mut dyn FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    let mut anchor = Anchor::Top(logs.cleared);
    let mut taken = 0;
    loop {
        let page = page_from(desk, logs, anchor, BATCH, false)?;
        for entry in &page.entries {
            if let Entry::Line { line, .. } = entry {
                take(&format!("{} | {}\n", line.service, plain(&line.bytes, palette)))?;
            }
        }
        taken += page.entries.len();
        match page.entries.last() {
            Some(last) if page.entries.len() == BATCH && taken < most => {
                anchor = Anchor::Top(last.seq() + 1);
            }
            Some(_) | None => return Ok(()),
        }
    }
}

/// Lines from `from` on as they are printed to a terminal's scrollback, and where the next ones begin.
pub(super) fn plain_from(
    desk: &mut Desk,
    logs: &LogsState,
    palette: &Palette,
    from: u64,
) -> io::Result<(String, u64)> {
    let page = page_from(desk, logs, Anchor::Top(from), BATCH, false)?;
    let mut text = String::new();
    let mut next = from;
    for entry in &page.entries {
        if let Entry::Line { line, .. } = entry
            && line.seq >= from
        {
            text.push_str(&format!("{} | {}\r\n", line.service, plain(&line.bytes, palette)));
            next = line.seq + 1;
        }
    }
    Ok((text, next))
}

fn lines(desk: &mut Desk, logs: &LogsState, palette: &Palette, span: Span) -> io::Result<(String, String)> {
    let (first, last) = if span.from <= span.to { (span.from, span.to) } else { (span.to, span.from) };
    let mut text = String::new();
    let mut anchor = Anchor::Top(first.seq);
    loop {
        let page = page_from(desk, logs, anchor, BATCH, true)?;
        for entry in &page.entries {
            let Entry::Line { line, part, .. } = entry else { continue };
            if line.seq > last.seq || text.len() > MOST {
                return Ok(named(text));
            }
            match (part, span.columns_of(line.seq)) {
                (Part::Folded(summary), _) => {
                    text.push_str(&plain_lines(&desk.block_text(summary.first)?, palette));
                }
                (Part::LibraryRun { .. }, _) | (_, None) => {}
                (Part::Alone | Part::Head(_) | Part::Frame { .. } | Part::Text, Some(columns)) => {
                    let shown = Shown::of(&line.bytes, palette, usize::MAX);
                    let (start, end) = (shown.byte_of(columns.start), shown.byte_of(columns.end));
                    text.push_str(shown.plain().get(start..end).unwrap_or_default());
                    text.push('\n');
                }
            }
        }
        match page.entries.last() {
            Some(entry) if page.entries.len() == BATCH => anchor = Anchor::Top(entry.seq() + 1),
            Some(_) | None => return Ok(named(text)),
        }
    }
}

fn block_of(desk: &mut Desk, logs: &LogsState, seq: u64) -> io::Result<u64> {
    let page = page_from(desk, logs, Anchor::Top(seq), 1, true)?;
    Ok(match page.entries.first() {
        Some(Entry::Line { part: Part::Folded(summary) | Part::Head(summary), .. }) => summary.first,
        Some(_) | None => seq,
    })
}

fn plain(bytes: &[u8], palette: &Palette) -> String {
    Shown::of(bytes, palette, usize::MAX).plain().to_owned()
}

fn plain_lines(bytes: &[u8], palette: &Palette) -> String {
    let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n');
    lines.map(|line| plain(line, palette) + "\n").collect()
}

/// The text without a last newline if it is one line, and how much it is.
fn named(text: String) -> (String, String) {
    match text.lines().count() {
        0 => (String::new(), "nothing".to_owned()),
        1 => (text.trim_end_matches('\n').to_owned(), "1 line".to_owned()),
        many => (text, format!("{many} lines")),
    }
}

impl Span {
    fn line(seq: u64) -> Self {
        Self { from: Spot { seq, column: 0 }, to: Spot { seq, column: usize::MAX }, lines: true }
    }
}
