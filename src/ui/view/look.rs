//! How things look: colours and signs, and what is lit in the logs.

use std::ops::Range;

use crate::logs::Query;
use crate::stack::UnixMillis;
use crate::ui::model::Model;
use crate::ui::text::{Highlighter, Shown, Spot};
use crate::ui::theme::{Role, Theme};

/// All that views need in order to look right.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) theme: Theme,
    pub(crate) highlighter: Highlighter,
    /// What is looked for, to be lit.
    pub(crate) query: Option<Query>,
    /// When views are to panic: for the test that shows that the terminal is given back then. None in release builds.
    pub(crate) fails_at: Option<UnixMillis>,
}

impl Look {
    /// Lights what deserves attention in a line, then pinned words, then matches.
    pub(crate) fn light(&self, shown: &mut Shown, model: &Model) {
        self.highlighter.light(shown, &self.theme.palette);
        for pin in model.logs.pins.iter().filter(|pin| !pin.is_empty()) {
            let found: Vec<Range<usize>> =
                shown.plain().match_indices(pin.as_str()).map(|(at, text)| at..at + text.len()).collect();
            shown.lit(found, self.theme.style(Role::Accent));
        }
        if let Some(query) = &self.query {
            let found = query.highlights(shown.plain());
            shown.lit(found, self.theme.style(Role::Match));
        }
    }

    /// The URL in a text that holds the byte `at`.
    pub(crate) fn url_at(&self, text: &str, at: usize) -> Option<String> {
        let marks = self.highlighter.marks(text);
        let url = marks.into_iter().find(|mark| mark.spot == Spot::Url && mark.range.contains(&at))?;
        text.get(url.range).map(str::to_owned)
    }
}
