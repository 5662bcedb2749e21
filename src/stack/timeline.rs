//! How the services of a stack came up: which state each was in from when to when, and which chain of needs decided
//! how long it took. Folded from events, so that it is the same for whoever saw them.

use std::collections::BTreeMap;

use super::{Epoch, Notice, NoticeKind, ServiceName, StackSnapshot, State, UnixMillis};

/// The latest start of each service. A start goes on until the service was up or has come to rest; attempts that failed
/// and were made again belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    begin: UnixMillis,
    starts: Vec<Start>,
}

/// The latest start of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The service.
    pub service: ServiceName,
    /// Its latest run.
    pub epoch: Epoch,
    /// What it went through, in order and without gaps. Never empty.
    pub segments: Vec<Segment>,
}

/// A state that a service was in. Times are milliseconds after the stack's own start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The state.
    pub state: State,
    /// From when on.
    pub from_ms: u64,
    /// Until when; `None` while it lasts, and for the state that the start ended with.
    pub until_ms: Option<u64>,
}

impl Start {
    /// When it began to wait.
    pub fn begun_ms(&self) -> u64 {
        self.segments.first().map_or(0, |segment| segment.from_ms)
    }

    /// What it came to and when: up, or at rest. `None` while it goes on.
    pub fn end(&self) -> Option<Segment> {
        self.segments.last().copied().filter(|last| ends_a_start(last.state))
    }

    /// Whether it ended with a process that runs and has no probe.
    fn ran_only(&self) -> bool {
        self.segments.last().is_some_and(|last| last.state == State::Running)
    }

    /// When it stopped waiting for others for good; `None` while it waits.
    fn let_go_ms(&self) -> Option<u64> {
        let last_wait = self.segments.iter().rfind(|segment| segment.state == State::Waiting);
        last_wait.map_or(Some(self.begun_ms()), |waiting| waiting.until_ms)
    }
}

impl Timeline {
    /// The starts in `events`, in order, of a stack that was started at `begin`. Other events may be among them.
    pub fn of<'a>(begin: UnixMillis, events: impl IntoIterator<Item = (UnixMillis, &'a Notice)>) -> Self {
        let mut timeline = Self { begin, starts: Vec::new() };
        for (at, notice) in events {
            timeline.note(at, notice);
        }
        timeline
    }

    /// Takes note of the next event.
    pub fn note(&mut self, at: UnixMillis, notice: &Notice) {
        let NoticeKind::State { to, .. } = &notice.what else { return };
        let (to, at) = (*to, at.since(self.begin));
        let index = self.starts.iter().position(|start| start.service == notice.service);
        match index.and_then(|index| self.starts.get_mut(index)) {
            Some(start) if start.end().is_none() => {
                if let Some(last) = start.segments.last_mut() {
                    last.until_ms = Some(at);
                }
                start.segments.push(Segment { state: to, from_ms: at, until_ms: None });
                start.epoch = notice.epoch;
            }
            // A process without a probe counts as up while it runs. That it was a one-shot is known once it has ended: until
            // then it was on its way. The same for one that failed before it was anything else.
            Some(start) if start.ran_only() && matches!(to, State::Completed | State::Failed) => {
                if let Some(last) = start.segments.last_mut() {
                    last.until_ms = Some(at);
                    if to == State::Completed {
                        last.state = State::Starting;
                    }
                }
                start.segments.push(Segment { state: to, from_ms: at, until_ms: None });
            }
            // What comes after the end of a start is no part of it, until another one begins.
            Some(start) if to == State::Waiting => *start = Start::beginning(notice, at),
            Some(_) => {}
            None if to == State::Waiting => self.starts.push(Start::beginning(notice, at)),
            None => {}
        }
    }

    /// The latest start of each service that was ever started, in the order of their first.
    pub fn starts(&self) -> &[Start] {
        &self.starts
    }

    /// The latest start of a service.
    pub fn of_service(&self, service: &ServiceName) -> Option<&Start> {
        self.starts.iter().find(|start| start.service == *service)
    }

    /// How long all of it took: when the last start ended; `None` while one goes on.
    pub fn took_ms(&self) -> Option<u64> {
        let ends: Option<Vec<u64>> =
            self.starts.iter().map(|start| start.end().map(|end| end.from_ms)).collect();
        ends?.into_iter().max()
    }

    /// The chain of needs that decided when the last service was up, first need first. While one is not up yet, it is
    /// the last; of several the one with the most below it.
    pub fn critical_path(&self, snapshot: &StackSnapshot) -> Vec<ServiceName> {
        let depths = depths(snapshot);
        let depth = |start: &Start| depths.get(&start.service).copied();
        let mut path = Vec::new();
        let mut next = self.starts.iter().rev().max_by_key(|start| (finished(start), depth(start)));
        while let Some(start) = next
            && !path.contains(&start.service)
        {
            path.push(start.service.clone());
            let let_go = start.let_go_ms().unwrap_or(u64::MAX);
            let held = self.that_held(start, snapshot);
            // A need that was only to be started may be up later than what needs it.
            next = held.max_by_key(|need| (finished(need).min(let_go), depth(need)));
        }
        path.reverse();
        path
    }

    /// The needs that were not up when `start` began, last one first.
    fn that_held<'a>(
        &'a self,
        start: &Start,
        snapshot: &'a StackSnapshot,
    ) -> impl Iterator<Item = &'a Start> {
        let begun = start.begun_ms();
        let needs = snapshot.service(&start.service).map_or(&[][..], |service| &service.needs);
        let needed = needs.iter().rev().filter_map(|need| self.of_service(need));
        needed.filter(move |need| finished(need) > begun)
    }
}

impl Start {
    fn beginning(notice: &Notice, at: u64) -> Self {
        let segment = Segment { state: State::Waiting, from_ms: at, until_ms: None };
        Self { service: notice.service.clone(), epoch: notice.epoch, segments: vec![segment] }
    }
}

/// How many needs lie below each service at most. A snapshot may come from anywhere: a cycle in it ends the counting
/// too.
fn depths(snapshot: &StackSnapshot) -> BTreeMap<&ServiceName, usize> {
    let mut depths: BTreeMap<&ServiceName, usize> =
        snapshot.services.iter().map(|service| (&service.name, 0)).collect();
    for _ in 0..snapshot.services.len() {
        let mut changed = false;
        for service in &snapshot.services {
            let below = service.needs.iter().filter_map(|need| depths.get(need)).max();
            let depth = below.map_or(0, |below| below + 1);
            changed |= depths.insert(&service.name, depth) != Some(depth);
        }
        if !changed {
            break;
        }
    }
    depths
}

fn finished(start: &Start) -> u64 {
    start.end().map_or(u64::MAX, |end| end.from_ms)
}

/// Whether a start is over when this state is reached.
fn ends_a_start(state: State) -> bool {
    match state {
        State::Running | State::Healthy | State::Completed | State::Failed => true,
        State::Stopped | State::Disabled => true,
        State::Waiting
        | State::Preparing
        | State::Starting
        | State::Unhealthy
        | State::Backoff
        | State::Stopping => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{ServiceSpec, samples};

    use State::{
        Backoff, Completed, Failed, Healthy, Preparing, Running, Starting, Stopping, Unhealthy, Waiting,
    };

    const BEGIN: UnixMillis = UnixMillis(1_000);

    /// The timeline of these changes: when after the begin, of which service, to which state.
    fn timeline(changes: &[(u64, &str, State)]) -> Timeline {
        let notices: Vec<(UnixMillis, Notice)> = changes
            .iter()
            .map(|(at, name, to)| {
                let what = NoticeKind::State { from: State::Stopped, to: *to };
                let notice = Notice { service: samples::name(name), epoch: Epoch(*at), what };
                (UnixMillis(BEGIN.0 + at), notice)
            })
            .collect();
        Timeline::of(BEGIN, notices.iter().map(|(at, notice)| (*at, notice)))
    }

    fn snapshot(services: &[(&str, &[&str])]) -> StackSnapshot {
        let service = |(name, needs): &(&str, &[&str])| ServiceSpec {
            needs: needs.iter().map(|need| samples::need(need)).collect(),
            ..samples::service(name)
        };
        let spec = samples::stack(services.iter().map(service).collect());
        samples::snapshot(spec, BEGIN)
    }

    fn segments(timeline: &Timeline, service: &str) -> Vec<(State, u64, Option<u64>)> {
        let start = timeline.of_service(&samples::name(service)).unwrap();
        start.segments.iter().map(|segment| (segment.state, segment.from_ms, segment.until_ms)).collect()
    }

    #[test]
    fn a_one_shot_was_on_its_way_until_it_had_run() {
        let timeline = timeline(&[
            (0, "migrate", Waiting),
            (10, "migrate", Starting),
            (11, "migrate", Running),
            (500, "migrate", Stopping),
            (510, "migrate", Completed),
        ]);
        let start = timeline.of_service(&samples::name("migrate")).unwrap();
        assert_eq!(start.end().map(|end| (end.state, end.from_ms)), Some((Completed, 510)));
        let before = start.segments[start.segments.len() - 2];
        assert_eq!((before.state, before.from_ms, before.until_ms), (Starting, 11, Some(510)));
    }

    #[test]
    fn a_start_is_what_led_to_its_end() {
        type Changes<'a> = &'a [(u64, State)];
        type Segments<'a> = &'a [(State, u64, Option<u64>)];
        let table: &[(&str, Changes<'_>, Segments<'_>)] = &[
            (
                "a plain one",
                &[(5, Waiting), (10, Preparing), (30, Starting), (90, Healthy)],
                &[
                    (Waiting, 5, Some(10)),
                    (Preparing, 10, Some(30)),
                    (Starting, 30, Some(90)),
                    (Healthy, 90, None),
                ],
            ),
            (
                "what comes after it was up is no part of it",
                &[(0, Waiting), (1, Starting), (2, Running), (50, Stopping), (60, State::Stopped)],
                &[(Waiting, 0, Some(1)), (Starting, 1, Some(2)), (Running, 2, None)],
            ),
            (
                "attempts that failed are",
                &[
                    (0, Waiting),
                    (1, Starting),
                    (2, Stopping),
                    (3, Backoff),
                    (8, Waiting),
                    (8, Starting),
                    (9, Unhealthy),
                    (12, Healthy),
                ],
                &[
                    (Waiting, 0, Some(1)),
                    (Starting, 1, Some(2)),
                    (Stopping, 2, Some(3)),
                    (Backoff, 3, Some(8)),
                    (Waiting, 8, Some(8)),
                    (Starting, 8, Some(9)),
                    (Unhealthy, 9, Some(12)),
                    (Healthy, 12, None),
                ],
            ),
            (
                "the latest counts",
                &[
                    (0, Waiting),
                    (1, Starting),
                    (2, Healthy),
                    (50, Stopping),
                    (60, Waiting),
                    (61, Starting),
                    (70, Completed),
                ],
                &[(Waiting, 60, Some(61)), (Starting, 61, Some(70)), (Completed, 70, None)],
            ),
            (
                "one that goes on is open",
                &[(0, Waiting), (4, Failed), (9, Waiting), (9, Starting)],
                &[(Waiting, 9, Some(9)), (Starting, 9, None)],
            ),
        ];
        for (case, changes, expected) in table {
            let changes: Vec<_> = changes.iter().map(|(at, to)| (*at, "a", *to)).collect();
            assert_eq!(segments(&timeline(&changes), "a"), *expected, "{case}");
        }
    }

    #[test]
    fn a_history_whose_begin_was_lost_has_no_start() {
        let timeline = timeline(&[(3, "a", Starting), (5, "a", Healthy)]);
        assert!(timeline.starts().is_empty());
        assert_eq!(timeline.took_ms(), None);
        assert!(timeline.critical_path(&snapshot(&[("a", &[])])).is_empty());
    }

    #[test]
    fn all_of_it_took_as_long_as_the_last() {
        let mut changes = vec![(0, "a", Waiting), (0, "b", Waiting), (7, "a", Healthy)];
        assert_eq!(timeline(&changes).took_ms(), None);
        changes.push((9, "b", Failed));
        assert_eq!(timeline(&changes).took_ms(), Some(9));
    }

    #[test]
    fn the_critical_path_is_the_chain_that_held_the_last_one() {
        type Services<'a> = &'a [(&'a str, &'a [&'a str])];
        /// Name, begin of its waiting, end of it, and when it was up; `None` while it goes on.
        type Times<'a> = &'a [(&'a str, u64, Option<u64>, Option<u64>)];
        let table: &[(&str, Services<'_>, Times<'_>, &[&str])] = &[
            ("alone", &[("a", &[])], &[("a", 0, Some(0), Some(9))], &["a"]),
            (
                "the slower need of two",
                &[("db", &[]), ("cache", &[]), ("api", &["cache", "db"]), ("web", &["api"])],
                &[
                    ("db", 0, Some(0), Some(30)),
                    ("cache", 0, Some(0), Some(10)),
                    ("api", 0, Some(30), Some(40)),
                    ("web", 0, Some(40), Some(45)),
                ],
                &["db", "api", "web"],
            ),
            (
                "a slow one that nobody needs",
                &[("db", &[]), ("api", &["db"]), ("search", &[])],
                &[
                    ("db", 0, Some(0), Some(5)),
                    ("api", 0, Some(5), Some(9)),
                    ("search", 0, Some(0), Some(99)),
                ],
                &["search"],
            ),
            (
                "one that still waits is later than all",
                &[("search", &[]), ("web", &["search"]), ("db", &[])],
                &[("search", 0, Some(0), None), ("web", 0, None, None), ("db", 0, Some(0), Some(50))],
                &["search", "web"],
            ),
            (
                "a restart that no need held",
                &[("db", &[]), ("api", &["db"])],
                &[("db", 0, Some(0), Some(5)), ("api", 70, Some(70), Some(90))],
                &["api"],
            ),
            (
                "a need that was up only after its dependent started",
                &[("slow", &[]), ("quick", &[]), ("api", &["slow", "quick"])],
                &[
                    ("slow", 0, Some(0), Some(50)),
                    ("quick", 0, Some(0), Some(8)),
                    ("api", 0, Some(20), Some(60)),
                ],
                &["slow", "api"],
            ),
            (
                "a cycle that no stack has",
                &[("a", &["b"]), ("b", &["a"])],
                &[("a", 0, Some(1), Some(5)), ("b", 0, Some(1), Some(6))],
                &["a", "b"],
            ),
        ];
        for (case, services, times, expected) in table {
            let mut changes = Vec::new();
            for (name, begun, let_go, up) in *times {
                changes.push((*begun, *name, Waiting));
                changes.extend(let_go.map(|at| (at, *name, Starting)));
                changes.extend(up.map(|at| (at, *name, Healthy)));
            }
            changes.sort_by_key(|(at, _, _)| *at);
            let path = timeline(&changes).critical_path(&snapshot(services));
            assert_eq!(path, expected.iter().map(|name| samples::name(name)).collect::<Vec<_>>(), "{case}");
        }
    }
}
