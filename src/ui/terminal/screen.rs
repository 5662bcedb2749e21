//! The screen while it is ours: frames, the mouse, suspending and returning.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use crossterm::event::Event;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal};
use thiserror::Error;

use super::line::{Line, Restorer};
use super::platform::{self, Events, Tty};
use super::sequences;
use crate::ui::theme::Answers;

/// What the user may choose about the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreenOptions {
    /// Whether clicks, drags and the wheel come to us.
    pub mouse: bool,
    /// Whether the terminal may be asked what it is.
    pub ask: bool,
}

/// What comes from the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalEvent {
    /// A key, the mouse, a paste, focus, or a new size.
    Input(Event),
    /// Its colour scheme changed (mode 2031).
    Scheme {
        /// Whether to a dark one.
        dark: bool,
    },
    /// It is gone; nothing more comes.
    Gone,
}

/// Why the terminal could not be taken over.
#[derive(Debug, Error)]
pub enum ScreenError {
    /// It cannot be opened, or is none.
    #[error("open the terminal: {0}")]
    Open(#[source] io::Error),
    /// Its modes cannot be changed.
    #[error("change the terminal's modes: {0}")]
    Modes(#[source] io::Error),
    /// Its input cannot be read.
    #[error("read from the terminal: {0}")]
    Input(#[source] io::Error),
}

/// The terminal, taken over.
#[derive(Debug)]
pub struct Entered {
    /// Where frames go.
    pub screen: Screen,
    /// What it sends.
    pub events: Events,
    /// What it answered.
    pub answers: Answers,
}

/// The alternate screen. Dropping it gives the terminal back.
#[derive(Debug)]
pub struct Screen {
    line: Arc<Line>,
    terminal: Terminal<Edge>,
    synchronized: bool,
    mouse: bool,
}

/// ratatui's way to a terminal, into memory: the frame is sent as a whole, and asks the terminal nothing.
#[derive(Debug)]
struct Edge {
    inner: CrosstermBackend<Frames>,
    frames: Frames,
    line: Arc<Line>,
    cursor: Position,
    cursor_shown: bool,
}

/// What of a frame was not sent yet. Shared, since a backend does not show what it writes to.
#[derive(Clone, Debug, Default)]
struct Frames {
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Screen {
    /// Takes over the terminal behind standard output.
    ///
    /// Waits up to 100 ms for answers. Colours are written whatever `NO_COLOR` says, since the palette has decided.
    ///
    /// # Errors
    ///
    /// When there is no terminal, or it does not let itself be changed; it is as it was then.
    pub fn enter(options: ScreenOptions) -> Result<Entered, ScreenError> {
        Self::enter_on(Tty::open().map_err(ScreenError::Open)?, options)
    }

    /// Takes over `tty`.
    ///
    /// # Errors
    ///
    /// As [`Screen::enter`].
    pub fn enter_on(tty: Tty, options: ScreenOptions) -> Result<Entered, ScreenError> {
        crossterm::style::force_color_output(true);
        let line = Arc::new(Line::new(tty));
        line.enter(&entering(options.mouse)).map_err(ScreenError::Modes)?;
        let (events, answers) = platform::listen(&line, options.ask).map_err(ScreenError::Input)?;
        let frames = Frames::default();
        let edge = Edge {
            inner: CrosstermBackend::new(frames.clone()),
            frames,
            line: Arc::clone(&line),
            cursor: Position::ORIGIN,
            cursor_shown: false,
        };
        let terminal = Terminal::new(edge).map_err(ScreenError::Modes)?;
        let screen = Self { line, terminal, synchronized: answers.synchronized, mouse: options.mouse };
        Ok(Entered { screen, events, answers })
    }

    /// What gives the terminal back, for signal handlers and panic hooks.
    pub fn restorer(&self) -> Restorer {
        Restorer::new(Arc::clone(&self.line))
    }

    /// Draws a frame: one write of what changed, none if nothing did.
    ///
    /// Follows the terminal's size. Blocks while the terminal does not read.
    ///
    /// # Errors
    ///
    /// When the terminal is gone, or was given back; drawing again is no use then.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(view)?;
        self.send()
    }

    /// The area of the last frame, in cells.
    pub fn area(&mut self) -> Rect {
        self.terminal.get_frame().area()
    }

    /// Repaints everything at the next frame: what is on the screen may not be what was drawn.
    ///
    /// # Errors
    ///
    /// As [`Screen::draw`].
    pub fn invalidate(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Takes the mouse, or gives it back.
    ///
    /// # Errors
    ///
    /// As [`Screen::draw`].
    pub fn capture_mouse(&mut self, capture: bool) -> io::Result<()> {
        self.mouse = capture;
        self.line.write(if capture { sequences::MOUSE_ON } else { sequences::MOUSE_OFF })
    }

    /// Writes `sequence` as it is, such as one that copies.
    ///
    /// # Errors
    ///
    /// As [`Screen::draw`].
    pub fn write(&mut self, sequence: &[u8]) -> io::Result<()> {
        self.line.write(sequence)
    }

    /// Gives the terminal back for a while: to a pager, for which [`Events::pause`] leaves the keys, or before the
    /// process is stopped.
    pub fn leave(&mut self) {
        self.line.leave();
    }

    /// Takes the terminal over again after [`Screen::leave`], or after the process was stopped and continued by
    /// others. The next frame repaints everything.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn reenter(&mut self) -> io::Result<()> {
        self.line.enter(&entering(self.mouse))?;
        self.terminal.backend_mut().cursor_shown = false;
        self.invalidate()
    }

    /// Leaves the alternate screen but keeps the keyboard, so that plain lines can be written until a key is pressed.
    /// [`Screen::reenter`] returns.
    ///
    /// # Errors
    ///
    /// As [`Screen::draw`].
    pub fn step_aside(&mut self) -> io::Result<()> {
        self.line.write(sequences::LEAVE)?;
        // Or what is pasted would be keys, of which the first returns and the others are commands.
        self.line.write(sequences::PASTE_ON)
    }

    /// Takes the keyboard again after the process was stopped and continued by others while it was
    /// [aside](Screen::step_aside).
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn stay_aside(&mut self) -> io::Result<()> {
        self.line.enter(sequences::PASTE_ON)
    }

    /// Stops this process as the terminal's ctrl-z would, and takes the terminal over again once it is continued.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn stop(&mut self) -> io::Result<()> {
        self.leave();
        platform::stop_this_process()?;
        self.reenter()
    }

    fn send(&mut self) -> io::Result<()> {
        let frame = self.terminal.backend().frames.take();
        if frame.is_empty() {
            return Ok(());
        }
        if self.synchronized {
            return self.line.write(&[sequences::SYNC_BEGIN, &frame, sequences::SYNC_END].concat());
        }
        self.line.write(&frame)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.line.leave();
    }
}

impl Backend for Edge {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            // Even nothing would be wrapped in resets, and wake the terminal up.
            return Ok(());
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.cursor_shown) { self.inner.hide_cursor() } else { Ok(()) }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.cursor_shown, true) { Ok(()) } else { self.inner.show_cursor() }
    }

    /// Where it was put last: asking would take the answer from the thread that reads.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        self.inner.set_cursor_position(self.cursor)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.line.tty().size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Frames {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn entering(mouse: bool) -> Vec<u8> {
    [sequences::ENTER, if mouse { sequences::MOUSE_ON } else { b"" }].concat()
}
