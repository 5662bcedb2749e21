//! A real pseudo-terminal, and at its other end a terminal that is parsed, answers, is silent, or does not read.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode};
use ratatui::widgets::Paragraph;
use rustix::pty::OpenptFlags;
use rustix::termios::{Termios, Winsize};

use super::*;
use crate::ui::theme::{Answers, Rgb};

const OPTIONS: ScreenOptions = ScreenOptions { mouse: true, ask: true };

/// The terminal's side: what was written so far.
struct Far {
    end: Arc<OwnedFd>,
    written: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

/// Opens a pseudo-terminal of 20 by 5; the far end reads, and once it sees the last question sends `answer`.
fn terminal(answer: &'static [u8]) -> (OwnedFd, Far) {
    let (near, end) = pair();
    let (end, written) = (Arc::new(end), Arc::new(Mutex::new(Vec::new())));
    let reader = std::thread::spawn({
        let (end, written) = (Arc::clone(&end), Arc::clone(&written));
        move || {
            let mut buffer = [0; 4096];
            let mut answered = answer.is_empty();
            // Ends when the near side is closed.
            while let Ok(len @ 1..) = rustix::io::read(&end, &mut buffer) {
                let mut written = written.lock().unwrap();
                written.extend_from_slice(&buffer[..len]);
                if !answered && written.windows(3).any(|window| window == b"\x1b[c") {
                    answered = true;
                    rustix::io::write(&end, answer).unwrap();
                }
            }
        }
    });
    (near, Far { end, written, reader: Some(reader) })
}

fn pair() -> (OwnedFd, OwnedFd) {
    let end = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    rustix::pty::grantpt(&end).unwrap();
    rustix::pty::unlockpt(&end).unwrap();
    let name = rustix::pty::ptsname(&end, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let near = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
    let size = Winsize { ws_row: 5, ws_col: 20, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&end, size).unwrap();
    (near, end)
}

impl Far {
    fn written(&self) -> Vec<u8> {
        self.written.lock().unwrap().clone()
    }

    fn screen(&self) -> vt100::Parser {
        let mut parser = vt100::Parser::new(5, 20, 0);
        parser.process(&self.written());
        parser
    }

    fn wait_until(&self, what: &str, mut holds: impl FnMut(&vt100::Screen) -> bool) {
        wait(what, || holds(self.screen().screen()));
    }

    fn send(&self, bytes: &[u8]) {
        rustix::io::write(&*self.end, bytes).unwrap();
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take()
            && !std::thread::panicking()
        {
            reader.join().unwrap();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a deadline for what should have happened long before")]
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn enter(near: &OwnedFd, options: ScreenOptions) -> Entered {
    Screen::enter_on(Tty::of(near.as_fd()).unwrap(), options).unwrap()
}

fn modes(near: &OwnedFd) -> Termios {
    rustix::termios::tcgetattr(near).unwrap()
}

fn assert_same(before: &Termios, after: &Termios) {
    assert_eq!(before.input_modes, after.input_modes);
    assert_eq!(before.output_modes, after.output_modes);
    assert_eq!(before.control_modes, after.control_modes);
    assert_eq!(before.local_modes, after.local_modes);
}

fn is_as_before(screen: &vt100::Screen) -> bool {
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && !screen.bracketed_paste()
        && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
}

/// Every private mode that `bytes` set and did not reset.
fn left_on(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut on: Vec<String> = Vec::new();
    for part in text.split("\x1b[?").skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        match part[digits.len()..].chars().next() {
            Some('h') if !on.contains(&digits) => on.push(digits),
            Some('l') => on.retain(|mode| *mode != digits),
            Some(_) | None => {}
        }
    }
    on
}

fn typed(event: TerminalEvent) -> KeyCode {
    match event {
        TerminalEvent::Input(Event::Key(key)) => key.code,
        other => panic!("{other:?} is no key"),
    }
}

#[tokio::test]
async fn entering_takes_the_terminal_and_leaving_gives_all_of_it_back() {
    let (near, far) = terminal(b"");
    let before = modes(&near);
    let entered = enter(&near, OPTIONS);
    far.wait_until("entered", |screen| {
        screen.alternate_screen()
            && screen.hide_cursor()
            && screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::ButtonMotion
            && screen.mouse_protocol_encoding() == vt100::MouseProtocolEncoding::Sgr
    });
    assert!(modes(&near).local_modes != before.local_modes, "input is raw");
    drop(entered);
    far.wait_until("left", is_as_before);
    assert_same(&before, &modes(&near));
    wait("every mode is taken back", || left_on(&far.written()) == ["25"]);
    drop(near);
}

#[tokio::test]
async fn restoring_again_does_nothing_and_no_frame_follows() {
    let (near, far) = terminal(b"");
    let before = modes(&near);
    let mut entered = enter(&near, OPTIONS);
    let restorer = entered.screen.restorer();
    std::thread::spawn({
        let restorer = restorer.clone();
        move || restorer.restore()
    })
    .join()
    .unwrap();
    assert_same(&before, &modes(&near));
    far.wait_until("left", is_as_before);
    let written = far.written().len();
    restorer.restore();
    assert!(entered.screen.draw(|frame| frame.render_widget("late", frame.area())).is_err());
    drop(entered);
    assert_eq!(far.written().len(), written);
    drop(near);
}

#[tokio::test]
async fn a_frame_is_shown_and_the_same_frame_again_writes_nothing() {
    let (near, far) = terminal(b"\x1b[?2026;2$y\x1b[?62c");
    let mut entered = enter(&near, OPTIONS);
    let mut draw = |text: &'static str| {
        entered.screen.draw(|frame| frame.render_widget(Paragraph::new(text), frame.area())).unwrap();
    };
    draw("hello 日本");
    far.wait_until("drawn", |screen| screen.contents().trim_end() == "hello 日本");
    let written = far.written();
    draw("hello 日本");
    draw("hallo 日本");
    far.wait_until("drawn", |screen| screen.contents().trim_end() == "hallo 日本");
    let frame = far.written().split_off(written.len());
    assert!(frame.starts_with(b"\x1b[?2026h") && frame.ends_with(b"\x1b[?2026l"), "{frame:?}");
    assert!(frame.len() < 60, "only what changed is written: {frame:?}");
    assert_eq!(frame.windows(8).filter(|window| *window == b"\x1b[?2026h").count(), 1);
    drop((entered, near));
}

#[tokio::test]
async fn answers_are_read_and_what_was_typed_meanwhile_is_kept() {
    let (near, far) =
        terminal(b"\x1b[?2026;1$y\x1b]11;rgb:ffff/ffff/eeee\x1b\\q\x1b[?997;2n\x1b[1;3R\x1b[A\x1b[?62;4c");
    let mut entered = enter(&near, OPTIONS);
    let expected = Answers {
        background: Some(Rgb(0xff, 0xff, 0xee)),
        prefers_dark: Some(false),
        synchronized: true,
        wide_ambiguous: true,
        other_encoding: false,
    };
    assert_eq!(entered.answers, expected);
    assert_eq!(typed(entered.events.next().await), KeyCode::Char('q'));
    assert_eq!(typed(entered.events.next().await), KeyCode::Up);
    far.wait_until("the question leaves nothing", |screen| screen.contents().trim().is_empty());
    drop((entered, near));
}

#[tokio::test]
async fn a_silent_terminal_is_taken_as_it_is_and_its_late_answers_are_no_keys() {
    let (near, far) = terminal(b"");
    let mut entered = enter(&near, OPTIONS);
    assert_eq!(entered.answers, Answers::default());
    far.send(b"\x1b]11;rgb:ffff/ff");
    far.send(b"ff/ffff\x1b\\\x1b[1;2R\x1b[?62cx");
    assert_eq!(typed(entered.events.next().await), KeyCode::Char('x'));
    far.send(b"\x1b[?997;1n\x1b");
    assert_eq!(entered.events.next().await, TerminalEvent::Scheme { dark: true });
    assert_eq!(typed(entered.events.next().await), KeyCode::Esc);
    drop((entered, near));
}

#[tokio::test]
async fn a_terminal_that_hangs_up_is_gone_and_frames_to_it_fail() {
    let (near, end) = pair();
    let mut entered = enter(&near, ScreenOptions { ask: false, ..OPTIONS });
    drop(end);
    assert_eq!(entered.events.next().await, TerminalEvent::Gone);
    assert_eq!(entered.events.next().await, TerminalEvent::Gone, "and stays so");
    let mut draw = || entered.screen.draw(|frame| frame.render_widget("x", frame.area()));
    assert!(draw().is_err());
}

#[tokio::test]
async fn a_terminal_that_does_not_read_can_be_left() {
    let (near, end) = pair();
    let before = modes(&near);
    let entered = enter(&near, ScreenOptions { ask: false, ..OPTIONS });
    let restorer = entered.screen.restorer();
    let mut screen = entered.screen;
    let drawing = std::thread::spawn(move || {
        let mut frames = 0u32;
        loop {
            let text = format!("{frames}").repeat(40);
            let drawn = screen.draw(|frame| frame.render_widget(Paragraph::new(text), frame.area()));
            if let Err(error) = drawn {
                return (frames, error.kind());
            }
            frames += 1;
        }
    });
    wait("there is no more room", || {
        let mut polled = [rustix::event::PollFd::new(&near, rustix::event::PollFlags::OUT)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        rustix::event::poll(&mut polled, Some(&now)).unwrap() == 0
    });
    restorer.restore();
    assert_eq!(drawing.join().unwrap().1, io::ErrorKind::NotConnected);
    assert_same(&before, &modes(&near));
    drop(end);
}

#[tokio::test]
async fn what_is_left_for_a_while_is_taken_over_whole() {
    let (near, far) = terminal(b"");
    let before = modes(&near);
    let mut entered = enter(&near, OPTIONS);
    let draw = |screen: &mut Screen| screen.draw(|frame| frame.render_widget("here", frame.area())).unwrap();
    draw(&mut entered.screen);
    entered.screen.leave();
    far.wait_until("left", is_as_before);
    assert_same(&before, &modes(&near));
    entered.screen.reenter().unwrap();
    draw(&mut entered.screen);
    far.wait_until("drawn again", |screen| screen.alternate_screen() && screen.contents().contains("here"));
    assert!(far.screen().screen().hide_cursor());
    entered.screen.capture_mouse(false).unwrap();
    far.wait_until("no mouse", |screen| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None);
    drop(entered);
    far.wait_until("left again", is_as_before);
    assert_same(&before, &modes(&near));
    drop(near);
}

#[tokio::test]
async fn modes_that_somebody_left_meanwhile_are_not_those_to_return_to() {
    let (near, far) = terminal(b"");
    let before = modes(&near);
    let mut entered = enter(&near, OPTIONS);
    entered.screen.leave();
    let mut rubbish = modes(&near);
    rubbish.make_raw();
    rustix::termios::tcsetattr(&near, rustix::termios::OptionalActions::Now, &rubbish).unwrap();
    entered.screen.reenter().unwrap();
    drop(entered);
    assert_same(&before, &modes(&near));
    far.wait_until("left", is_as_before);
    drop(near);
}

#[tokio::test]
async fn what_was_restored_while_somebody_else_had_it_is_not_taken_over_again() {
    let (near, far) = terminal(b"");
    let before = modes(&near);
    let mut entered = enter(&near, OPTIONS);
    entered.screen.leave();
    far.wait_until("left", is_as_before);
    entered.screen.restorer().restore();
    let mut rubbish = modes(&near);
    rubbish.make_raw();
    rustix::termios::tcsetattr(&near, rustix::termios::OptionalActions::Now, &rubbish).unwrap();
    assert!(entered.screen.reenter().is_err());
    assert_same(&before, &modes(&near));
    drop((entered, near));
}

#[tokio::test]
async fn beside_the_full_screen_a_paste_is_still_one() {
    let (near, far) = terminal(b"");
    let before = modes(&near);
    let mut entered = enter(&near, OPTIONS);
    entered.screen.step_aside().unwrap();
    far.wait_until("aside", |screen| !screen.alternate_screen() && screen.bracketed_paste());
    rustix::termios::tcsetattr(&near, rustix::termios::OptionalActions::Now, &before).unwrap();
    entered.screen.stay_aside().unwrap();
    entered.screen.write(b"plain").unwrap();
    far.wait_until("plain lines", |screen| screen.contents().contains("plain"));
    assert!(!far.screen().screen().alternate_screen());
    assert!(modes(&near).local_modes != before.local_modes, "input is raw");
    drop(entered);
    assert_same(&before, &modes(&near));
    drop(near);
}

#[tokio::test]
async fn while_paused_others_may_read_and_nothing_that_came_before_is_lost() {
    let (near, far) = terminal(b"");
    let mut entered = enter(&near, ScreenOptions { ask: false, ..OPTIONS });
    far.send(b"ab");
    assert_eq!(typed(entered.events.next().await), KeyCode::Char('a'));
    entered.events.pause();
    far.send(b"for a pager");
    let mut buffer = [0; 64];
    let len = rustix::io::read(&near, &mut buffer).unwrap();
    assert_eq!(&buffer[..len], b"for a pager");
    entered.events.resume().unwrap();
    far.send(b"c");
    assert_eq!(typed(entered.events.next().await), KeyCode::Char('b'));
    assert_eq!(typed(entered.events.next().await), KeyCode::Char('c'));
    drop((entered, near));
}

#[tokio::test]
async fn a_new_size_is_followed() {
    let (near, far) = terminal(b"");
    let mut entered = enter(&near, OPTIONS);
    let area = |screen: &mut Screen| screen.draw(|_| {}).map(|()| screen.area()).unwrap();
    assert_eq!((area(&mut entered.screen).width, area(&mut entered.screen).height), (20, 5));
    let size = Winsize { ws_row: 3, ws_col: 9, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&*far.end, size).unwrap();
    assert_eq!((area(&mut entered.screen).width, area(&mut entered.screen).height), (9, 3));
    drop((entered, near));
}

#[tokio::test]
async fn a_panic_finds_the_terminal_restored() {
    let (near, far) = terminal(b"");
    let before = modes(&near);
    let entered = enter(&near, OPTIONS);
    entered.screen.restorer().restore_on_panic();
    let panicked = std::thread::spawn(|| panic!("as forced by a test")).join();
    // The hook is the whole process's.
    drop(std::panic::take_hook());
    assert!(panicked.is_err());
    assert_same(&before, &modes(&near));
    far.wait_until("left", is_as_before);
    drop((entered, near));
}
