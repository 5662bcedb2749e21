//! Questions that are answered with `y` or `n`.

use crossterm::event::KeyCode;

use crate::handle::CommandRequest;
use crate::ui::action::Action;
use crate::ui::keys::Key;
use crate::ui::msg::Request;

use super::{Context, Outcome};

/// A question on top of the console. Everything but a clear yes leaves things as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) question: Question,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Whether to stop so many services and quit. An attached console may be left instead.
    Quit { running: usize, attached: bool },
}

impl Ask {
    /// The question in words.
    pub(crate) fn text(&self) -> String {
        match self.question {
            Question::Quit { running: 1, .. } => "Stop 1 service and quit?".to_owned(),
            Question::Quit { running, .. } => format!("Stop {running} services and quit?"),
        }
    }

    /// What can be pressed, and what it does.
    pub(crate) fn choices(&self) -> &'static [(&'static str, &'static str)] {
        match self.question {
            Question::Quit { attached: false, .. } => &[("y", "stop"), ("n", "stay")],
            Question::Quit { attached: true, .. } => &[("y", "stop"), ("d", "leave running"), ("n", "stay")],
        }
    }

    pub(super) fn key(&mut self, key: Key, _context: Context<'_>) -> Outcome {
        let Question::Quit { attached, .. } = self.question;
        if key == Key::char('y') || key == Key::ctrl('c') {
            let stop = Request::Order { what: "stop all".to_owned(), order: CommandRequest::Down {} };
            return Outcome { action: Some(Action::StopAll), ..Outcome::close() }.and(stop);
        }
        if key == Key::char('d') && attached {
            return Outcome { action: Some(Action::Leave), ..Outcome::close() };
        }
        if key == Key::char('n') || key == Key::code(KeyCode::Esc) || key == Key::char('q') {
            return Outcome::close();
        }
        Outcome::stay()
    }
}
