//! Turns runs of lines into plain output: a prefix, perhaps a time, and text that no terminal can be fooled by.

use std::collections::HashMap;

use super::ansi::{self, Piece};
use super::{Run, Stream};
use crate::stack::ServiceId;

/// Colours told apart on dark and light grounds alike: the ANSI ones without black, white, and red, which means
/// failure. Bold ones follow once each has been used.
const CYCLE: [&str; 10] = ["36", "33", "32", "35", "34", "1;36", "1;33", "1;32", "1;35", "1;34"];

const RESET: &[u8] = b"\x1b[0m";

/// How lines are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlainOptions {
    /// Colour the prefixes and keep the colours that services print.
    pub color: bool,
    /// Whether each line begins with its time.
    pub timestamps: Timestamps,
}

/// Whether lines carry the time at which they were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timestamps {
    /// They do not.
    #[default]
    Off,
    /// As the time of day with milliseconds, this many seconds east of Greenwich.
    TimeOfDay {
        /// The offset from UTC in seconds.
        utc_offset: i32,
    },
}

/// Renders lines for people: `name | text`, and `name * text` for our own notices.
pub struct Plain {
    options: PlainOptions,
    prefixes: HashMap<ServiceId, Vec<u8>>,
    width: usize,
}

impl Plain {
    /// Colours and widths follow `services`, in the order of the configuration.
    pub fn new(services: &[ServiceId], options: PlainOptions) -> Self {
        let width = services.iter().map(|service| service.to_string().len()).max().unwrap_or(0);
        let mut plain = Self { options, prefixes: HashMap::new(), width };
        for service in services {
            plain.learn(service);
        }
        plain
    }

    /// Appends the lines of `run` to `out`, each ended by a newline.
    ///
    /// Without colour nothing in `out` is a control character but tab and newline; with colour, escape sequences
    /// for colours and their like also. Of a line that was redrawn with carriage returns, the last state that
    /// shows anything is kept.
    pub fn render(&mut self, run: &Run<'_>, out: &mut Vec<u8>) {
        self.learn(run.service);
        let Some(prefix) = self.prefixes.get(run.service) else { return };
        let stamp = self.stamp(run.micros);
        let mut head = [stamp.as_slice(), prefix].concat();
        if run.stream == Stream::Notice
            && let Some(bar) = head.iter_mut().rfind(|byte| **byte == b'|')
        {
            // What we say about a service is not what it says itself.
            *bar = b'*';
        }
        out.reserve(run.bytes.len() + run.lines as usize * head.len());
        if ansi::is_clean(run.bytes) {
            copy_lines(&head, run.bytes, out);
            return;
        }
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', run.bytes) {
            out.extend_from_slice(&head);
            render_line(&run.bytes[start..end], self.options.color, out);
            out.push(b'\n');
            start = end + 1;
        }
    }

    /// The prefix of lines of `service`, with its colour if colours are on.
    pub fn prefix(&mut self, service: &ServiceId) -> &[u8] {
        self.learn(service);
        self.prefixes.get(service).map_or(&[], Vec::as_slice)
    }

    fn learn(&mut self, service: &ServiceId) {
        if self.prefixes.contains_key(service) {
            return;
        }
        let color = CYCLE[self.prefixes.len() % CYCLE.len()];
        let name = service.to_string();
        let width = self.width;
        let prefix = match self.options.color {
            true => format!("\x1b[{color}m{name:width$} |\x1b[0m "),
            false => format!("{name:width$} | "),
        };
        self.prefixes.insert(service.clone(), prefix.into_bytes());
    }

    fn stamp(&self, micros: u64) -> Vec<u8> {
        let Timestamps::TimeOfDay { utc_offset } = self.options.timestamps else { return Vec::new() };
        let millis = (micros / 1000) as i64 + i64::from(utc_offset) * 1000;
        let day = millis.rem_euclid(86_400_000);
        let (hours, minutes, seconds) = (day / 3_600_000, day / 60_000 % 60, day / 1000 % 60);
        format!("{hours:02}:{minutes:02}:{seconds:02}.{:03} ", day % 1000).into_bytes()
    }
}

impl Stream {
    /// A word for it, as in `--json` and in filters: `out`, `err` or `notice`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stdout => "out",
            Self::Stderr => "err",
            Self::Notice => "notice",
        }
    }
}

fn copy_lines(head: &[u8], lines: &[u8], out: &mut Vec<u8>) {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', lines) {
        out.extend_from_slice(head);
        out.extend_from_slice(&lines[start..=end]);
        start = end + 1;
    }
}

fn render_line(line: &[u8], color: bool, out: &mut Vec<u8>) {
    let mut colored = false;
    for piece in ansi::pieces(ansi::last_state(line)) {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text),
            Piece::Sgr(sequence) if color => {
                colored = true;
                out.extend_from_slice(sequence);
            }
            Piece::Sgr(_) | Piece::Return | Piece::Control => {}
        }
    }
    if colored {
        out.extend_from_slice(RESET);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Epoch, ServiceName};
    use proptest::prelude::*;

    fn render(bytes: &[u8], options: PlainOptions) -> Vec<u8> {
        let service = ServiceId::from(ServiceName::new("api").unwrap());
        let run = Run {
            service: &service,
            epoch: Epoch(1),
            stream: Stream::Stdout,
            first_seq: 0,
            first_line: 0,
            lines: memchr::memchr_iter(b'\n', bytes).count() as u32,
            micros: 3_723_004_000,
            bytes,
            unterminated: false,
            continues: false,
        };
        let mut out = Vec::new();
        Plain::new(std::slice::from_ref(&service), options).render(&run, &mut out);
        out
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(render(bytes, PlainOptions::default())).unwrap()
    }

    #[test]
    fn each_line_has_its_prefix_and_no_escape_sequence() {
        assert_eq!(text(b"a\n\nb\x1b[31mred\x1b[0m\x1b[2J\n"), "api | a\napi | \napi | bred\n");
        assert_eq!(text(b"dos\r\n"), "api | dos\n");
    }

    #[test]
    fn progress_collapses_to_its_last_state_that_shows_anything() {
        assert_eq!(text(b"10%\r50%\r100%\r\n"), "api | 100%\n");
        assert_eq!(text(b"done\r    \r\x1b[K\n"), "api | done\n");
        assert_eq!(text(b"\r\r\n"), "api | \n");
    }

    #[test]
    fn with_colour_only_colours_are_kept_and_they_end_with_the_line() {
        let color = PlainOptions { color: true, ..PlainOptions::default() };
        let out = render(b"\x1b[1;31mred\x1b[2K\x1b]0;t\x07\x1b[?25l!\n", color);
        assert_eq!(String::from_utf8(out).unwrap(), "\x1b[36mapi |\x1b[0m \x1b[1;31mred!\x1b[0m\n");
    }

    #[test]
    fn the_time_of_day_is_that_of_the_place() {
        let timestamps = Timestamps::TimeOfDay { utc_offset: 3600 };
        let out = render(b"x\n", PlainOptions { color: false, timestamps });
        assert_eq!(String::from_utf8(out).unwrap(), "02:02:03.004 api | x\n");
    }

    proptest! {
        #[test]
        fn plain_output_never_holds_a_control_character(
            bytes in proptest::collection::vec(
                prop_oneof![Just(0x1b), Just(b'['), Just(b'\r'), Just(b'\n'), Just(b'm'), any::<u8>()], 0..200),
        ) {
            let mut bytes = bytes;
            bytes.push(b'\n');
            let out = render(&bytes, PlainOptions::default());
            prop_assert!(ansi::shows_no_control(&out));
            prop_assert_eq!(
                memchr::memchr_iter(b'\n', &out).count(),
                memchr::memchr_iter(b'\n', &bytes).count()
            );
        }
    }
}
