//! What Linux tells about processes under /proc. Reads only, and decides nothing.
//!
//! Everything is about a moment that is over when the answer is there: a process that is gone reads as `None`
//! or as an empty list.

use std::fs;
use std::io::Read;

use super::tag::Tag;

/// The line of /proc/PID/stat, as far as it is needed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// The process.
    pub(super) pid: u32,
    /// Whether it has ended and only waits to be reaped.
    pub(super) is_dead: bool,
    /// Its parent.
    pub(super) parent: u32,
    /// Its process group.
    pub(super) group: u32,
    /// Its session.
    pub(super) session: u32,
    /// When it started, in clock ticks since boot: with the pid, it names a process for good.
    pub(super) start_time: u64,
}

/// What a process has used, from the same line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    /// Processor time of its own in clock ticks.
    pub(super) ticks: u64,
    /// That of the children that it has waited for.
    pub(super) inherited_ticks: u64,
    /// Pages of its resident set. Newer kernels count them per processor and may be a few too low here.
    pub(super) pages: u64,
    /// Its threads.
    pub(super) threads: u64,
}

/// Reads /proc/PID/stat for both.
pub(super) fn stat_and_load(pid: u32) -> Option<(Stat, Load)> {
    let line = read(&format!("/proc/{pid}/stat"))?;
    Some((parse_stat(pid, &line)?, parse_load(&line)?))
}

/// Reads /proc/PID/stat.
pub(super) fn stat(pid: u32) -> Option<Stat> {
    parse_stat(pid, &read(&format!("/proc/{pid}/stat"))?)
}

/// The children of all threads of `pid`, in no order.
///
/// The kernel's list may miss one while another ends; whoever needs them all looks again.
pub(super) fn children(pid: u32) -> Vec<u32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let lists = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// The same, for a process of one thread: without a listing.
pub(super) fn children_of_single(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// The mark in the soft limit of RLIMIT_RTTIME, which outlives even the process, until it is reaped.
pub(super) fn tag(pid: u32) -> Option<Tag> {
    let limits = read(&format!("/proc/{pid}/limits"))?;
    let line =
        limits.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"Max realtime timeout"))?;
    let soft = std::str::from_utf8(line).ok()?.split_ascii_whitespace().next()?;
    soft.parse().ok().and_then(Tag::read)
}

/// Whether the environment with which the process was started holds each of `entries` (`NAME=value`).
pub(super) fn environment_holds(pid: u32, entries: &[&[u8]]) -> bool {
    let Some(environment) = environment(pid) else {
        return false;
    };
    entries.iter().all(|entry| environment.split(|&byte| byte == 0).any(|found| found == *entry))
}

/// The environment with which a process was started, or what it has made of that memory since.
pub(super) fn environment(pid: u32) -> Option<Vec<u8>> {
    read(&format!("/proc/{pid}/environ"))
}

/// Every process there is.
pub(super) fn all() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Reads a whole file without asking for its size first, which /proc does not tell.
fn read(path: &str) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(2048);
    fs::File::open(path).ok()?.read_to_end(&mut content).ok()?;
    Some(content)
}

fn parse_load(line: &[u8]) -> Option<Load> {
    let fields = fields(line)?;
    let number = |index: usize| -> Option<u64> { fields.get(index)?.parse().ok() };
    // In user and in kernel mode each.
    Some(Load {
        ticks: number(11)?.saturating_add(number(12)?),
        inherited_ticks: number(13)?.saturating_add(number(14)?),
        threads: number(17)?,
        pages: number(21)?,
    })
}

/// What follows the name, which stands in parentheses and may itself hold anything, parentheses and spaces included.
fn fields(line: &[u8]) -> Option<Vec<&str>> {
    let end_of_name = line.iter().rposition(|&byte| byte == b')')?;
    Some(std::str::from_utf8(&line[end_of_name + 1..]).ok()?.split_ascii_whitespace().collect())
}

fn parse_stat(pid: u32, line: &[u8]) -> Option<Stat> {
    let fields = fields(line)?;
    let number = |index: usize| fields.get(index)?.parse().ok();
    Some(Stat {
        pid,
        is_dead: matches!(*fields.first()?, "Z" | "X" | "x"),
        parent: number(1)?,
        group: number(2)?,
        session: number(3)?,
        start_time: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_does_not_shift_the_fields() {
        let line = b"7 (a) Z 1 (b) S 3 4 5 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 9876 1 2\n";
        let stat = parse_stat(7, line).unwrap();
        assert_eq!(stat, Stat { pid: 7, is_dead: false, parent: 3, group: 4, session: 5, start_time: 9876 });
    }

    #[test]
    fn what_was_used_is_read_from_the_same_line() {
        let line = b"7 (a) S 3 4 5 0 -1 4194560 1 0 0 0 10 20 300 4000 20 0 6 0 9876 1 55 2\n";
        assert_eq!(parse_load(line), Some(Load { ticks: 30, inherited_ticks: 4300, pages: 55, threads: 6 }));
        assert_eq!(parse_load(b"7 (a) S 3 4 5 0 -1 4194560 1 0 0 0 10 20"), None);
    }

    #[test]
    fn torn_lines_are_nothing() {
        for line in [&b""[..], b"7 (x", b"7 (x) S", b"7 (x) S 1 2 3"] {
            assert_eq!(parse_stat(7, line), None);
        }
    }

    #[test]
    fn this_process_is_found_and_is_not_marked() {
        let pid = std::process::id();
        assert_eq!(stat(pid).map(|stat| (stat.pid, stat.is_dead)), Some((pid, false)));
        assert_eq!(tag(pid), None);
        assert!(all().contains(&pid));
    }
}
