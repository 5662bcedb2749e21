//! Whether anybody has written to an SQLite database since it was last looked at, for less than a microsecond.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What the header of the write-ahead log's index says. Every commit by whatever process changes it: its field `iChange`
/// counts transactions (<https://sqlite.org/walformat.html>, "The WAL-Index Header").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::backend) struct Stamp([u8; LENGTH]);

/// The first copy of the header. While it is being written it differs from the second, and then from what it was.
const LENGTH: usize = 48;

/// Looks at the index of one database.
///
/// Closing its descriptor lets go of every lock that this process has on the index (POSIX; SQLite's "How To Corrupt", 2.2):
/// it has to outlive the connections to that database, and does, as it stands beside them.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    index: Arc<File>,
}

impl Watch {
    /// Watches the database in `file`, which is open in WAL mode; `None` where its index cannot be read beside SQLite.
    pub(super) fn of(file: &Path) -> Option<Self> {
        let mut index = file.as_os_str().to_owned();
        index.push("-shm");
        let index = Arc::new(File::open(index).ok()?);
        let watch = Self { index };
        watch.look().is_some().then_some(watch)
    }

    /// The header as it is now.
    pub(super) fn look(&self) -> Option<Stamp> {
        let mut header = [0; LENGTH];
        read_at_start(&self.index, &mut header).ok()?;
        Some(Stamp(header))
    }
}

#[cfg(unix)]
fn read_at_start(file: &File, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, 0)
}

/// SQLite's locks on this file are behind the header (bytes 120 to 127), so that they refuse nobody here.
#[cfg(windows)]
fn read_at_start(file: &File, buffer: &mut [u8]) -> io::Result<()> {
    let read = std::os::windows::fs::FileExt::seek_read(file, buffer, 0)?;
    if read == buffer.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
