//! The terminal on Windows, by way of crossterm. It is not asked anything: its answers would come as keys.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ratatui::layout::Size;
use tokio::sync::mpsc;

use super::line::Line;
use super::screen::TerminalEvent;
use crate::ui::theme::Answers;

/// How many events wait for the console before the terminal has to.
const WAITING: usize = 256;

/// How often the thread that reads looks whether it shall end.
const GLANCE: Duration = Duration::from_millis(100);

/// A console.
#[derive(Debug)]
pub struct Tty;

/// That input was not raw; crossterm remembers what it was.
#[derive(Debug)]
pub struct Modes;

/// What the terminal sends, in order. Dropping it ends the thread that reads.
#[derive(Debug)]
pub struct Events {
    /// Received, and not yet returned.
    early: VecDeque<TerminalEvent>,
    /// `None` while others may read.
    reading: Option<Reading>,
}

/// The thread that reads.
#[derive(Debug)]
struct Reading {
    received: mpsc::Receiver<TerminalEvent>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Tty {
    /// The console of this process.
    ///
    /// # Errors
    ///
    /// When standard output is none, or one that knows no sequences.
    pub fn open() -> io::Result<Self> {
        crossterm::terminal::size()?;
        if !crossterm::ansi_support::supports_ansi() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "this console knows no escape sequences"));
        }
        Ok(Self)
    }

    pub(super) fn size(&self) -> io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    pub(super) fn make_raw(&self) -> io::Result<Modes> {
        crossterm::terminal::enable_raw_mode()?;
        Ok(Modes)
    }

    pub(super) fn set(&self, _modes: &Modes) -> io::Result<()> {
        crossterm::terminal::disable_raw_mode()
    }

    /// Writes; a console has no way to say that it has no room.
    pub(super) fn write_some(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut output = io::stdout().lock();
        output.write_all(bytes)?;
        output.flush()?;
        Ok(bytes.len())
    }

    pub(super) fn wait_for_room(&self, _patience: Duration) -> io::Result<()> {
        Ok(())
    }
}

impl Events {
    /// The next event. After [`TerminalEvent::Gone`] there are no others but that; while paused, none.
    ///
    /// Cancel-safe: an event that was not returned is returned by the next call.
    pub async fn next(&mut self) -> TerminalEvent {
        if let Some(event) = self.early.pop_front() {
            return event;
        }
        match &mut self.reading {
            Some(reading) => reading.received.recv().await.unwrap_or(TerminalEvent::Gone),
            None => std::future::pending().await,
        }
    }

    /// An event that has already come.
    pub fn try_next(&mut self) -> Option<TerminalEvent> {
        let early = self.early.pop_front();
        early.or_else(|| self.reading.as_mut().and_then(|reading| reading.received.try_recv().ok()))
    }

    /// Leaves what is typed to others, such as a pager, until [`Events::resume`]. What has come already is kept.
    pub fn pause(&mut self) {
        if let Some(mut reading) = self.reading.take() {
            reading.tell();
            // Taken out while it ends, since it may be waiting for room.
            while reading.is_running() {
                std::thread::sleep(Duration::from_millis(1));
                self.early.extend(std::iter::from_fn(|| reading.received.try_recv().ok()));
            }
            self.early.extend(std::iter::from_fn(|| reading.received.try_recv().ok()));
        }
    }

    /// Reads again.
    ///
    /// # Errors
    ///
    /// When the system has no room for a thread.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.reading.is_none() {
            self.reading = Some(Reading::start()?);
        }
        Ok(())
    }
}

impl Reading {
    fn start() -> io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let (sender, received) = mpsc::channel(WAITING);
        let told = Arc::clone(&ended);
        let thread = std::thread::Builder::new()
            .name("terminal-input".to_owned())
            .spawn(move || read(&told, &sender))?;
        Ok(Self { received, ended, thread: Some(thread) })
    }

    /// Tells the thread to end, which it does within [`GLANCE`] unless it waits for room.
    fn tell(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.tell();
        self.received.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts to read from the console.
pub(super) fn listen(_line: &Arc<Line>, _ask: bool) -> io::Result<(Events, Answers)> {
    Ok((Events { early: VecDeque::new(), reading: Some(Reading::start()?) }, Answers::default()))
}

/// There is no stopping here.
pub(super) fn stop_this_process() -> io::Result<()> {
    Ok(())
}

fn read(told: &AtomicBool, sender: &mpsc::Sender<TerminalEvent>) {
    while !told.load(Ordering::Relaxed) {
        let event = match crossterm::event::poll(GLANCE) {
            Ok(false) => continue,
            Ok(true) => crossterm::event::read().map(TerminalEvent::Input),
            Err(error) => Err(error),
        };
        let gone = event.is_err();
        if sender.blocking_send(event.unwrap_or(TerminalEvent::Gone)).is_err() || gone {
            return;
        }
    }
}
