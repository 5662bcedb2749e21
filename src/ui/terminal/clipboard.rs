//! Copying through the terminal itself, which reaches the user's own clipboard from any host.

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;
use thiserror::Error;

/// The longest text in bytes: 100,000 after encoding, where the most cautious terminals stop.
const LONGEST: usize = 74_994;

/// Why text cannot be copied through the terminal; completes "failed to copy: ".
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CopyError {
    /// It is too long.
    #[error(
        "{bytes} bytes are more than a terminal takes, which is {LONGEST}; select less, or use a local clipboard tool"
    )]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
}

/// What to write for the terminal to put `text` into the clipboard (OSC 52).
///
/// Inside tmux it is also sent wrapped, for the terminal around it: which of the two works depends on tmux's
/// `set-clipboard` and `allow-passthrough`, and copying twice does no harm.
///
/// # Errors
///
/// When the text is too long; a part would be worse than nothing.
pub fn copy_sequence(text: &str, tmux: bool) -> Result<Vec<u8>, CopyError> {
    if text.len() > LONGEST {
        return Err(CopyError::TooLong { bytes: text.len() });
    }
    let mut sequence = String::new();
    // Writing to a string cannot fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
    if tmux {
        sequence = format!("{sequence}\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"));
    }
    Ok(sequence.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_sent_encoded_and_inside_tmux_wrapped_too() {
        let plain = copy_sequence("a\x1b[2Jü", false).unwrap();
        assert_eq!(plain, b"\x1b]52;c;YRtbMkrDvA==\x1b\\");
        let wrapped = copy_sequence("a", true).unwrap();
        assert_eq!(wrapped, b"\x1b]52;c;YQ==\x1b\\\x1bPtmux;\x1b\x1b]52;c;YQ==\x1b\x1b\\\x1b\\");
    }

    #[test]
    fn text_that_is_too_long_is_refused_whole() {
        assert!(copy_sequence(&"x".repeat(LONGEST), false).unwrap().len() < 100_100);
        let error = copy_sequence(&"x".repeat(LONGEST + 1), false).unwrap_err();
        assert!(error.to_string().contains("74995 bytes"), "{error}");
    }
}
