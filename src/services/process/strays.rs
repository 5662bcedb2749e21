//! Ending processes that belong to no tree: what left every mark behind, and strangers that the user wants gone.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use super::guest::guests;
use super::platform::{descendant_pids, end_process, may_signal};
use super::{Launcher, ProcessRef};

/// The pause between two looks at what still lives.
const LOOK: Duration = Duration::from_millis(10);
/// How long killed strays may take to vanish: looks.
const LOOKS: u32 = 200;

/// Kills whatever descends from this process and waits until it is gone, two seconds at most. Spared are `spared` and
/// the user's own programs (browser, clipboard, pager), each with what descends from it. For the end of a run, when
/// nothing of it may live.
pub async fn end_strays(launcher: &Launcher, spared: Option<u32>) {
    for _ in 0..LOOKS {
        launcher.reap_adopted();
        let own = std::process::id();
        let below: Vec<u32> = descendant_pids(own).into_iter().filter(|pid| *pid != own).collect();
        let spared: HashSet<u32> =
            spared.into_iter().flat_map(descendant_pids).chain(guests(&below)).collect();
        let strays = below.into_iter().filter(|pid| !spared.contains(pid));
        let strays: Vec<ProcessRef> = strays.filter_map(ProcessRef::of).collect();
        if strays.is_empty() {
            return;
        }
        for stray in strays {
            end_process(stray, true);
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl ProcessRef {
    /// Ends a process that is not one of ours, gently first and by force when `grace` is over; whether it is gone.
    /// Blocks for twice the grace period at most.
    pub fn end(self, grace: Duration) -> bool {
        [false, true].into_iter().any(|force| {
            end_process(self, force);
            let looks = grace.as_millis() / LOOK.as_millis();
            (0..=looks).any(|look| {
                if look > 0 {
                    thread::sleep(LOOK);
                }
                !self.is_current()
            })
        })
    }

    /// Asks a process that is not one of ours to end, or ends it if `force`; returns at once.
    pub fn signal_end(self, force: bool) {
        end_process(self, force);
    }

    /// Whether the system lets us end this process.
    pub fn may_be_ended(self) -> bool {
        may_signal(self)
    }
}
