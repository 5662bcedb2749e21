//! What is copied, or handed to a pager: the text of lines as they were printed, without what the pane puts beside
//! it. Read batch by batch, so that keys are answered meanwhile.

use std::io;

use crate::logs::{Anchor, Desk, Entry, Line, Part};
use crate::ui::model::{LogsState, Span, Spot};
use crate::ui::msg::CopyWhat;
use crate::ui::text::Shown;
use crate::ui::theme::Palette;

use super::desk::{page_from, selection};

/// Entries that are read at once.
const BATCH: usize = 512;
/// Text beyond this is not copied: no clipboard is meant for more.
const MOST: usize = 16 << 20;
/// Lines that are handed to a pager.
const PAGED: u64 = 200_000;
/// Batches in a row that may come to nothing because a filter has not been through yet; each has it go on.
const VAIN: usize = 2000;

/// The text of some lines, on its way out of the log.
pub(super) struct Reading {
    /// What was shown when it began.
    logs: LogsState,
    palette: Palette,
    span: Span,
    fold: bool,
    /// Whose line it is stands before each.
    named: bool,
    /// Lines before this one have been read.
    next: u64,
    text: String,
    /// Lines read so far, and the most that are.
    lines: u64,
    most: u64,
    /// The most bytes of text that are read and not handed over yet.
    heaviest: usize,
    vain: usize,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Whole,
    /// There is more of it than is read.
    Cut,
}

impl Reading {
    /// Reads what is to be copied.
    pub(super) fn copy(
        desk: &mut Desk,
        logs: &LogsState,
        palette: &Palette,
        what: CopyWhat,
    ) -> io::Result<Self> {
        let mut reading = Self::of(logs, palette, Span::line(0));
        match what {
            CopyWhat::Text(text) => reading.text = text,
            CopyWhat::Line(seq) => return Ok(Self::of(logs, palette, Span::line(seq))),
            CopyWhat::Block(seq) => {
                let first = block_of(desk, logs, seq)?;
                reading.text = plain_lines(&desk.block_text(first)?, palette);
            }
            CopyWhat::Span(span) => return Ok(Self::of(logs, palette, span)),
        }
        // It is all there.
        reading.most = 0;
        Ok(reading)
    }

    /// Reads everything that the pane shows, line by line, for a pager.
    pub(super) fn all(logs: &LogsState, palette: &Palette) -> Self {
        let spot = |seq| Spot { seq, column: 0 };
        let span = Span { from: spot(logs.cleared), to: spot(u64::MAX), lines: true };
        Self { fold: false, named: true, most: PAGED, ..Self::of(logs, palette, span) }
    }

    fn of(logs: &LogsState, palette: &Palette, span: Span) -> Self {
        let next = span.from.min(span.to).seq;
        let (logs, palette) = (logs.clone(), palette.clone());
        let text = String::new();
        let most = u64::MAX;
        Self {
            logs,
            palette,
            span,
            fold: true,
            named: false,
            next,
            text,
            lines: 0,
            most,
            heaviest: MOST,
            vain: 0,
        }
    }

    /// Reads the next lines.
    pub(super) fn go_on(&mut self, desk: &mut Desk) -> io::Result<Progress> {
        if self.most == 0 {
            return Ok(Progress::Whole);
        }
        let last = self.span.from.max(self.span.to).seq;
        let page = page_from(desk, &self.logs, Anchor::Top(self.next), BATCH, self.fold)?;
        let before = self.next;
        for entry in &page.entries {
            let (line, part) = match entry {
                Entry::Line { line, part, .. } => (line, part),
                // The line that it stands before is still to come.
                Entry::Lost { .. } => continue,
            };
            // A page begins with the folded block that its first line is in.
            if line.seq < before {
                continue;
            }
            if line.seq > last {
                return Ok(Progress::Whole);
            }
            if self.text.len() >= self.heaviest || self.lines >= self.most {
                return Ok(Progress::Cut);
            }
            self.take(desk, line, part)?;
            self.next = line.seq + 1;
        }
        if self.next > before {
            self.vain = 0;
            return Ok(Progress::More);
        }
        self.vain += 1;
        Ok(match (page.searching, self.vain < VAIN) {
            (true, true) => Progress::More,
            (true, false) => Progress::Cut,
            (false, _) => Progress::Whole,
        })
    }

    fn take(&mut self, desk: &mut Desk, line: &Line, part: &Part) -> io::Result<()> {
        self.lines += 1;
        if self.named {
            let text = plain(&line.bytes, &self.palette);
            self.text.push_str(&format!("{} | {text}\n", line.service));
            return Ok(());
        }
        match (part, self.span.columns_of(line.seq)) {
            (Part::Folded(summary), _) => {
                self.lines += summary.lines.saturating_sub(1);
                self.text.push_str(&plain_lines(&desk.block_text(summary.first)?, &self.palette));
            }
            (Part::LibraryRun { .. }, _) | (_, None) => self.lines -= 1,
            (Part::Alone | Part::Head(_) | Part::Frame { .. } | Part::Text, Some(columns)) => {
                let shown = Shown::of(&line.bytes, &self.palette, usize::MAX);
                let (start, end) = (shown.byte_of(columns.start), shown.byte_of(columns.end));
                self.text.push_str(shown.plain().get(start..end).unwrap_or_default());
                self.text.push('\n');
            }
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn at_most(self, heaviest: usize) -> Self {
        Self { heaviest, ..self }
    }

    /// Hands over what was read since the last time.
    pub(super) fn drain(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    /// The text to be copied, and what it is in words.
    pub(super) fn copied(self, desk: &mut Desk, progress: Progress) -> io::Result<(String, String)> {
        match progress {
            Progress::More | Progress::Whole => Ok(named(self.text)),
            Progress::Cut => {
                let (lines, mib) = (counted(self.lines), self.heaviest >> 20);
                let of = match self.total(desk)? {
                    Some(total) => format!(" of {}", counted(total)),
                    None => String::new(),
                };
                Ok((self.text, format!("{lines}{of} lines, {mib} MiB is the most,")))
            }
        }
    }

    /// Why a pager does not get everything, if that is so.
    pub(super) fn cut_short(&self, progress: Progress) -> Option<String> {
        match progress {
            Progress::More | Progress::Whole => None,
            Progress::Cut => Some(format!("the first {} lines: a pager gets no more", counted(self.lines))),
        }
    }

    /// How many lines there are, where no filter makes that hard to say.
    fn total(&self, desk: &mut Desk) -> io::Result<Option<u64>> {
        let looks = self.logs.looking.as_ref().is_some_and(|looking| !looking.find);
        if looks || self.logs.level.is_some() {
            return Ok(None);
        }
        let selection = selection(&self.logs);
        let (first, last) = (self.span.from.min(self.span.to).seq, self.span.from.max(self.span.to).seq);
        let end = desk.lines_before(&selection, last.saturating_add(1))?;
        Ok(Some(end.saturating_sub(desk.lines_before(&selection, first)?)))
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

/// A number with its thousands apart.
fn counted(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

impl Span {
    fn line(seq: u64) -> Self {
        Self { from: Spot { seq, column: 0 }, to: Spot { seq, column: usize::MAX }, lines: true }
    }
}
