//! What lies on top of the console: dialogs, the palette, help, a service's terminal. Each takes keys until it closes.

mod ask;

pub(crate) use ask::{Ask, Question};

use super::action::Action;
use super::facts::Facts;
use super::keymap::Keymap;
use super::keys::Key;
use super::msg::{Answer, Request};

/// One thing on top.
#[derive(Debug)]
pub(crate) enum Layer {
    Ask(Ask),
}

/// What a key did to a layer.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Whether the layer is done.
    pub(crate) close: bool,
    /// To be done as if its key had been pressed below the layer.
    pub(crate) action: Option<Action>,
    pub(crate) requests: Vec<Request>,
}

/// What a layer may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) keymap: &'a Keymap,
}

impl Outcome {
    /// The layer stays, and nothing else is to be done.
    pub(crate) fn stay() -> Self {
        Self::default()
    }

    /// The layer closes.
    pub(crate) fn close() -> Self {
        Self { close: true, ..Self::default() }
    }

    /// Also asks for something.
    #[must_use]
    pub(crate) fn and(mut self, request: Request) -> Self {
        self.requests.push(request);
        self
    }
}

impl Layer {
    /// Takes a key.
    pub(crate) fn key(&mut self, key: Key, context: Context<'_>) -> Outcome {
        match self {
            Self::Ask(ask) => ask.key(key, context),
        }
    }

    /// Takes pasted text; layers without a field ignore it.
    pub(crate) fn paste(&mut self, _text: &str) -> Outcome {
        match self {
            Self::Ask(_) => Outcome::stay(),
        }
    }

    /// Takes an answer that may be for it.
    pub(crate) fn answer(&mut self, _answer: &Answer) {
        match self {
            Self::Ask(_) => {}
        }
    }
}
