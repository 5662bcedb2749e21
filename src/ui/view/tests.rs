//! The main screen as text, at the sizes that people have, and its promises at every size.

use insta::assert_snapshot;
use proptest::prelude::*;
use tui_input::Input;

use crate::logs::{Anchor, Level, Query};
use crate::ui::model::{Focus, Looking, Model, Place, Prompt, Source, Span, Spot, Stamps, Toast, Welcome};
use crate::ui::msg::Msg;
use crate::ui::samples;
use crate::ui::theme::{Depth, GlyphSet, Role, Scheme};
use crate::ui::update::update;
use crate::ui::view::Look;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

#[test]
fn the_main_screen_of_a_stack_that_starts() {
    let facts = samples::shop();
    for (width, height) in SIZES {
        let mut model = samples::model(&facts);
        assert_snapshot!(
            format!("shop_{width}x{height}"),
            samples::render(&facts, &mut model, width, height)
        );
    }
}

#[test]
fn a_visitor_is_told_what_to_try_until_the_first_key() {
    let facts = samples::shop();
    let whole = " e next error  Enter one service  / filter  P new port  o open page  q quit  ? all keys";
    for (width, greeting) in [
        (120, whole),
        (80, " e next error  Enter one service  / filter  P new port  o open page  ? all keys"),
        (40, " e next error  ? all keys"),
    ] {
        let mut model = samples::model(&facts);
        model.welcome = Some(Welcome::Visitor);
        let text = samples::render(&facts, &mut model, width, 24);
        assert_eq!(text.lines().last().unwrap().trim_end(), greeting, "{width}");
        update(&mut model, &facts, Msg::Key("j".parse().unwrap()));
        let text = samples::render(&facts, &mut model, width, 24);
        assert_ne!(text.lines().last().unwrap().trim_end(), greeting, "{width}");
    }
}

#[test]
fn two_ports_of_five_digits_leave_a_gap() {
    let mut facts = samples::shop();
    let snapshot = std::sync::Arc::make_mut(&mut facts.snapshot);
    snapshot.services[0].port = crate::stack::Port::new(20_384);
    snapshot.services[0].preferred_port = crate::stack::Port::new(13_720);
    let text = samples::render(&facts, &mut samples::model(&facts), 120, 40);
    assert!(text.contains("20384 (was 13720) "), "{text}");
}

#[test]
fn small_windows_lose_what_matters_least() {
    let facts = samples::shop();
    for (width, height) in [(59, 20), (40, 10), (20, 5), (19, 5)] {
        let mut model = samples::model(&facts);
        assert_snapshot!(
            format!("shop_{width}x{height}"),
            samples::render(&facts, &mut model, width, height)
        );
    }
}

#[test]
fn the_logs_say_what_they_show_and_hide() {
    let mut facts = samples::shop();
    facts.counts.lines = 20_412;
    facts.counts.hits = 12;
    facts.counts.hidden = 20_400;
    facts.counts.hidden_faults = 3;
    facts.counts.done = true;
    let mut model = samples::model(&facts);
    model.focus = Focus::Logs;
    model.logs.looking = Some(Looking { text: "job -retry".to_owned(), find: false });
    model.logs.level = Some(Level::Warn);
    model.logs.prompt = Some(Prompt {
        input: Input::new("job -retry".to_owned()),
        find: false,
        fault: None,
        before: None,
        recalled: None,
        draft: String::new(),
    });
    assert_snapshot!("filtered_120x40", samples::render(&facts, &mut model, 120, 40));
    model.logs.prompt = Some(Prompt {
        input: Input::new("job (".to_owned()),
        find: true,
        fault: Some((4, "this group has no end".to_owned())),
        before: None,
        recalled: None,
        draft: String::new(),
    });
    assert_snapshot!("fault_80x24", samples::render(&facts, &mut model, 80, 24));
}

#[test]
fn a_paused_zoomed_and_wrapped_pane() {
    let mut facts = samples::shop();
    facts.page.lines_below = 214;
    facts.page.faults_below = 3;
    let mut model = samples::model(&facts);
    model.focus = Focus::Logs;
    model.logs.zoomed = true;
    model.logs.wrap = true;
    model.logs.stamps = Stamps::Relative;
    let worker = facts.snapshot.services[4].name.clone();
    model.logs.source = Source::One(worker);
    let top = facts.page.entries[0].seq();
    model.logs.place = Place { anchor: Anchor::Top(top), skip: 0, cursor: Some(top) };
    model.toast = Some(Toast::grave("backend moved 8000 → 8001", facts.now));
    assert_snapshot!("zoomed_80x24", samples::render(&facts, &mut model, 80, 24));
}

#[test]
fn ascii_terminals_see_ascii_only() {
    let facts = samples::shop();
    let look = samples::look_with(Scheme::Terminal, Depth::Monochrome, GlyphSet::Ascii);
    let mut model = samples::model(&facts);
    let mut plain = samples::shop();
    plain.page.entries.clear();
    let buffer = samples::paint(&plain, &mut model, &look, 120, 40);
    let text = samples::text(&buffer);
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn a_selection_and_the_cursor_are_painted() {
    let facts = samples::shop();
    let look = samples::look();
    let mut model = samples::model(&facts);
    model.focus = Focus::Logs;
    let seq = facts.page.entries.last().unwrap().seq();
    model.logs.place.cursor = Some(seq);
    let plain = samples::paint(&facts, &mut model, &look, 120, 40);
    model.logs.span = Some(Span { from: Spot { seq, column: 0 }, to: Spot { seq, column: 3 }, lines: false });
    let selected = samples::paint(&facts, &mut model, &look, 120, 40);
    let changed = plain.content().iter().zip(selected.content()).filter(|(a, b)| a != b).count();
    assert_eq!(changed, 4);
}

#[test]
fn the_match_at_the_cursor_stands_out_among_the_others() {
    let facts = samples::shop();
    let mut look = samples::look();
    look.query = Query::parse("ready", facts.system_now()).ok();
    let mut model = samples::model(&facts);
    model.focus = Focus::Logs;
    let painted = |model: &mut Model, look: &Look, role| {
        let style = look.theme.style(role);
        let buffer = samples::paint(&facts, model, look, 120, 40);
        let cells = buffer.content().iter();
        let lit = cells.filter(|cell| Some(cell.bg) == style.bg && cell.modifier == style.add_modifier);
        lit.map(|cell| cell.symbol()).collect::<String>()
    };
    assert_eq!(painted(&mut model, &look, Role::Match), "Readyready");
    assert_eq!(painted(&mut model, &look, Role::CurrentMatch), "");
    // The cursor comes to the second of the two lines that match.
    model.logs.place = Place { anchor: Anchor::End, skip: 0, cursor: Some(381) };
    assert_eq!(painted(&mut model, &look, Role::Match), "Ready");
    assert_eq!(painted(&mut model, &look, Role::CurrentMatch), "ready");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_size_breaks_the_screen_and_no_control_character_reaches_it(
        width in 1u16..400, height in 1u16..120, which in 0usize..8, wrap: bool, zoomed: bool,
        details: bool, column in 0usize..300, top: bool, cut in 0usize..40,
    ) {
        let stacks = samples::all();
        let facts = &stacks[which % stacks.len()];
        let mut model: Model = samples::model(facts);
        model.logs.wrap = wrap;
        model.logs.zoomed = zoomed;
        model.logs.column = column;
        model.details = Some(details);
        if top && let Some(entry) = facts.page.entries.get(cut % facts.page.entries.len().max(1)) {
            model.logs.place = Place { anchor: Anchor::Top(entry.seq()), skip: cut, cursor: None };
        }
        let buffer = samples::paint(facts, &mut model, &samples::look(), width, height);
        prop_assert_eq!((buffer.area.width, buffer.area.height), (width, height));
        for cell in buffer.content() {
            prop_assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
        }
    }
}
