//! Every dialog as it is drawn, and what holds for all of them.

use std::sync::Arc;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

use crate::stack::{
    Exit, Port, PortCheck, PortHolder, PortOptions, PortVerdict, PreferredPort, State, UnixMillis,
};
use crate::ui::facts::{Facts, Screenful};
use crate::ui::keys::Key;
use crate::ui::layers::{Ask, Context, Layer, LineFor, Question};
use crate::ui::model::{Ending, Model};
use crate::ui::msg::Answer;
use crate::ui::samples::{NASTY, NOW, hostile, look, look_with, model, name, paint, shop, text};
use crate::ui::theme::{Depth, GlyphSet, Scheme};
use crate::ui::view::canvas::Canvas;

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn press(layer: &mut Layer, facts: &Facts, model: &Model, keys: &str) {
    for key in keys.split_whitespace() {
        let key: Key = key.parse().unwrap();
        layer.key(key, Context { facts, model });
    }
}

/// What lies on top of an empty window of each of these sizes: what is below has pictures of its own.
fn snapshots(what: &str, facts: &Facts, model: &mut Model, sizes: &[(u16, u16)]) {
    for (width, height) in sizes {
        model.size = Size { width: *width, height: *height };
        let mut buffer = Buffer::empty(Rect::new(0, 0, *width, *height));
        let look = look();
        let mut canvas = Canvas { buffer: &mut buffer, theme: &look.theme };
        let layout = facts.layout(model).unwrap();
        super::draw(&mut canvas, &layout, facts, model);
        insta::assert_snapshot!(format!("{what}_{width}x{height}"), text(&buffer));
    }
}

const USUAL: [(u16, u16); 2] = [(80, 24), (120, 40)];
const SMALL_TOO: [(u16, u16); 4] = [(80, 24), (120, 40), (40, 10), (20, 5)];

fn on_top(facts: &Facts, keys: &str, open: impl FnOnce(&Model) -> Layer) -> Model {
    let mut model = model(facts);
    let mut layer = open(&model);
    press(&mut layer, facts, &model, keys);
    model.layers.push(layer);
    model
}

fn homebrew() -> PortHolder {
    PortHolder {
        pid: Some(811),
        command: Some("postgres -D /opt/homebrew/var/postgres".to_owned()),
        folder: Some("/opt/homebrew/var".into()),
        ..PortHolder::default()
    }
}

fn options(held_by: Option<PortHolder>) -> PortOptions {
    PortOptions {
        current: Some(port(5433)),
        preferred: Some(PreferredPort { port: port(5432), held_by }),
        range: None,
        free: vec![port(5434), port(5435), port(5436)],
        held: Vec::new(),
        restarts: vec![name("api"), name("worker"), name("migrate")],
    }
}

fn port_dialog(facts: &Facts, held_by: Option<PortHolder>, keys: &str) -> Model {
    let model = model(facts);
    let mut layer = Layer::port(name("postgres"));
    layer.answer(&Answer::PortOptions(name("postgres"), Ok(options(held_by))));
    press(&mut layer, facts, &model, keys);
    let mut model = model;
    model.layers.push(layer);
    model
}

#[test]
fn quitting_and_applying_are_asked_about() {
    let facts = shop();
    let ask =
        |attached| move |_: &Model| Layer::Ask(Ask { question: Question::Quit { running: 6, attached } });
    snapshots("quit", &facts, &mut on_top(&facts, "", ask(false)), &SMALL_TOO);
    let apply = |_: &Model| {
        let (service, action) = (name("search"), "portolan restart search".to_owned());
        Layer::Ask(Ask { question: Question::Apply { service, action } })
    };
    snapshots("apply", &facts, &mut on_top(&facts, "", apply), &SMALL_TOO);
    snapshots("quit_attached", &facts, &mut on_top(&facts, "", ask(true)), &USUAL[..1]);
}

#[test]
fn a_shutdown_is_shown_as_it_goes() {
    let mut facts = shop();
    let mut snapshot = (*facts.snapshot).clone();
    for (n, service) in snapshot.services.iter_mut().enumerate() {
        (service.state, service.exit) = match n % 4 {
            0 | 1 => (State::Stopping, None),
            2 => (State::Stopped, Some(Exit::Code(0))),
            _ => (State::Healthy, None),
        };
        service.since = UnixMillis(NOW.0 - 3_000 * n as u64);
    }
    facts.snapshot = Arc::new(snapshot);
    let mut model = model(&facts);
    model.ending = Ending::Stopping;
    snapshots("stopping", &facts, &mut model, &SMALL_TOO);
    model.ending = Ending::Killing;
    snapshots("killing", &facts, &mut model, &USUAL[..1]);
}

#[test]
fn help_shows_all_keys() {
    let facts = shop();
    let mut model = on_top(&facts, "", Layer::help);
    snapshots("help", &facts, &mut model, &[(80, 24), (120, 40), (200, 60), (40, 10)]);
    let mut end = on_top(&facts, "End", Layer::help);
    snapshots("help_end", &facts, &mut end, &USUAL[..1]);
}

#[test]
fn the_palette_finds_and_says_what_cannot_be_done() {
    let facts = shop();
    let open = |model: &Model| Layer::palette(model, &facts);
    snapshots("palette", &facts, &mut on_top(&facts, "", open), &USUAL);
    snapshots("palette_found", &facts, &mut on_top(&facts, "o p e n ↓", open), &[(80, 24), (40, 10)]);
    snapshots("palette_nothing", &facts, &mut on_top(&facts, "q q q", open), &USUAL[..1]);
}

#[test]
fn a_port_is_chosen() {
    let facts = shop();
    snapshots("port", &facts, &mut port_dialog(&facts, Some(homebrew()), ""), &SMALL_TOO);
    snapshots("port_free_again", &facts, &mut port_dialog(&facts, None, ""), &USUAL[..1]);
    snapshots("port_holder", &facts, &mut port_dialog(&facts, Some(homebrew()), "6 Enter"), &USUAL[..1]);
    let mut typed = port_dialog(&facts, Some(homebrew()), "5 8 0 0 0");
    let verdict = PortVerdict::Held { by: PortHolder { pid: Some(977), ..homebrew() } };
    let check = PortCheck { port: port(8000), verdict, outside_of: None };
    typed.layers[0].answer(&Answer::PortCheck(name("postgres"), port(8000), Ok(check)));
    snapshots("port_typed", &facts, &mut typed, &USUAL[..1]);
    let mut loading = on_top(&facts, "", |_| Layer::port(name("postgres")));
    snapshots("port_loading", &facts, &mut loading, &USUAL[..1]);
}

#[test]
fn a_holder_is_ended() {
    let facts = shop();
    let open = |holder: PortHolder| move |_: &Model| Layer::holder(name("postgres"), port(5432), holder);
    snapshots("holder", &facts, &mut on_top(&facts, "", open(homebrew())), &USUAL);
    snapshots("holder_again", &facts, &mut on_top(&facts, "y", open(homebrew())), &USUAL[..1]);
    let notes = PortHolder {
        stack: Some("notes".to_owned()),
        service: Some("db".to_owned()),
        folder: Some("/home/ada/notes".into()),
        ..homebrew()
    };
    snapshots("holder_stack", &facts, &mut on_top(&facts, "", open(notes)), &USUAL[..1]);
    let mut ended = on_top(&facts, "y y", open(homebrew()));
    ended.layers[0].answer(&Answer::HolderEnded(port(5432), Ok(())));
    snapshots("holder_ended", &facts, &mut ended, &USUAL[..1]);
}

#[test]
fn a_line_is_typed() {
    let facts = shop();
    let stdin = |_: &Model| Layer::line(LineFor::Stdin(name("api")));
    snapshots("line", &facts, &mut on_top(&facts, "r s", stdin), &USUAL);
    let filter = |_: &Model| Layer::line(LineFor::FilterName("level:warn -health".to_owned()));
    snapshots("line_filter", &facts, &mut on_top(&facts, "s l o w", filter), &USUAL[..1]);
}

#[test]
fn a_theme_is_chosen() {
    let facts = shop();
    snapshots("themes", &facts, &mut on_top(&facts, "↓", Layer::themes), &USUAL[..1]);
}

fn with_terminal(bytes: &[u8]) -> (Facts, Model) {
    let mut facts = shop();
    let mut parser = vt100::Parser::new(22, 80, 0);
    parser.process(bytes);
    let screen = Some(Arc::new(parser.screen().clone()));
    facts.terminal = Some(Screenful { service: Some(name("web")), screen });
    let mut model = model(&facts);
    model.layers.push(Layer::terminal(name("web"), Size { width: 80, height: 24 }).0);
    (facts, model)
}

#[test]
fn a_terminal_shows_the_cells_of_the_program() {
    let (facts, mut model) =
        with_terminal("\x1b[1;32mVITE\x1b[0m ready 日本\r\n\x1b[7m press h \x1b[0m\r\n> ".as_bytes());
    snapshots("terminal", &facts, &mut model, &USUAL[..1]);
    let look = look();
    model.size = Size { width: 80, height: 24 };
    let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 24));
    let cursor = crate::ui::view::view(&facts, &model, &look, &mut buffer);
    assert_eq!(cursor, Some(ratatui::layout::Position { x: 2, y: 3 }));
}

#[test]
fn ascii_terminals_have_dialogs_too() {
    let facts = shop();
    let mut model = port_dialog(&facts, Some(homebrew()), "");
    let look = look_with(Scheme::Terminal, Depth::Monochrome, GlyphSet::Ascii);
    let shown = text(&paint(&facts, &mut model, &look, 60, 20));
    let dialog = shown.lines().skip_while(|line| !line.starts_with("+-")).take_while(|line| line.is_ascii());
    assert_eq!(
        dialog.filter(|line| line.starts_with(['+', '|']) && line.ends_with(['+', '|'])).count(),
        18,
        "{shown}"
    );
}

#[test]
fn a_wide_character_under_the_edge_does_not_swallow_the_border() {
    let facts = shop();
    let mut model = on_top(&facts, "", Layer::themes);
    let look = look();
    for width in 70..74 {
        model.size = Size { width, height: 20 };
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 20));
        for y in 0..20 {
            buffer.set_string(0, y, "日".repeat(usize::from(width / 2)), ratatui::style::Style::new());
        }
        let mut canvas = Canvas { buffer: &mut buffer, theme: &look.theme };
        let layout = facts.layout(&model).unwrap();
        super::draw(&mut canvas, &layout, &facts, &model);
        let edges = buffer.area.positions().filter(|at| ["┌", "│", "└"].contains(&buffer[*at].symbol()));
        let beside: Vec<&str> =
            edges.filter(|at| at.x > 0).map(|at| buffer[(at.x - 1, at.y)].symbol()).collect();
        assert!(beside.len() > 8 && !beside.contains(&"日"), "{width}: {beside:?}");
    }
}

fn nasty_layers(facts: &Facts, model: &Model) -> Vec<Layer> {
    let long = NASTY.repeat(20);
    let holder = PortHolder {
        pid: Some(u32::MAX),
        command: Some(long.clone()),
        folder: Some(long.clone().into()),
        stack: Some(long.clone()),
        service: Some(long.clone()),
    };
    let mut ports = Layer::port(name("api"));
    ports.answer(&Answer::PortOptions(name("api"), Ok(options(Some(holder.clone())))));
    ports.answer(&Answer::PortCheck(name("api"), port(1), Err(long.clone())));
    let mut failed = Layer::port(name("api"));
    failed.answer(&Answer::PortOptions(name("api"), Err(long.clone())));
    let mut line = Layer::line(LineFor::FilterName(long.clone()));
    line.paste(&long, Context { facts, model });
    let mut palette = Layer::palette(model, facts);
    palette.paste("a", Context { facts, model });
    vec![
        Layer::Ask(Ask { question: Question::Quit { running: usize::MAX, attached: true } }),
        Layer::help(model),
        Layer::holder(name("api"), port(65_535), holder.clone()),
        Layer::holder(name("api"), port(65_535), PortHolder { stack: None, ..holder }),
        ports,
        failed,
        line,
        palette,
        Layer::themes(model),
        Layer::terminal(name("web"), model.size).0,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_in_a_dialog_stays_harmless_and_in_the_window(
        width in 1u16..320, height in 1u16..90, kind in 0usize..10, killing: bool,
        printed in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut facts = hostile();
        let mut parser = vt100::Parser::new(30, 100, 0);
        parser.process(&printed);
        parser.process(NASTY.as_bytes());
        let screen = Some(Arc::new(parser.screen().clone()));
        facts.terminal = Some(Screenful { service: Some(name("web")), screen });
        let mut model = model(&facts);
        model.size = Size { width, height };
        model.ending = if killing { Ending::Killing } else { Ending::Stopping };
        let layer = nasty_layers(&facts, &model).swap_remove(kind);
        model.layers.push(layer);
        let buffer = paint(&facts, &mut model, &look(), width, height);
        prop_assert!(buffer.content.iter().all(|cell| !cell.symbol().contains(char::is_control)));
        let reorders = buffer.content.iter().any(|cell| cell.symbol().contains('\u{202e}'));
        prop_assert!(!reorders);
    }
}
