//! While the screen is not ours: a pager has the terminal, or plain lines are printed into its own scrollback.

use std::io;

use crossterm::event::{Event, KeyEventKind};
use ratatui::layout::Size;

use crate::ui::model::Toast;
use crate::ui::msg::Msg;
use crate::ui::terminal::TerminalEvent;

use super::copying;
use super::pace::Due;
use super::run::{Console, instant};

impl Console {
    /// Gives the terminal back while something else has it.
    pub(super) fn away(&mut self, work: impl FnOnce(&Self) -> Result<(), String>) -> io::Result<()> {
        self.events.pause();
        self.screen.leave();
        let done = work(self);
        self.screen.reenter()?;
        self.events.resume()?;
        if let Err(error) = done {
            self.model.toast = Some(Toast::grave(error, self.facts.now));
        }
        self.pace.note(Due::Input);
        Ok(())
    }

    /// Leaves the full screen: the terminal's own scrollback gets the lines, until a key is pressed.
    pub(super) fn step_aside(&mut self) -> io::Result<()> {
        self.screen.step_aside()?;
        let from = self.facts.seen().map_or(self.facts.log_end, |seen| *seen.start());
        self.aside = Some(from);
        self.screen.write(b"-- plain lines; any key returns --\r\n")
    }

    /// Takes what comes while plain lines are printed; false if the terminal is gone.
    pub(super) fn event_aside(&mut self, event: &Event) -> bool {
        match event {
            Event::Resize(width, height) => {
                self.tell(Msg::Resize(Size { width: *width, height: *height }));
                true
            }
            Event::Key(key) => key.kind == KeyEventKind::Release || self.return_from_aside(),
            // What is pasted is no key, and there is nothing that it could go to.
            Event::Paste(_) | Event::Mouse(_) | Event::FocusGained | Event::FocusLost => true,
        }
    }

    /// Takes the screen over again. What came together with the key that asked for it was typed at plain lines, and is
    /// dropped; false if the terminal is gone.
    fn return_from_aside(&mut self) -> bool {
        self.aside = None;
        if self.screen.reenter().is_err() {
            return false;
        }
        self.pace.note(Due::Input);
        while let Some(event) = self.events.try_next() {
            let is_typed = match &event {
                TerminalEvent::Input(event) => !matches!(event, Event::Resize(..)),
                TerminalEvent::Scheme { .. } | TerminalEvent::Gone => false,
            };
            if !is_typed && !self.terminal_event(event) {
                return false;
            }
        }
        true
    }

    /// Prints what came since the last time.
    pub(super) fn print_aside(&mut self, from: u64) -> io::Result<()> {
        self.desk.look()?;
        let (text, next) =
            copying::plain_from(&mut self.desk, &self.model.logs, &self.look.theme.palette, from)?;
        self.aside = Some(next);
        self.screen.write(text.as_bytes())?;
        self.pace.drawn(instant(), false);
        Ok(())
    }
}
