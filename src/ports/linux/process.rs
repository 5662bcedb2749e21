//! What /proc says of a process: when it started, its parent, its sockets, its command.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use crate::ports::redact;
use crate::stack::ProcessFacts;

/// When a process started, in clock ticks since boot; `None` if there is no such process or it is a zombie.
///
/// With the pid this names one process for as long as the machine is up.
pub fn start_time(pid: u32) -> Option<u64> {
    let stat = Stat::read(pid)?;
    (!stat.is_dead).then_some(stat.start)
}

struct Stat {
    is_dead: bool,
    parent: u32,
    start: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        let bytes = fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, parentheses and spaces too.
        let after_name = &bytes[bytes.iter().rposition(|byte| *byte == b')')? + 1..];
        let fields: Vec<&str> = str::from_utf8(after_name).ok()?.split_ascii_whitespace().collect();
        Some(Self {
            is_dead: matches!(*fields.first()?, "Z" | "X"),
            parent: fields.get(1)?.parse().ok()?,
            start: fields.get(19)?.parse().ok()?,
        })
    }
}

pub(super) fn descends_from(pid: u32, ancestor: u32) -> bool {
    // A chain read while processes come and go could close into a ring.
    let parents = std::iter::successors(Some(pid), |pid| Stat::read(*pid).map(|stat| stat.parent));
    parents.take(256).take_while(|pid| *pid != 0).any(|pid| pid == ancestor)
}

/// The inodes of a process's sockets.
pub(super) fn sockets(pid: u32) -> io::Result<Vec<u64>> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"))?;
    // A descriptor closed meanwhile is no error.
    let targets = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    Ok(targets.filter_map(|target| socket_inode(target.as_os_str())).collect())
}

pub(super) fn holds_socket(pid: u32, inode: u64) -> bool {
    sockets(pid).is_ok_and(|sockets| sockets.contains(&inode))
}

fn socket_inode(target: &OsStr) -> Option<u64> {
    let digits = target.as_bytes().strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    str::from_utf8(digits).ok()?.parse().ok()
}

/// Which process has each of the sockets `wanted`, as far as we may look. Of several that share one, the one that the
/// others come from: a child before its exec, or a worker, has what its parent opened, and pids begin anew at some time.
pub(super) fn holders(wanted: &HashSet<u64>) -> HashMap<u64, u32> {
    let mut found: HashMap<u64, u32> = HashMap::new();
    for pid in all_pids() {
        if found.len() == wanted.len() {
            break;
        }
        for inode in sockets(pid).unwrap_or_default() {
            if wanted.contains(&inode) {
                found.entry(inode).or_insert(pid);
            }
        }
    }
    found.into_iter().map(|(inode, pid)| (inode, eldest(pid, inode))).collect()
}

/// The farthest forebear of `pid` that has the socket too, without a gap between.
fn eldest(pid: u32, inode: u64) -> u32 {
    let holding_parent = |pid: &u32| {
        let parent = Stat::read(*pid)?.parent;
        (parent > 1 && holds_socket(parent, inode)).then_some(parent)
    };
    // A chain read while processes come and go could close into a ring.
    std::iter::successors(Some(pid), holding_parent).take(64).last().unwrap_or(pid)
}

fn all_pids() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let mut pids: Vec<u32> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    pids
}

/// What a person needs to know which process this is; `None` if it is gone.
pub(super) fn describe(pid: u32) -> Option<ProcessFacts> {
    let user = fs::metadata(format!("/proc/{pid}")).ok()?.uid();
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let arguments: Vec<String> = arguments
        .split(|byte| *byte == 0)
        .map(|argument| String::from_utf8_lossy(argument).into_owned())
        .filter(|argument| !argument.is_empty())
        .collect();
    let command = if arguments.is_empty() {
        redact::command(&[fs::read_to_string(format!("/proc/{pid}/comm")).ok()?])
    } else {
        redact::command(&arguments)
    };
    let folder = fs::read_link(format!("/proc/{pid}/cwd")).ok();
    let folder = folder.map(|folder| redact::printable(&folder.to_string_lossy()));
    Some(ProcessFacts { pid, command, folder, user: Some(user) })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_process_has_one_start_time_and_a_missing_one_has_none() {
        let ours = std::process::id();
        assert!(start_time(ours).is_some());
        assert_eq!(start_time(ours), start_time(ours));
        assert_eq!(start_time(u32::MAX), None);
    }

    #[test]
    fn we_descend_from_our_parent_but_not_it_from_us() {
        let (ours, parent) = (std::process::id(), std::os::unix::process::parent_id());
        assert!(descends_from(ours, ours));
        assert!(descends_from(ours, parent));
        assert!(!descends_from(parent, ours));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a child that has a socket of ours")]
    fn a_socket_that_a_child_has_too_is_its_parents() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = fs::read_link(format!("/proc/self/fd/{}", listener.as_raw_fd())).unwrap();
        let inode = socket_inode(link.as_os_str()).unwrap();
        rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::empty()).unwrap();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::CLOEXEC).unwrap();
        let found = holds_socket(child.id(), inode).then(|| eldest(child.id(), inode));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found, Some(std::process::id()));
    }

    #[test]
    fn our_sockets_are_found_among_our_descriptors() {
        let before = sockets(std::process::id()).unwrap().len();
        let held: Vec<_> = (0..50).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        // Other tests of this process open and close sockets too.
        assert!(sockets(std::process::id()).unwrap().len() + 20 >= before + held.len());
    }
}
