//! Reads the text of a segment in blocks of whole lines, without escape sequences for whoever searches it. Knows
//! nothing of what is searched for.

use std::fs::File;
use std::io;

use super::ansi;
use super::service_reader::read_exact_at;

/// Text handed out at once.
const BLOCK: usize = 256 << 10;

/// A block of whole lines.
#[derive(Default)]
pub(crate) struct Page {
    /// As they are stored.
    pub(crate) stored: Vec<u8>,
    plain: Vec<u8>,
    /// The stored text has no escape sequences, and no other text was made of it.
    clean: bool,
}

/// The blocks of a segment, one after the other.
///
/// Read by whoever searches. A thread that read two blocks ahead was tried, and made short searches up to twice as
/// long on a busy machine.
pub(crate) struct Pages {
    page: Page,
    file: File,
    /// What is still to read.
    offset: u64,
    limit: u64,
}

impl Page {
    /// The lines without escape sequences; as many as are stored.
    pub(crate) fn text(&self) -> &[u8] {
        if self.clean { &self.stored } else { &self.plain }
    }

    /// The lines as they are stored, if that is another text.
    pub(crate) fn unlike(&self) -> Option<&[u8]> {
        (!self.clean).then_some(self.stored.as_slice())
    }
}

impl Pages {
    /// Reads `file` from `offset`, where a line begins, to `limit`, where one ends.
    pub(crate) fn new(file: File, offset: u64, limit: u64) -> Self {
        Self { page: Page::default(), file, offset, limit }
    }

    /// The block that was read last.
    pub(crate) fn page(&self) -> &Page {
        &self.page
    }

    /// Goes on to the next block; false at the end.
    pub(crate) fn advance(&mut self) -> io::Result<bool> {
        let page = &mut self.page;
        let mut want = BLOCK;
        loop {
            let len = (self.limit - self.offset).min(want as u64) as usize;
            if len == 0 {
                return Ok(false);
            }
            page.stored.resize(len, 0);
            read_exact_at(&self.file, &mut page.stored, self.offset)?;
            if let Some(last) = memchr::memrchr(b'\n', &page.stored) {
                page.stored.truncate(last + 1);
                break;
            }
            if len as u64 == self.limit - self.offset {
                let message = "the log's text ends without a newline";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            want *= 2;
        }
        self.offset += page.stored.len() as u64;
        page.clean = ansi::is_clean(&page.stored);
        page.plain.clear();
        if !page.clean {
            ansi::strip_into(&page.stored, &mut page.plain);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_whole_lines_however_long() {
        let mut text = Vec::new();
        for n in 0..20_000usize {
            text.extend_from_slice(format!("{n} \x1b[31mred\x1b[0m {}\n", "x".repeat(n % 97)).as_bytes());
        }
        text.extend_from_slice(&vec![b'y'; 3 * BLOCK]);
        text.push(b'\n');
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, &text).unwrap();
        let mut expected = Vec::new();
        ansi::strip_into(&text, &mut expected);
        let mut pages = Pages::new(File::open(&path).unwrap(), 0, text.len() as u64);
        let (mut stored, mut plain) = (Vec::new(), Vec::new());
        while pages.advance().unwrap() {
            stored.extend_from_slice(&pages.page().stored);
            plain.extend_from_slice(pages.page().text());
            assert!(stored.ends_with(b"\n") && plain.ends_with(b"\n"));
        }
        assert!(stored == text && plain == expected);
    }

    #[test]
    fn a_text_without_its_last_newline_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, "a\nb").unwrap();
        let mut pages = Pages::new(File::open(&path).unwrap(), 0, 3);
        assert!(pages.advance().unwrap());
        assert!(pages.advance().is_err());
    }
}
