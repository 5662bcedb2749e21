//! Keys that act on findings, and what comes of an action that was applied.

use super::*;
use crate::stack::{Finding, State};
use crate::ui::layers::{Ask, Question};
use crate::ui::model::Attempt;
use crate::ui::msg::{Answer, Applied};

/// What the sample finds of search.
const RESTART: &str = "portolan restart search";

/// The view of findings, the one of search lit.
pub(super) fn stage(action: Action, key: Option<Key>) -> Stage {
    let mut stage = Stage::new(action, key, Focus::Services);
    stage.model.table.selected = Some(name("search"));
    stage.press_key(Key::char('6'));
    stage
}

/// The proof for one row of the table of keys that counts among findings.
pub(super) fn check(stage: Stage) {
    match stage.action {
        Action::Fold => folded(stage),
        Action::Copy => copied(stage),
        action => panic!("{action} needs a proof"),
    }
}

fn folded(mut stage: Stage) {
    for folded in [true, false] {
        assert_eq!(stage.press(), []);
        assert_eq!(stage.model.findings.folded, folded);
        assert_eq!(stage.model.screen, Screen::Events);
    }
}

fn copied(mut stage: Stage) {
    let requests = stage.press();
    let [Request::Copy(CopyWhat::Text(text))] = &requests[..] else { panic!("{requests:?}") };
    for part in ["error: search: ", "loading index", "at search/portolan.toml:14", RESTART] {
        assert!(text.contains(part), "{text}");
    }
}

fn lit(stage: &Stage) -> String {
    stage.facts.finding_at_hand(&stage.model).expect("one is lit").service.to_string()
}

pub(super) fn shown_from_the_selected_one_on(mut stage: Stage) {
    stage.model.table.selected = Some(name("worker"));
    assert_eq!(stage.press(), []);
    assert_eq!(stage.model.screen, Screen::Events);
    assert_eq!(lit(&stage), "worker");
}

pub(super) fn applied_when_agreed(mut stage: Stage) {
    assert_eq!(stage.press(), [], "nothing is wrong with api");
    assert!(stage.model.layers.is_empty());
    stage.model.table.selected = Some(name("search"));
    for no in ["n", "Esc", "Enter", "ctrl-c"] {
        assert_eq!(stage.press(), [], "it asks first");
        let question = Question::Apply { service: name("search"), action: RESTART.to_owned() };
        let [Layer::Ask(ask)] = &stage.model.layers[..] else { panic!("{:?}", stage.model.layers) };
        assert_eq!(*ask, Ask { question });
        assert_eq!(ask.text(), "Apply: portolan restart search?");
        assert_eq!(stage.press_key(no.parse().unwrap()), [], "{no}");
        assert!(stage.model.layers.is_empty() && stage.model.findings.applying.is_none(), "{no}");
    }
    stage.press();
    let asked = Request::Apply { service: name("search"), action: RESTART.to_owned() };
    assert_eq!(stage.press_key(Key::char('y')), [asked]);
    assert_eq!(stage.press(), [], "one at a time");
    assert!(stage.model.layers.is_empty());
}

pub(super) fn seen_in_the_log(mut stage: Stage) {
    assert_eq!(stage.press(), [], "nothing is wrong with api");
    stage.model.table.selected = Some(name("search"));
    stage.look_for("hides it");
    stage.model.logs.cleared = 411;
    stage.model.logs.source = Source::One(name("api"));
    let look = Request::Look { looking: None, level: None };
    assert_eq!(stage.press(), [look, Request::Jump(Jump::To(401))]);
    assert_eq!((stage.model.screen, &stage.model.logs.source), (Screen::Main, &Source::All));
    stage.press_key(Key::char('u'));
    assert_eq!((stage.model.logs.cleared, &stage.model.logs.source), (411, &Source::One(name("api"))));
}

fn found(stage: &mut Stage, service: &str, findings: Vec<Finding>) {
    let snapshot = Arc::make_mut(&mut stage.facts.snapshot);
    let service = snapshot.services.iter_mut().find(|other| other.name == name(service)).unwrap();
    service.findings = findings;
}

fn finding(rule: &str, action: &str) -> Finding {
    Finding::new(rule, format!("{rule} is wrong"))
        .shown_by("a look")
        .mended_by("mend it", Some(action.to_owned()))
}

fn answer(stage: &mut Stage, action: &str, success: bool, output: &str) -> Vec<Request> {
    let result = Ok(Applied { success, output: output.to_owned() });
    let answer = Answer::Applied { service: name("search"), action: action.to_owned(), result };
    update(&mut stage.model, &stage.facts, Msg::Answered(answer))
}

fn toast(stage: &Stage) -> (&str, bool) {
    stage.model.toast.as_ref().map(|toast| (toast.text.as_str(), toast.grave)).expect("it is said")
}

#[test]
fn moving_goes_from_finding_to_finding_and_stays_with_the_one_that_is_lit() {
    let mut stage = stage(Action::Down, None);
    assert_eq!(lit(&stage), "search");
    stage.press_key(Key::char('g'));
    assert_eq!(lit(&stage), "worker", "errors come in the order of the services");
    stage.press_key(Key::char('G'));
    assert_eq!(lit(&stage), "postgres", "a warning is the last");
    stage.press_key(Key::char('k'));
    assert_eq!(lit(&stage), "search");
    // Others that come do not move it.
    found(&mut stage, "redis", vec![finding("first", "portolan reload")]);
    assert_eq!(lit(&stage), "search");
    stage.press_key(Key::char('j'));
    assert_eq!(lit(&stage), "postgres");
}

#[test]
fn when_the_lit_finding_has_gone_its_neighbour_is_lit() {
    let mut stage = stage(Action::Down, None);
    stage.press_key(Key::char('k'));
    assert_eq!(lit(&stage), "worker");
    let snapshot = Arc::make_mut(&mut stage.facts.snapshot);
    snapshot.services[4].state = State::Healthy;
    snapshot.services[4].unwell = None;
    assert_eq!(lit(&stage), "search");
}

#[test]
fn tab_goes_to_the_events_and_back() {
    let mut stage = stage(Action::NextPane, None);
    for scope in [Scope::Services, Scope::Findings] {
        stage.press_key(Key::code(KeyCode::Tab));
        assert_eq!((stage.model.screen, stage.facts.scope(&stage.model)), (Screen::Events, scope));
    }
}

#[test]
fn without_findings_keys_are_those_of_the_events() {
    let mut stage = Stage::new(Action::ShowEvents, Some(Key::char('6')), Focus::Services);
    stage.facts = crate::ui::samples::healthy();
    stage.press();
    assert_eq!(stage.facts.scope(&stage.model), Scope::Services);
    stage.press_key(Key::char('k'));
    assert!(stage.model.lists.contains_key(&Screen::Events));
}

#[test]
fn the_service_of_the_lit_finding_is_what_keys_are_about() {
    let mut stage = stage(Action::Restart, None);
    stage.press_key(Key::char('k'));
    let requests = stage.press_key(Key::char('r'));
    let order = CommandRequest::Restart { services: vec![name("worker")], with_dependents: false };
    assert_eq!(requests, [Request::Order { what: "restart worker".to_owned(), order }]);
}

#[test]
fn what_only_shows_something_is_shown_at_once() {
    for (action, screen, selected) in [
        ("portolan why worker", Screen::Events, "worker"),
        ("portolan why api", Screen::Main, "api"),
        ("portolan logs api", Screen::Main, "api"),
        ("portolan env api --explain", Screen::Environment, "api"),
        ("portolan ports", Screen::Ports, "search"),
    ] {
        let mut stage = stage(Action::Apply, Some(Key::char('A')));
        found(&mut stage, "search", vec![finding("x", action)]);
        let requests = stage.press();
        assert!(stage.model.layers.is_empty(), "{action}");
        assert!(!requests.iter().any(|request| matches!(request, Request::Apply { .. })), "{action}");
        assert_eq!((stage.model.screen, stage.selected()), (screen, &name(selected)), "{action}");
    }
}

#[test]
fn what_was_altered_is_read_again_and_starts_a_service_that_is_not_up() {
    let renew = || Some(Request::Renew(name("search")));
    for (action, state, follows) in [
        ("portolan doctor --fix env-crlf", State::Failed, renew()),
        ("portolan run search -- make", State::Unhealthy, renew()),
        ("portolan run search -- make", State::Backoff, renew()),
        ("portolan doctor --fix stale-address", State::Healthy, Some(Request::Reload)),
        ("portolan run search -- make", State::Stopped, Some(Request::Reload)),
        (RESTART, State::Failed, None),
    ] {
        let mut stage = stage(Action::Apply, None);
        Arc::make_mut(&mut stage.facts.snapshot).services[5].state = state;
        let requests = Vec::from_iter(follows);
        assert_eq!(answer(&mut stage, action, true, "done"), requests, "{action} {state}");
        assert!(!toast(&stage).1);
        let renews = matches!(requests[..], [Request::Renew(_)]);
        assert_eq!(toast(&stage).0.contains("starts anew"), renews, "{:?}", toast(&stage));
    }
}

#[test]
fn a_failure_is_told_and_kept_until_the_next_attempt() {
    let mut stage = stage(Action::Apply, Some(Key::char('A')));
    stage.press();
    stage.press_key(Key::char('y'));
    assert!(stage.model.findings.applies(&name("search"), RESTART));
    assert_eq!(answer(&mut stage, RESTART, false, "\nlooking\nERROR: no such thing\n"), []);
    assert_eq!(toast(&stage), ("portolan restart search: ERROR: no such thing", true));
    assert!(!stage.model.findings.applies(&name("search"), RESTART));
    assert!(stage.model.findings.failure_of(&name("search"), RESTART).unwrap().contains("looking"));
    let shown = crate::ui::samples::render(&stage.facts, &mut stage.model, 120, 40);
    assert!(shown.contains("it was tried and failed") && shown.contains("ERROR: no such thing"), "{shown}");
    stage.press();
    stage.press_key(Key::char('y'));
    assert_eq!(stage.model.findings.failure_of(&name("search"), RESTART), None);
    let attempt = Attempt { service: name("search"), action: RESTART.to_owned() };
    assert_eq!(stage.model.findings.applying, Some(attempt));
}

#[test]
fn lines_of_a_finding_are_gone_through_one_after_the_other() {
    let mut stage = stage(Action::ShowLine, Some(Key::char('L')));
    let lines = finding("x", "portolan reload").shown_by_line(386, "a").shown_by_line(401, "b");
    found(&mut stage, "search", vec![lines]);
    for line in [386, 401, 386] {
        let requests = stage.press();
        assert!(requests.contains(&Request::Jump(Jump::To(line))), "{line}: {requests:?}");
        stage.cursor(line);
        stage.press_key(Key::char('6'));
    }
}

#[test]
fn a_click_on_the_why_cell_shows_what_is_wrong() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut stage = Stage::new(Action::ShowEvents, None, Focus::Services);
    let layout = stage.facts.layout(&stage.model).unwrap();
    let look = crate::ui::samples::look();
    let shown = crate::ui::samples::render(&stage.facts, &mut stage.model, 120, 40);
    let titles = shown.lines().nth(1).unwrap();
    let x = u16::try_from(titles.split("WHY").next().unwrap().chars().count()).unwrap();
    let at = ratatui::layout::Position { x, y: layout.table.y + 4 };
    let under = crate::ui::view::under(&stage.facts, &stage.model, &look, &layout, at);
    let kind = MouseEventKind::Down(MouseButton::Left);
    let event = MouseEvent { kind, column: at.x, row: at.y, modifiers: KeyModifiers::NONE };
    update(&mut stage.model, &stage.facts, Msg::Mouse { event, under, near: None });
    assert_eq!((stage.model.screen, lit(&stage).as_str()), (Screen::Events, "worker"));
}
