//! What /proc tells about the processes of a stack that are ours: the launcher and its guardian.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use super::report::Outcome;

/// The guardian's name, which does not say whose it is.
const GUARDIAN: &str = "harbour-guard";

/// A launcher and its guardian.
pub(crate) struct Ours {
    pids: Vec<u32>,
}

/// Memory in MiB.
#[derive(Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Resident, shared pages counted in full in each process.
    pub(crate) resident: f64,
    /// Resident, shared pages divided among those who share them.
    pub(crate) proportional: f64,
}

impl Ours {
    /// The launcher `pid` and the guardian among its children.
    pub(crate) fn of(pid: u32) -> Self {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let children = children.split_ascii_whitespace().filter_map(|child| child.parse().ok());
        let is_guardian = |child: &u32| {
            fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name.trim() == GUARDIAN)
        };
        Self { pids: std::iter::once(pid).chain(children.filter(is_guardian)).collect() }
    }

    pub(crate) fn has_guardian(&self) -> bool {
        self.pids.len() == 2
    }

    /// The most memory that they ever had resident, in MiB, added up.
    pub(crate) fn peak(&self) -> f64 {
        let peak = |pid: &u32| field(&format!("/proc/{pid}/status"), "VmHWM:").unwrap_or(0.0);
        self.pids.iter().map(peak).sum()
    }

    pub(crate) fn memory(&self) -> Outcome<Memory> {
        let mut memory = Memory::default();
        for pid in &self.pids {
            let file = format!("/proc/{pid}/smaps_rollup");
            memory.resident += field(&file, "Rss:").ok_or("no Rss")?;
            memory.proportional += field(&file, "Pss:").ok_or("no Pss")?;
        }
        Ok(memory)
    }

    /// The processor time of every thread that lives, to the nanosecond.
    pub(crate) fn threads(&self) -> Vec<(u32, Duration)> {
        let mut threads = Vec::new();
        for pid in &self.pids {
            let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
            for task in tasks.flatten() {
                let spent = fs::read_to_string(task.path().join("schedstat")).ok();
                let spent = spent.and_then(|text| text.split(' ').next()?.parse().ok());
                let thread = task.file_name().to_str().and_then(|name| name.parse().ok());
                if let (Some(thread), Some(spent)) = (thread, spent) {
                    threads.push((thread, Duration::from_nanos(spent)));
                }
            }
        }
        threads
    }
}

/// The memory of a process that is no page of a file, in MiB; nothing once it has ended.
pub(crate) fn anonymous(pid: u32) -> f64 {
    let file = format!("/proc/{pid}/status");
    field(&file, "RssAnon:").unwrap_or(0.0) + field(&file, "RssShmem:").unwrap_or(0.0)
}

/// The threads of a process: their names, and the processor time of each.
pub(crate) fn thread_times(pid: u32) -> BTreeMap<u32, (String, Duration)> {
    let mut threads = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let read = |name| fs::read_to_string(task.path().join(name)).ok();
        let spent = read("schedstat").and_then(|text| text.split(' ').next()?.parse().ok());
        let thread = task.file_name().to_str().and_then(|name| name.parse().ok());
        if let (Some(thread), Some(name), Some(spent)) = (thread, read("comm"), spent) {
            threads.insert(thread, (name.trim().to_owned(), Duration::from_nanos(spent)));
        }
    }
    threads
}

/// How much of one core each thread took, in per cent, by name.
pub(crate) fn shares(
    before: &BTreeMap<u32, (String, Duration)>,
    after: &BTreeMap<u32, (String, Duration)>,
    time: Duration,
) -> BTreeMap<String, f64> {
    let mut shares = BTreeMap::new();
    for (thread, (name, spent)) in after {
        let earlier = before.get(thread).map(|(_, spent)| *spent).unwrap_or_default();
        let share = spent.saturating_sub(earlier).as_secs_f64() / time.as_secs_f64() * 100.0;
        *shares.entry(name.clone()).or_default() += share;
    }
    shares
}

/// A value in KiB, as MiB.
fn field(file: &str, name: &str) -> Option<f64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kib| kib / 1024.0)
}
