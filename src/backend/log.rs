//! What an embedded service says: lines that begin with a level and go on as logfmt, so that levels are coloured and
//! fields can be filtered for (`status>=500`). They leave through the pipe that a process would have as its output.

use std::fmt::{self, Display, Write as _};
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

/// What may wait to be written; whoever says more waits, as a process does whose pipe is full.
const MOST_PENDING: usize = 1 << 20;

/// The pause after a write, in which lines gather: a write a line took a twentieth of a busy service's time.
const GATHER: Duration = Duration::from_millis(1);

/// Where a service says things. Clones say them in the same place; the output is closed when the last one is gone and
/// everything was written.
#[derive(Clone)]
pub(super) struct Log {
    speaker: Arc<Speaker>,
}

/// Held by logs alone, so that its end is the end of all of them.
struct Speaker {
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    pending: Vec<u8>,
    closed: bool,
}

/// A name and a value.
pub(super) type Field<'a> = (&'static str, &'a dyn Display);

impl Log {
    /// A log that writes to `output` from a thread of its own.
    pub(super) fn new(output: impl Write + Send + 'static) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let writers = Arc::clone(&queue);
        thread::Builder::new().name("embedded-log".into()).spawn(move || writers.write_to(output))?;
        Ok(Self { speaker: Arc::new(Speaker { queue }) })
    }

    pub(super) fn info(&self, message: &str, fields: &[Field<'_>]) {
        self.line("INFO", message, fields);
    }

    pub(super) fn warn(&self, message: &str, fields: &[Field<'_>]) {
        self.line("WARN", message, fields);
    }

    pub(super) fn error(&self, message: &str, fields: &[Field<'_>]) {
        self.line("ERROR", message, fields);
    }

    fn line(&self, level: &str, message: &str, fields: &[Field<'_>]) {
        let mut line = String::with_capacity(128);
        // Writing to a String cannot fail.
        let _ = write!(line, "{level} {}", Tame(message));
        for (name, value) in fields {
            let _ = write!(line, " {name}=");
            put_value(&mut line, value);
        }
        line.push('\n');
        self.speaker.queue.push(line.as_bytes());
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        while state.pending.len() > MOST_PENDING && !state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            // Nobody reads any more.
            return;
        }
        let was_empty = state.pending.is_empty();
        state.pending.extend_from_slice(line);
        drop(state);
        if was_empty {
            self.changed.notify_all();
        }
    }

    fn write_to(&self, mut output: impl Write) {
        let mut batch = Vec::new();
        loop {
            let mut state = self.lock();
            while state.pending.is_empty() && !state.closed {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.pending.is_empty() {
                return;
            }
            std::mem::swap(&mut batch, &mut state.pending);
            drop(state);
            self.changed.notify_all();
            if output.write_all(&batch).is_err() {
                // Nobody reads any more; and nobody may wait for that.
                self.lock().closed = true;
                self.changed.notify_all();
                return;
            }
            batch.clear();
            thread::sleep(GATHER);
        }
    }
}

/// A text on one line, without control characters.
struct Tame<'a>(&'a str);

impl Display for Tame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| f.write_char(if c.is_control() { ' ' } else { c }))
    }
}

fn put_value(line: &mut String, value: &dyn Display) {
    let start = line.len();
    let _ = write!(line, "{value}");
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '"' && c != '=';
    if line.len() > start && line[start..].chars().all(plain) {
        return;
    }
    // A quoted value is written as JSON writes a string, which is how logfmt is read.
    let quoted = serde_json::to_string(&line[start..]).unwrap_or_default();
    line.truncate(start);
    line.push_str(&quoted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn said(speak: impl FnOnce(&Log)) -> String {
        let (mut reader, writer) = io::pipe().unwrap();
        let log = Log::new(writer).unwrap();
        speak(&log);
        drop(log);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_line_begins_with_its_level_and_goes_on_as_logfmt() {
        let text = said(|log| log.warn("request", &[("status", &404), ("path", &"/a b"), ("none", &"")]));
        assert_eq!(text, "WARN request status=404 path=\"/a b\" none=\"\"\n");
    }

    #[test]
    fn what_is_said_cannot_break_out_of_its_line() {
        let text = said(|log| log.info("a\nb", &[("x", &"c\nERROR d=\"e\"\u{1b}[31m")]));
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn nothing_is_lost_when_the_last_log_goes() {
        let text = said(|log| (0..10_000).for_each(|n| log.info("line", &[("n", &n)])));
        assert_eq!(text.lines().count(), 10_000);
        assert!(text.ends_with("n=9999\n"));
    }

    #[test]
    fn a_reader_that_is_gone_holds_up_nobody() {
        let (reader, writer) = io::pipe().unwrap();
        let log = Log::new(writer).unwrap();
        drop(reader);
        (0..100_000).for_each(|_| log.info("a line that nobody reads", &[("filler", &"x".repeat(50))]));
    }
}
