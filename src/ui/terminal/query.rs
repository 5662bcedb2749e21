//! One batch of questions at the start, and the keys that were typed meanwhile.

use std::io;
use std::time::{Duration, Instant};

use super::decoder::{Decoder, Input, Reply};
use super::input::is_passing;
use super::line::Line;
use super::platform::Readiness;
use super::sequences;
use crate::ui::theme::Answers;

/// How long answers are waited for. One that comes later is swallowed.
const PATIENCE: Duration = Duration::from_millis(100);

/// The column, from 1, at which the cursor stands after one character of two cells.
const AFTER_WIDE: u16 = 3;

/// What asking came to.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) answers: Answers,
    /// What was typed meanwhile.
    pub(super) early: Vec<Input>,
    /// Perhaps in the middle of something.
    pub(super) decoder: Decoder,
}

/// Asks the terminal at `line`, and waits until it has answered the last question, or for [`PATIENCE`].
///
/// # Errors
///
/// When nothing can be written. A terminal that hangs up has not answered.
#[expect(clippy::disallowed_methods, reason = "the edge to the terminal; nothing is decided by this clock")]
pub(super) fn ask(line: &Line) -> io::Result<Asked> {
    line.write(sequences::QUERY)?;
    let mut asked = Asked::default();
    let deadline = Instant::now() + PATIENCE;
    let mut buffer = [0; 1024];
    let mut done = false;
    while !done {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || line.tty().wait_for_input(None, Some(left))? == Readiness::Late {
            break;
        }
        let mut inputs = Vec::new();
        match line.tty().read(&mut buffer) {
            Ok(0) => break,
            Ok(len) => asked.decoder.take(&buffer[..len], &mut inputs),
            Err(error) if is_passing(&error) => {}
            Err(_) => break,
        }
        for input in inputs {
            done |= input == Input::Reply(Reply::Attributes);
            asked.note(input);
        }
    }
    line.write(sequences::AFTER_QUERY)?;
    Ok(asked)
}

impl Asked {
    fn note(&mut self, input: Input) {
        match input {
            Input::Reply(Reply::Background(colour)) => self.answers.background = Some(colour),
            Input::Reply(Reply::Scheme { dark }) => self.answers.prefers_dark = Some(dark),
            Input::Reply(Reply::Synchronized(known)) => self.answers.synchronized = known,
            Input::Reply(Reply::Column(column)) => {
                self.answers.wide_ambiguous = column == AFTER_WIDE;
                self.answers.other_encoding = column > AFTER_WIDE;
            }
            Input::Reply(Reply::Attributes) => {}
            event @ Input::Event(_) => self.early.push(event),
        }
    }
}
