//! What the signals and the desktop share while a pager has the terminal.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{io, thread};

use crate::services::process::show_in_pager;

/// How long a Ctrl-C that ended a pager may take to be told to us as well: we are in the same process group.
const ECHO: Duration = Duration::from_millis(100);

/// Whether a pager has the terminal. Clones say the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Paging {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    open: AtomicBool,
    over: AtomicBool,
}

impl Paging {
    /// Shows `file` and returns when the pager has ended; at once when everything is over.
    pub(super) fn show(&self, file: &Path) -> io::Result<()> {
        if self.shared.over.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.shared.open.store(true, Ordering::SeqCst);
        let shown = show_in_pager(file, &self.shared.over);
        thread::sleep(ECHO);
        self.shared.open.store(false, Ordering::SeqCst);
        shown
    }

    /// Whether a Ctrl-C is the pager's, since it has the terminal.
    pub(super) fn is_open(&self) -> bool {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Ends the pager, if there is one, and any that comes later.
    pub(super) fn close(&self) {
        self.shared.over.store(true, Ordering::SeqCst);
    }
}
