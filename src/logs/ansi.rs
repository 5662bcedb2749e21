//! What stands between a service's bytes and a terminal: recognises escape sequences and control characters.
//!
//! Works on one line, or on several; a sequence never reaches across a newline. Allocates nothing.

/// The longest piece of text, give or take a character. Whoever shows the beginning of a line of megabytes pays
/// for no more than that.
const LONGEST_TEXT: usize = 4096;

/// A piece of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text without control characters but for tab and newline.
    Text(&'a [u8]),
    /// A select-graphic-rendition sequence: colours, bold and the like.
    Sgr(&'a [u8]),
    /// A carriage return.
    Return,
    /// Anything else: cursor moves, titles, links, bells, NUL. Dropped by all who show text.
    Control,
}

/// The pieces of `bytes`, in order.
pub(crate) struct Pieces<'a> {
    rest: &'a [u8],
}

/// Appends `bytes` to `out` without escape sequences and control characters; tab and newline stay.
pub fn strip_into(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in pieces(bytes) {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text),
            Piece::Sgr(_) | Piece::Return | Piece::Control => {}
        }
    }
}

/// Whether `bytes` can be shown as they are: nothing for [`pieces`] to find.
pub(crate) fn is_clean(bytes: &[u8]) -> bool {
    // Without a branch per byte, so that it is vectorised: this runs over everything that is printed. The lesser of
    // the two is below 0x5f for a printable character, and for tab and newline. Twice as fast as to ask for each.
    let odd = |b: u8| b.wrapping_sub(b' ').min(b.wrapping_sub(b'\t').saturating_add(0x5d));
    if bytes.iter().fold(0, |most: u8, &b| most.max(odd(b))) < 0x5f {
        return true;
    }
    let mut seen = 0u8;
    for &b in bytes {
        seen |= u8::from((b < 0x20) & (b != b'\n') & (b != b'\t')) | u8::from(b == 0x7f) | (b & 0x80);
    }
    if seen & 0x7f != 0 {
        return false;
    }
    std::str::from_utf8(bytes).is_ok_and(|_| !holds_c1(bytes))
}

/// Splits `bytes` into pieces.
pub(crate) fn pieces(bytes: &[u8]) -> Pieces<'_> {
    Pieces { rest: bytes }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let first = *self.rest.first()?;
        if first == 0x1b {
            let (len, sgr) = escape(self.rest);
            let sequence = self.take(len);
            return Some(if sgr { Piece::Sgr(sequence) } else { Piece::Control });
        }
        let len = text_len(self.rest);
        if len > 0 {
            return Some(Piece::Text(self.take(len)));
        }
        // Not text: a control character of one byte, or one of two in UTF-8 (U+0080 to U+009F).
        let len = if first == 0xc2 { 2 } else { 1 };
        self.take(len);
        Some(if first == b'\r' { Piece::Return } else { Piece::Control })
    }
}

impl<'a> Pieces<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (head, tail) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = tail;
        head
    }
}

/// Of a line that was redrawn with carriage returns, the last state that shows anything.
///
/// Looks at it from its end, so that a long history of progress costs nothing.
pub(crate) fn last_state(line: &[u8]) -> &[u8] {
    let mut end = line.len();
    let mut redrawn = false;
    loop {
        let start = memchr::memrchr(b'\r', &line[..end]).map(|at| at + 1);
        redrawn |= start.is_some();
        let state = &line[start.unwrap_or(0)..end];
        if !redrawn || shows_anything(state) {
            return state;
        }
        match start {
            Some(start) => end = start - 1,
            None => return &[],
        }
    }
}

fn shows_anything(state: &[u8]) -> bool {
    pieces(state).any(|piece| match piece {
        Piece::Text(text) => text.iter().any(|&b| b != b' ' && b != b'\t'),
        Piece::Sgr(_) | Piece::Return | Piece::Control => false,
    })
}

fn holds_c1(utf8: &[u8]) -> bool {
    memchr::memchr_iter(0xc2, utf8)
        .any(|at| utf8.get(at + 1).is_some_and(|&next| (0x80..=0x9f).contains(&next)))
}

/// How many bytes at the start are text, up to [`LONGEST_TEXT`]. Bytes 0x80 to 0x9F that belong to no character are control characters
/// to an 8-bit terminal (0x9B begins a sequence), so they end it; other invalid bytes are somebody's Latin-1.
fn text_len(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < LONGEST_TEXT
        && let Some(&byte) = bytes.get(at)
    {
        at += match byte {
            b'\t' | b'\n' | 0x20..=0x7e => 1,
            0x00..=0x1f | 0x7f => return at,
            0x80..=0xff => match wide_len(&bytes[at..]) {
                Some(len) => len,
                None => return at,
            },
        };
    }
    at
}

/// The length of the character or stray byte at the start, `None` if it is a control character.
fn wide_len(bytes: &[u8]) -> Option<usize> {
    let window = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or(""),
    };
    match valid.chars().next() {
        Some('\u{80}'..='\u{9f}') => None,
        Some(c) => Some(c.len_utf8()),
        None if matches!(bytes[0], 0x80..=0x9f) => None,
        None => Some(1),
    }
}

/// The length of the escape sequence at the start, and whether it is SGR. One that has no end on its line is
/// its introducer alone: its text is shown rather than swallowed.
fn escape(bytes: &[u8]) -> (usize, bool) {
    match bytes.get(1) {
        Some(b'[') => control_sequence(bytes),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => (string_len(bytes).unwrap_or(2), false),
        Some(0x20..=0x2f) => {
            let end = bytes[1..].iter().position(|b| !(0x20..=0x2f).contains(b)).map(|at| at + 1);
            match end.and_then(|end| bytes.get(end).map(|&b| (end, b))) {
                Some((end, 0x30..=0x7e)) => (end + 1, false),
                Some(_) | None => (1, false),
            }
        }
        Some(0x30..=0x7e) => (2, false),
        Some(_) | None => (1, false),
    }
}

fn control_sequence(bytes: &[u8]) -> (usize, bool) {
    let body = &bytes[2..];
    let Some(end) = body.iter().position(|b| !(0x20..=0x3f).contains(b)) else {
        return (2, false);
    };
    match body[end] {
        b'm' => {
            let plain = body[..end].iter().all(|b| b.is_ascii_digit() || matches!(b, b';' | b':'));
            (end + 3, plain)
        }
        0x40..=0x7e => (end + 3, false),
        _ => (2, false),
    }
}

/// The length of an operating-system command or another string sequence: up to BEL or ESC `\`.
fn string_len(bytes: &[u8]) -> Option<usize> {
    let end = 2 + memchr::memchr3(0x07, 0x1b, b'\n', &bytes[2..])?;
    match (bytes[end], bytes.get(end + 1)) {
        (0x07, _) => Some(end + 1),
        (0x1b, Some(b'\\')) => Some(end + 2),
        _ => None,
    }
}

/// Whether a terminal takes nothing in `bytes` for a command.
#[cfg(test)]
pub(crate) fn shows_no_control(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().all(|chunk| {
        chunk.valid().chars().all(|c| !c.is_control() || c == '\t' || c == '\n')
            && chunk.invalid().iter().all(|b| !(0x80..=0x9f).contains(b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn strip(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        strip_into(bytes, &mut out);
        out
    }

    #[test]
    fn sequences_go_and_text_stays() {
        assert_eq!(strip(b"\x1b[1;31mred\x1b[0m \x1b[2K\x1b[1Gx"), b"red x");
        assert_eq!(strip(b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x07!"), b"link!");
        assert_eq!(strip(b"a\x1b(Bb\x1b7c\0d\x07e\x7ff"), b"abcdef");
        assert_eq!(strip("caf\u{e9} \u{9b}31m".as_bytes()), "caf\u{e9} 31m".as_bytes());
        assert_eq!(strip(b"caf\xe9 \x9b31m"), b"caf\xe9 31m");
    }

    #[test]
    fn of_single_bytes_only_text_tab_and_newline_are_clean() {
        for byte in 0..=u8::MAX {
            let text = matches!(byte, b'\t' | b'\n' | 0x20..=0x7e);
            assert_eq!(is_clean(&[b'a', byte, b'z']), text, "{byte:#x}");
        }
        assert!(is_clean("naïve £5".as_bytes()) && !is_clean("a\u{9b}b".as_bytes()));
    }

    #[test]
    fn the_last_state_is_the_last_that_shows_anything() {
        assert_eq!(last_state(b"10%\r50%\r100%"), b"100%");
        assert_eq!(last_state(b"done\r    \r\x1b[K"), b"done");
        assert_eq!(last_state(b"dos\r"), b"dos");
        assert_eq!(last_state(b"\r \r"), b"");
        assert_eq!(last_state(b"  "), b"  ");
    }

    #[test]
    fn text_comes_in_bounded_pieces_that_part_no_character() {
        let long = "é".repeat(10_000);
        let texts: Vec<_> = pieces(long.as_bytes())
            .map(|piece| match piece {
                Piece::Text(text) => std::str::from_utf8(text).unwrap(),
                other => panic!("{other:?} is not text"),
            })
            .collect();
        assert!(texts.iter().all(|text| text.len() <= LONGEST_TEXT + 3));
        assert_eq!(texts.concat(), long);
    }

    #[test]
    fn a_sequence_without_end_does_not_swallow_the_line() {
        assert_eq!(strip(b"\x1b]0;title never ended\nnext"), b"0;title never ended\nnext");
        assert_eq!(strip(b"\x1b[31"), b"31");
        assert_eq!(strip(b"x\x1b"), b"x");
    }

    proptest! {
        #[test]
        fn stripping_never_lets_a_control_character_through(
            bytes in proptest::collection::vec(
                prop_oneof![Just(0x1b), Just(b'['), Just(b']'), Just(b'm'), Just(0xc2), Just(0x9b), any::<u8>()], 0..200),
        ) {
            let stripped = strip(&bytes);
            prop_assert!(shows_no_control(&stripped), "{:?} became {:?}", bytes, stripped);
            prop_assert!(!is_clean(&bytes) || stripped == bytes);
        }
    }
}
