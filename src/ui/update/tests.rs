//! Every key does what the help says: one case for every row of the table, and a row without one does not compile.

use std::sync::Arc;

use crossterm::event::KeyCode;
use ratatui::layout::Size;

use crate::handle::CommandRequest;
use crate::logs::{Anchor, Level};
use crate::stack::ServiceName;
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::keymap::{Scope, TABLE};
use crate::ui::keys::Key;
use crate::ui::layers::{Layer, LineFor};
use crate::ui::model::{Ending, Focus, Looking, Model, Place, Screen, Source, Span, Spot, Stamps};
use crate::ui::msg::{CopyWhat, Jump, Msg, Request};
use crate::ui::samples::{model, name, shop};

use super::{act, update};

/// A console on the shop, `api` selected, its logs pane as in the samples.
struct Stage {
    facts: Facts,
    model: Model,
    /// The key under test; none for what only the palette offers.
    key: Option<Key>,
    action: Action,
}

impl Stage {
    fn new(action: Action, key: Option<Key>, focus: Focus) -> Self {
        let mut facts = shop();
        facts.log_rows = 20;
        let mut model = model(&facts);
        model.size = Size { width: 120, height: 40 };
        model.table.selected = Some(name("api"));
        model.focus = focus;
        model.touched = true;
        Self { facts, model, key, action }
    }

    /// Presses the key under test.
    fn press(&mut self) -> Vec<Request> {
        match self.key {
            Some(key) => self.press_key(key),
            None => act::act(&mut self.model, &self.facts, self.action),
        }
    }

    fn press_key(&mut self, key: Key) -> Vec<Request> {
        update(&mut self.model, &self.facts, Msg::Key(key))
    }

    fn type_in(&mut self, text: &str) -> Vec<Request> {
        text.chars().flat_map(|c| self.press_key(Key::char(c))).collect()
    }

    fn enter(&mut self) -> Vec<Request> {
        self.press_key(Key::code(KeyCode::Enter))
    }

    fn selected(&self) -> &ServiceName {
        self.model.table.selected.as_ref().expect("one is always selected")
    }

    fn look_for(&mut self, text: &str) {
        self.model.logs.looking = Some(Looking { text: text.to_owned(), find: true });
    }

    fn cursor(&mut self, seq: u64) {
        self.model.logs.place = Place { anchor: Anchor::Bottom(411), skip: 0, cursor: Some(seq) };
    }

    fn table_height(&self) -> u16 {
        self.facts.layout(&self.model).expect("room").table.height
    }
}

#[test]
fn every_key_of_the_table_does_what_the_help_says() {
    for entry in TABLE {
        let focuses: &[Focus] = match entry.scope {
            Scope::Anywhere => &[Focus::Services, Focus::Logs],
            Scope::Services => &[Focus::Services],
            Scope::Logs => &[Focus::Logs],
        };
        let keys: Vec<Option<Key>> = match entry.keys {
            [] => vec![None],
            keys => keys.iter().map(|key| Some(key.parse().unwrap())).collect(),
        };
        for &focus in focuses {
            for &key in &keys {
                eprintln!(
                    "{} ({:?}, {focus:?}): {}",
                    entry.action,
                    key.map(|key| key.to_string()),
                    entry.help
                );
                check(Stage::new(entry.action, key, focus));
            }
        }
    }
}

/// The proof for one row of the table. Asserts, rather than compares with what the code has anywhere else.
fn check(stage: Stage) {
    match stage.action {
        Action::Down | Action::Up => moves_by_one(stage),
        Action::Top | Action::End => moves_to_the_end(stage),
        Action::PageDown | Action::PageUp | Action::HalfDown | Action::HalfUp => moves_by_pages(stage),
        Action::Left | Action::Right => scrolls_sideways(stage),
        Action::NextPane | Action::Zoom | Action::Close => changes_panes(stage),
        Action::Restart | Action::RestartWithDependents | Action::Start | Action::Stop => gives_orders(stage),
        Action::Reassign
        | Action::EndHolder
        | Action::SendLine
        | Action::Terminal
        | Action::Palette
        | Action::Help
        | Action::Theme
        | Action::PinHighlight
        | Action::SaveFilter => opens_a_layer(stage),
        Action::OpenUrl | Action::CopyUrl | Action::Reload | Action::Pager => asks_the_outside(stage),
        Action::Scrollback | Action::Repaint | Action::Mouse => changes_the_terminal(stage),
        Action::NextProblem | Action::Mark | Action::AllLogs | Action::NextService => picks_services(stage),
        Action::PreviousService => picks_services(stage),
        Action::Filter | Action::NextMatch | Action::PreviousMatch => looks_for(stage),
        Action::NextError | Action::PreviousError => jumps_to_errors(stage),
        Action::Follow | Action::Wrap | Action::Timestamps | Action::Level => changes_the_view(stage),
        Action::ClearView | Action::Undo => clears_and_undoes(stage),
        Action::Fold | Action::Marker | Action::NextMarker | Action::SelectLines => acts_on_lines(stage),
        Action::Copy | Action::CopyBlock => copies(stage),
        Action::Details | Action::GrowTable | Action::ShrinkTable => changes_the_layout(stage),
        Action::ShowMain
        | Action::ShowWaterfall
        | Action::ShowGraph
        | Action::ShowPorts
        | Action::ShowEnvironment
        | Action::ShowEvents => shows_a_screen(stage),
        Action::Interrupt | Action::Quit | Action::StopAll | Action::Leave => ends(stage),
    }
}

fn moves_by_one(mut stage: Stage) {
    let down = stage.action == Action::Down;
    let requests = stage.press();
    match stage.model.focus {
        Focus::Services => assert_eq!(*stage.selected(), name(if down { "worker" } else { "migrate" })),
        Focus::Logs => assert_eq!(requests, [Request::Jump(Jump::Step(if down { 1 } else { -1 }))]),
    }
    // In the views that follow the selection, too.
    stage.model.table.selected = Some(name("api"));
    stage.model.screen = Screen::Graph;
    stage.press();
    assert_ne!(*stage.selected(), name("api"));
}

fn moves_to_the_end(mut stage: Stage) {
    let top = stage.action == Action::Top;
    stage.cursor(383);
    let requests = stage.press();
    match (stage.model.focus, top) {
        (Focus::Services, true) => assert_eq!(*stage.selected(), name("postgres")),
        (Focus::Services, false) => assert_eq!(*stage.selected(), name("mailer")),
        (Focus::Logs, true) => assert_eq!(requests, [Request::Jump(Jump::First)]),
        (Focus::Logs, false) => assert!(stage.model.logs.follows()),
    }
}

fn moves_by_pages(mut stage: Stage) {
    let requests = stage.press();
    let [Request::Jump(Jump::Step(by))] = requests[..] else { panic!("{requests:?}") };
    let page = i64::try_from(stage.facts.log_rows).unwrap() - 1;
    match stage.action {
        Action::PageDown => assert_eq!(by, page),
        Action::PageUp => assert_eq!(by, -page),
        Action::HalfDown => assert_eq!(by, page / 2),
        _ => assert_eq!(by, -(page / 2)),
    }
}

fn scrolls_sideways(mut stage: Stage) {
    stage.model.logs.column = 100;
    stage.press();
    let column = stage.model.logs.column;
    assert!(if stage.action == Action::Left { column < 100 } else { column > 100 });
    // Back to the first column, and no further.
    for _ in 0..10 {
        stage.press();
    }
    assert_eq!(stage.model.logs.column == 0, stage.action == Action::Left);
}

fn changes_panes(mut stage: Stage) {
    let focus = stage.model.focus;
    match stage.action {
        Action::NextPane => {
            stage.press();
            assert_ne!(stage.model.focus, focus);
            stage.press();
            assert_eq!(stage.model.focus, focus);
        }
        Action::Zoom => {
            stage.press();
            assert_eq!(stage.model.logs.source, Source::One(name("api")));
            assert!(stage.model.logs.zoomed);
            assert_eq!(stage.facts.layout(&stage.model).unwrap().table.height, 0);
        }
        _ => {
            stage.press_key(Key::char('?'));
            stage.press();
            assert!(stage.model.layers.is_empty());
            stage.press_key(Key::char('3'));
            stage.press();
            assert_eq!(stage.model.screen, Screen::Main);
            stage.model.focus = Focus::Services;
            stage.enter();
            stage.press();
            assert!(!stage.model.logs.zoomed && stage.model.logs.source == Source::All);
            stage.look_for("x");
            stage.press();
            assert_eq!(stage.model.logs.looking, None);
            for _ in 0..10 {
                stage.press();
            }
            assert_eq!(stage.model.ending, Ending::Not, "Esc never quits");
        }
    }
}

fn gives_orders(mut stage: Stage) {
    let services = vec![name("api")];
    let order = match stage.action {
        Action::Restart => CommandRequest::Restart { services, with_dependents: false },
        Action::RestartWithDependents => CommandRequest::Restart { services, with_dependents: true },
        Action::Start => CommandRequest::Start { services, no_deps: false },
        _ => CommandRequest::Stop { services },
    };
    let requests = stage.press();
    let [Request::Order { what, order: given }] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!(*given, order);
    assert!(what.contains("api"), "{what}");
}

fn opens_a_layer(mut stage: Stage) {
    let action = stage.action;
    if action == Action::EndHolder {
        stage.model.table.selected = Some(name("postgres"));
    }
    if action == Action::Terminal {
        let described = Arc::make_mut(stage.facts.description.as_mut().unwrap());
        described.services.iter_mut().for_each(|service| service.tty = true);
    }
    if action == Action::SaveFilter {
        stage.look_for("level:warn");
    }
    let requests = stage.press();
    let top = stage.model.layers.last().unwrap_or_else(|| panic!("{action} opens nothing"));
    match (action, top) {
        (Action::Reassign, Layer::Port(dialog)) => {
            assert_eq!(dialog.service, name("api"));
            assert_eq!(requests, [Request::PortOptions(name("api"))]);
        }
        (Action::Terminal, Layer::Terminal(pane)) => {
            assert_eq!(pane.service, name("api"));
            assert!(
                matches!(&requests[..], [Request::WatchTerminal(Some((service, _)))] if *service == name("api"))
            );
        }
        (Action::SendLine, Layer::Line(_)) => {
            let requests = [stage.type_in("hi"), stage.enter()].concat();
            let sent = Request::Send { service: name("api"), bytes: b"hi\n".to_vec() };
            assert!(requests.contains(&sent), "{requests:?}");
        }
        (Action::PinHighlight, Layer::Line(dialog)) => {
            assert_eq!(dialog.what, LineFor::Pin);
            stage.type_in("sku");
            stage.enter();
            assert_eq!(stage.model.logs.pins, ["sku"]);
        }
        (Action::SaveFilter, Layer::Line(_)) => {
            stage.type_in("warnings");
            stage.enter();
            let kept = stage.model.settings.remembered.filters.get("warnings");
            assert_eq!(kept.map(String::as_str), Some("level:warn"));
        }
        (Action::EndHolder, Layer::Holder(_)) => assert_eq!(requests, [], "it asks first"),
        (Action::Palette, Layer::Palette(_))
        | (Action::Help, Layer::Help(_))
        | (Action::Theme, Layer::Themes(_)) => {}
        (action, layer) => panic!("{action} opens {layer:?}"),
    }
}

fn asks_the_outside(mut stage: Stage) {
    let url = || "http://127.0.0.1:8000".to_owned();
    let wanted = match stage.action {
        Action::OpenUrl => Request::Open(url()),
        Action::CopyUrl => Request::Copy(CopyWhat::Text(url())),
        Action::Reload => Request::Reload,
        _ => Request::Pager,
    };
    assert_eq!(stage.press(), [wanted]);
}

fn changes_the_terminal(mut stage: Stage) {
    match stage.action {
        Action::Scrollback => assert_eq!(stage.press(), [Request::Scrollback]),
        Action::Repaint => assert_eq!(stage.press(), [Request::Repaint]),
        _ => {
            assert_eq!(stage.press(), [Request::Mouse(false), Request::Remember]);
            assert_eq!(stage.press(), [Request::Mouse(true), Request::Remember]);
        }
    }
}

fn picks_services(mut stage: Stage) {
    let one = |service| Source::One(name(service));
    match stage.action {
        Action::NextProblem => {
            stage.press();
            assert_eq!(*stage.selected(), name("worker"));
            stage.press();
            assert_eq!(*stage.selected(), name("search"));
        }
        Action::Mark => {
            stage.press();
            assert_eq!(stage.model.logs.source, Source::Marked);
            assert!(stage.model.logs.marked.contains(&name("api")));
            stage.press();
            assert_eq!(stage.model.logs.source, Source::All);
        }
        Action::AllLogs => {
            stage.model.logs.source = one("api");
            stage.press();
            assert_eq!(stage.model.logs.source, Source::All);
        }
        _ => {
            stage.model.logs.source = one("api");
            let next = stage.action == Action::NextService;
            stage.press();
            assert_eq!(stage.model.logs.source, one(if next { "worker" } else { "migrate" }));
            assert_eq!(*stage.selected(), name(if next { "worker" } else { "migrate" }));
        }
    }
}

fn looks_for(mut stage: Stage) {
    if stage.action == Action::Filter {
        stage.press();
        let requests = stage.type_in("warn");
        let looking = |text: &str| Some(Looking { text: text.to_owned(), find: false });
        assert_eq!(requests.last(), Some(&Request::Look { looking: looking("warn"), level: None }));
        // What cannot be understood leaves the last one.
        assert_eq!(stage.type_in(" ("), [Request::Look { looking: looking("warn"), level: None }]);
        stage.press_key(Key::code(KeyCode::Backspace));
        stage.enter();
        assert!(stage.model.logs.prompt.is_none());
        assert_eq!(stage.model.logs.looking, looking("warn"));
        return;
    }
    assert_eq!(stage.press(), [], "nothing is looked for");
    stage.look_for("x");
    let forward = stage.action == Action::NextMatch;
    assert_eq!(stage.press(), [Request::Jump(Jump::Hit { forward })]);
}

fn jumps_to_errors(mut stage: Stage) {
    let forward = stage.action == Action::NextError;
    assert_eq!(stage.press(), [Request::Jump(Jump::Fault { forward })]);
}

fn changes_the_view(mut stage: Stage) {
    match stage.action {
        Action::Follow => {
            assert!(stage.model.logs.follows());
            stage.press();
            assert!(!stage.model.logs.follows());
            stage.press();
            assert!(stage.model.logs.follows());
        }
        Action::Wrap => {
            assert_eq!(stage.press(), [Request::Remember]);
            assert!(stage.model.logs.wrap);
            stage.press();
            assert!(!stage.model.logs.wrap);
        }
        Action::Timestamps => {
            let mut seen = Vec::new();
            for _ in 0..3 {
                stage.press();
                seen.push(stage.model.logs.stamps);
            }
            assert_eq!(seen, [Stamps::Relative, Stamps::Off, Stamps::Absolute]);
        }
        _ => {
            for level in [Some(Level::Warn), Some(Level::Error), None] {
                assert_eq!(stage.press(), [Request::Look { looking: None, level }]);
            }
        }
    }
}

fn clears_and_undoes(mut stage: Stage) {
    let undoes = stage.action == Action::Undo;
    if undoes {
        stage.press_key(Key::char('c'));
    } else {
        stage.press();
    }
    assert_eq!(stage.model.logs.cleared, stage.facts.log_end);
    if undoes {
        stage.press();
    } else {
        stage.press_key(Key::char('u'));
    }
    assert_eq!(stage.model.logs.cleared, 0);
}

fn acts_on_lines(mut stage: Stage) {
    match stage.action {
        Action::Fold => {
            stage.cursor(386);
            stage.press();
            assert!(stage.model.logs.unfolded.contains(&386), "the folded traceback");
            stage.model.logs.unfolded.insert(403);
            stage.cursor(403);
            stage.press();
            assert!(!stage.model.logs.unfolded.contains(&403), "the open one");
            stage.cursor(385);
            stage.press();
            assert!(stage.model.logs.opened.contains(&385), "the line of JSON");
        }
        Action::Marker => {
            stage.cursor(385);
            stage.press();
            assert!(stage.model.logs.markers.contains(&385));
            stage.press();
            assert!(stage.model.logs.markers.is_empty());
        }
        Action::NextMarker => {
            stage.model.logs.markers.extend([384, 402]);
            stage.cursor(385);
            assert_eq!(stage.press(), [Request::Jump(Jump::To(402))]);
        }
        _ => {
            stage.cursor(385);
            stage.press();
            let span = stage.model.logs.span.unwrap();
            assert!(span.lines && span.from.seq == 385);
            let copied = stage.press_key(Key::char('y'));
            assert_eq!(copied, [Request::Copy(CopyWhat::Span(span))]);
        }
    }
}

fn copies(mut stage: Stage) {
    stage.cursor(386);
    let what = if stage.action == Action::Copy { CopyWhat::Line(386) } else { CopyWhat::Block(386) };
    assert_eq!(stage.press(), [Request::Copy(what)]);
}

fn changes_the_layout(mut stage: Stage) {
    stage.model.table.rows = Some(4);
    let before = stage.table_height();
    assert_eq!(stage.press(), [Request::Remember]);
    match stage.action {
        Action::GrowTable => assert_eq!(stage.table_height(), before + 1),
        Action::ShrinkTable => assert_eq!(stage.table_height(), before - 1),
        _ => {
            assert!(stage.facts.layout(&stage.model).unwrap().details.height > 0);
            stage.press();
            assert_eq!(stage.facts.layout(&stage.model).unwrap().details.height, 0);
        }
    }
}

fn shows_a_screen(mut stage: Stage) {
    let (screen, wanted) = match stage.action {
        Action::ShowWaterfall => (Screen::Waterfall, vec![]),
        Action::ShowGraph => (Screen::Graph, vec![]),
        Action::ShowPorts => (Screen::Ports, vec![Request::Ports]),
        Action::ShowEnvironment => {
            (Screen::Environment, vec![Request::Environment { service: name("api"), reveal: false }])
        }
        Action::ShowEvents => (Screen::Events, vec![]),
        _ => (Screen::Main, vec![]),
    };
    stage.model.screen = if screen == Screen::Main { Screen::Graph } else { Screen::Main };
    assert_eq!(stage.press(), wanted);
    assert_eq!(stage.model.screen, screen);
}

fn ends(mut stage: Stage) {
    let down = Request::Order { what: "stop all".to_owned(), order: CommandRequest::Down {} };
    match stage.action {
        Action::Quit | Action::Interrupt => {
            if stage.action == Action::Interrupt {
                let spot = Spot { seq: 385, column: 0 };
                let span = Span { from: spot, to: spot, lines: true };
                stage.model.logs.span = Some(span);
                assert_eq!(stage.press(), [Request::Copy(CopyWhat::Span(span))]);
            }
            assert_eq!(stage.press(), [], "it asks");
            assert!(matches!(stage.model.layers[..], [Layer::Ask(_)]));
            assert_eq!(stage.press_key(Key::char('y')), [down]);
            assert_eq!(stage.model.ending, Ending::Stopping);
            assert_eq!(stage.model.interrupted, stage.action == Action::Interrupt, "the exit code tells");
        }
        Action::StopAll => {
            assert_eq!(stage.press(), [down]);
            assert_eq!(stage.model.ending, Ending::Stopping);
        }
        _ => {
            stage.facts.attached = true;
            assert_eq!(stage.press(), []);
            assert_eq!(stage.model.ending, Ending::Over);
        }
    }
}

#[test]
fn quitting_what_others_launched_asks_nothing_and_stops_nothing() {
    let mut stage = Stage::new(Action::Quit, Some(Key::char('q')), Focus::Services);
    stage.facts.attached = true;
    assert_eq!(stage.press(), []);
    assert_eq!(stage.model.ending, Ending::Over);
}
