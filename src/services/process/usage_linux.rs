//! What processes have used, from /proc: a walk from each leader, and one over our own children for what left a tree.

use std::collections::HashMap;
use std::time::Duration;

use super::MeasuredTree;
use super::procfs::{self, Load, Stat};
use super::usage::{Consumed, Consumers, Counted};

/// Counts now. A stat and a list of children for each process, and one more read for each of its threads if it has
/// several.
pub(super) fn consumption(trees: &[MeasuredTree]) -> Option<Counted> {
    let units = Units::of_this_system();
    let own = std::process::id();
    let (stat, load) = procfs::stat_and_load(own)?;
    let mut counted = Counted {
        // Its children are services, and counted as that: living ones and those that have ended.
        launcher: HashMap::from([(
            (own, stat.start_time),
            units.consumed(stat, Load { inherited_ticks: 0, ..load }),
        )]),
        trees: vec![Consumers::new(); trees.len()],
    };
    for (tree, members) in trees.iter().zip(&mut counted.trees) {
        // A leader has a session of its own; what has its pid without one came later.
        let leader = procfs::stat_and_load(tree.leader).filter(|(stat, _)| stat.session == tree.leader);
        if let Some((stat, load)) = leader {
            collect(stat, load, &units, members);
        }
    }
    let leaders: HashMap<u32, usize> =
        trees.iter().enumerate().map(|(index, tree)| (tree.leader, index)).collect();
    for pid in procfs::children(own).into_iter().filter(|pid| !leaders.contains_key(pid)) {
        let Some((stat, load)) = procfs::stat_and_load(pid) else { continue };
        let by_session = leaders.get(&stat.session).copied();
        if let Some(index) = by_session.or_else(|| by_tag(pid, trees)) {
            collect(stat, load, &units, &mut counted.trees[index]);
        }
    }
    Some(counted)
}

fn by_tag(pid: u32, trees: &[MeasuredTree]) -> Option<usize> {
    let tag = procfs::tag(pid)?;
    trees.iter().position(|tree| tree.marker.tag() == tag)
}

/// Adds a process and all that descends from it, without the dead.
fn collect(root: Stat, load: Load, units: &Units, members: &mut Consumers) {
    let mut waiting = vec![(root, load)];
    while let Some((stat, load)) = waiting.pop() {
        let children =
            if load.threads == 1 { procfs::children_of_single(stat.pid) } else { procfs::children(stat.pid) };
        waiting.extend(children.into_iter().filter_map(procfs::stat_and_load));
        if !stat.is_dead {
            members.insert((stat.pid, stat.start_time), units.consumed(stat, load));
        }
    }
}

/// What the kernel counts in.
struct Units {
    ticks_per_second: u64,
    page: u64,
}

impl Units {
    fn of_this_system() -> Self {
        let page = u64::try_from(rustix::param::page_size()).unwrap_or(u64::MAX);
        Self { ticks_per_second: rustix::param::clock_ticks_per_second().max(1), page }
    }

    fn consumed(&self, stat: Stat, load: Load) -> Consumed {
        let millis =
            load.ticks.saturating_add(load.inherited_ticks).saturating_mul(1000) / self.ticks_per_second;
        Consumed {
            parent: stat.parent,
            cpu: Duration::from_millis(millis),
            memory: load.pages.saturating_mul(self.page),
        }
    }
}
