//! Keys are keys, answers are none, and no bytes are too strange.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use super::*;

fn decode(chunks: &[&[u8]]) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    for chunk in chunks {
        decoder.take(chunk, &mut out);
    }
    decoder.expire(&mut out);
    out
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Event(Event::Key(KeyEvent::new(code, modifiers)))
}

fn plain(code: KeyCode) -> Input {
    key(code, KeyModifiers::NONE)
}

#[test]
fn keys_are_told_apart() {
    use KeyCode::{BackTab, Backspace, Char, Down, End, Enter, Esc, F, Home, PageUp, Tab, Up};
    for (bytes, expected) in [
        (&b"a"[..], plain(Char('a'))),
        (b"G", key(Char('G'), KeyModifiers::SHIFT)),
        ("ü".as_bytes(), plain(Char('ü'))),
        (b"\x03", key(Char('c'), KeyModifiers::CONTROL)),
        (b"\r", plain(Enter)),
        (b"\t", plain(Tab)),
        (b"\x7f", plain(Backspace)),
        (b"\x1b", plain(Esc)),
        (b"\x1bx", key(Char('x'), KeyModifiers::ALT)),
        (b"\x1b[A", plain(Up)),
        (b"\x1bOB", plain(Down)),
        (b"\x1b[1;5H", key(Home, KeyModifiers::CONTROL)),
        (b"\x1b[Z", key(BackTab, KeyModifiers::SHIFT)),
        (b"\x1b[5~", plain(PageUp)),
        (b"\x1b[4~", plain(End)),
        (b"\x1b[15~", plain(F(5))),
        (b"\x1b[24~", plain(F(12))),
        (b"\x1b[[B", plain(F(2))),
        (b"\x1b[13;2u", key(Enter, KeyModifiers::SHIFT)),
        (b"\x1b[27;5;105~", key(Char('i'), KeyModifiers::CONTROL)),
        (b"\x1b[I", Input::Event(Event::FocusGained)),
        (b"\x1b[O", Input::Event(Event::FocusLost)),
    ] {
        assert_eq!(decode(&[bytes]), [expected], "{:?}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(decode(&[b"\x1b\x1b"]), [plain(Esc), plain(Esc)]);
}

#[test]
fn the_mouse_is_read_with_buttons_wheel_and_drag() {
    let at = |kind| {
        let event = MouseEvent { kind, column: 299, row: 4, modifiers: KeyModifiers::NONE };
        Input::Event(Event::Mouse(event))
    };
    assert_eq!(decode(&[b"\x1b[<0;300;5M"]), [at(MouseEventKind::Down(MouseButton::Left))]);
    assert_eq!(decode(&[b"\x1b[<32;300;5M"]), [at(MouseEventKind::Drag(MouseButton::Left))]);
    assert_eq!(decode(&[b"\x1b[<0;300;5m"]), [at(MouseEventKind::Up(MouseButton::Left))]);
    assert_eq!(decode(&[b"\x1b[<65;300;5M"]), [at(MouseEventKind::ScrollDown)]);
    assert_eq!(decode(&[b"\x1b[M #!"]), [], "the old form is no three keys");
}

#[test]
fn a_paste_is_one_event_however_it_comes() {
    let paste = Input::Event(Event::Paste("q\x1b[Ay\nü".to_owned()));
    let bytes = "\x1b[200~q\x1b[Ay\nü\x1b[201~x".as_bytes();
    let all = [paste, plain(KeyCode::Char('x'))];
    assert_eq!(decode(&[bytes]), all);
    let single: Vec<_> = bytes.chunks(1).collect();
    assert_eq!(decode(&single), all);
}

#[test]
fn answers_are_no_keys_in_whatever_pieces_they_come() {
    let answers =
        "\x1b[?2026;2$y\x1b]11;rgb:1e1e/2e2e/ffff\x1b\\\x1b[?997;2n\x1b[1;3R\x1b[?62;22c".as_bytes();
    let expected = [
        Reply::Synchronized(true),
        Reply::Background(Rgb(0x1e, 0x2e, 0xff)),
        Reply::Scheme { dark: false },
        Reply::Column(3),
        Reply::Attributes,
    ]
    .map(Input::Reply);
    assert_eq!(decode(&[answers]), expected);
    let single: Vec<_> = answers.chunks(1).collect();
    assert_eq!(decode(&single), expected);
}

#[test]
fn answers_that_nobody_asked_for_are_swallowed() {
    for answer in [
        "\x1b]11;rgb:12/34\x07",
        "\x1b]52;c;cQ==\x1b\\",
        "\x1bP>|xterm(390)\x1b\\",
        "\x1bP1+r524742=38\x1b\\",
        "\x1b[>41;390;0c",
        "\x1b[?0u",
        "\x1b[?2048;0$y",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b]11;rgb:0000/0000",
    ] {
        assert_eq!(decode(&[answer.as_bytes()]), [], "{answer:?}");
    }
    assert_eq!(decode(&[b"\x1b]11;rgb:0/0/0\x07q"]).len(), 2, "a key after an answer is one");
}

#[test]
fn an_answer_without_end_grows_no_memory_and_swallows_its_rest() {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    decoder.take(b"\x1b]52;c;", &mut out);
    for _ in 0..100 {
        decoder.take(&[b'r'; 1000], &mut out);
    }
    assert!(decoder.pending.len() <= LONGEST_STRING);
    assert_eq!(decoder.patience(), Some(STRING_PATIENCE));
    decoder.take(b"\x1b\\q", &mut out);
    assert_eq!(out, [plain(KeyCode::Char('q'))]);
}

#[test]
fn only_what_is_open_is_waited_for() {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    assert_eq!(decoder.patience(), None);
    decoder.take(b"\x1b", &mut out);
    assert_eq!(decoder.patience(), Some(ESCAPE_PATIENCE));
    decoder.take(b"[A", &mut out);
    assert_eq!((decoder.patience(), out.len()), (None, 1));
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(
        bytes in proptest::collection::vec(
            prop_oneof![Just(0x1b), Just(b'['), Just(b']'), Just(b'<'), Just(b';'), Just(b'M'), Just(0x07), any::<u8>()], 0..80),
        cut in 0usize..80,
    ) {
        let cut = cut.min(bytes.len());
        let in_one = decode(&[&bytes]);
        let in_two = decode(&[&bytes[..cut], &bytes[cut..]]);
        prop_assert_eq!(in_one, in_two);
    }
}
