//! The one message at the right end of the hint line.

use crate::stack::UnixMillis;

/// How long a message stays, in milliseconds, after lazygit: long enough to read, too short to be in the way.
const STAYS: u64 = 2_000;
const GRAVE_STAYS: u64 = 4_000;

/// A message about what happened, shown for a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) text: String,
    /// Whether it tells of a failure: shown longer, and in the colour of failures.
    pub(crate) grave: bool,
    pub(crate) until: UnixMillis,
}

impl Toast {
    /// A message that all is well.
    pub(crate) fn said(text: impl Into<String>, now: UnixMillis) -> Self {
        Self { text: text.into(), grave: false, until: UnixMillis(now.0 + STAYS) }
    }

    /// A message that something is not.
    pub(crate) fn grave(text: impl Into<String>, now: UnixMillis) -> Self {
        Self { text: text.into(), grave: true, until: UnixMillis(now.0 + GRAVE_STAYS) }
    }
}

impl Toast {
    /// Shows `new` in the place of `shown`, unless that tells of a failure and its time is not over.
    pub(crate) fn show(shown: &mut Option<Self>, new: Self, now: UnixMillis) {
        let holds = shown.as_ref().is_some_and(|shown| shown.grave && shown.until > now);
        if new.grave || !holds {
            *shown = Some(new);
        }
    }
}
