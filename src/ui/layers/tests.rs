//! What holds for every layer, whatever is pressed, pasted or answered.

use std::sync::Arc;

use crossterm::event::KeyCode;
use proptest::prelude::*;
use ratatui::layout::Size;

use crate::stack::{Port, PortCheck, PortHolder, PortOptions, PortVerdict, PreferredPort, ServiceName};
use crate::ui::action::Action;
use crate::ui::facts::{Facts, Screenful};
use crate::ui::keys::Key;
use crate::ui::model::Ending;
use crate::ui::msg::{Answer, Msg, Request};
use crate::ui::samples::{model, name, paint, shop};
use crate::ui::update::update;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Key(Key),
    Paste(String),
    Answer(usize),
    Resize(u16, u16),
}

fn postgres() -> ServiceName {
    name("postgres")
}

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn holder(stack: Option<&str>) -> PortHolder {
    PortHolder {
        pid: Some(811),
        command: Some("postgres".to_owned()),
        stack: stack.map(str::to_owned),
        ..PortHolder::default()
    }
}

/// Every layer that there is, by number.
fn layer(number: usize, model: &crate::ui::model::Model, facts: &Facts) -> Layer {
    let window = Size { width: 80, height: 24 };
    match number {
        0 => Layer::Ask(Ask { question: Question::Quit { running: 3, attached: false } }),
        1 => Layer::Ask(Ask { question: Question::Quit { running: 3, attached: true } }),
        2 => Layer::help(model),
        3 => Layer::holder(postgres(), port(5432), holder(None)),
        4 => Layer::holder(postgres(), port(5432), holder(Some("notes"))),
        5 => Layer::line(LineFor::Stdin(name("api"))),
        6 => Layer::line(LineFor::Pin),
        7 => Layer::line(LineFor::FilterName("level:warn".to_owned())),
        8 => Layer::palette(model, facts),
        9 => Layer::port(postgres()),
        11 => {
            let action = "portolan reassign postgres --to 5432".to_owned();
            Layer::Ask(Ask { question: Question::Apply { service: postgres(), action } })
        }
        10 => Layer::terminal(name("web"), window).0,
        _ => Layer::themes(model),
    }
}

const LAYERS: usize = 13;

fn answers() -> Vec<Answer> {
    let options = PortOptions {
        current: Some(port(5433)),
        preferred: Some(PreferredPort { port: port(5432), held_by: Some(holder(None)) }),
        range: None,
        free: vec![port(5434), port(5435)],
        held: Vec::new(),
        restarts: vec![name("api")],
    };
    let check = |number, verdict| {
        Answer::PortCheck(
            postgres(),
            port(number),
            Ok(PortCheck { port: port(number), verdict, outside_of: None }),
        )
    };
    vec![
        Answer::PortOptions(postgres(), Ok(options)),
        Answer::PortOptions(postgres(), Err("gone".to_owned())),
        check(5434, PortVerdict::Free),
        check(5435, PortVerdict::Free),
        check(5433, PortVerdict::Current),
        check(1, PortVerdict::Privileged),
        check(5434, PortVerdict::Held { by: holder(None) }),
        Answer::HolderEnded(port(5432), Ok(())),
        Answer::HolderEnded(port(5432), Err("refused".to_owned())),
        Answer::Sent(name("api"), Ok(())),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    let named =
        ["Enter", "Esc", "Tab", "↑", "↓", "←", "→", "PgUp", "PgDn", "Home", "End", "Backspace", "Delete"];
    let pressed = ["y", "n", "d", "f", "a", "q", "j", "k", "1", "2", "3", "4", "5", "6", "ctrl-c", "ctrl-]"];
    prop_oneof![
        3 => proptest::sample::select(named.to_vec()).prop_map(|text| text.parse().unwrap()),
        4 => proptest::sample::select(pressed.to_vec()).prop_map(|text| text.parse().unwrap()),
        1 => any::<char>().prop_map(Key::char),
        1 => any::<char>().prop_map(Key::ctrl),
        1 => any::<u8>().prop_map(|number| Key::code(KeyCode::F(number))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => key().prop_map(Step::Key),
        1 => any::<String>().prop_map(Step::Paste),
        1 => Just(Step::Paste("y\ny\r5432\ny\n".to_owned())),
        4 => (0usize..10).prop_map(Step::Answer),
        1 => (0u16..140, 0u16..50).prop_map(|(width, height)| Step::Resize(width, height)),
    ]
}

/// What cannot be taken back, or interrupts somebody's work.
fn is_order(request: &Request) -> bool {
    matches!(request, Request::Order { .. } | Request::EndHolder { .. } | Request::RememberPort(..))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_is_ordered_without_a_yes(number in 0..LAYERS, steps in proptest::collection::vec(step(), 0..200)) {
        let facts = shop();
        let mut model = model(&facts);
        let mut layer_now = layer(number, &model, &facts);
        let mut agreed = 0;
        for step in steps {
            let context = Context { facts: &facts, model: &model };
            let outcome = match &step {
                Step::Key(key) => {
                    let yes = ["y", "Enter", "a", "f"].map(|text| text.parse().unwrap());
                    agreed += usize::from(yes.contains(key));
                    layer_now.key(*key, context)
                }
                Step::Paste(text) => layer_now.paste(text, context),
                Step::Answer(n) => layer_now.answer(&answers()[*n]),
                Step::Resize(width, height) => {
                    model.size = Size { width: *width, height: *height };
                    Outcome::stay()
                }
            };
            if matches!(step, Step::Paste(_)) {
                prop_assert!(!outcome.close && outcome.action.is_none(), "a pasted text pressed a key");
                prop_assert!(!outcome.requests.iter().any(is_order), "a pasted text gave an order");
            }
            prop_assert!(!outcome.requests.iter().any(is_order) || agreed > 0, "{:?}", outcome);
            if outcome.requests.iter().any(|request| matches!(request, Request::EndHolder { .. })) {
                prop_assert!(agreed > 1 && matches!(step, Step::Key(key) if key == Key::char('y')));
            }
            let applies = |change: &Change| matches!(change, Change::Apply { .. });
            if outcome.changes.iter().any(applies) {
                prop_assert!(matches!(step, Step::Key(key) if key == Key::char('y')));
            }
            if outcome.action == Some(Action::StopAll) {
                prop_assert!(matches!(layer_now, Layer::Ask(_)), "only the question stops everything");
            }
            if outcome.close {
                layer_now = layer(number, &model, &facts);
                agreed = 0;
            }
        }
    }

    #[test]
    fn any_keys_on_any_layers_leave_a_console_that_can_be_drawn(
        numbers in proptest::collection::vec(0..LAYERS, 1..4),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut facts = shop();
        facts.terminal = Some(Screenful { service: Some(name("web")), screen: None });
        let mut model = model(&facts);
        for number in numbers {
            let layer = layer(number, &model, &facts);
            model.layers.push(layer);
        }
        for step in steps {
            let msg = match step {
                Step::Key(key) => Msg::Key(key),
                Step::Paste(text) => Msg::Paste(text),
                Step::Answer(n) => Msg::Answered(answers()[n].clone()),
                Step::Resize(width, height) => Msg::Resize(Size { width, height }),
            };
            update(&mut model, &facts, msg);
        }
        let Size { width, height } = model.size;
        let buffer = paint(&facts, &mut model, &crate::ui::samples::look(), width, height);
        prop_assert!(buffer.content.iter().all(|cell| !cell.symbol().contains(char::is_control)));
    }
}

#[test]
fn the_answer_yes_stops_the_stack_once() {
    let facts = shop();
    for keys in [["q", "y"], ["ctrl-c", "ctrl-c"]] {
        let mut model = model(&facts);
        let requests: Vec<Request> =
            keys.iter().flat_map(|key| update(&mut model, &facts, Msg::Key(key.parse().unwrap()))).collect();
        assert_eq!(requests.iter().filter(|request| is_order(request)).count(), 1, "{requests:?}");
        assert_eq!(model.ending, Ending::Stopping);
        assert!(model.layers.is_empty());
    }
}

#[test]
fn the_palette_asks_before_it_stops_everything_also_when_attached() {
    for attached in [false, true] {
        let facts = Facts { attached, ..shop() };
        let mut model = model(&facts);
        let keys = [":", "s", "t", "o", "p", "Space", "a", "l", "l", "Enter"];
        for key in keys {
            let requests = update(&mut model, &facts, Msg::Key(key.parse().unwrap()));
            assert!(requests.is_empty(), "{key}: {requests:?}");
        }
        assert!(matches!(&model.layers[..], [Layer::Ask(_)]));
        assert_eq!(model.ending, Ending::Not);
    }
}

#[test]
fn what_layers_change_is_changed() {
    let facts = shop();
    let mut model = model(&facts);
    let press = |model: &mut crate::ui::model::Model, keys: &str| -> Vec<Request> {
        keys.split_whitespace()
            .flat_map(|key| update(model, &facts, Msg::Key(key.parse().unwrap())))
            .collect()
    };
    for word in ["a", "b", "c", "d", "e"] {
        press(&mut model, &format!("H {word} Enter"));
    }
    assert_eq!(model.logs.pins, ["b", "c", "d", "e"], "the oldest gives way");
    let requests = press(&mut model, "H c Enter");
    assert_eq!(model.settings.remembered.pins, ["b", "d", "e"]);
    assert!(requests.contains(&Request::Remember));

    model.logs.looking = Some(crate::ui::model::Looking { text: "level:warn".to_owned(), find: false });
    press(&mut model, ": s a v e Enter s l o w Enter");
    assert_eq!(model.settings.remembered.filters["slow"], "level:warn");
    model.logs.looking = None;
    let requests = press(&mut model, ": s l o w Enter");
    assert!(matches!(&requests[..], [Request::Look { .. }]), "{requests:?}");
    assert_eq!(model.logs.looking.as_ref().map(|looking| &*looking.text), Some("level:warn"));

    let requests = press(&mut model, ": t h e m e Space l i g h t Enter");
    assert_eq!(requests, [Request::Theme("light".to_owned()), Request::Remember]);
    press(&mut model, ": d e t a i l s Space w e b Enter");
    assert_eq!((model.table.selected.as_ref(), model.details), (Some(&name("web")), Some(true)));
}

#[test]
fn a_terminal_follows_the_window() {
    let mut facts = shop();
    let mut description = (*facts.description.clone().unwrap()).clone();
    description.services.iter_mut().for_each(|service| service.tty = true);
    facts.description = Some(Arc::new(description));
    let mut model = model(&facts);
    let selected = model.table.selected.clone().unwrap();
    let watch = |width, height| Request::WatchTerminal(Some((selected.clone(), Size { width, height })));
    assert_eq!(update(&mut model, &facts, Msg::Key(Key::char('T'))), [watch(80, 22)]);
    let resized = update(&mut model, &facts, Msg::Resize(Size { width: 100, height: 30 }));
    assert_eq!(resized, [watch(100, 28)]);
    let left = update(&mut model, &facts, Msg::Key(Key::ctrl(']')));
    assert_eq!(left, [Request::WatchTerminal(None)]);
    assert!(model.layers.is_empty());
}
