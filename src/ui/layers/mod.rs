//! What lies on top of the console: dialogs, the palette, help, a service's terminal. Each takes keys until it closes.

mod ask;
mod consent;
mod help;
mod holder;
mod layer;
mod line;
mod palette;
mod port;
mod terminal;
mod themes;

pub(crate) use ask::{Ask, Question};
pub(crate) use consent::Consent;
pub(crate) use help::{GAP, Help, HelpRow, Leaf};
pub(crate) use holder::{HolderDialog, HolderStep};
pub(crate) use layer::{Change, Context, Layer, Outcome};
pub(crate) use line::{LineDialog, LineFor};
pub(crate) use palette::{Command, Found, Palette};
pub(crate) use port::{Choice, PortDialog, PortStep};
pub(crate) use terminal::TerminalPane;
pub(crate) use themes::{Themes, about, names};

#[cfg(test)]
mod tests;
