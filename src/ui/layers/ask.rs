//! Questions that are answered with `y` or `n`.

use crossterm::event::KeyCode;

use crate::stack::ServiceName;
use crate::ui::action::Action;
use crate::ui::keys::Key;

use super::{Change, Outcome};

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
    /// Whether to do what a finding of this service suggests.
    Apply { service: ServiceName, action: String },
}

impl Ask {
    /// The question in words.
    pub(crate) fn text(&self) -> String {
        match &self.question {
            Question::Apply { action, .. } => format!("Apply: {action}?"),
            Question::Quit { running: 0, .. } => "Nothing runs. Take the stack down and quit?".to_owned(),
            Question::Quit { running: 1, .. } => "Stop 1 service and quit?".to_owned(),
            Question::Quit { running, .. } => format!("Stop {running} services and quit?"),
        }
    }

    /// What can be pressed, and what it does.
    pub(crate) fn choices(&self) -> &'static [(&'static str, &'static str)] {
        match &self.question {
            Question::Apply { .. } => &[("y", "apply"), ("n", "leave it")],
            Question::Quit { attached: false, .. } => &[("y ctrl-c", "stop"), ("n", "stay")],
            Question::Quit { attached: true, .. } => {
                &[("y", "stop"), ("d ctrl-c", "leave running"), ("n", "stay")]
            }
        }
    }

    pub(super) fn key(&mut self, key: Key) -> Outcome {
        let attached = match &self.question {
            Question::Quit { attached, .. } => *attached,
            Question::Apply { service, action } if key == Key::char('y') => {
                let (service, action) = (service.clone(), action.clone());
                return Outcome::close().changing(Change::Apply { service, action });
            }
            Question::Apply { .. } => return if is_no(key) { Outcome::close() } else { Outcome::stay() },
        };
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
        if is_no(key) { Outcome::close() } else { Outcome::stay() }
    }
}

/// Whether a key leaves things as they are.
fn is_no(key: Key) -> bool {
    let no = [Key::char('n'), Key::char('q'), Key::code(KeyCode::Esc), Key::code(KeyCode::Enter)];
    no.contains(&key) || key == Key::ctrl('c')
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
