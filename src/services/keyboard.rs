//! What is typed into a service: a bounded queue between whoever types and a process that may never read, and the size
//! of its terminal. Never waits, and does not know who types.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::handle::TerminalOrder;
use crate::stack::{Mode, Refusal, ServiceId, ServiceName, ServiceSpec};

use super::effects::Shell;
use super::process::{HAS_TERMINALS, Input, Screen};

/// So many bytes wait for a process that does not read; its pipe holds another 64 KiB.
const ROOM: usize = 64 << 10;

/// The keyboard of one service, whichever run of it reads. Clones are of the same one.
#[derive(Clone, Debug)]
pub(super) struct Keyboard {
    queue: Arc<Mutex<Option<Queue>>>,
    /// Columns and rows, as they were told last; kept from run to run.
    size: watch::Sender<Option<(u16, u16)>>,
}

#[derive(Debug)]
struct Queue {
    typed: mpsc::UnboundedSender<Bytes>,
    waiting: Arc<AtomicUsize>,
}

/// Why a key was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTyped {
    /// No process reads, or it has closed its input.
    NotRunning,
    /// What was typed before has not been read.
    Full,
}

/// A process at the keyboard; dropped, its input ends.
#[derive(Debug)]
pub(super) struct Reading {
    queue: Arc<Mutex<Option<Queue>>>,
    task: JoinHandle<()>,
}

impl Keyboard {
    pub(super) fn new() -> Self {
        Self { queue: Arc::default(), size: watch::Sender::new(None) }
    }

    /// Types `bytes`: all of them or none.
    pub(super) fn type_in(&self, bytes: Bytes) -> Result<(), NotTyped> {
        let queue = lock(&self.queue);
        let queue = queue.as_ref().ok_or(NotTyped::NotRunning)?;
        // Only this adds, under the lock; the reader takes away.
        if queue.waiting.load(Ordering::Acquire) + bytes.len() > ROOM {
            return Err(NotTyped::Full);
        }
        queue.waiting.fetch_add(bytes.len(), Ordering::AcqRel);
        queue.typed.send(bytes).map_err(|_| NotTyped::NotRunning)
    }

    /// Tells this run, and each that comes, the size of the terminal.
    pub(super) fn resize(&self, columns: u16, rows: u16) {
        self.size.send_replace(Some((columns.max(1), rows.max(1))));
    }

    /// Sets a process at the keyboard, in place of any other. Needs a tokio runtime.
    pub(super) fn attach(&self, input: Input) -> Reading {
        let (typed, to_write) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        *lock(&self.queue) = Some(Queue { typed, waiting: Arc::clone(&waiting) });
        let (screen, sizes) = (input.screen(), self.size.subscribe());
        let task = tokio::spawn(async move {
            tokio::join!(write(input, to_write, waiting), follow(screen, sizes));
        });
        Reading { queue: Arc::clone(&self.queue), task }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        *lock(&self.queue) = None;
        self.task.abort();
    }
}

async fn write(mut input: Input, mut typed: mpsc::UnboundedReceiver<Bytes>, waiting: Arc<AtomicUsize>) {
    while let Some(bytes) = typed.recv().await {
        let written = input.write(&bytes).await;
        waiting.fetch_sub(bytes.len(), Ordering::AcqRel);
        if written.is_err() {
            // It has closed its input: whoever types is told from now on, since the receiver goes.
            return;
        }
    }
}

async fn follow(screen: Screen, mut sizes: watch::Receiver<Option<(u16, u16)>>) {
    sizes.mark_changed();
    while sizes.changed().await.is_ok() {
        let size = *sizes.borrow_and_update();
        if let Some((columns, rows)) = size {
            // A terminal that takes no size has gone with its program.
            let _ = screen.resize(columns, rows);
        }
    }
}

impl Shell {
    /// Does what was asked of a service's input or terminal, at once.
    pub(super) fn terminal_order(&mut self, order: TerminalOrder) {
        // Whoever asked may have gone.
        match order {
            TerminalOrder::Input { service, bytes, reply } => {
                let _ = reply.send(self.type_in(&service, bytes));
            }
            TerminalOrder::Resize { service, size, reply } => {
                let on_terminal = self.on_terminal(&service);
                let _ =
                    reply.send(on_terminal.map(|()| self.keyboard(&service).resize(size.columns, size.rows)));
            }
            TerminalOrder::Watch { service, reply } => {
                let on_terminal = self.on_terminal(&service);
                let _ = reply.send(on_terminal.map(|()| self.logs.terminal(&ServiceId::from(service))));
            }
        }
    }

    fn type_in(&mut self, service: &ServiceName, bytes: Bytes) -> Result<(), Refusal> {
        self.known(service)?;
        let name = service.clone();
        self.keyboard(service).type_in(bytes).map_err(|not| match not {
            NotTyped::NotRunning => Refusal::NotRunning { name },
            NotTyped::Full => Refusal::InputFull { name },
        })
    }

    /// Whether the service is one with a terminal, running or not.
    fn on_terminal(&self, service: &ServiceName) -> Result<(), Refusal> {
        let spec = self.known(service)?;
        let has_one = spec.tty && spec.mode() == Mode::Local && HAS_TERMINALS;
        has_one.then_some(()).ok_or_else(|| Refusal::NoTerminal { name: service.clone() })
    }

    fn known(&self, service: &ServiceName) -> Result<&ServiceSpec, Refusal> {
        self.spec.service(service).ok_or_else(|| Refusal::UnknownService { name: service.to_string() })
    }
}

fn lock(queue: &Mutex<Option<Queue>>) -> MutexGuard<'_, Option<Queue>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_the_keyboard() -> (Keyboard, mpsc::UnboundedReceiver<Bytes>, Arc<AtomicUsize>) {
        let keyboard = Keyboard::new();
        let (typed, to_write) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        *lock(&keyboard.queue) = Some(Queue { typed, waiting: Arc::clone(&waiting) });
        (keyboard, to_write, waiting)
    }

    #[test]
    fn nobody_at_the_keyboard_is_said() {
        assert_eq!(Keyboard::new().type_in(Bytes::from_static(b"x")), Err(NotTyped::NotRunning));
        let (keyboard, reader, _) = at_the_keyboard();
        drop(reader);
        assert_eq!(keyboard.type_in(Bytes::from_static(b"x")), Err(NotTyped::NotRunning));
    }

    #[test]
    fn what_is_not_read_is_bounded_in_bytes_and_taken_whole() {
        let (keyboard, _reader, waiting) = at_the_keyboard();
        keyboard.type_in(vec![b'x'; ROOM - 1].into()).unwrap();
        assert_eq!(keyboard.type_in(Bytes::from_static(b"yz")), Err(NotTyped::Full));
        keyboard.type_in(Bytes::from_static(b"y")).unwrap();
        assert_eq!(keyboard.type_in(Bytes::from_static(b"z")), Err(NotTyped::Full));
        waiting.fetch_sub(ROOM, Ordering::AcqRel);
        keyboard.type_in(Bytes::from_static(b"z")).unwrap();
    }
}
