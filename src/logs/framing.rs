//! Cuts a stream of bytes into whole lines. Knows nothing of encodings, services or files.

/// A line without end is handed on in pieces of about this many bytes.
pub(crate) const LONGEST_HELD: usize = 4 << 20;

/// How a block of whole lines came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With a newline of the stream's own.
    Newline,
    /// With the end of the stream; the last newline is ours.
    EndOfStream,
    /// Because the line grew too long; the last newline is ours and the line goes on.
    Spilled,
}

/// The state of one stream: the part of a line that has no end yet.
#[derive(Default)]
pub(crate) struct Framer {
    held: Vec<u8>,
    /// The held bytes are the rest of a line of which pieces were handed on.
    continued: bool,
}

impl Framer {
    /// Takes what one read brought. Appends the whole lines that it completes to `out`.
    ///
    /// Answers how the lines end, or `None` if nothing was completed. `keep` says how many bytes at the end of
    /// `held` must stay back when a line is spilled (it may rewrite them: that is where secrets are masked, so
    /// that none escapes by lying across the cut).
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        keep: impl FnOnce(&mut Vec<u8>) -> usize,
    ) -> Option<Ending> {
        if let Some(last) = memchr::memrchr(b'\n', bytes) {
            out.reserve_exact(self.held.len() + last + 1);
            out.extend_from_slice(&self.held);
            out.extend_from_slice(&bytes[..=last]);
            self.hold(&bytes[last + 1..]);
            self.continued = false;
            return Some(Ending::Newline);
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() < LONGEST_HELD {
            return None;
        }
        let back = keep(&mut self.held).min(self.held.len() / 2);
        let cut = self.held.len() - back;
        out.extend_from_slice(&self.held[..cut]);
        out.push(b'\n');
        self.held.drain(..cut);
        self.continued = true;
        Some(Ending::Spilled)
    }

    /// Ends the stream: appends what is held, with a newline, to `out`.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Option<Ending> {
        if self.held.is_empty() && !self.continued {
            return None;
        }
        out.append(&mut self.held);
        out.push(b'\n');
        self.continued = false;
        Some(Ending::EndOfStream)
    }

    fn hold(&mut self, rest: &[u8]) {
        self.held.clear();
        // A long line must not pin its buffer for the rest of the service's life.
        if self.held.capacity() > 64 << 10 {
            self.held = Vec::new();
        }
        self.held.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(pieces: &[&[u8]]) -> (Vec<u8>, bool) {
        let (mut framer, mut out, mut unterminated) = (Framer::default(), Vec::new(), false);
        for piece in pieces {
            framer.push(piece, &mut out, |_| 0);
            assert!(out.is_empty() || out.ends_with(b"\n"), "only whole lines are handed on");
        }
        if framer.finish(&mut out).is_some() {
            unterminated = true;
        }
        (out, unterminated)
    }

    proptest! {
        #[test]
        fn any_split_of_any_bytes_gives_the_same_lines(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(0x1b), any::<u8>()], 0..400),
            cuts in proptest::collection::vec(0usize..400, 0..12),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            let (split, unterminated) = frame(&pieces);
            let mut expected = text.clone();
            if !text.is_empty() && !text.ends_with(b"\n") {
                expected.push(b'\n');
            }
            prop_assert_eq!(split, expected);
            prop_assert_eq!(unterminated, !text.is_empty() && !text.ends_with(b"\n"));
        }
    }

    #[test]
    fn a_line_without_end_is_spilled_in_pieces_that_add_up() {
        let (mut framer, mut pieces, mut text) = (Framer::default(), Vec::new(), Vec::new());
        for n in 0..100u8 {
            let block = vec![n.max(b' '); 100_000];
            text.extend_from_slice(&block);
            let mut out = Vec::new();
            if let Some(ending) = framer.push(&block, &mut out, |_| 7) {
                assert_eq!(ending, Ending::Spilled);
                assert_eq!(out.pop(), Some(b'\n'));
                pieces.extend_from_slice(&out);
            }
        }
        let mut out = Vec::new();
        assert_eq!(framer.finish(&mut out), Some(Ending::EndOfStream));
        out.pop();
        pieces.extend_from_slice(&out);
        assert_eq!(pieces, text);
    }
}
