//! The processes of this machine, as /proc shows them.

use std::fs;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// Pid and command line of every process that has `mark` in its environment, zombies left out.
pub(crate) fn marked_processes(mark: &str) -> Vec<(u32, String)> {
    let entries = fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes()) && alive(*pid)
    })
    .map(|pid| {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        (pid, String::from_utf8_lossy(&words).replace('\0', " "))
    })
    .collect()
}

/// Whether it runs; a zombie does not.
pub(crate) fn alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X') && test_kill_process(as_pid(pid)).is_ok()
}

/// Sends it; one that is gone is no error.
pub(crate) fn signal(pid: u32, signal: Signal) {
    let _ = kill_process(as_pid(pid), signal);
}

fn as_pid(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).expect("not 0")
}
