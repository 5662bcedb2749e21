//! Whatever comes, in whatever order and window: nothing panics, no control character gets into a cell, and the
//! cursor stays inside.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::CellWidth;
use ratatui::layout::{Position, Rect, Size};

use crate::logs::{BlockSummary, Entry, FramePlace, Language, Level, Page, Part, Reach};
use crate::stack::{Accepted, UnixMillis};
use crate::ui::facts::{Facts, Link};
use crate::ui::keymap::TABLE;
use crate::ui::keys::Key;
use crate::ui::model::{Ending, Model};
use crate::ui::msg::{Answer, Applied, Jump, Landing, Msg, Request};
use crate::ui::samples::{self, NASTY, line, look};
use crate::ui::view::{Look, spot_near, under, view};

use super::update;

/// Steps of one run, as the issue has it.
const STEPS: usize = 200;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Key(Key),
    Mouse(MouseEventKind, u16, u16),
    Paste(String),
    /// A filter that is typed, and left open.
    Filter(String),
    Resize(u16, u16),
    /// Another stack altogether, by number.
    Stack(usize),
    /// Other lines on the screen: whose, which part of a block, how grave, which bytes.
    Page(Vec<(usize, usize, usize, Vec<u8>)>),
    Answer(usize),
    Event(usize),
    Wait(u64),
    Link(usize),
}

fn key() -> impl Strategy<Value = Key> {
    let known: Vec<Key> =
        TABLE.iter().flat_map(|entry| entry.keys).map(|key| key.parse().expect("a key")).collect();
    prop_oneof![
        8 => proptest::sample::select(known),
        1 => any::<char>().prop_map(Key::char),
        1 => any::<char>().prop_map(Key::ctrl),
        1 => proptest::sample::select(vec![KeyCode::Backspace, KeyCode::Delete, KeyCode::BackTab]).prop_map(Key::code),
    ]
}

fn mouse() -> impl Strategy<Value = MouseEventKind> {
    proptest::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::Down(MouseButton::Right),
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
        MouseEventKind::Moved,
    ])
}

/// Printed by a service: anything at all, or what is known to be nasty.
fn printed() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..120),
        any::<String>().prop_map(String::into_bytes),
        Just(NASTY.as_bytes().to_vec()),
        Just(br#"{"level":"error","msg":"a\u0007b","stack":"x\ny"}"#.to_vec()),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let line = (0usize..10, 0usize..7, 0usize..6, printed());
    prop_oneof![
        24 => key().prop_map(Step::Key),
        6 => (mouse(), 0u16..150, 0u16..60).prop_map(|(kind, x, y)| Step::Mouse(kind, x, y)),
        1 => any::<String>().prop_map(Step::Paste),
        1 => "[a-z (|/:]{0,60}".prop_map(Step::Filter),
        2 => (1u16..24, 1u16..8).prop_map(|(width, height)| Step::Resize(width, height)),
        2 => (1u16..140, 1u16..50).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => Just(Step::Resize(400, 120)),
        1 => (0usize..8).prop_map(Step::Stack),
        2 => proptest::collection::vec(line, 0..40).prop_map(Step::Page),
        2 => (0usize..10).prop_map(Step::Answer),
        1 => (0usize..100).prop_map(Step::Event),
        1 => (0u64..5_000).prop_map(Step::Wait),
        1 => (0usize..8).prop_map(Step::Link),
    ]
}

fn page(lines: Vec<(usize, usize, usize, Vec<u8>)>, facts: &Facts) -> Page {
    let services = &facts.snapshot.services;
    let entries = (500u64..).zip(lines).map(|(seq, (whose, part, level, bytes))| {
        let service =
            services.get(whose % services.len().max(1)).map_or("ghost", |service| service.name.as_str());
        let levels = [Level::Unknown, Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error];
        line(service, seq, seq, &bytes, levels[level], part_of(part, seq, &bytes))
    });
    let mut entries: Vec<Entry> = entries.collect();
    if let Some(Entry::Line { line, .. }) = entries.last() {
        let lost = Entry::Lost { service: line.service.clone(), lines: u64::MAX, before: line.seq };
        entries.insert(entries.len() - 1, lost);
    }
    Page { entries, above: true, lines_below: u64::MAX, faults_below: 3, searching: true }
}

fn part_of(part: usize, seq: u64, bytes: &[u8]) -> Part {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let place =
        FramePlace { file: text.clone(), line: Some(u32::MAX), function: Some(text.clone()), yours: true };
    let summary = || {
        Arc::new(BlockSummary {
            first: seq,
            last: seq + 3,
            language: Language::Python,
            text: text.clone(),
            place: Some(place.clone()),
            lines: u64::MAX,
            yours: u32::MAX,
        })
    };
    match part {
        0 => Part::Folded(summary()),
        1 => Part::Head(summary()),
        2 => Part::Frame { yours: seq.is_multiple_of(2) },
        3 => Part::Text,
        4 => Part::LibraryRun { frames: u32::MAX, packages: vec![text] },
        _ => Part::Alone,
    }
}

fn answer(number: usize, facts: &Facts) -> Answer {
    let service = samples::name("api");
    match number {
        0 => Answer::Order { what: NASTY.to_owned(), result: Ok(Accepted::default()) },
        1 => Answer::Order { what: "restart api".to_owned(), result: Err(NASTY.to_owned()) },
        2 => Answer::Copied(Ok(NASTY.to_owned())),
        3 => Answer::Sent(service, Err(NASTY.to_owned())),
        6 => {
            let result = Ok(Applied { success: false, output: NASTY.to_owned() });
            Answer::Applied { service, action: "portolan restart api".to_owned(), result }
        }
        7 => {
            let result = Ok(Applied { success: true, output: NASTY.to_owned() });
            Answer::Applied { service, action: "portolan doctor --fix x".to_owned(), result }
        }
        8 => Answer::Renewed(service, Err(NASTY.to_owned())),
        4 => Answer::Ports(facts.ports.clone().ok_or_else(|| NASTY.to_owned())),
        _ => Answer::Environment(service, Err(NASTY.to_owned())),
    }
}

/// What the loop would do, as far as it comes back to the console.
fn perform(model: &mut Model, facts: &Facts, requests: Vec<Request>, chance: u64) {
    for request in requests {
        let Request::Jump(jump) = request else { continue };
        let entries = &facts.page.entries;
        let at = usize::try_from(chance).unwrap_or(0) % entries.len().max(1);
        let seq = match jump {
            Jump::To(seq) => Some(seq),
            Jump::Step(_) | Jump::Scroll(_) | Jump::First | Jump::Fault { .. } | Jump::Hit { .. } => {
                entries.get(at).map(Entry::seq).filter(|_| !chance.is_multiple_of(7))
            }
        };
        let top = entries.get(at / 2).map(Entry::seq);
        let reach = match (seq, chance % 3) {
            (Some(seq), _) => Reach::At(seq),
            (None, 0) => Reach::Hidden(chance),
            (None, 1) => Reach::Searching,
            (None, _) => Reach::Nothing,
        };
        let pane = top.filter(|_| model.logs.wrap).map(|top| (top, at));
        let landing = Landing { jump, reach, top, pane, last: chance.is_multiple_of(5) };
        update(model, facts, Msg::Landed(landing));
    }
}

/// Draws, and fails if anything is where it must not be.
fn draw(facts: &Facts, model: &Model, look: &Look) -> Result<(), TestCaseError> {
    let Size { width, height } = model.size;
    let mut buffer = ratatui::buffer::Buffer::empty(Rect { x: 0, y: 0, width, height });
    let cursor = view(facts, model, look, &mut buffer);
    prop_assert_eq!((buffer.area.width, buffer.area.height), (width, height));
    prop_assert!(
        cursor.is_none_or(|at| at.x < width && at.y < height),
        "{:?} in {}x{}",
        cursor,
        width,
        height
    );
    for (at, cell) in buffer.content().iter().enumerate() {
        let symbol = cell.symbol();
        prop_assert!(!symbol.contains(char::is_control), "{:?}", symbol);
        let left = usize::from(width) - at % usize::from(width);
        prop_assert!(usize::from(symbol.cell_width()) <= left, "{:?} does not fit into its row", symbol);
    }
    Ok(())
}

fn message(step: Step, facts: &mut Facts, model: &mut Model, look: &Look) -> Option<Msg> {
    match step {
        Step::Key(key) => Some(Msg::Key(key)),
        Step::Mouse(kind, column, row) => {
            let at = Position { x: column % model.size.width, y: row % model.size.height };
            let layout = facts.layout(model)?;
            let under = under(facts, model, look, &layout, at);
            let near = spot_near(facts, model, look, &layout, at);
            let event = MouseEvent { kind, column: at.x, row: at.y, modifiers: KeyModifiers::NONE };
            Some(Msg::Mouse { event, under, near })
        }
        Step::Paste(text) => Some(Msg::Paste(text)),
        Step::Filter(text) => {
            model.layers.clear();
            update(model, facts, Msg::Key(Key::char('/')));
            Some(Msg::Paste(text))
        }
        Step::Resize(width, height) => Some(Msg::Resize(Size { width, height })),
        Step::Stack(number) => {
            let stacks = samples::all();
            *facts = stacks[number % stacks.len()].clone();
            Some(Msg::Tick)
        }
        Step::Page(lines) => {
            facts.page = page(lines, facts);
            Some(Msg::Tick)
        }
        Step::Answer(number) => Some(Msg::Answered(answer(number, facts))),
        Step::Event(number) => {
            let mut events = facts.happenings.all();
            let many = events.len().max(1);
            events.nth(number % many).cloned().map(Msg::Event)
        }
        Step::Wait(ms) => {
            facts.now = UnixMillis(facts.now.0.saturating_add(ms));
            Some(Msg::Tick)
        }
        Step::Link(number) => {
            facts.link = if number == 0 { Link::Lost(facts.now) } else { Link::Live };
            Some(Msg::Tick)
        }
    }
}

/// How many runs: many in the short form would hold up every build.
fn cases() -> u32 {
    if std::env::var_os("PORTOLAN_SOAK").is_some() { 1_000 } else { 8 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn nothing_that_comes_breaks_the_console(
        width in 1u16..140, height in 1u16..50, stack in 0usize..8, attached: bool,
        steps in proptest::collection::vec((step(), any::<u64>()), STEPS),
    ) {
        let look = look();
        let stacks = samples::all();
        let mut facts = stacks[stack % stacks.len()].clone();
        facts.attached = attached;
        let mut model = samples::model(&facts);
        model.size = Size { width, height };
        for (step, chance) in steps {
            let shows = matches!(step, Step::Key(_) | Step::Mouse(..)) && !chance.is_multiple_of(4);
            let Some(msg) = message(step, &mut facts, &mut model, &look) else { continue };
            let requests = update(&mut model, &facts, msg);
            perform(&mut model, &facts, requests, chance);
            facts.log_rows = facts.layout(&model).map_or(0, |layout| usize::from(layout.logs.height));
            // A console that is over is not drawn any more; here it goes on.
            model.ending = if model.ending == Ending::Over { Ending::Not } else { model.ending };
            // Not each one is drawn, as in a burst of keys.
            if !shows || chance.is_multiple_of(2) {
                draw(&facts, &model, &look)?;
            }
        }
        draw(&facts, &model, &look)?;
    }
}
