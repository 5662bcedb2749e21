//! The thread that reads every pipe. It waits for the disk and for nothing else: no display, no follower and no
//! supervisor can hold it up, and while nothing is printed it sleeps.

use std::cell::RefCell;
use std::fs;
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::task::ready;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use regex::bytes::Regex;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use super::framing::{Ending, Framer};
use super::lookout::Lookout;
use super::mask::Mask;
use super::pipe::Pipe;
use super::segment::Limits;
use super::tail::Shared;
use super::tally::{Hints, tally};
use super::terminal::{Tap, Terminal, Terminals};
use super::writer::{Tell, Writer};
use super::{Follower, LogSignal, PipeReader, Selection, Source, Spotter, Start, Stream};
use crate::stack::{Epoch, ServiceId};

/// As much as one read takes: what fits a core's cache, so that the passes over a chunk are cheap.
const READ: usize = 256 << 10;

/// What comes in larger pieces is a flood, which is searched for the usual words of trouble alone.
const CALM: usize = 16 << 10;

/// A pipe holds at most 1 MiB (`/proc/sys/fs/pipe-max-size`): what was written before a process died is not
/// more, and a grandchild that goes on writing must not hold up the end.
const DRAIN: usize = 2 << 20;

/// How long a reader that cannot say what it holds is given to hand it out.
const DRAIN_PATIENCE: Duration = Duration::from_millis(50);

/// How long what may be the beginning of a secret is kept off a terminal, if it is only a few bytes.
const HOLD: Duration = Duration::from_millis(100);

const RETRY: Duration = Duration::from_secs(1);

/// How the store keeps lines.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Bytes of text after which a segment is full. Default 64 MiB.
    pub segment_bytes: u64,
    /// Bytes of text that a service may keep on disk; the oldest segment goes first. Default 1 GiB.
    pub service_cap: u64,
    /// Bytes of text that a service keeps in memory. Default 1 MiB.
    pub tail_bytes: usize,
}

/// Why a store cannot be opened; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system gives no thread or no runtime.
    #[error("start the thread that reads output")]
    Thread(#[source] io::Error),
}

/// The log of one run, open for writing. Dropping it drains and closes every source.
pub struct LogStore {
    orders: mpsc::UnboundedSender<Order>,
    shared: Arc<Shared>,
    terminals: Terminals,
    thread: Option<JoinHandle<()>>,
}

enum Order {
    Attach { source: Source, reader: PipeReader, watch: Option<Regex>, tap: Option<Tap> },
    Detach { service: ServiceId, epoch: Epoch },
    Notice { service: ServiceId, text: String },
    Secrets(Mask),
    Close,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, service_cap: 1 << 30, tail_bytes: 1 << 20 }
    }
}

impl LogStore {
    /// Opens the store of a new run in `<run>/logs/` and starts its thread.
    ///
    /// `tell` is called on that thread and must not block. A folder that cannot be made is no error: the tails
    /// work without it, and [`LogSignal::StoreDegraded`] says so with the first line.
    pub fn open(
        run: &Path,
        options: StoreOptions,
        tell: impl FnMut(LogSignal) + Send + 'static,
    ) -> Result<Self, StoreError> {
        Self::open_watched(run, options, None, tell)
    }

    /// As [`open`](Self::open); `spotter` is shown lines as they are printed, and what it wants to hear of is told as
    /// [`LogSignal::Spotted`].
    pub fn open_watched(
        run: &Path,
        options: StoreOptions,
        spotter: Option<Arc<dyn Spotter>>,
        tell: impl FnMut(LogSignal) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let folder: PathBuf = run.join("logs");
        // Reported when the first line cannot be written, with the reason.
        let _ = fs::create_dir_all(&folder);
        let shared = Arc::new(Shared::new(folder));
        let limits = Limits { segment: options.segment_bytes, cap: options.service_cap };
        let tell: Tell = Box::new(tell);
        let writer = Writer::new(Arc::clone(&shared), limits, options.tail_bytes, tell);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StoreError::Thread)?;
        let (orders, inbox) = mpsc::unbounded_channel();
        let thread = thread::Builder::new()
            .name("logs".into())
            .spawn(move || LocalSet::new().block_on(&runtime, serve(writer, spotter, inbox)))
            .map_err(StoreError::Thread)?;
        Ok(Self { orders, shared, terminals: Terminals::default(), thread: Some(thread) })
    }

    /// Reads `reader` until it ends or is detached; then tells [`LogSignal::Closed`].
    ///
    /// `watch` is tried on every line without ANSI and newline until it matches once. A reader that cannot be
    /// opened leaves a notice in the log and is closed.
    pub fn attach(&self, source: Source, reader: PipeReader, watch: Option<Regex>) {
        self.order(Order::Attach { source, reader, watch, tap: None });
    }

    /// As [`attach`](Self::attach); what it reads is to be had as it was printed, too, from
    /// [`terminal`](Self::terminal).
    pub fn attach_terminal(&self, source: Source, reader: PipeReader, watch: Option<Regex>) {
        let tap = Some(self.terminals.tap(&source.service));
        self.order(Order::Attach { source, reader, watch, tap });
    }

    /// What `service` printed on its terminal, whichever process of it did; empty until one does.
    pub fn terminal(&self, service: &ServiceId) -> Terminal {
        self.terminals.of(service)
    }

    /// Reads what `service`'s sources of `epoch` hold at this moment, then closes them, even if a grandchild
    /// keeps them open. Their [`LogSignal::Closed`] follow.
    pub fn detach(&self, service: &ServiceId, epoch: Epoch) {
        self.order(Order::Detach { service: service.clone(), epoch });
    }

    /// Puts our own word on a service into the log, as [`Stream::Notice`].
    pub fn append_notice(&self, service: &ServiceId, text: impl Into<String>) {
        self.order(Order::Notice { service: service.clone(), text: text.into() });
    }

    /// Replaces the values that are hidden in lines read from now on; those below 8 bytes are not.
    pub fn set_secrets(&self, values: &[Vec<u8>]) {
        self.order(Order::Secrets(Mask::new(values)));
    }

    /// Follows the log from `start` on, in this process.
    pub fn follow(&self, selection: Selection, start: Start) -> Follower {
        Follower::new(Arc::clone(&self.shared), selection, start)
    }

    /// The sequence number that the next line will get.
    pub fn next_seq(&self) -> u64 {
        self.shared.lock().next_seq
    }

    /// Drains and closes every source and waits for the thread to end. Followers then come to
    /// [`super::Step::End`].
    pub fn close(mut self) {
        self.join();
    }

    fn order(&self, order: Order) {
        // The thread ends only after `Order::Close`, which is the last order there is.
        let _ = self.orders.send(order);
    }

    fn join(&mut self) {
        self.order(Order::Close);
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook; there is nothing left to close.
            let _ = thread.join();
        }
        self.terminals.close();
        self.shared.lock().closed = true;
        self.shared.notify();
    }
}

impl Drop for LogStore {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.join();
        }
    }
}

/// What the tasks of the thread share. Never borrowed across an await.
struct Core {
    writer: Writer,
    mask: Mask,
    buffer: Vec<u8>,
    hints: Hints,
    usual: Hints,
    spotter: Option<Arc<dyn Spotter>>,
}

/// A source that is being read, as the order loop knows it.
struct Attached {
    source: Source,
    detach: oneshot::Sender<()>,
}

async fn serve(
    writer: Writer,
    spotter: Option<Arc<dyn Spotter>>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    let hints = spotter.as_ref().map(|spotter| Hints::with(&spotter.words())).unwrap_or_default();
    let usual = Hints::default();
    let core = Core { writer, mask: Mask::default(), buffer: vec![0; READ], hints, usual, spotter };
    let core = Rc::new(RefCell::new(core));
    let mut attached: Vec<Attached> = Vec::new();
    let mut tasks = tokio::task::JoinSet::new();
    loop {
        let degraded = core.borrow().writer.is_degraded();
        let order = tokio::select! {
            order = orders.recv() => order.unwrap_or(Order::Close),
            () = tokio::time::sleep(RETRY), if degraded => {
                core.borrow_mut().writer.retry(now());
                continue;
            }
        };
        attached.retain(|each| !each.detach.is_closed());
        while tasks.try_join_next().is_some() {}
        match order {
            Order::Attach { source, reader, watch, tap } => match reader.open() {
                Ok(pipe) => {
                    let (detach, detached) = oneshot::channel();
                    attached.push(Attached { source: source.clone(), detach });
                    let pump = Pump {
                        core: Rc::clone(&core),
                        source,
                        pipe,
                        framer: Framer::default(),
                        lookout: Lookout::new(watch),
                        tap,
                    };
                    tasks.spawn_local(pump.run(detached));
                }
                Err(error) => core.borrow_mut().refuse(source, &error),
            },
            Order::Detach { service, epoch } => {
                let (leaving, staying) = attached
                    .into_iter()
                    .partition(|each| each.source.service == service && each.source.epoch == epoch);
                attached = staying;
                detach_all(leaving);
            }
            Order::Notice { service, text } => core.borrow_mut().notice(service, &text),
            Order::Secrets(mask) => core.borrow_mut().mask = mask,
            Order::Close => break,
        }
    }
    detach_all(attached);
    while tasks.join_next().await.is_some() {}
    core.borrow_mut().writer.close();
}

fn detach_all(attached: Vec<Attached>) {
    for Attached { source: _, detach } in attached {
        // A source that has ended by itself does not listen any more.
        let _ = detach.send(());
    }
}

/// One source being read.
struct Pump {
    core: Rc<RefCell<Core>>,
    source: Source,
    pipe: Pipe,
    framer: Framer,
    lookout: Lookout,
    tap: Option<Tap>,
}

impl Pump {
    async fn run(mut self, mut detached: oneshot::Receiver<()>) {
        loop {
            let holds_few = self.tap.as_ref().is_some_and(Tap::holds_few);
            tokio::select! {
                biased;
                // A dropped sender means the same: the store is closing.
                _ = &mut detached => {
                    self.drain().await;
                    break;
                }
                read = self.read() => if read == 0 { break },
                () = tokio::time::sleep(HOLD), if holds_few => self.release(),
            }
            // One read each: a flood must not starve the other services.
            tokio::task::yield_now().await;
        }
        self.finish();
    }

    /// Reads once; 0 at the end. Cancel-safe: what was read has been taken.
    async fn read(&mut self) -> usize {
        let Self { core, source, pipe, framer, lookout, tap } = self;
        poll_fn(|cx| {
            let core = &mut *core.borrow_mut();
            // An unreadable pipe has nothing more to say than one that ended.
            let read = ready!(pipe.poll_read(cx, &mut core.buffer)).unwrap_or(0);
            core.show(tap, read);
            core.take(source, framer, lookout, read);
            std::task::Poll::Ready(read)
        })
        .await
    }

    /// Reads what there is now, up to [`DRAIN`].
    async fn drain(&mut self) {
        let mut left = DRAIN;
        while left > 0 {
            let read = match self.read_now() {
                Some(read) => read,
                None => tokio::time::timeout(DRAIN_PATIENCE, self.read()).await.unwrap_or(0),
            };
            if read == 0 {
                break;
            }
            left = left.saturating_sub(read);
        }
    }

    /// Reads without waiting; 0 if there is nothing, `None` where the system has no way to do that.
    fn read_now(&mut self) -> Option<usize> {
        let Self { core, source, pipe, framer, lookout, tap } = self;
        match pipe {
            #[cfg(unix)]
            Pipe::Own(pipe) => {
                let core = &mut *core.borrow_mut();
                let read = pipe.read_now(&mut core.buffer).ok().flatten().unwrap_or(0);
                core.show(tap, read);
                core.take(source, framer, lookout, read);
                Some(read)
            }
            #[cfg(not(unix))]
            Pipe::Own(_) => {
                let _ = (core, source, framer, lookout, tap);
                None
            }
            Pipe::Other(_) => None,
        }
    }

    /// Shows what was held back on the terminal.
    fn release(&mut self) {
        if let Some(tap) = &mut self.tap {
            tap.release(&self.core.borrow().mask);
        }
    }

    fn finish(mut self) {
        self.release();
        let core = &mut *self.core.borrow_mut();
        let mut lines = Vec::new();
        if let Some(ending) = self.framer.finish(&mut lines) {
            core.append(&self.source, &mut self.lookout, ending, lines);
        }
        let Source { service, epoch, stream } = self.source.clone();
        core.writer.tell(LogSignal::Closed { service, epoch, stream });
    }
}

impl Core {
    /// Hands the first `read` bytes of the buffer to the terminal, if it is one that is read.
    fn show(&self, tap: &mut Option<Tap>, read: usize) {
        if let Some(tap) = tap {
            tap.take(&self.mask, &self.buffer[..read]);
        }
    }

    /// Frames the first `read` bytes of the buffer.
    fn take(&mut self, source: &Source, framer: &mut Framer, lookout: &mut Lookout, read: usize) {
        let mut lines = Vec::new();
        let mask = &self.mask;
        let keep = |held: &mut Vec<u8>| {
            mask.apply(held);
            mask.reach()
        };
        if let Some(ending) = framer.push(&self.buffer[..read], &mut lines, keep) {
            self.append(source, lookout, ending, lines);
        }
    }

    fn append(&mut self, source: &Source, lookout: &mut Lookout, ending: Ending, mut lines: Vec<u8>) {
        self.mask.apply(&mut lines);
        let micros = now();
        let mut spotted = Vec::new();
        let spotter = self.spotter.as_deref().filter(|_| source.stream != Stream::Notice);
        let hints = if lines.len() <= CALM { &self.hints } else { &self.usual };
        let tally = tally(&lines, hints, &mut |index, line| {
            let numbers = spotter.map(|spotter| spotter.spot(line)).unwrap_or_default();
            let numbers = lookout.worth_telling(numbers, micros);
            if !numbers.is_empty() {
                spotted.push((index, numbers));
            }
        });
        let signals = lookout.look(source, tally, &lines);
        let first_seq = self.writer.append(source, ending, tally, lines, micros);
        for (index, numbers) in spotted {
            let Source { service, epoch, stream: _ } = source.clone();
            self.writer.tell(LogSignal::Spotted { service, epoch, seq: first_seq + index, numbers });
        }
        for signal in signals {
            self.writer.tell(match signal {
                LogSignal::AddressInUse { service, epoch, seq, line } => {
                    LogSignal::AddressInUse { service, epoch, seq: first_seq + seq, line }
                }
                other => other,
            });
        }
    }

    fn notice(&mut self, service: ServiceId, text: &str) {
        let source = Source { service, epoch: Epoch::default(), stream: Stream::Notice };
        let mut lines = text.trim_end_matches('\n').as_bytes().to_vec();
        lines.push(b'\n');
        self.append(&source, &mut Lookout::for_notices(), Ending::Newline, lines);
    }

    fn refuse(&mut self, source: Source, error: &io::Error) {
        let stream = match source.stream {
            Stream::Stdout => "standard output",
            Stream::Stderr => "standard error",
            Stream::Notice => "notices",
        };
        self.notice(source.service.clone(), &format!("its {stream} cannot be read: {error}"));
        let Source { service, epoch, stream } = source;
        self.writer.tell(LogSignal::Closed { service, epoch, stream });
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this thread is where output becomes an event: it reads the clock once per read"
)]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}
