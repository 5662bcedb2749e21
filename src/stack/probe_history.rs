//! How the latest probes of a run came out, for whoever wants to see more than the last of them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Clock, UnixMillis};

/// Probes that are remembered of a run: a small row of marks on a screen.
const REMEMBERED: usize = 10;

/// One probe, as everyone outside sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeMark {
    /// Whether the answer was as it should be.
    pub ok: bool,
    /// How long the answer took, in microseconds; `None` if it was none, or not as it should be.
    pub latency_us: Option<u64>,
    /// When it was answered.
    pub at: UnixMillis,
}

/// The probes of one run. What it holds does not grow with their number.
#[derive(Clone, Debug, Default)]
pub(super) struct ProbeHistory {
    /// The latest, oldest first.
    latest: VecDeque<Outcome>,
    made: u32,
}

#[derive(Clone, Copy, Debug)]
struct Outcome {
    /// `None` if it failed.
    latency: Option<Duration>,
    at: Instant,
}

impl ProbeHistory {
    /// Takes note of one: how long it took if it passed.
    pub(super) fn note(&mut self, latency: Option<Duration>, at: Instant) {
        if self.latest.len() == REMEMBERED {
            self.latest.pop_front();
        }
        self.latest.push_back(Outcome { latency, at });
        self.made = self.made.saturating_add(1);
    }

    /// How many there were.
    pub(super) fn made(&self) -> u32 {
        self.made
    }

    /// The latest, oldest first.
    pub(super) fn marks(&self, clock: &Clock) -> Vec<ProbeMark> {
        let mark = |outcome: &Outcome| ProbeMark {
            ok: outcome.latency.is_some(),
            latency_us: outcome.latency.map(micros),
            at: clock.wall_of(outcome.at),
        };
        self.latest.iter().map(mark).collect()
    }
}

/// In microseconds, as many as fit.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "any instant will do, and only a clock makes one")]
    fn the_latest_are_kept_and_all_are_counted() {
        let begin = Instant::now();
        let clock = Clock { instant: begin, wall: UnixMillis(1_000) };
        let mut history = ProbeHistory::default();
        for n in 0..12 {
            let latency = (n % 2 == 1).then_some(Duration::from_micros(n));
            history.note(latency, begin + Duration::from_millis(n));
        }
        let marks = history.marks(&clock);
        assert_eq!(history.made(), 12);
        assert_eq!(marks.len(), REMEMBERED);
        assert_eq!(marks[0], ProbeMark { ok: false, latency_us: None, at: UnixMillis(1_002) });
        assert_eq!(marks[9], ProbeMark { ok: true, latency_us: Some(11), at: UnixMillis(1_011) });
    }
}
