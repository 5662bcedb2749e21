//! Asking twice before something that cannot be taken back.

use crate::ui::keys::Key;

/// How far somebody has agreed to it. Only `y` agrees, and only a second one is a yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Asked once.
    #[default]
    Asked,
    /// Asked again, by name.
    AskedAgain,
    /// Agreed to.
    Given,
}

impl Consent {
    /// Takes a key; `None` is a no.
    pub(super) fn key(self, key: Key) -> Option<Self> {
        match (self, key == Key::char('y')) {
            (Self::Asked, true) => Some(Self::AskedAgain),
            (Self::AskedAgain | Self::Given, true) => Some(Self::Given),
            (Self::Asked | Self::AskedAgain | Self::Given, false) => None,
        }
    }
}
