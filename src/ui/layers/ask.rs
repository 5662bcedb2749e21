//! Questions that are answered with `y` or `n`.

use crossterm::event::KeyCode;

use crate::ui::action::Action;
use crate::ui::keys::Key;

use super::Outcome;

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
            Question::Quit { running: 0, .. } => "Nothing runs. Take the stack down and quit?".to_owned(),
            Question::Quit { running: 1, .. } => "Stop 1 service and quit?".to_owned(),
            Question::Quit { running, .. } => format!("Stop {running} services and quit?"),
        }
    }

    /// What can be pressed, and what it does.
    pub(crate) fn choices(&self) -> &'static [(&'static str, &'static str)] {
        match self.question {
            Question::Quit { attached: false, .. } => &[("y ctrl-c", "stop"), ("n", "stay")],
            Question::Quit { attached: true, .. } => {
                &[("y", "stop"), ("d ctrl-c", "leave running"), ("n", "stay")]
            }
        }
    }

    pub(super) fn key(&mut self, key: Key) -> Outcome {
        let Question::Quit { attached, .. } = self.question;
        // Others may look at the stack of another process: a second Ctrl-C only leaves that.
        if attached && key == Key::ctrl('c') {
            return Outcome { action: Some(Action::Leave), ..Outcome::close() };
        }
        if key == Key::char('y') || key == Key::ctrl('c') {
            return Outcome { action: Some(Action::StopAll), ..Outcome::close() };
        }
        if key == Key::char('d') && attached {
            return Outcome { action: Some(Action::Leave), ..Outcome::close() };
        }
        if [Key::char('n'), Key::char('q'), Key::code(KeyCode::Esc), Key::code(KeyCode::Enter)].contains(&key)
        {
            return Outcome::close();
        }
        Outcome::stay()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_stops_the_stack() {
        let cases = [
            ("y", true, Some(Action::StopAll)),
            ("n", true, None),
            ("Esc", true, None),
            ("q", true, None),
            ("Enter", true, None),
            ("Y", false, None),
            ("x", false, None),
        ];
        for attached in [false, true] {
            for (key, close, action) in cases {
                let mut ask = Ask { question: Question::Quit { running: 2, attached } };
                let outcome = ask.key(key.parse().unwrap());
                assert_eq!((outcome.close, outcome.action), (close, action), "{key}");
                assert!(outcome.requests.is_empty(), "the action gives the order, once");
            }
            let mut ask = Ask { question: Question::Quit { running: 2, attached } };
            let left = ask.key(Key::char('d')).action;
            assert_eq!(
                left,
                attached.then_some(Action::Leave),
                "what this console started is not left behind"
            );
        }
    }
}
