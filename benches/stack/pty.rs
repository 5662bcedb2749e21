//! A terminal whose other end is this program: what it shows is known as soon as it is written, without a
//! multiplexer between.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::project::Launcher;
use super::report::Outcome;

/// A terminal with a program in it.
pub(crate) struct Pty {
    keys: File,
    shown: Arc<Shown>,
}

/// What it shows, and since when.
struct Shown {
    screen: Mutex<(vt100::Parser, Instant, u64)>,
    changed: Condvar,
}

impl Pty {
    /// Runs `command` in a terminal of this size.
    pub(crate) fn run(mut command: Command, columns: u16, rows: u16) -> Outcome<(Self, Launcher)> {
        let flags = rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY;
        let master = rustix::pty::openpt(flags | rustix::pty::OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let size = rustix::termios::Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&master, size)?;
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
        let end: OwnedFd = rustix::fs::open(name, flags, rustix::fs::Mode::empty())?;
        command
            .stdin(Stdio::from(end.try_clone()?))
            .stdout(Stdio::from(end.try_clone()?))
            .stderr(Stdio::from(end))
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor")
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX");
        let child = Launcher(command.spawn()?);
        drop(command);
        let shown = Arc::new(Shown {
            screen: Mutex::new((vt100::Parser::new(rows, columns, 0), Instant::now(), 0)),
            changed: Condvar::new(),
        });
        let (keys, told) = (File::from(master.try_clone()?), Arc::clone(&shown));
        thread::spawn(move || told.read(File::from(master)));
        Ok((Self { keys, shown }, child))
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &[u8]) -> Outcome<()> {
        Ok(self.keys.write_all(keys)?)
    }

    /// Waits until the screen is as asked, and answers since when it is.
    pub(crate) fn wait(&self, patience: Duration, is: impl Fn(&vt100::Screen) -> bool) -> Outcome<Instant> {
        let begun = Instant::now();
        let mut screen = self.shown.lock();
        loop {
            if is(screen.0.screen()) {
                return Ok(screen.1);
            }
            let Some(left) = patience.checked_sub(begun.elapsed()) else {
                return Err(
                    format!("it was never shown; the screen:\n{}", screen.0.screen().contents()).into()
                );
            };
            screen = self.shown.changed.wait_timeout(screen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many bytes were written to it.
    pub(crate) fn written(&self) -> u64 {
        self.shown.lock().2
    }
}

impl Shown {
    fn lock(&self) -> MutexGuard<'_, (vt100::Parser, Instant, u64)> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, mut master: File) {
        let mut bytes = vec![0; 64 << 10];
        // A terminal that nobody holds open any more cannot be read.
        while let Ok(count @ 1..) = master.read(&mut bytes) {
            let mut screen = self.lock();
            screen.0.process(&bytes[..count]);
            screen.1 = Instant::now();
            screen.2 += count as u64;
            self.changed.notify_all();
        }
    }
}
