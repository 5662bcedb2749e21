//! What a service says: the other end of its output.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that was said so far.
#[derive(Clone, Default)]
pub(crate) struct Said {
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    closed: bool,
}

/// The end that a service writes to.
pub(crate) struct Mouth(Said);

impl Said {
    pub(crate) fn mouth(&self) -> Mouth {
        Mouth(self.clone())
    }

    pub(crate) fn text(&self) -> String {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&heard.bytes).into_owned()
    }

    /// Whether the service has let go of it.
    pub(crate) fn is_closed(&self) -> bool {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).closed
    }
}

impl Write for Mouth {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.heard.lock().unwrap_or_else(PoisonError::into_inner).bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Mouth {
    fn drop(&mut self) {
        self.0.heard.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
    }
}
