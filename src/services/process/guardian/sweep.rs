//! The end of everything of a run, by a guardian whose launcher is dead.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::guard::Watched;
use crate::services::process::ProcessRef;
use crate::services::process::platform::signal_process;

/// How long SIGTERM may take.
const GRACE: Duration = Duration::from_millis(700);
/// When to stop trying to kill what does not die: stuck in the kernel, or another user's.
const GIVE_UP: Duration = Duration::from_secs(10);
/// The pause between two scans of the whole system, which cost a few ms each.
const PAUSE: Duration = Duration::from_millis(20);

/// Ends everything of the run and returns when two scans in a row have found nothing.
#[expect(clippy::disallowed_methods, reason = "a process of its own, which nobody passes the time to")]
pub(super) fn end_everything(watched: &Watched) {
    let started = Instant::now();
    let mut asked = BTreeSet::new();
    let mut empty_scans = 0;
    while empty_scans < 2 && started.elapsed() < GIVE_UP {
        // Who was found once is remembered: it may change its session or lose its parent in between.
        let living = scan(watched, &asked);
        empty_scans = if living.is_empty() { empty_scans + 1 } else { 0 };
        let killing = started.elapsed() >= GRACE;
        for process in living {
            if killing {
                signal_process(process, Signal::KILL);
            } else if !asked.contains(&process) {
                signal_process(process, Signal::TERM);
            }
            asked.insert(process);
        }
        sleep(PAUSE);
    }
}

#[cfg(target_os = "linux")]
use on_linux::scan;

#[cfg(target_os = "linux")]
mod on_linux {
    use std::collections::BTreeMap;

    use super::*;
    use crate::services::process::RUN_ID_VARIABLE;
    use crate::services::process::procfs::{self, Stat};

    /// Every living process of the run: in a leader's session, with the run's mark, known from before, or
    /// descending from one of these.
    pub(super) fn scan(watched: &Watched, known: &BTreeSet<ProcessRef>) -> Vec<ProcessRef> {
        let me = std::process::id();
        let stats: Vec<Stat> = procfs::all()
            .into_iter()
            .filter(|&pid| pid != me && pid != 1)
            .filter_map(procfs::stat)
            .filter(|stat| !stat.is_dead)
            .collect();
        let sessions = sessions(watched);
        let entry = watched.run_id.as_ref().map(|run_id| format!("{RUN_ID_VARIABLE}={run_id}"));
        let is_ours = |stat: &Stat| {
            sessions.contains(&stat.session)
                || known.contains(&ProcessRef::from(*stat))
                || watched
                    .run_id
                    .as_ref()
                    .is_some_and(|run_id| procfs::tag(stat.pid).is_some_and(|tag| tag.is_of_run(run_id)))
                || entry
                    .as_ref()
                    .is_some_and(|entry| procfs::environment_holds(stat.pid, &[entry.as_bytes()]))
        };
        let roots: Vec<Stat> = stats.iter().copied().filter(is_ours).collect();
        with_descendants(roots, &stats)
    }

    /// The sessions of the leaders. A pid is not given out again while a session bears it, so a number that now
    /// belongs to another process is no session of ours any more.
    fn sessions(watched: &Watched) -> BTreeSet<u32> {
        let is_taken = |leader: &ProcessRef| {
            procfs::stat(leader.pid).is_some_and(|stat| ProcessRef::from(stat) != *leader)
        };
        watched.leaders.iter().filter(|leader| !is_taken(leader)).map(|leader| leader.pid).collect()
    }

    fn with_descendants(roots: Vec<Stat>, all: &[Stat]) -> Vec<ProcessRef> {
        let mut by_parent: BTreeMap<u32, Vec<Stat>> = BTreeMap::new();
        for stat in all {
            by_parent.entry(stat.parent).or_default().push(*stat);
        }
        let mut found = BTreeSet::new();
        let mut waiting = roots;
        while let Some(stat) = waiting.pop() {
            if found.insert(ProcessRef::from(stat)) {
                waiting.extend(by_parent.get(&stat.pid).into_iter().flatten());
            }
        }
        found.into_iter().collect()
    }
}

/// The leaders whose process groups still have somebody in them: all that these systems tell without `unsafe`.
#[cfg(not(target_os = "linux"))]
fn scan(watched: &Watched, _known: &BTreeSet<ProcessRef>) -> Vec<ProcessRef> {
    let alive = |leader: &ProcessRef| {
        let group = i32::try_from(leader.pid).ok().and_then(rustix::process::Pid::from_raw);
        group.is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
    };
    watched.leaders.iter().copied().filter(alive).collect()
}
