//! Notices lines by which programs say that their address is in use or may not be bound.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::ansi;

/// What Node, Python, Go, Rust, Ruby, Java and Windows say.
static SAYINGS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i-u:EADDRINUSE|address already in use|only one usage of each socket address",
        r"|WinError 100(?:48|13)|\[Errno (?:98|48|10048)\])",
    ))
    .expect("the pattern is a constant that a test compiles")
});

/// Whether this line, without ANSI, says so.
pub(crate) fn is_said_in(line: &[u8]) -> bool {
    SAYINGS.is_match(line)
}

/// The index of the first line in `lines` that says so, and the line stripped of ANSI.
pub(crate) fn find(lines: &[u8]) -> Option<(u64, Vec<u8>)> {
    let stripped;
    let text = if memchr::memchr(0x1b, lines).is_some() {
        let mut plain = Vec::with_capacity(lines.len());
        ansi::strip_into(lines, &mut plain);
        stripped = plain;
        &stripped[..]
    } else {
        lines
    };
    let at = SAYINGS.find(text)?.start();
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline);
    let index = memchr::memchr_iter(b'\n', &text[..start]).count();
    let mut line = Vec::new();
    ansi::strip_into(&text[start..end], &mut line);
    Some((index as u64, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_say_is_recognised_through_colours() {
        for line in [
            "Error: listen EADDRINUSE: address already in use :::3000",
            "ERROR:    [Errno 98] error while attempting to bind on address",
            "OSError: [Errno 48] Address already in use",
            "listen tcp :8080: bind: address already in use",
            "PermissionError: [WinError 10013] An attempt was made",
            "Only one usage of each socket address (protocol/network address/port) is normally permitted.",
            "\x1b[31mAddress already\x1b[0m in use (os error 98)",
        ] {
            let text = format!("first\nsecond\n{line}\n");
            assert_eq!(find(text.as_bytes()).map(|(index, _)| index), Some(2), "{line}");
        }
        assert_eq!(find(b"listening on 98\n[Errno 13] Permission denied\n"), None);
    }
}
