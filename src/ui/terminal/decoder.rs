//! Bytes from the terminal as keys, mouse events, pastes, and answers to questions.
//!
//! Pure. Written anew rather than taken from crossterm because that one takes the answers to questions, such as
//! a background, for keys, and never returns from a terminal that has hung up. Its event types are used.

mod keys;

use std::time::Duration;

use crossterm::event::Event;

use crate::ui::theme::Rgb;

/// After so long without another byte, what has come of a sequence was all: an Esc that was typed. Long enough
/// for a sequence that a network parts (tmux waits 10 ms), and short enough to leave an Esc most of the 50 ms within
/// which the effect of any key has to be seen.
pub(super) const ESCAPE_PATIENCE: Duration = Duration::from_millis(15);

/// After so long an answer that does not end is given up. Its rest must not be taken for keys.
const STRING_PATIENCE: Duration = Duration::from_millis(1000);

/// An answer that is longer than this is none, and dropped up to its end.
const LONGEST_STRING: usize = 4096;

/// Of a longer paste, the beginning is taken.
const LONGEST_PASTE: usize = 1 << 20;

const PASTE_END: &[u8] = b"\x1b[201~";

/// What came.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Input {
    /// Something the user did.
    Event(Event),
    /// An answer.
    Reply(Reply),
}

/// An answer of the terminal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reply {
    /// Its background (OSC 11).
    Background(Rgb),
    /// Its colour scheme, as an answer or because it changed (mode 2031).
    Scheme { dark: bool },
    /// Whether it knows the mode 2026.
    Synchronized(bool),
    /// Where the cursor is: the column, from 1.
    Column(u16),
    /// What it is (DA1): the last answer of a batch.
    Attributes,
}

/// Takes bytes, gives what they mean.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// A sequence that has not ended yet.
    pending: Vec<u8>,
    /// A paste that has not ended yet, without its end.
    paste: Option<Vec<u8>>,
}

/// What the beginning of some bytes is.
enum Found {
    /// So many bytes that mean this, or nothing to us.
    Whole(usize, Option<Input>),
    /// The beginning of a paste.
    Paste(usize),
    /// More is needed.
    Part,
}

impl Decoder {
    /// Takes `bytes` and appends what is complete to `out`.
    pub(super) fn take(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        self.pending.extend_from_slice(bytes);
        let mut pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        while at < pending.len() {
            let rest = &pending[at..];
            if self.paste.is_some() {
                match self.pasted(rest, out) {
                    Some(len) => at += len,
                    None => break,
                }
                continue;
            }
            match find(rest) {
                Found::Whole(len, input) => {
                    out.extend(input);
                    at += len;
                }
                Found::Paste(len) => {
                    self.paste = Some(Vec::new());
                    at += len;
                }
                Found::Part => break,
            }
        }
        pending.drain(..at);
        self.pending = pending;
        if self.pending.len() > LONGEST_STRING {
            // An answer without end: forget what it says, but not that its end is still to come.
            self.pending.drain(2..self.pending.len() - 1);
        }
    }

    /// How long to wait for more before [`Decoder::expire`]; `None` if nothing is open.
    pub(super) fn patience(&self) -> Option<Duration> {
        if self.paste.is_some() || self.pending.is_empty() {
            // A paste has an end, however late it comes.
            return None;
        }
        Some(if self.in_string() { STRING_PATIENCE } else { ESCAPE_PATIENCE })
    }

    /// Nothing more came: an Esc that stands alone was typed, anything else that is incomplete is dropped.
    pub(super) fn expire(&mut self, out: &mut Vec<Input>) {
        if self.paste.is_some() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        if pending == [0x1b] {
            out.push(Input::Event(keys::escape()));
        }
    }

    /// Whether what is open is an answer of which something has come. Its introducer alone is a key with Alt.
    fn in_string(&self) -> bool {
        self.pending.len() > 2 && is_string(self.pending[1])
    }

    /// Takes `rest` into the paste that is open: how many bytes, `None` if its end may have begun.
    fn pasted(&mut self, rest: &[u8], out: &mut Vec<Input>) -> Option<usize> {
        let paste = self.paste.as_mut()?;
        let end = memchr::memmem::find(rest, PASTE_END);
        let text = end.unwrap_or_else(|| {
            let begun = (1..PASTE_END.len()).rev().find(|&len| rest.ends_with(&PASTE_END[..len]));
            rest.len() - begun.unwrap_or(0)
        });
        let room = LONGEST_PASTE.saturating_sub(paste.len());
        paste.extend_from_slice(&rest[..text.min(room)]);
        match end {
            Some(end) => {
                let text = String::from_utf8_lossy(paste).into_owned();
                out.push(Input::Event(Event::Paste(text)));
                self.paste = None;
                Some(end + PASTE_END.len())
            }
            None => (text > 0).then_some(text),
        }
    }
}

/// What is at the start of `bytes`, which are not empty.
fn find(bytes: &[u8]) -> Found {
    if bytes[0] != 0x1b {
        return keys::typed(bytes);
    }
    match bytes.get(1) {
        None => Found::Part,
        Some(b'[') => control_sequence(bytes),
        Some(b'O') => match bytes.get(2) {
            None => Found::Part,
            Some(&code) => Found::Whole(3, keys::single_shift(code)),
        },
        Some(&introducer) if is_string(introducer) => string(bytes),
        // Esc twice is Esc, and perhaps the beginning of something.
        Some(0x1b) => Found::Whole(1, Some(Input::Event(keys::escape()))),
        Some(_) => match keys::typed(&bytes[1..]) {
            Found::Whole(len, input) => Found::Whole(len + 1, input.map(keys::with_alt)),
            Found::Part | Found::Paste(_) => Found::Part,
        },
    }
}

/// OSC, DCS, SOS, PM, APC: strings that end with BEL or ESC `\`.
fn is_string(introducer: u8) -> bool {
    matches!(introducer, b']' | b'P' | b'X' | b'^' | b'_')
}

fn string(bytes: &[u8]) -> Found {
    let Some(end) = memchr::memchr2(0x07, 0x1b, &bytes[2..]).map(|at| at + 2) else { return Found::Part };
    let content = &bytes[2..end];
    match (bytes[end], bytes.get(end + 1)) {
        (0x1b, None) => Found::Part,
        (0x1b, Some(b'\\')) => Found::Whole(end + 2, reply(bytes[1], content)),
        // Cut short by another sequence.
        (0x1b, Some(_)) => Found::Whole(end, None),
        _ => Found::Whole(end + 1, reply(bytes[1], content)),
    }
}

fn reply(introducer: u8, content: &[u8]) -> Option<Input> {
    let colour = content.strip_prefix(b"11;").filter(|_| introducer == b']')?;
    background(std::str::from_utf8(colour).ok()?).map(|colour| Input::Reply(Reply::Background(colour)))
}

/// Reads `rgb:RRRR/GGGG/BBBB`, each of one to four digits, or `rgba:` with one more.
fn background(text: &str) -> Option<Rgb> {
    let channels = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut values = channels.split('/').map(|digits| {
        let most = (1u32 << (4 * digits.len().clamp(1, 4))) - 1;
        let value = u32::from_str_radix(digits, 16).ok().filter(|value| *value <= most)?;
        u8::try_from(value * 255 / most).ok()
    });
    Some(Rgb(values.next()??, values.next()??, values.next()??))
}

fn control_sequence(bytes: &[u8]) -> Found {
    let body = &bytes[2..];
    let Some(end) = body.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else { return Found::Part };
    let (parameters, code, len) = (&body[..end], body[end], end + 3);
    match (parameters, code) {
        // The Linux console's first function keys.
        (b"", b'[') if bytes.len() > len => Found::Whole(len + 1, keys::console(bytes[len])),
        (b"", b'[') => Found::Part,
        // A mouse event of a terminal that does not know 1006: three bytes follow that are no keys.
        (b"", b'M') if bytes.len() < len + 3 => Found::Part,
        (b"", b'M') => Found::Whole(len + 3, None),
        (b"200", b'~') => Found::Paste(len),
        (_, 0x40..=0x7e) => {
            Found::Whole(len, answered(parameters, code).or_else(|| keys::control(parameters, code)))
        }
        // No sequence after all: what ended it may begin another one.
        (_, _) => Found::Whole(len - 1, None),
    }
}

/// The answer that this control sequence is, if it is one.
fn answered(parameters: &[u8], code: u8) -> Option<Input> {
    let (parameters, intermediate) = match parameters.strip_suffix(b"$") {
        Some(parameters) => (parameters, true),
        None => (parameters, false),
    };
    let private = parameters.strip_prefix(b"?");
    let mut numbers = keys::numbers(private.unwrap_or(parameters));
    let (first, second) = (numbers.next(), numbers.next());
    let reply = match (private.is_some(), intermediate, code) {
        (true, false, b'c') => Reply::Attributes,
        // 1 and 2: known, and set or not. 3: always set. 0 and 4: of no use.
        (true, true, b'y') if first == Some(2026) => Reply::Synchronized(matches!(second, Some(1..=3))),
        (true, false, b'n') if first == Some(997) => Reply::Scheme { dark: second == Some(1) },
        (false, false, b'R') => Reply::Column(second?),
        _ => return None,
    };
    Some(Input::Reply(reply))
}

#[cfg(test)]
mod tests;
