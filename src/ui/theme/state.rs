//! The face of each state, and all that a view needs in order to look right.

use super::{Glyph, Glyphs, Palette, Role};
use crate::stack::State;

/// How a state is shown: by a sign, a word and a colour, in that order of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face {
    /// The sign.
    pub glyph: Glyph,
    /// The word, the same everywhere.
    pub word: &'static str,
    /// The role of both.
    pub role: Role,
}

/// What a view looks like.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// The colours.
    pub palette: Palette,
    /// The signs.
    pub glyphs: Glyphs,
    /// Whether anything may move.
    pub motion: bool,
}

/// The face of `state`.
pub fn face(state: State) -> Face {
    let (glyph, role) = match state {
        State::Disabled | State::Stopped => (Glyph::Stopped, Role::Idle),
        State::Waiting => (Glyph::Waiting, Role::Idle),
        State::Preparing | State::Starting => (Glyph::Starting, Role::Starting),
        State::Running | State::Healthy => (Glyph::Healthy, Role::Healthy),
        State::Unhealthy | State::Backoff => (Glyph::Unhealthy, Role::Warn),
        State::Stopping => (Glyph::Starting, Role::Idle),
        State::Completed => (Glyph::Completed, Role::Idle),
        State::Failed => (Glyph::Failed, Role::Error),
    };
    Face { glyph, word: state.as_str(), role }
}

impl Theme {
    /// The sign of `state`; `frame` turns that of a service on its way, if anything may move.
    pub fn sign(&self, state: State, frame: usize) -> &'static str {
        match face(state).glyph {
            Glyph::Starting => self.glyphs.starting(if self.motion { frame } else { 0 }),
            glyph => self.glyphs.get(glyph),
        }
    }

    /// The style of `role`.
    pub fn style(&self, role: Role) -> ratatui::style::Style {
        self.palette.style(role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_word_and_what_is_wrong_has_its_own_sign() {
        let faces = State::ALL.map(face);
        for (state, face) in State::ALL.iter().zip(faces) {
            assert_eq!(face.word, state.as_str());
            let wrong = matches!(state, State::Unhealthy | State::Backoff | State::Failed);
            assert_eq!(matches!(face.role, Role::Warn | Role::Error), wrong, "{state}");
            assert_eq!(matches!(face.glyph, Glyph::Unhealthy | Glyph::Failed), wrong, "{state}");
        }
    }
}
