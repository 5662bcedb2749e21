//! The terminal on Windows, by way of crossterm. It is not asked anything: its answers would come as keys.

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
    /// The next event. After [`TerminalEvent::Gone`] there are no others but that.
    ///
    /// Cancel-safe: an event that was not returned is returned by the next call.
    pub async fn next(&mut self) -> TerminalEvent {
        self.received.recv().await.unwrap_or(TerminalEvent::Gone)
    }

    /// An event that has already come.
    pub fn try_next(&mut self) -> Option<TerminalEvent> {
        self.received.try_recv().ok()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.received.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts to read from the console. Takes a mouse where crossterm can, since that is no sequence here.
pub(super) fn listen(_line: &Arc<Line>, _ask: bool) -> io::Result<(Events, Answers)> {
    let ended = Arc::new(AtomicBool::new(false));
    let (sender, received) = mpsc::channel(WAITING);
    let told = Arc::clone(&ended);
    let thread =
        std::thread::Builder::new().name("terminal-input".to_owned()).spawn(move || read(&told, &sender))?;
    Ok((Events { received, ended, thread: Some(thread) }, Answers::default()))
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
