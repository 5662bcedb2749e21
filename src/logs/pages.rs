//! Reads the text of a segment in blocks of whole lines, without escape sequences for whoever searches it. Knows
//! nothing of what is searched for.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

use super::ansi;
use super::service_reader::read_exact_at;

/// Text handed out at once.
const BLOCK: usize = 256 << 10;

/// Blocks that are read before they are asked for.
const AHEAD: usize = 2;

/// What is shorter is searched before a thread that reads ahead would be of use.
const WORTH_A_THREAD: u64 = 4 << 20;

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
pub(crate) struct Pages {
    page: Page,
    from: From,
}

enum From {
    Here(Reader),
    /// Another thread reads; it ends when this is dropped, after a block at most.
    Ahead {
        pages: Receiver<io::Result<Page>>,
        used: Sender<Page>,
    },
}

/// The part of a file that is still to read.
struct Reader {
    file: File,
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
        let reader = Reader { file, offset, limit };
        let from = if limit - offset >= WORTH_A_THREAD { ahead(reader) } else { From::Here(reader) };
        Self { page: Page::default(), from }
    }

    /// The block that was read last.
    pub(crate) fn page(&self) -> &Page {
        &self.page
    }

    /// Goes on to the next block; false at the end.
    pub(crate) fn advance(&mut self) -> io::Result<bool> {
        match &mut self.from {
            From::Here(reader) => reader.read(&mut self.page),
            From::Ahead { pages, used } => match pages.recv() {
                Ok(page) => {
                    let old = std::mem::replace(&mut self.page, page?);
                    // Nobody takes it any more once everything is read.
                    let _ = used.send(old);
                    Ok(true)
                }
                Err(_) => Ok(false),
            },
        }
    }
}

/// Lets another thread read, or this one if there can be no other.
fn ahead(mut reader: Reader) -> From {
    let Ok(again) = reader.file.try_clone() else { return From::Here(reader) };
    let spare = Reader { file: again, ..reader };
    let (full, pages) = sync_channel(AHEAD);
    let (used, empty) = channel::<Page>();
    let spawned = thread::Builder::new().name("log-search".into()).spawn(move || {
        loop {
            let mut page = empty.try_recv().unwrap_or_default();
            let read = reader.read(&mut page);
            let goes_on = matches!(read, Ok(true));
            let sent = match read {
                Ok(false) => return,
                Ok(true) => full.send(Ok(page)),
                Err(error) => full.send(Err(error)),
            };
            if sent.is_err() || !goes_on {
                return;
            }
        }
    });
    match spawned {
        Ok(_) => From::Ahead { pages, used },
        Err(_) => From::Here(spare),
    }
}

impl Reader {
    /// Reads the next whole lines; false at the end.
    fn read(&mut self, page: &mut Page) -> io::Result<bool> {
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
    fn a_thread_reads_the_same_lines_as_none() {
        let mut text = Vec::new();
        for n in 0..100_000u32 {
            text.extend_from_slice(
                format!("{n} \x1b[31mred\x1b[0m {}\n", "x".repeat(n as usize % 97)).as_bytes(),
            );
        }
        text.extend_from_slice(&vec![b'y'; 3 * BLOCK]);
        text.push(b'\n');
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, &text).unwrap();
        assert!(text.len() as u64 > WORTH_A_THREAD);
        let open = || Reader { file: File::open(&path).unwrap(), offset: 0, limit: text.len() as u64 };
        let mut expected = Vec::new();
        ansi::strip_into(&text, &mut expected);
        for from in [From::Here(open()), ahead(open())] {
            let mut pages = Pages { page: Page::default(), from };
            let (mut stored, mut plain) = (Vec::new(), Vec::new());
            while pages.advance().unwrap() {
                stored.extend_from_slice(&pages.page().stored);
                plain.extend_from_slice(pages.page().text());
                assert!(stored.ends_with(b"\n"));
            }
            assert!(stored == text && plain == expected);
        }
    }

    #[test]
    fn a_text_without_its_last_newline_is_an_error_in_either_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, "a\nb").unwrap();
        let open = || Reader { file: File::open(&path).unwrap(), offset: 0, limit: 3 };
        for from in [From::Here(open()), ahead(open())] {
            let mut pages = Pages { page: Page::default(), from };
            assert!(pages.advance().unwrap());
            assert!(pages.advance().is_err());
        }
    }
}
