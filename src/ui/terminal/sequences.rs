//! The sequences that change the terminal's modes, each with the one that changes them back.

/// Begins a frame that is shown as one.
pub(super) const SYNC_BEGIN: &[u8] = b"\x1b[?2026h";
/// Ends it.
pub(super) const SYNC_END: &[u8] = b"\x1b[?2026l";

/// Alternate screen, bracketed paste, focus, changes of the colour scheme, no cursor.
pub(super) const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?2031h\x1b[?25l";

/// Bracketed paste alone, which [`ENTER`] has too.
pub(super) const PASTE_ON: &[u8] = b"\x1b[?2004h";

/// Buttons, drags and the wheel, with positions beyond 223. Never motion (1003): it floods and nobody needs it.
pub(super) const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
/// Gives the mouse back.
pub(super) const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Takes back all of the above, in any state: ends a string or a frame that was being written first.
pub(super) const LEAVE: &[u8] =
    b"\x1b\\\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2031l\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// What is asked at the start: frames (2026), background, colour scheme, how far `●` moves the cursor. The answer
/// to the last question (DA1), which every terminal knows, says that no other answers come.
#[cfg(unix)]
pub(super) const QUERY: &[u8] = "\x1b[?2026$p\x1b]11;?\x1b\\\x1b[?996n\x1b[H●\x1b[6n\x1b[c".as_bytes();

/// Wipes away what the questions left on the screen, rubbish of terminals that do not know them included.
#[cfg(unix)]
pub(super) const AFTER_QUERY: &[u8] = b"\x1b[0m\x1b[H\x1b[2J";
