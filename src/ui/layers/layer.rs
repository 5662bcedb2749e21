//! What all layers have in common: how they are opened, what they may look at, and what a key in them comes to.
//!
//! Layers change nothing but themselves. What is to be done besides is said in an [`Outcome`], for `update` to do.

use crossterm::event::KeyCode;
use ratatui::layout::Size;

use crate::stack::{Port, PortHolder, ServiceName};
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::keys::Key;
use crate::ui::model::Model;
use crate::ui::msg::{Answer, Request};

use super::{
    Ask, Command, Help, HolderDialog, LineDialog, LineFor, Palette, PortDialog, TerminalPane, Themes,
};

/// One thing on top.
#[derive(Debug)]
pub(crate) enum Layer {
    Ask(Ask),
    Help(Help),
    Holder(Box<HolderDialog>),
    Line(LineDialog),
    Palette(Palette),
    Port(Box<PortDialog>),
    Terminal(TerminalPane),
    Themes(Themes),
}

/// What a key did to a layer. Done in this order: the layer closes, the service is selected, the changes are made,
/// the action is taken, the requests are sent.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Whether the layer is done.
    pub(crate) close: bool,
    /// A service to select.
    pub(crate) select: Option<ServiceName>,
    /// What to change in the console itself.
    pub(crate) changes: Vec<Change>,
    /// To be done as if its key had been pressed below the layer.
    pub(crate) action: Option<Action>,
    pub(crate) requests: Vec<Request>,
}

/// A change of the console that has no key of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Keeps a word lit, or no longer if it is.
    Pin(String),
    /// Keeps a filter under a name, in place of the one that has it.
    SaveFilter { name: String, text: String },
    /// Filters the logs by this.
    Filter(String),
    /// Keeps this theme.
    Theme(String),
    /// Shows the details of the selected service.
    ShowDetails,
    /// Does what a finding of this service suggests.
    Apply { service: ServiceName, action: String },
    /// Asks whether to stop all services and quit.
    AskToStop,
    /// A command of the palette was used: it comes first the next time.
    Used(Command),
    /// A line was sent to a service: it can be recalled.
    Sent { service: ServiceName, line: String },
}

/// What a layer may look at. It is not among the layers of the model meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) model: &'a Model,
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

    /// Also changes something.
    #[must_use]
    pub(crate) fn changing(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }
}

impl Layer {
    pub(crate) fn help(_model: &Model) -> Self {
        Self::Help(Help::default())
    }

    pub(crate) fn palette(model: &Model, facts: &Facts) -> Self {
        Self::Palette(Palette::new(Context { facts, model }))
    }

    pub(crate) fn themes(model: &Model) -> Self {
        Self::Themes(Themes::new(&model.settings))
    }

    /// The choice of a port, before what there is to choose from is known.
    pub(crate) fn port(service: ServiceName) -> Self {
        Self::Port(Box::new(PortDialog::new(service)))
    }

    pub(crate) fn holder(service: ServiceName, port: Port, holder: PortHolder) -> Self {
        Self::Holder(Box::new(HolderDialog::new(service, port, holder)))
    }

    pub(crate) fn line(what: LineFor) -> Self {
        Self::Line(LineDialog::new(what))
    }

    /// A service's terminal, and the cells that it has in a window of this size.
    pub(crate) fn terminal(service: ServiceName, window: Size) -> (Self, Size) {
        (Self::Terminal(TerminalPane { service }), TerminalPane::cells(window))
    }

    /// Takes a key.
    pub(crate) fn key(&mut self, key: Key, context: Context<'_>) -> Outcome {
        match self {
            Self::Ask(ask) => ask.key(key),
            Self::Help(help) => help.key(key, context),
            Self::Holder(holder) => holder.key(key),
            Self::Line(line) => line.key(key, context),
            Self::Palette(palette) => palette.key(key, context),
            Self::Port(port) => port.key(key),
            Self::Terminal(terminal) => terminal.key(key, context),
            Self::Themes(themes) => themes.key(key),
        }
    }

    /// Takes pasted text; layers without a field ignore it.
    pub(crate) fn paste(&mut self, text: &str, context: Context<'_>) -> Outcome {
        match self {
            Self::Ask(_) | Self::Help(_) | Self::Holder(_) | Self::Themes(_) => Outcome::stay(),
            Self::Line(line) => line.paste(text),
            Self::Palette(palette) => palette.paste(text, context),
            Self::Port(port) => port.paste(text),
            Self::Terminal(terminal) => terminal.paste(text, context),
        }
    }

    /// Takes an answer that may be for it.
    pub(crate) fn answer(&mut self, answer: &Answer) -> Outcome {
        match self {
            Self::Holder(holder) => holder.answer(answer),
            Self::Port(port) => port.answer(answer),
            Self::Ask(_)
            | Self::Help(_)
            | Self::Line(_)
            | Self::Palette(_)
            | Self::Terminal(_)
            | Self::Themes(_) => Outcome::stay(),
        }
    }

    /// What is to be asked for because the window has another size now.
    pub(crate) fn resized(&self, window: Size) -> Option<Request> {
        match self {
            Self::Terminal(terminal) => Some(terminal.watch(window)),
            Self::Ask(_)
            | Self::Help(_)
            | Self::Holder(_)
            | Self::Line(_)
            | Self::Palette(_)
            | Self::Port(_)
            | Self::Themes(_) => None,
        }
    }
}

/// Whether a key leaves a dialog as things are.
pub(super) fn leaves(key: Key) -> bool {
    key == Key::code(KeyCode::Esc) || key == Key::ctrl('c')
}
