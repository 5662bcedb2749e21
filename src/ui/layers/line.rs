//! A line of text to be typed, and what it is for.

use crossterm::event::KeyCode;
use tui_input::Input;

use crate::stack::ServiceName;
use crate::ui::keys::Key;
use crate::ui::msg::Request;

use super::layer::leaves;
use super::{Change, Context, Outcome};
use crate::ui::field::{edit, insert};

/// A line being typed.
#[derive(Debug)]
pub(crate) struct LineDialog {
    pub(crate) what: LineFor,
    pub(crate) input: Input,
    /// Which of the earlier lines is shown, counted from the latest.
    recalled: Option<usize>,
}

/// What a line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineFor {
    /// To be sent to a service's standard input.
    Stdin(ServiceName),
    /// A word to be kept lit.
    Pin,
    /// The name under which this filter is kept.
    FilterName(String),
}

impl LineDialog {
    pub(super) fn new(what: LineFor) -> Self {
        Self { what, input: Input::default(), recalled: None }
    }

    pub(super) fn key(&mut self, key: Key, context: Context<'_>) -> Outcome {
        if leaves(key) {
            return Outcome::close();
        }
        match key.event().code {
            KeyCode::Enter => return self.enter(context),
            KeyCode::Up => self.recall(context, true),
            KeyCode::Down => self.recall(context, false),
            _ => {
                self.recalled = None;
                edit(&mut self.input, key);
            }
        }
        Outcome::stay()
    }

    pub(super) fn paste(&mut self, text: &str) -> Outcome {
        insert(&mut self.input, text);
        Outcome::stay()
    }

    /// Takes the line. An empty one is sent to a service too: programs that ask for "Enter" want it.
    fn enter(&mut self, context: Context<'_>) -> Outcome {
        let text = self.input.value_and_reset();
        let trimmed = text.trim().to_owned();
        match &self.what {
            LineFor::Stdin(service) => {
                let tty = context.facts.described(service).is_some_and(|described| described.tty);
                // The Enter key of a terminal is a return; its line discipline makes a newline of it.
                let end = if tty { b'\r' } else { b'\n' };
                let mut bytes = text.clone().into_bytes();
                bytes.push(end);
                self.recalled = None;
                let sent = Outcome::stay().and(Request::Send { service: service.clone(), bytes });
                match trimmed.is_empty() {
                    true => sent,
                    false => sent.changing(Change::Sent { service: service.clone(), line: text }),
                }
            }
            LineFor::Pin | LineFor::FilterName(_) if trimmed.is_empty() => Outcome::close(),
            LineFor::Pin => Outcome::close().changing(Change::Pin(trimmed)),
            LineFor::FilterName(filter) => {
                Outcome::close().changing(Change::SaveFilter { name: trimmed, text: filter.clone() })
            }
        }
    }

    fn recall(&mut self, context: Context<'_>, older: bool) {
        let LineFor::Stdin(service) = &self.what else { return };
        let lines = context.model.recent.lines.get(service).map_or(&[][..], Vec::as_slice);
        self.recalled = match (self.recalled, older) {
            (None, false) => return,
            (None, true) if lines.is_empty() => return,
            (None, true) => Some(0),
            (Some(0), false) => None,
            (Some(n), true) => Some((n + 1).min(lines.len().saturating_sub(1))),
            (Some(n), false) => Some(n - 1),
        };
        let line = self.recalled.and_then(|n| lines.get(n)).cloned().unwrap_or_default();
        self.input = Input::new(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples::{model, name, shop};

    fn typed(dialog: &mut LineDialog, context: Context<'_>, text: &str) {
        for c in text.chars() {
            dialog.key(Key::char(c), context);
        }
    }

    #[test]
    fn a_line_is_sent_with_its_newline_and_recalled() {
        let facts = shop();
        let mut model = model(&facts);
        let mut dialog = LineDialog::new(LineFor::Stdin(name("api")));
        typed(&mut dialog, Context { facts: &facts, model: &model }, "rs q");
        let outcome = dialog.key(Key::code(KeyCode::Enter), Context { facts: &facts, model: &model });
        let send = Request::Send { service: name("api"), bytes: b"rs q\n".to_vec() };
        assert_eq!(outcome.requests, [send]);
        assert!(!outcome.close, "the next line follows");
        assert_eq!(outcome.changes, [Change::Sent { service: name("api"), line: "rs q".to_owned() }]);
        model.recent.sent(name("api"), "rs q".to_owned());
        dialog.key(Key::code(KeyCode::Up), Context { facts: &facts, model: &model });
        assert_eq!(dialog.input.value(), "rs q");
        dialog.key(Key::code(KeyCode::Down), Context { facts: &facts, model: &model });
        assert_eq!(dialog.input.value(), "");
    }

    #[test]
    fn pasted_newlines_are_spaces_and_press_nothing() {
        let facts = shop();
        let model = model(&facts);
        let context = Context { facts: &facts, model: &model };
        let mut dialog = LineDialog::new(LineFor::FilterName("level:warn".to_owned()));
        assert!(dialog.paste("a\nb\x1b\n").requests.is_empty());
        let outcome = dialog.key(Key::code(KeyCode::Enter), context);
        let change = Change::SaveFilter { name: "a b".to_owned(), text: "level:warn".to_owned() };
        assert_eq!((outcome.close, outcome.changes), (true, vec![change]));
    }

    #[test]
    fn an_empty_word_or_name_changes_nothing() {
        let facts = shop();
        let model = model(&facts);
        let context = Context { facts: &facts, model: &model };
        for what in [LineFor::Pin, LineFor::FilterName("x".to_owned())] {
            let mut dialog = LineDialog::new(what);
            typed(&mut dialog, context, "  ");
            let outcome = dialog.key(Key::code(KeyCode::Enter), context);
            assert!(outcome.close && outcome.changes.is_empty());
        }
    }
}
