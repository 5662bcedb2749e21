//! How much of the machine process trees use, from one measurement to the next.
//!
//! What there is to count is the platform's to find; this file turns the counts of two moments into a rate.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::ServiceMarker;
use super::consumption::consumption;
use crate::stack::{Epoch, Usage};

/// A tree to be measured.
#[derive(Clone, Debug)]
pub struct MeasuredTree {
    /// The process that was started.
    pub leader: u32,
    /// Whose it is: by this, what left the tree is found again.
    pub marker: ServiceMarker,
    /// Which run: another one is measured anew.
    pub epoch: Epoch,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// This process.
    pub launcher: Usage,
    /// The trees, in the order in which they were given.
    pub trees: Vec<Usage>,
}

/// Measures again and again; the processor time used is told from the second time on.
#[derive(Debug, Default)]
pub struct UsageMeter {
    before: Option<Before>,
}

/// What was counted the last time.
#[derive(Debug)]
struct Before {
    at: Instant,
    launcher: Consumers,
    trees: HashMap<(ServiceMarker, Epoch), Consumers>,
}

/// What was counted of each process of a tree, by pid and start time.
pub(super) type Consumers = HashMap<(u32, u64), Consumed>;

/// What one process has used since it was started.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux tells"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Consumed {
    /// Its parent.
    pub(super) parent: u32,
    /// Processor time, with that of the children that it has waited for.
    pub(super) cpu: Duration,
    /// Its resident set in bytes.
    pub(super) memory: u64,
}

/// What was counted at one moment.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux tells"))]
pub(super) struct Counted {
    pub(super) launcher: Consumers,
    /// As many as trees were asked for, in the same order.
    pub(super) trees: Vec<Consumers>,
}

impl UsageMeter {
    /// Measures this process, and these trees, now. Reads a few small files for each process; blocks for no longer.
    pub fn measure(&mut self, trees: &[MeasuredTree], now: Instant) -> Measured {
        let Some(counted) = consumption(trees) else {
            return Measured { launcher: Usage::default(), trees: vec![Usage::default(); trees.len()] };
        };
        let before = self.before.take();
        let since = before.as_ref().map(|before| now.saturating_duration_since(before.at));
        let keys = trees.iter().map(|tree| (tree.marker.clone(), tree.epoch));
        let counted_trees: Vec<_> = keys.zip(counted.trees).collect();
        let usages = counted_trees.iter().map(|(key, members)| {
            let known = before.as_ref().and_then(|before| before.trees.get(key));
            usage(members, known.zip(since))
        });
        let measured = Measured {
            launcher: usage(&counted.launcher, before.as_ref().map(|before| &before.launcher).zip(since)),
            trees: usages.collect(),
        };
        self.before =
            Some(Before { at: now, launcher: counted.launcher, trees: counted_trees.into_iter().collect() });
        measured
    }

    /// Begins anew: the time of the last measurement is too long ago for a rate that means anything.
    pub fn forget(&mut self) {
        self.before = None;
    }
}

fn usage(members: &Consumers, before: Option<(&Consumers, Duration)>) -> Usage {
    Usage {
        cpu: before.and_then(|(before, since)| percent(used_since(members, before), since)),
        memory: Some(members.values().map(|member| member.memory).sum()),
        processes: Some(u32::try_from(members.len()).unwrap_or(u32::MAX)),
    }
}

/// The processor time between two counts. What a process used until it ended is in its parent's count by now, so that
/// what of it was counted before is taken off, unless there is no such parent.
fn used_since(members: &Consumers, before: &Consumers) -> Duration {
    let counted = |key: &(u32, u64)| before.get(key).map_or(Duration::ZERO, |before| before.cpu);
    let grown: Duration = members.iter().map(|(key, now)| now.cpu.saturating_sub(counted(key))).sum();
    let ended = before.iter().filter(|(key, _)| !members.contains_key(key));
    let inherited = ended.filter(|(_, ended)| has_heir(ended, members, before));
    grown.saturating_sub(inherited.map(|(_, ended)| ended.cpu).sum())
}

/// Whether an ancestor of a process that ended lives on in the tree.
fn has_heir(ended: &Consumed, members: &Consumers, before: &Consumers) -> bool {
    let mut parent = ended.parent;
    // A pid that was given anew could make a loop of it.
    for _ in 0..=before.len() {
        if members.keys().any(|(pid, _)| *pid == parent) {
            return true;
        }
        match before.iter().find(|((pid, _), _)| *pid == parent) {
            Some((_, above)) => parent = above.parent,
            None => return false,
        }
    }
    false
}

/// `None` if no time has passed.
fn percent(used: Duration, since: Duration) -> Option<f32> {
    (!since.is_zero()).then(|| 100.0 * used.as_secs_f32() / since.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pid, parent, and milliseconds of processor time.
    fn members(of: &[(u32, u32, u64)]) -> Consumers {
        let member = |(pid, parent, cpu): &(u32, u32, u64)| {
            let cpu = Duration::from_millis(*cpu);
            ((*pid, 1), Consumed { parent: *parent, cpu, memory: 1024 })
        };
        of.iter().map(member).collect()
    }

    #[test]
    fn time_is_counted_once_whoever_has_it_in_the_end() {
        type Counts<'a> = &'a [(u32, u32, u64)];
        let table: &[(&str, Counts<'_>, Counts<'_>, u64)] = &[
            ("one that goes on", &[(2, 1, 100)], &[(2, 1, 350)], 250),
            ("a new one", &[(2, 1, 100)], &[(2, 1, 100), (3, 2, 70)], 70),
            ("one that ended, waited for", &[(2, 1, 100), (3, 2, 70)], &[(2, 1, 190)], 20),
            ("one that ended, not waited for", &[(2, 1, 100), (3, 2, 70)], &[(2, 1, 110)], 0),
            ("two generations that ended", &[(2, 1, 0), (3, 2, 5), (4, 3, 70)], &[(2, 1, 80)], 5),
            ("an orphan that ended", &[(2, 1, 100), (9, 1, 5000)], &[(2, 1, 130)], 30),
            ("everything ended", &[(2, 1, 100)], &[], 0),
        ];
        for (case, before, now, expected) in table {
            let used = used_since(&members(now), &members(before));
            assert_eq!(used, Duration::from_millis(*expected), "{case}");
        }
    }

    #[test]
    fn a_rate_needs_two_moments() {
        let now = members(&[(2, 1, 100), (3, 2, 0)]);
        let first = usage(&now, None);
        assert_eq!(first, Usage { cpu: None, memory: Some(2048), processes: Some(2) });
        let before = members(&[(2, 1, 50)]);
        assert_eq!(usage(&now, Some((&before, Duration::from_millis(200)))).cpu, Some(25.0));
        assert_eq!(usage(&now, Some((&before, Duration::ZERO))).cpu, None);
    }
}
