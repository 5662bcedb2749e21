//! From time to cells: what stretch of time the waterfall shows, and in which state a service was in each cell of it.

use crate::stack::{Segment, Start, State};
use crate::ui::facts::Facts;

/// A start that begins so long after all others had ended is a restart of its own, and would squeeze all other bars.
const APART_MS: u64 = 10_000;
/// Steps of the scale, in milliseconds: multiples of one, two and five, then of what people count minutes in.
const STEPS: [u64; 19] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 300_000, 600_000,
    3_600_000, 86_400_000,
];

/// A stretch of time, in milliseconds after the stack's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    from: u64,
    until: u64,
}

impl Axis {
    /// From the stack's start to the last service that settled, or to now while one has not. Later restarts of single
    /// services are left out.
    pub(super) fn of(facts: &Facts) -> Self {
        let now = facts.now.since(facts.snapshot.identity.started_at);
        let mut starts: Vec<(u64, u64)> =
            facts.timeline.starts().iter().map(|start| span(start, now)).collect();
        starts.sort_unstable();
        let first = starts.first().map_or(0, |(begun, _)| *begun);
        let mut until = first;
        for (begun, ended) in starts {
            if begun > until.saturating_add(APART_MS) {
                break;
            }
            until = until.max(ended);
        }
        let from = if first > APART_MS { first } else { 0 };
        Self { from, until: until.max(from.saturating_add(1)) }
    }

    /// How long it is.
    pub(super) fn length_ms(self) -> u64 {
        self.until - self.from
    }

    /// Whether a start lies in it.
    pub(super) fn holds(self, start: &Start) -> bool {
        (self.from..=self.until).contains(&start.begun_ms())
    }

    /// The cells, of so many, at which the scale has ticks, with their times; at least `apart` cells from each other.
    pub(super) fn ticks(self, cells: usize, apart: usize) -> Vec<(usize, u64)> {
        let fits = |step: u64| step.saturating_mul(cells as u64) / self.length_ms() >= apart as u64;
        let Some(step) = STEPS.into_iter().find(|step| fits(*step)) else { return vec![(0, 0)] };
        let ticks = (0..).map(|n: u64| n.saturating_mul(step)).take_while(|ms| *ms <= self.length_ms());
        let cell = |ms: u64| (u128::from(ms) * cells as u128 / u128::from(self.length_ms())) as usize;
        ticks.map(|ms| (cell(ms), ms)).filter(|(cell, _)| *cell < cells).take(cells).collect()
    }

    /// The time in the middle of a cell.
    fn time(self, cell: usize, cells: usize) -> u64 {
        let part = u128::from(self.length_ms()) * (2 * cell as u128 + 1) / (2 * cells.max(1) as u128);
        self.from.saturating_add(u64::try_from(part).unwrap_or(u64::MAX))
    }

    /// The cell of a time.
    fn cell(self, ms: u64, cells: usize) -> usize {
        let part = u128::from(ms.saturating_sub(self.from)) * cells as u128 / u128::from(self.length_ms());
        usize::try_from(part).unwrap_or(usize::MAX).min(cells.saturating_sub(1))
    }
}

/// The state in the middle of a cell, of so many; `None` where there is nothing to draw. What is too short for a cell of its
/// own still gets one if it was work, or the end of it.
pub(super) fn state_in(start: &Start, axis: Axis, cell: usize, cells: usize) -> Option<State> {
    if !axis.holds(start) {
        return None;
    }
    let at = axis.time(cell, cells);
    let short = start.segments.iter().filter(|segment| is_work(segment.state) || segment.until_ms.is_none());
    let mut short = short.filter(|segment| axis.cell(segment.from_ms, cells) == cell);
    if let Some(segment) = short.next_back()
        && !start.segments.iter().any(|other| is_work(other.state) && covers(other, at) && other != segment)
    {
        return Some(segment.state);
    }
    let segment = start.segments.iter().rfind(|segment| segment.from_ms <= at)?;
    match segment.until_ms {
        Some(until) if until <= at => None,
        Some(_) => Some(segment.state),
        None => goes_on(segment.state).then_some(segment.state),
    }
}

fn covers(segment: &Segment, at: u64) -> bool {
    segment.from_ms <= at && segment.until_ms.is_none_or(|until| at < until)
}

/// Whether time in this state is time that the service itself takes.
fn is_work(state: State) -> bool {
    matches!(state, State::Preparing | State::Starting)
}

/// Whether the last state of a start is drawn on to the end, rather than in one cell.
fn goes_on(state: State) -> bool {
    match state {
        State::Running | State::Healthy | State::Failed => true,
        State::Waiting | State::Preparing | State::Starting | State::Unhealthy => true,
        State::Backoff | State::Stopping => true,
        State::Completed | State::Stopped | State::Disabled => false,
    }
}

/// From when to when a start went.
fn span(start: &Start, now: u64) -> (u64, u64) {
    (start.begun_ms(), start.end().map_or(now, |end| end.from_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Epoch, Notice, NoticeKind, Timeline, UnixMillis};
    use crate::ui::samples;

    const AXIS: Axis = Axis { from: 0, until: 1_000 };

    fn start(changes: &[(u64, State)]) -> Start {
        let service = samples::name("a");
        let mut timeline = Timeline::of(UnixMillis(0), []);
        for (at, to) in changes {
            let what = NoticeKind::State { from: State::Stopped, to: *to };
            timeline.note(UnixMillis(*at), &Notice { service: service.clone(), epoch: Epoch(1), what });
        }
        timeline.of_service(&service).cloned().unwrap()
    }

    fn drawn(start: &Start) -> String {
        let sign = |cell| match state_in(start, AXIS, cell, 10) {
            None => ' ',
            Some(State::Waiting) => '-',
            Some(State::Starting) => '=',
            Some(State::Healthy) => '#',
            Some(State::Failed) => 'x',
            Some(_) => '?',
        };
        (0..10).map(sign).collect()
    }

    #[test]
    fn a_bar_shows_each_state_for_as_long_as_it_lasted() {
        use State::{Completed, Failed, Healthy, Starting, Waiting};
        assert_eq!(drawn(&start(&[(0, Waiting), (300, Starting), (600, Healthy)])), "---===####");
        assert_eq!(drawn(&start(&[(0, Waiting), (10, Starting), (500, Failed)])), "=====xxxxx");
        assert_eq!(drawn(&start(&[(200, Waiting), (200, Starting), (800, Completed)])), "  ======? ");
        assert_eq!(drawn(&start(&[(0, Waiting)])), "----------");
    }

    #[test]
    fn work_that_took_no_time_to_speak_of_is_still_seen() {
        use State::{Healthy, Starting, Waiting};
        assert_eq!(drawn(&start(&[(0, Waiting), (505, Starting), (510, Healthy)])), "-----#####");
        assert_eq!(drawn(&start(&[(0, Waiting), (580, Starting), (620, Healthy)])), "-----=####");
    }

    #[test]
    fn ticks_are_round_and_apart() {
        assert_eq!(AXIS.ticks(50, 10), [(0, 0), (10, 200), (20, 400), (30, 600), (40, 800)]);
        assert_eq!(AXIS.ticks(9, 10), [(0, 0)]);
        assert_eq!(Axis { from: 0, until: u64::MAX }.ticks(50, 10), [(0, 0)]);
    }

    #[test]
    fn a_later_restart_does_not_squeeze_the_start_up() {
        let mut facts = samples::healthy();
        let before = Axis::of(&facts);
        for (at, to) in
            [(3_000_000, State::Stopping), (3_000_000, State::Waiting), (3_001_000, State::Healthy)]
        {
            let what = NoticeKind::State { from: State::Stopped, to };
            let notice = Notice { service: samples::name("redis"), epoch: Epoch(2), what };
            facts.timeline.note(UnixMillis(samples::BEGIN.0 + at), &notice);
        }
        assert_eq!(Axis::of(&facts), before);
        assert!(!before.holds(facts.timeline.of_service(&samples::name("redis")).unwrap()));
    }
}
