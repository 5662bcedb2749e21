//! Every key does what the help says: one case for every row of the table, and a row without one does not compile.

use std::sync::Arc;

use crossterm::event::KeyCode;
use ratatui::layout::Size;

use crate::handle::CommandRequest;
use crate::logs::Anchor;
use crate::stack::ServiceName;
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::keymap::{Scope, TABLE};
use crate::ui::keys::Key;
use crate::ui::layers::Layer;
use crate::ui::model::{Focus, Looking, Model, Place, Screen, Source, Span, Spot};
use crate::ui::msg::{CopyWhat, Jump, Msg, Request};
use crate::ui::samples::{model, name, shop};

use super::{act, update};

mod ending;
mod findings;
mod logs;
mod moving;
mod services;

/// Where `api` of the shop is.
const URL: &str = "http://127.0.0.1:8000";

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

    /// The layer that the key puts on top.
    fn opened(&mut self) -> &Layer {
        self.press();
        self.model.layers.last().expect("something opens")
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
            // They have the focus in a view of their own.
            Scope::Findings => &[],
        };
        let keys: Vec<Option<Key>> = match entry.keys {
            [] => vec![None],
            keys => keys.iter().map(|key| Some(key.parse().unwrap())).collect(),
        };
        if entry.scope == Scope::Findings {
            keys.iter().for_each(|key| findings::check(findings::stage(entry.action, *key)));
        }
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

/// The proof for one row of the table: what it does, not which code does it.
fn check(mut stage: Stage) {
    match stage.action {
        Action::Down => moving::by_one(stage, 1, "worker"),
        Action::Up => moving::by_one(stage, -1, "migrate"),
        Action::Top => moving::to_the_top(stage),
        Action::End => moving::to_the_end(stage),
        Action::PageDown => moving::by_half_pages(stage, 2),
        Action::PageUp => moving::by_half_pages(stage, -2),
        Action::HalfDown => moving::by_half_pages(stage, 1),
        Action::HalfUp => moving::by_half_pages(stage, -1),
        Action::Left => moving::back_to_the_first_column(stage),
        Action::Right => moving::to_later_columns(stage),
        Action::NextPane => moving::between_panes(stage),
        Action::Zoom => moving::into_one_service(stage),
        Action::Close => moving::out_of_everything(stage),
        Action::ShowMain => moving::to_a_screen(stage, Screen::Main, &[]),
        Action::ShowWaterfall => moving::to_a_screen(stage, Screen::Waterfall, &[]),
        Action::ShowGraph => moving::to_a_screen(stage, Screen::Graph, &[]),
        Action::ShowPorts => moving::to_a_screen(stage, Screen::Ports, &[Request::Ports]),
        Action::ShowEnvironment => {
            let asked = Request::Environment { service: name("api"), reveal: false };
            moving::to_a_screen(stage, Screen::Environment, &[asked]);
        }
        Action::ShowEvents => {
            findings::shown_from_the_selected_one_on(stage);
        }
        Action::GrowTable => moving::the_rule(stage, 1),
        Action::ShrinkTable => moving::the_rule(stage, -1),
        Action::Details => moving::details_in_and_out(stage),
        Action::Apply => findings::applied_when_agreed(stage),
        Action::ShowLine => findings::seen_in_the_log(stage),

        Action::Restart => {
            services::ordered(stage, CommandRequest::Restart { services: api(), with_dependents: false });
        }
        Action::RestartWithDependents => {
            services::ordered(stage, CommandRequest::Restart { services: api(), with_dependents: true });
        }
        Action::Start => {
            services::ordered(stage, CommandRequest::Start { services: api(), no_deps: false });
        }
        Action::Stop => services::ordered(stage, CommandRequest::Stop { services: api() }),
        Action::Reassign => services::given_a_port(stage),
        Action::EndHolder => services::freed_of_a_holder(stage),
        Action::SendLine => services::sent_a_line(stage),
        Action::Terminal => services::seen_in_a_terminal(stage),
        Action::OpenUrl => assert_eq!(stage.press(), [Request::Open(URL.to_owned())]),
        Action::CopyUrl => {
            assert_eq!(stage.press(), [Request::Copy(CopyWhat::Text(URL.to_owned()))]);
        }
        Action::NextProblem => services::searched_for_problems(stage),
        Action::Mark => services::marked(stage),
        Action::AllLogs => services::shown_together(stage),
        Action::NextService => services::shown_in_turn(stage, "worker"),
        Action::PreviousService => services::shown_in_turn(stage, "migrate"),

        Action::Filter => logs::filtered_while_typing(stage),
        Action::NextMatch => logs::searched(stage, true),
        Action::PreviousMatch => logs::searched(stage, false),
        Action::NextError => assert_eq!(stage.press(), [Request::Jump(Jump::Fault { forward: true })]),
        Action::PreviousError => assert_eq!(stage.press(), [Request::Jump(Jump::Fault { forward: false })]),
        Action::Follow => logs::followed_and_paused(stage),
        Action::Wrap => logs::wrapped(stage),
        Action::Timestamps => logs::stamped(stage),
        Action::Level => logs::narrowed_to_levels(stage),
        Action::ClearView => logs::cleared_and_brought_back(stage, |stage| drop(stage.press()), undo),
        Action::Undo => logs::cleared_and_brought_back(stage, clear, |stage| drop(stage.press())),
        Action::Fold => logs::folded(stage),
        Action::Marker => logs::given_markers(stage),
        Action::NextMarker => logs::walked_by_markers(stage),
        Action::SelectLines => logs::selected(stage),
        Action::Copy => logs::copied(stage, CopyWhat::Line(386)),
        Action::CopyBlock => logs::copied(stage, CopyWhat::Block(386)),
        Action::PinHighlight => logs::lit_by_a_pin(stage),
        Action::SaveFilter => logs::saved_as_a_filter(stage),
        Action::Pager => assert_eq!(stage.press(), [Request::Pager]),

        Action::Scrollback => assert_eq!(stage.press(), [Request::Scrollback]),
        Action::Repaint => assert_eq!(stage.press(), [Request::Repaint]),
        Action::Mouse => {
            assert_eq!(stage.press(), [Request::Mouse(false), Request::Remember]);
            assert_eq!(stage.press(), [Request::Mouse(true), Request::Remember]);
        }
        Action::Reload => assert_eq!(stage.press(), [Request::Reload]),
        Action::Palette => assert!(matches!(stage.opened(), Layer::Palette(_))),
        Action::Help => assert!(matches!(stage.opened(), Layer::Help(_))),
        Action::Theme => assert!(matches!(stage.opened(), Layer::Themes(_))),
        Action::Interrupt => ending::asked_about_after_a_selection(stage),
        Action::Quit => ending::asked_about(stage, false),
        Action::StopAll => ending::ordered(stage),
        Action::Leave => ending::left(stage),
    }
}

fn api() -> Vec<ServiceName> {
    vec![name("api")]
}

fn clear(stage: &mut Stage) {
    stage.press_key(Key::char('c'));
}

fn undo(stage: &mut Stage) {
    stage.press_key(Key::char('u'));
}
