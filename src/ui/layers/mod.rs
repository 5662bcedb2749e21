//! What lies on top of the console: dialogs, the palette, help, a service's terminal. Each takes keys until it closes.

mod ask;
mod help;
mod holder;
mod line;
mod palette;
mod port;
mod terminal;
mod themes;

pub(crate) use ask::{Ask, Question};
pub(crate) use help::Help;
pub(crate) use holder::HolderDialog;
pub(crate) use line::{LineDialog, LineFor};
pub(crate) use palette::Palette;
pub(crate) use port::PortDialog;
pub(crate) use terminal::TerminalPane;
pub(crate) use themes::Themes;

use ratatui::layout::Size;
use tui_input::Input;

use super::action::Action;
use super::facts::Facts;
use super::keymap::Keymap;
use super::keys::Key;
use super::model::{Model, Settings};
use super::msg::{Answer, Request};
use crate::stack::{Port, PortHolder, ServiceName};

/// One thing on top.
#[derive(Debug)]
pub(crate) enum Layer {
    Ask(Ask),
    Help(Help),
    Holder(HolderDialog),
    Line(LineDialog),
    Palette(Palette),
    Port(PortDialog),
    Terminal(TerminalPane),
    Themes(Themes),
}

/// What a key did to a layer.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Whether the layer is done.
    pub(crate) close: bool,
    /// To be done as if its key had been pressed below the layer.
    pub(crate) action: Option<Action>,
    /// A service to select before that.
    pub(crate) select: Option<ServiceName>,
    pub(crate) requests: Vec<Request>,
}

/// What a layer may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) keymap: &'a Keymap,
    pub(crate) settings: &'a Settings,
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
    pub(crate) fn help(_model: &Model) -> Self {
        Self::Help(Help { offset: 0 })
    }

    pub(crate) fn palette(_model: &Model) -> Self {
        Self::Palette(Palette { input: Input::default() })
    }

    pub(crate) fn themes(model: &Model) -> Self {
        Self::Themes(Themes { before: model.settings.remembered.theme.clone() })
    }

    pub(crate) fn port(service: ServiceName) -> Self {
        Self::Port(PortDialog { service })
    }

    pub(crate) fn holder(service: ServiceName, port: Port, holder: PortHolder) -> Self {
        Self::Holder(HolderDialog { service, port, holder })
    }

    pub(crate) fn line(what: LineFor) -> Self {
        Self::Line(LineDialog { what, input: Input::default() })
    }

    /// A service's terminal, and the cells that it has in a window of this size.
    pub(crate) fn terminal(service: ServiceName, window: Size) -> (Self, Size) {
        (Self::Terminal(TerminalPane { service }), window)
    }

    /// Takes a key.
    pub(crate) fn key(&mut self, key: Key, context: Context<'_>) -> Outcome {
        match self {
            Self::Ask(ask) => ask.key(key, context),
            Self::Help(help) => help.key(key, context),
            Self::Holder(holder) => holder.key(key, context),
            Self::Line(line) => line.key(key, context),
            Self::Palette(palette) => palette.key(key, context),
            Self::Port(port) => port.key(key, context),
            Self::Terminal(terminal) => terminal.key(key, context),
            Self::Themes(themes) => themes.key(key, context),
        }
    }

    /// Takes pasted text; layers without a field ignore it.
    pub(crate) fn paste(&mut self, _text: &str, _context: Context<'_>) -> Outcome {
        Outcome::stay()
    }

    /// Takes an answer that may be for it.
    pub(crate) fn answer(&mut self, _answer: &Answer) {}
}
