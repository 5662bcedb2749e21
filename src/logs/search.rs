//! Searches the text of the segments in large blocks, not line by line. Lines with escape sequences are searched
//! as they look, so that a colour in the middle of a word hides nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use regex::bytes::{Regex, RegexBuilder};

use super::classify::{Level, classify};
use super::record::Record;
use super::segment::segment_path;
use super::service_reader::{IndexFile, open_if_there, read_exact_at};
use super::{Stream, ansi};
use crate::stack::{Epoch, ServiceId};

/// Text searched at once; also what a search holds in memory per service (twice that where there are colours).
const BLOCK: usize = 256 << 10;

/// What is looked for: a text or a pattern, a lowest level, or both.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pattern: Option<Regex>,
    /// The pattern asks where the text begins or ends, which a block cannot answer for a line.
    by_line: bool,
    level: Option<Level>,
}

/// Why a pattern cannot be searched for; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The pattern is no regular expression, or too large a one.
    #[error("read the pattern: {0}")]
    Pattern(#[source] regex::Error),
}

/// A line that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Whose line.
    pub service: &'a ServiceId,
    /// Of which spawn.
    pub epoch: Epoch,
    /// From which stream.
    pub stream: Stream,
    /// Its sequence number.
    pub seq: u64,
    /// Its ordinal within the service.
    pub line: u64,
    /// When it was read, microseconds since 1970.
    pub micros: u64,
    /// Its bytes as they are stored, without the newline.
    pub bytes: &'a [u8],
}

/// A search under way: the lines that there were when it began, hits in true order over all services.
///
/// Dropping it ends it; [`Search::cancelled_by`] ends one that is busy in another thread.
pub struct Search {
    lanes: Vec<Lane>,
    query: Query,
    cancel: Option<Arc<AtomicBool>>,
    /// The lane of the hit that was handed out last.
    shown: Option<usize>,
}

struct Lane {
    folder: PathBuf,
    service: ServiceId,
    /// Still to search, the next one last.
    segments: Vec<u32>,
    scan: Option<Scan>,
    found: Option<Found>,
}

/// A segment being searched.
struct Scan {
    log: File,
    index: IndexFile,
    /// Where the next block begins, and how far the index vouches for the text.
    offset: u64,
    limit: u64,
    block: Vec<u8>,
    /// The block without escape sequences, if it has any; it has the same lines.
    plain: Option<Vec<u8>>,
    /// Where to search on, in the text searched.
    at: usize,
    /// The line that begins at `mark` in the text searched and at `raw_mark` in the block.
    line: u64,
    mark: usize,
    raw_mark: usize,
    /// The chunk of the last hit: the next hit often is in the same.
    chunk: Option<Record>,
}

struct Found {
    line: u64,
    start: usize,
    end: usize,
    record: Record,
}

impl Query {
    /// Looks for `text` as it stands; without a capital letter in it, in any case.
    pub fn text(text: &str) -> Result<Self, QueryError> {
        let any_case = !text.chars().any(char::is_uppercase);
        Self::build(&regex::escape(text), any_case, !text.is_ascii())
    }

    /// Looks for lines that match `pattern`. `^` and `$` are a line's ends.
    pub fn regex(pattern: &str) -> Result<Self, QueryError> {
        let mut query = Self::build(pattern, false, true)?;
        query.by_line = ["\\A", "\\z", "(?-", "-m"].iter().any(|mark| pattern.contains(mark));
        Ok(query)
    }

    /// Only lines of this level and above; alone, all such lines.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Whether one line, given without its newline, is what is looked for.
    pub fn matches(&self, line: &[u8]) -> bool {
        // An empty line is a line all the same.
        let text = [line, b"\n"].concat();
        if ansi::is_clean(line) {
            return self.find(&text, 0).is_some();
        }
        let mut plain = Vec::new();
        ansi::strip_into(line, &mut plain);
        plain.push(b'\n');
        self.find(&plain, 0).is_some()
    }

    fn build(pattern: &str, any_case: bool, unicode: bool) -> Result<Self, QueryError> {
        let built =
            RegexBuilder::new(pattern).case_insensitive(any_case).unicode(unicode).multi_line(true).build();
        Ok(Self { pattern: Some(built.map_err(QueryError::Pattern)?), by_line: false, level: None })
    }

    /// The first line at or after `at` (where a line begins) that matches.
    fn find(&self, text: &[u8], mut at: usize) -> Option<(usize, usize)> {
        let line_end =
            |from: usize| memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |end| from + end);
        while at < text.len() {
            let (start, matched_to) = match &self.pattern {
                Some(pattern) if !self.by_line => {
                    let found = pattern.find_at(text, at)?;
                    let start =
                        memchr::memrchr(b'\n', &text[at..found.start()]).map_or(at, |end| at + end + 1);
                    (start, Some(found.end()))
                }
                Some(_) | None => (at, None),
            };
            if start >= text.len() {
                return None;
            }
            let end = line_end(start);
            let line = &text[start..end];
            // A match that goes on into the next line says nothing about this one alone.
            let matches = match (&self.pattern, matched_to) {
                (None, _) => true,
                (Some(_), Some(to)) if to <= end => true,
                (Some(pattern), _) => pattern.is_match(line),
            };
            if matches && self.level.is_none_or(|level| classify(line) >= level) {
                return Some((start, end));
            }
            at = end + 1;
        }
        None
    }
}

impl Search {
    pub(crate) fn new(folder: &Path, services: BTreeMap<ServiceId, Vec<u32>>, query: Query) -> Self {
        let lanes = services.into_iter().map(|(service, mut segments)| {
            segments.reverse();
            Lane { folder: folder.to_owned(), service, segments, scan: None, found: None }
        });
        Self { lanes: lanes.collect(), query, cancel: None, shown: None }
    }

    /// Ends the search, as if there were no more hits, soon after `cancel` is set: after 256 KiB at most.
    #[must_use]
    pub fn cancelled_by(mut self, cancel: Arc<AtomicBool>) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// The next hit; `None` when there are no more.
    pub fn next_hit(&mut self) -> io::Result<Option<Hit<'_>>> {
        if let Some(shown) = self.shown.take() {
            self.lanes[shown].found = None;
        }
        let cancel = self.cancel.clone();
        let cancelled = || cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed));
        for lane in &mut self.lanes {
            lane.search(&self.query, &cancelled)?;
        }
        if cancelled() {
            return Ok(None);
        }
        let next =
            self.lanes.iter().enumerate().filter_map(|(n, lane)| Some((lane.found.as_ref()?.seq(), n))).min();
        let Some((_, lane)) = next else { return Ok(None) };
        self.shown = Some(lane);
        Ok(self.lanes[lane].hit())
    }
}

impl Found {
    fn seq(&self) -> u64 {
        self.record.first_seq + (self.line - self.record.first_line)
    }
}

impl Lane {
    /// Searches on until there is a hit or nothing left.
    fn search(&mut self, query: &Query, cancelled: &impl Fn() -> bool) -> io::Result<()> {
        while self.found.is_none() && !cancelled() {
            if let Some(scan) = &mut self.scan {
                if let Some(found) = scan.next(query)? {
                    self.found = Some(found);
                } else if !scan.load()? {
                    self.scan = None;
                }
                continue;
            }
            let Some(number) = self.segments.pop() else { return Ok(()) };
            self.scan = Scan::open(&self.folder, &self.service, number)?;
        }
        Ok(())
    }

    fn hit(&self) -> Option<Hit<'_>> {
        let (found, scan) = (self.found.as_ref()?, self.scan.as_ref()?);
        Some(Hit {
            service: &self.service,
            epoch: found.record.epoch,
            stream: found.record.stream,
            seq: found.seq(),
            line: found.line,
            micros: found.record.micros,
            bytes: &scan.block[found.start..found.end],
        })
    }
}

impl Scan {
    fn open(folder: &Path, service: &ServiceId, number: u32) -> io::Result<Option<Self>> {
        let Some(index) = IndexFile::open(folder, service, number)? else { return Ok(None) };
        let Some(last) = index.last()? else { return Ok(None) };
        let Some(log) = open_if_there(&segment_path(folder, service, number, "log"))? else {
            return Ok(None);
        };
        let line = index.record(0)?.first_line;
        Ok(Some(Self {
            log,
            index,
            offset: 0,
            limit: last.end_offset(),
            block: Vec::new(),
            plain: None,
            at: 0,
            line,
            mark: 0,
            raw_mark: 0,
            chunk: None,
        }))
    }

    /// Loads the next whole lines; false at the end of the segment.
    fn load(&mut self) -> io::Result<bool> {
        let text = self.plain.as_ref().unwrap_or(&self.block);
        self.line += memchr::memchr_iter(b'\n', &text[self.mark..]).count() as u64;
        let mut want = BLOCK;
        loop {
            let len = (self.limit - self.offset).min(want as u64) as usize;
            if len == 0 {
                return Ok(false);
            }
            self.block.resize(len, 0);
            read_exact_at(&self.log, &mut self.block, self.offset)?;
            if let Some(last) = memchr::memrchr(b'\n', &self.block) {
                self.block.truncate(last + 1);
                break;
            }
            if len as u64 == self.limit - self.offset {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the log's text ends without a newline",
                ));
            }
            want *= 2;
        }
        self.offset += self.block.len() as u64;
        self.plain = memchr::memchr(0x1b, &self.block).map(|_| {
            let mut plain = Vec::with_capacity(self.block.len());
            ansi::strip_into(&self.block, &mut plain);
            plain
        });
        (self.at, self.mark, self.raw_mark) = (0, 0, 0);
        Ok(true)
    }

    /// The next hit in the block.
    fn next(&mut self, query: &Query) -> io::Result<Option<Found>> {
        let text = self.plain.as_ref().unwrap_or(&self.block);
        let Some((start, end)) = query.find(text, self.at) else {
            self.at = text.len();
            return Ok(None);
        };
        let passed = memchr::memchr_iter(b'\n', &text[self.mark..start]).count();
        self.line += passed as u64;
        self.at = (end + 1).min(text.len());
        self.mark = start;
        let (raw_start, raw_end) = if self.plain.is_none() {
            (start, end)
        } else {
            let raw = &self.block[self.raw_mark..];
            let skip = match passed {
                0 => 0,
                lines => memchr::memchr_iter(b'\n', raw).nth(lines - 1).map_or(raw.len(), |at| at + 1),
            };
            let raw_start = self.raw_mark + skip;
            let rest = &self.block[raw_start..];
            (raw_start, raw_start + memchr::memchr(b'\n', rest).unwrap_or(rest.len()))
        };
        self.raw_mark = raw_start;
        let line = self.line;
        let record = match self.chunk {
            Some(chunk) if (chunk.first_line..chunk.end_line()).contains(&line) => chunk,
            Some(_) | None => {
                let number = self.index.partition(&|record| record.end_line() <= line)?;
                self.index.record(number)?
            }
        };
        self.chunk = Some(record);
        Ok(Some(Found { line, start: raw_start, end: raw_end, record }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_block(query: &Query, text: &[u8]) -> Vec<(usize, usize)> {
        let (mut at, mut found) = (0, Vec::new());
        while let Some((start, end)) = query.find(text, at) {
            found.push((start, end));
            at = end + 1;
        }
        found
    }

    proptest! {
        #[test]
        fn a_block_gives_the_lines_that_match_alone(
            text in "([ab \t]{0,4}\n){0,12}",
            pattern in prop_oneof![
                Just("a"), Just("^a"), Just("b$"), Just("^$"), Just(r"\s"), Just("a[^x]*b"), Just(r"\Aa"),
                Just("(?s)a.b"), Just(r"b\z"), Just(""), Just(r"\ba\b"), Just("a\nb"),
            ],
        ) {
            let query = Query::regex(pattern).unwrap();
            let alone = RegexBuilder::new(pattern).multi_line(true).build().unwrap();
            let (mut expected, mut start) = (Vec::new(), 0);
            for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
                if alone.is_match(&text.as_bytes()[start..end]) {
                    expected.push((start, end));
                }
                start = end + 1;
            }
            prop_assert_eq!(in_block(&query, text.as_bytes()), expected, "{}", pattern);
        }
    }

    #[test]
    fn a_text_without_capitals_is_found_in_any_case() {
        let text = b"Error here\nerror there\nnothing\n";
        assert_eq!(in_block(&Query::text("error").unwrap(), text).len(), 2);
        assert_eq!(in_block(&Query::text("Error").unwrap(), text).len(), 1);
        assert_eq!(in_block(&Query::text("e.r").unwrap(), text).len(), 0);
    }
}
