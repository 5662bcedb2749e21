//! The text of one configuration file, the places in it, and which parts of it must not be shown.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::stack;

use super::mask;
use super::problem::{Excerpt, Place};
use super::values::Fault;

/// Larger files are refused: no stack needs a mebibyte, and a log or an image named by mistake should say so at once.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Longer lines are not shown: the mark would be far outside any terminal.
const MAX_EXCERPT_BYTES: usize = 400;

/// The text of one configuration file.
#[derive(Debug)]
pub(super) struct Source {
    path: Arc<Path>,
    text: Arc<str>,
    /// Where each line begins.
    lines: Vec<usize>,
    /// Parts that may be secret: sorted, apart from each other.
    hidden: Vec<Range<usize>>,
    /// Counts the files of one load, so that problems can be sorted by file.
    pub(super) rank: usize,
}

impl Source {
    pub(super) fn new(path: Arc<Path>, text: Arc<str>, mut hidden: Vec<Range<usize>>, rank: usize) -> Self {
        hidden.sort_by_key(|range| (range.start, range.end));
        let mut apart: Vec<Range<usize>> = Vec::with_capacity(hidden.len());
        for range in hidden {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, lines, hidden: apart, rank }
    }

    fn position(&self, offset: usize) -> (u32, u32) {
        let offset = self.floor(offset);
        let line = self.lines.partition_point(|start| *start <= offset);
        let column = self.text[self.lines[line - 1]..offset].chars().count() + 1;
        (line as u32, column as u32)
    }

    /// The nearest offset at or before `offset` at which the text may be cut.
    fn floor(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        (0..=offset).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }

    /// The line on which `range` begins, masked.
    fn excerpt(&self, range: &Range<usize>) -> Option<Excerpt> {
        let start = self.floor(range.start);
        let line = self.lines.partition_point(|at| *at <= start);
        let begin = self.lines[line - 1];
        let end = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        if end - begin > MAX_EXCERPT_BYTES {
            return None;
        }
        let marked = start.min(end)..self.floor(range.end).clamp(start.min(end), end);
        let first = self.hidden.partition_point(|part| part.end <= begin);
        let hidden: Vec<Range<usize>> = self.hidden[first..]
            .iter()
            .take_while(|part| part.start < end)
            .map(|part| part.start.max(begin) - begin..part.end.min(end) - begin)
            .collect();
        let line = &self.text[begin..end];
        let (text, marked) = mask::apply(line, &hidden, marked.start - begin..marked.end - begin);
        Some(Excerpt { text, marked })
    }
}

/// A part of a [`Source`].
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) source: Arc<Source>,
    pub(super) range: Range<usize>,
}

impl Span {
    /// The place, as a problem shows it.
    pub(super) fn place(&self) -> Place {
        let (line, column) = self.source.position(self.range.start);
        Place {
            file: self.source.path.clone(),
            line,
            column,
            span: self.range.clone(),
            excerpt: self.source.excerpt(&self.range),
        }
    }

    /// The place, as the specification keeps it.
    pub(super) fn origin(&self) -> stack::Origin {
        let (line, column) = self.source.position(self.range.start);
        stack::Origin { file: self.source.path.clone(), line, column }
    }

    /// The characters of the file.
    pub(super) fn raw(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or_default()
    }

    /// The part of a string's span that holds the bytes `part` of its value `text`; all of it where escapes make
    /// the two differ.
    pub(super) fn within(&self, text: &str, part: Range<usize>) -> Self {
        let raw = self.raw();
        let inner = ["\"\"\"", "'''", "\"", "'"]
            .iter()
            .find(|quote| raw.len() >= 2 * quote.len() && raw.starts_with(**quote) && raw.ends_with(**quote))
            .map_or(0, |quote| quote.len());
        if inner == 0 || raw[inner..raw.len() - inner] != *text {
            return self.clone();
        }
        let start = self.range.start + inner;
        Self { source: self.source.clone(), range: start + part.start..start + part.end }
    }
}

/// Reads a configuration file, refusing what cannot be one.
pub(super) fn read(path: &Path) -> Result<Arc<str>, Fault> {
    let shown = path.display();
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Fault::new(format!("{shown} does not exist"), "check the name"),
        io::ErrorKind::PermissionDenied => Fault::new(
            format!("{shown} cannot be read: permission denied"),
            "give your user the right to read it",
        ),
        _ => Fault { message: format!("{shown} cannot be read: {error}"), remedy: None },
    };
    let metadata = path.metadata().map_err(refused)?;
    if metadata.is_dir() {
        return Err(Fault::new(
            format!("{shown} is a directory, not a file"),
            "name the file itself, or rename the directory",
        ));
    }
    // A pipe would be waited for, a device has no end.
    if !metadata.is_file() {
        return Err(Fault::new(format!("{shown} is not a regular file"), "name a regular file"));
    }
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(refused)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let size = metadata.len().max(limit);
        return Err(Fault::new(
            format!("{shown} is too large: {size} bytes, and at most 1 MiB is read"),
            "check that this is the right file",
        ));
    }
    decode(bytes, path)
}

fn decode(bytes: Vec<u8>, path: &Path) -> Result<Arc<str>, Fault> {
    let shown = path.display();
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Fault::new(
            format!("{shown} is UTF-16, and TOML is UTF-8"),
            "save it as UTF-8 (PowerShell: `Set-Content -Encoding utf8`)",
        ));
    }
    if bytes.contains(&0) {
        return Err(Fault::new(
            format!("{shown} is not text: it holds NUL bytes"),
            "check that this is the right file, and save it as UTF-8",
        ));
    }
    String::from_utf8(bytes).map(Arc::from).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        Fault::new(
            format!("{shown} is not UTF-8: line {line} holds a byte that is no character"),
            "save it as UTF-8",
        )
    })
}
