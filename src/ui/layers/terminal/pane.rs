//! The pane: which service, how many cells it has, what goes to the program and what leaves.

use ratatui::layout::Size;

use crate::stack::ServiceName;
use crate::ui::facts::Facts;
use crate::ui::keys::Key;
use crate::ui::layers::{Context, Outcome};
use crate::ui::msg::Request;

use super::encode::{Modes, encoded, pasted};

/// A service's terminal, over the whole window.
#[derive(Debug)]
pub(crate) struct TerminalPane {
    pub(crate) service: ServiceName,
}

impl TerminalPane {
    /// The cells that the program has in a window of this size: all but the title and the hint line.
    pub(crate) fn cells(window: Size) -> Size {
        Size { width: window.width.max(1), height: window.height.saturating_sub(2).max(1) }
    }

    /// Has the terminal shown in a window of this size.
    pub(in crate::ui::layers) fn watch(&self, window: Size) -> Request {
        Request::WatchTerminal(Some((self.service.clone(), Self::cells(window))))
    }

    pub(in crate::ui::layers) fn key(&mut self, key: Key, context: Context<'_>) -> Outcome {
        if is_way_out(key) {
            return Outcome::close().and(Request::WatchTerminal(None));
        }
        match encoded(key, self.modes(context.facts)) {
            Some(bytes) => Outcome::stay().and(self.send(bytes)),
            None => Outcome::stay(),
        }
    }

    pub(in crate::ui::layers) fn paste(&mut self, text: &str, context: Context<'_>) -> Outcome {
        Outcome::stay().and(self.send(pasted(text, self.modes(context.facts))))
    }

    /// What the program shows; none before it showed anything.
    pub(crate) fn screen<'a>(&self, facts: &'a Facts) -> Option<&'a vt100::Screen> {
        let shown = facts.terminal.as_ref()?;
        if shown.service.as_ref() != Some(&self.service) {
            return None;
        }
        shown.screen.as_deref()
    }

    fn modes(&self, facts: &Facts) -> Modes {
        self.screen(facts).map_or_else(Modes::default, |screen| Modes {
            application_cursor: screen.application_cursor(),
            bracketed_paste: screen.bracketed_paste(),
        })
    }

    fn send(&self, bytes: Vec<u8>) -> Request {
        Request::Send { service: self.service.clone(), bytes }
    }
}

/// `ctrl-]`, as telnet has it. Terminals send the byte 0x1d for it, which is told as `ctrl-5`.
fn is_way_out(key: Key) -> bool {
    key == Key::ctrl(']') || key == Key::ctrl('5')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples::{model, name, shop};
    use crossterm::event::KeyCode;

    #[test]
    fn every_key_but_the_way_out_goes_to_the_program() {
        let facts = shop();
        let model = model(&facts);
        let context = Context { facts: &facts, model: &model };
        let mut pane = TerminalPane { service: name("web") };
        for (key, bytes) in
            [(Key::code(KeyCode::Esc), &b"\x1b"[..]), (Key::ctrl('c'), b"\x03"), (Key::char('q'), b"q")]
        {
            let outcome = pane.key(key, context);
            let send = Request::Send { service: name("web"), bytes: bytes.to_vec() };
            assert_eq!((outcome.close, outcome.requests), (false, vec![send]));
        }
        for key in [Key::ctrl(']'), Key::ctrl('5')] {
            let outcome = pane.key(key, context);
            assert_eq!((outcome.close, outcome.requests), (true, vec![Request::WatchTerminal(None)]));
        }
    }

    #[test]
    fn the_program_has_all_but_two_rows() {
        let window = |width, height| TerminalPane::cells(Size { width, height });
        assert_eq!(window(80, 24), Size { width: 80, height: 22 });
        assert_eq!(window(0, 0), Size { width: 1, height: 1 });
    }
}
