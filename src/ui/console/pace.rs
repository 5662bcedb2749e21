//! When to draw: at once after a key, at most 30 times a second otherwise, and once a second if nothing happens.

use std::time::{Duration, Instant};

/// Between two frames that show news: 30 a second.
const NEWS: Duration = Duration::from_millis(33);
/// Between two frames that answer keys: a held key repeats some 30 times a second, and pastes come faster.
const INPUT: Duration = Duration::from_millis(8);
/// While another window has the focus: ours may still be in sight, beside an editor.
const UNSEEN: Duration = Duration::from_millis(200);
/// For clocks.
const IDLE: Duration = Duration::from_secs(1);
/// For the one thing that moves.
const MOTION: Duration = Duration::from_millis(250);

/// What a frame is due for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Clock,
    Motion,
    News,
    Input,
}

/// Keeps frames apart.
#[derive(Debug)]
pub(super) struct Pace {
    drawn: Instant,
    due: Due,
    seen: bool,
}

impl Pace {
    /// A first frame is due at once.
    pub(super) fn new(now: Instant) -> Self {
        Self { drawn: now.checked_sub(UNSEEN).unwrap_or(now), due: Due::Input, seen: true }
    }

    /// There is something to be shown.
    pub(super) fn note(&mut self, due: Due) {
        self.due = self.due.max(due);
    }

    /// Whether somebody looks.
    pub(super) fn look(&mut self, seen: bool) {
        self.seen = seen;
    }

    /// When the next frame is to be drawn.
    pub(super) fn next(&self) -> Instant {
        let apart = match (self.due, self.seen) {
            (Due::Input, _) => INPUT,
            (Due::News, true) => NEWS,
            (Due::Motion, true) => MOTION,
            (Due::News | Due::Motion, false) => UNSEEN,
            (Due::Clock, _) => IDLE,
        };
        self.drawn + apart
    }

    /// A frame was drawn.
    pub(super) fn drawn(&mut self, now: Instant, moving: bool) {
        self.drawn = now;
        self.due = if moving { Due::Motion } else { Due::Clock };
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a time to count from")]
mod tests {
    use super::*;

    #[test]
    fn keys_are_answered_at_once_and_news_are_gathered() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        assert!(pace.next() <= begin);
        pace.drawn(begin, false);
        assert_eq!(pace.next(), begin + IDLE);
        pace.note(Due::News);
        assert_eq!(pace.next(), begin + NEWS);
        pace.note(Due::Input);
        pace.note(Due::News);
        assert_eq!(pace.next(), begin + INPUT);
    }

    #[test]
    fn beside_another_window_news_come_more_slowly() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        pace.drawn(begin, true);
        pace.look(false);
        pace.note(Due::News);
        assert_eq!(pace.next(), begin + UNSEEN);
    }
}
