//! The signals that end a stack, as messages.

use std::io;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use super::paging::Paging;

/// Why a stack is told to go down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// The terminal is gone.
    HangUp,
    /// Nobody reads what it prints any more.
    OutputGone,
}

impl Signal {
    /// The exit code that tells of it: 128 + its number, as shells have it.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::OutputGone => 141,
            Self::Terminate => 143,
        }
    }
}

/// Listens until dropped. From the first call on, these signals no longer end the process by themselves.
#[derive(Debug)]
pub(super) struct Signals {
    tasks: Vec<JoinHandle<()>>,
    paging: Paging,
}

impl Signals {
    /// Whose Ctrl-C is not told of, since a pager has the terminal.
    pub(super) fn paging(&self) -> Paging {
        self.paging.clone()
    }

    /// Tells `told` of each signal, repeated ones too. Needs a tokio runtime.
    #[cfg(unix)]
    pub(super) fn listen(told: UnboundedSender<Signal>) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [
            (SignalKind::interrupt(), Signal::Interrupt),
            (SignalKind::terminate(), Signal::Terminate),
            (SignalKind::hangup(), Signal::HangUp),
        ];
        let (mut tasks, paging) = (Vec::new(), Paging::default());
        for (kind, meaning) in kinds {
            if meaning == Signal::HangUp && hang_up_is_ignored() {
                continue;
            }
            let mut stream = signal(kind)?;
            let (told, paging) = (told.clone(), paging.clone());
            tasks.push(tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    if !is_the_pagers(meaning, &paging) && told.send(meaning).is_err() {
                        return;
                    }
                }
            }));
        }
        Ok(Self { tasks, paging })
    }

    /// Tells `told` of each Ctrl-C, of a closed console and of a shutdown. Needs a tokio runtime.
    #[cfg(windows)]
    pub(super) fn listen(told: UnboundedSender<Signal>) -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close, ctrl_shutdown};
        let (mut interrupt, mut close, mut shutdown) = (ctrl_c()?, ctrl_close()?, ctrl_shutdown()?);
        let paging = Paging::default();
        let seen = paging.clone();
        let task = tokio::spawn(async move {
            loop {
                let meaning = tokio::select! {
                    _ = interrupt.recv() => Signal::Interrupt,
                    _ = close.recv() => Signal::HangUp,
                    _ = shutdown.recv() => Signal::Terminate,
                };
                if !is_the_pagers(meaning, &seen) && told.send(meaning).is_err() {
                    return;
                }
            }
        });
        Ok(Self { tasks: vec![task], paging })
    }
}

/// Whether a signal is meant for the pager, which has the terminal, and reached us beside it.
fn is_the_pagers(signal: Signal, paging: &Paging) -> bool {
    signal == Signal::Interrupt && paging.is_open()
}

/// Whether we were started to survive the terminal (`nohup portolan up`). Only Linux tells without `unsafe`.
#[cfg(unix)]
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // A mask in hexadecimal, of which the lowest bit is signal 1, SIGHUP.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

impl Drop for Signals {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
