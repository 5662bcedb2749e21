//! What a child does between fork and exec. The only file with `unsafe` in it.
//!
//! The child is a copy of a process with other threads, of which it has only one: a lock that another thread held
//! is held for ever, the allocator's included. So only system calls happen here, on values prepared before.

#![expect(unsafe_code, reason = "what a child does between fork and exec cannot be said safely")]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What a child becomes before it runs its program.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// A service or a step of one.
    Service {
        /// Standard input is a pseudo-terminal that becomes the controlling one.
        terminal: bool,
        /// The soft limit that marks its descendants, where the system can carry it.
        tag: Option<u64>,
    },
    /// The guardian, which outlives the launcher and ignores SIGHUP, SIGINT and SIGTERM.
    Guardian,
    /// A launcher in the background, which lives on its own.
    Daemon,
}

/// Has the child of `command` take its `role`, in a session of its own, before it runs its program.
///
/// The start fails if the launcher is gone by then.
pub(super) fn install(command: &mut Command, role: Role) {
    let launcher = std::process::id();
    // SAFETY: `prepare` makes async-signal-safe system calls only and allocates nothing.
    unsafe {
        command.pre_exec(move || prepare(role, launcher));
    }
}

fn prepare(role: Role, launcher: u32) -> io::Result<()> {
    reset_signals();
    rustix::process::setsid()?;
    match role {
        Role::Service { terminal, tag } => {
            if terminal {
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
            }
            bind_to_launcher(launcher, tag)?;
        }
        Role::Daemon => {}
        Role::Guardian => {
            for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
                // SAFETY: `signal` is async-signal-safe, and ignoring runs no code of ours.
                unsafe { libc::signal(signal, libc::SIG_IGN) };
            }
        }
    }
    close_inherited();
    Ok(())
}

/// Gives every signal its default meaning and unblocks it: an ignored SIGINT, SIGHUP or SIGPIPE would be inherited.
fn reset_signals() {
    // 64 is the last signal on Linux, more than elsewhere; numbers that are none are refused.
    for signal in 1..=64 {
        // SAFETY: `signal` is async-signal-safe, and the default action runs no code of ours.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: a signal set is plain old data, for which zeroes are valid; both calls are async-signal-safe.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Marks the child and has it end with the launcher.
///
/// The signal is SIGTERM, not SIGKILL. The kill is the guardian's, 700 ms later and for the whole tree; a leader
/// that is killed outright could not pass the end on to what lives elsewhere (`docker run`, `ssh`, `sudo`), which
/// no guardian finds.
#[cfg(target_os = "linux")]
fn bind_to_launcher(launcher: u32, tag: Option<u64>) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

    if tag.is_some() {
        let maximum = getrlimit(Resource::Rttime).maximum;
        // Where a lower hard limit is set, or the kernel's word is too short for it, the other marks must do.
        let _ = setrlimit(Resource::Rttime, Rlimit { current: tag, maximum });
    }
    rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?;
    // A launcher that died before the line above sends nothing any more.
    match rustix::process::getppid() {
        Some(parent) if parent.as_raw_nonzero().get().unsigned_abs() == launcher => Ok(()),
        Some(_) | None => Err(io::Error::from_raw_os_error(libc::ESRCH)),
    }
}

#[cfg(not(target_os = "linux"))]
fn bind_to_launcher(_launcher: u32, _tag: Option<u64>) -> io::Result<()> {
    Ok(())
}

/// Keeps files that the launcher itself inherited from reaching the program; ours are marked when they are opened.
#[cfg(target_os = "linux")]
fn close_inherited() {
    // SAFETY: a system call on numbers. It marks the descriptors and closes none, so the pipe over which the
    // standard library reports a failing exec still works. Kernels before 5.11 refuse: then nothing changes.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
}

#[cfg(not(target_os = "linux"))]
fn close_inherited() {}
