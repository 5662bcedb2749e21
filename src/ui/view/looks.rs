//! Views as they look, in three sizes; and that no stack, however bad, and no window breaks them.

use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::stack::State;
use crate::ui::facts::Facts;
use crate::ui::layout::Layout;
use crate::ui::model::{Attempt, Model, Screen};
use crate::ui::samples;
use crate::ui::theme::{Depth, GlyphSet, Role, Scheme};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
const SCREENS: [Screen; 6] =
    [Screen::Main, Screen::Waterfall, Screen::Graph, Screen::Ports, Screen::Environment, Screen::Events];

/// Compares a part of the window with how it looked before, in every size. Parts of others may change as they like.
fn looks(name: &str, facts: &Facts, screen: Screen, part: fn(&Layout) -> Rect, prepare: impl Fn(&mut Model)) {
    for (width, height) in SIZES {
        let mut model = samples::model(facts);
        model.screen = screen;
        prepare(&mut model);
        let buffer = samples::paint(facts, &mut model, &samples::look(), width, height);
        let area = facts.layout(&model).map(|layout| part(&layout)).unwrap_or_default();
        if !area.is_empty() {
            assert_snapshot!(format!("{name}_{width}x{height}"), samples::text_in(&buffer, area));
        }
    }
}

fn body(layout: &Layout) -> Rect {
    layout.body
}

fn select(model: &mut Model, row: usize) {
    model.lists.insert(model.screen, row);
}

#[test]
fn the_waterfall_looks_as_it_did() {
    looks("waterfall", &samples::shop(), Screen::Waterfall, body, |_| {});
    looks("startup", &samples::shop(), Screen::Main, |layout| layout.startup, |_| {});
    looks("waterfall_healthy", &samples::healthy(), Screen::Waterfall, body, |_| {});
    looks("waterfall_many", &samples::many(30), Screen::Waterfall, body, |model| {
        model.table.selected = Some(samples::name("svc-21"));
    });
}

#[test]
fn the_graph_looks_as_it_did() {
    looks("graph", &samples::shop(), Screen::Graph, body, |model| {
        model.table.selected = Some(samples::name("api"));
    });
    looks("graph_many", &samples::many(30), Screen::Graph, body, |_| {});
}

#[test]
fn the_ports_look_as_they_did() {
    looks("ports", &samples::shop(), Screen::Ports, body, |model| select(model, 4));
}

#[test]
fn the_environment_looks_as_it_did() {
    looks("environment", &samples::shop(), Screen::Environment, body, |model| select(model, 10));
}

#[test]
fn the_events_look_as_they_did() {
    looks("events", &samples::shop(), Screen::Events, body, |_| {});
    looks("events_moved", &samples::shop(), Screen::Events, body, |model| {
        model.findings.in_events = true;
        select(model, 7);
    });
    looks("events_healthy", &samples::healthy(), Screen::Events, body, |_| {});
}

#[test]
fn findings_look_as_they_did() {
    let facts = samples::shop();
    let lit = |row: usize| facts.findings().swap_remove(row);
    let attempt =
        || Attempt { service: samples::name("search"), action: "portolan restart search".to_owned() };
    looks("findings_opened", &facts, Screen::Events, body, |model| model.findings.select(1, &lit(1)));
    looks("findings_folded", &facts, Screen::Events, body, |model| {
        model.findings.select(2, &lit(2));
        model.findings.folded = true;
    });
    looks("findings_applied", &facts, Screen::Events, body, |model| {
        model.findings.select(1, &lit(1));
        model.findings.applying = Some(attempt());
    });
    looks("findings_failed", &facts, Screen::Events, body, |model| {
        model.findings.select(1, &lit(1));
        model.findings.failed = Some((attempt(), "asking\nerror: search cannot restart\n".to_owned()));
    });
}

#[test]
fn the_details_look_as_they_did() {
    looks(
        "details_failed",
        &samples::shop(),
        Screen::Main,
        |layout| layout.details,
        |model| model.details = Some(true),
    );
    looks(
        "details_moved",
        &samples::shop(),
        Screen::Main,
        |layout| layout.details,
        |model| {
            model.details = Some(true);
            model.table.selected = Some(samples::name("postgres"));
        },
    );
    looks(
        "details_unhealthy",
        &samples::shop(),
        Screen::Main,
        |layout| layout.details,
        |model| {
            model.details = Some(true);
            model.table.selected = Some(samples::name("worker"));
        },
    );
}

#[test]
fn small_and_plain_windows_look_as_they_did() {
    let facts = samples::shop();
    let look = samples::look();
    let plain = samples::look_with(Scheme::Terminal, Depth::Monochrome, GlyphSet::Ascii);
    for (name, screen) in [
        ("waterfall", Screen::Waterfall),
        ("graph", Screen::Graph),
        ("ports", Screen::Ports),
        ("environment", Screen::Environment),
        ("events", Screen::Events),
    ] {
        let mut model = samples::model(&facts);
        model.screen = screen;
        for (how, look, width, height) in [("ascii", &plain, 80, 24), ("40x12", &look, 40, 12)] {
            let buffer = samples::paint(&facts, &mut model, look, width, height);
            let area = facts.layout(&model).map(|layout| layout.body).unwrap_or_default();
            assert_snapshot!(format!("{name}_{how}"), samples::text_in(&buffer, area));
        }
    }
}

#[test]
fn needs_that_go_round_are_listed() {
    let mut facts = samples::none();
    let mut snapshot = (*facts.snapshot).clone();
    for (name, need) in [("a", "b"), ("b", "c"), ("c", "a")] {
        let mut service = samples::bare(name, State::Waiting);
        service.needs = vec![samples::name(need)];
        snapshot.services.push(service);
    }
    facts.snapshot = Arc::new(snapshot);
    let mut model = samples::model(&facts);
    model.screen = Screen::Graph;
    let drawn = samples::render(&facts, &mut model, 120, 40);
    assert!(drawn.contains("a  needs b   needed by c"), "{drawn}");
}

#[test]
fn events_follow_the_end_until_moved() {
    let facts = samples::shop();
    let mut model = samples::model(&facts);
    model.screen = Screen::Events;
    let followed = samples::render(&facts, &mut model, 80, 24);
    assert!(followed.contains("FOLLOW") && followed.contains("unhealthy: heartbeat 4s late"), "{followed}");
    select(&mut model, 2);
    let moved = samples::render(&facts, &mut model, 80, 24);
    assert!(!moved.contains("FOLLOW") && !moved.contains("unhealthy: heartbeat 4s late"), "{moved}");
}

#[test]
fn an_empty_stack_says_so() {
    for screen in SCREENS {
        let facts = samples::none();
        let mut model = samples::model(&facts);
        model.screen = screen;
        let drawn = samples::render(&facts, &mut model, 80, 24);
        let said = ["no services yet", "nothing", "asking"].iter().any(|word| drawn.contains(word));
        assert!(said, "{screen:?}\n{drawn}");
    }
}

/// The style of the first cell of `word` in the row that holds `of`.
fn style_of(buffer: &Buffer, of: &str, word: &str) -> Style {
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        let symbols: Vec<&str> = (area.left()..area.right()).map(|x| buffer[(x, y)].symbol()).collect();
        let row = symbols.concat();
        if row.contains(of)
            && let Some(at) = row.find(word)
        {
            let x = row[..at].chars().count();
            return buffer[(u16::try_from(x).unwrap(), y)].style();
        }
    }
    panic!("no `{word}` beside `{of}`:\n{}", samples::text(buffer));
}

fn painted(screen: Screen, selected: &str) -> Buffer {
    let facts = samples::shop();
    let mut model = samples::model(&facts);
    model.screen = screen;
    model.table.selected = Some(samples::name(selected));
    samples::paint(&facts, &mut model, &samples::look(), 120, 40)
}

#[test]
fn the_critical_path_has_a_colour_and_a_mark() {
    let theme = samples::look().theme;
    let accent = theme.palette.emphasis(Role::Accent);
    let buffer = painted(Screen::Waterfall, "redis");
    for name in ["postgres", "migrate", "api"] {
        assert_eq!(style_of(&buffer, &format!("{name} "), "▶").fg, accent.fg, "{name}");
        assert_eq!(style_of(&buffer, &format!(" {name} "), "▒").fg, accent.fg, "{name}");
    }
    let beside = style_of(&buffer, "◐ mailer", "▒");
    assert_eq!(beside.fg, theme.style(Role::Starting).fg);
}

#[test]
fn the_selected_row_stands_out() {
    let ground = samples::look().theme.style(Role::Selection).bg;
    for screen in [Screen::Waterfall, Screen::Graph] {
        let buffer = painted(screen, "redis");
        assert_eq!(style_of(&buffer, "● redis", "redis").bg, ground, "{screen:?}");
        assert_ne!(style_of(&buffer, "● postgres", "postgres").bg, ground, "{screen:?}");
    }
}

#[test]
fn the_ways_of_the_selected_service_are_lit() {
    let theme = samples::look().theme;
    let (lit, dark) = (theme.palette.emphasis(Role::Accent).fg, theme.style(Role::Rule).fg);
    let buffer = painted(Screen::Graph, "search");
    assert_eq!(style_of(&buffer, "search :9200", "─").fg, lit);
    assert_eq!(style_of(&buffer, "redis :6379", "─").fg, dark);
    assert_eq!(style_of(&buffer, "◌ web", "▶").fg, lit);
}

#[test]
fn what_is_wrong_is_in_the_colours_of_what_is_wrong() {
    let theme = samples::look().theme;
    let ports = painted(Screen::Ports, "api");
    assert_eq!(style_of(&ports, "9200", "taken").fg, theme.style(Role::Error).fg);
    assert_eq!(style_of(&ports, "5433*", "wanted").fg, theme.style(Role::Warn).fg);
    let events = painted(Screen::Events, "api");
    assert_eq!(style_of(&events, "after 2 restarts", "failed").fg, theme.style(Role::Error).fg);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn nothing_breaks_a_view(
        (width, height) in prop_oneof![(1u16..=60, 1u16..=24), (1u16..=400, 1u16..=120)],
        sample in 0usize..5,
        screen in 0usize..SCREENS.len(),
        row in 0usize..90,
        details: bool,
        glyphs in prop_oneof![Just(GlyphSet::Unicode), Just(GlyphSet::Narrow), Just(GlyphSet::Ascii)],
        depth in prop_oneof![Just(Depth::Monochrome), Just(Depth::Ansi), Just(Depth::True)],
    ) {
        let facts = samples::all().swap_remove(sample);
        let mut model = samples::model(&facts);
        model.screen = SCREENS[screen];
        model.details = Some(details);
        let services = &facts.snapshot.services;
        if let Some(service) = services.get(row % services.len().max(1)) {
            model.table.selected = Some(service.name.clone());
        }
        model.findings.in_events = row % 3 == 0;
        model.findings.folded = row % 5 == 0;
        model.findings.row = row;
        if details {
            if let Some(found) = facts.findings().get(row) {
                model.findings.select(row, found);
            }
            select(&mut model, row);
        }
        let look = samples::look_with(Scheme::Dark, depth, glyphs);
        let buffer = samples::paint(&facts, &mut model, &look, width, height);
        for cell in buffer.content() {
            let harmful = cell.symbol().chars().any(|c| {
                c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}')
            });
            prop_assert!(!harmful, "{:?} in {:?}", cell.symbol(), model.screen);
        }
    }
}
