//! Keys that act on the selected service, or select one.

use super::*;

pub(super) fn ordered(mut stage: Stage, order: CommandRequest) {
    let requests = stage.press();
    let [Request::Order { what, order: given }] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!(*given, order);
    assert!(what.contains("api"), "{what}");
}

pub(super) fn given_a_port(mut stage: Stage) {
    assert_eq!(stage.press(), [Request::PortOptions(name("api"))]);
    let [Layer::Port(dialog)] = &stage.model.layers[..] else { panic!("{:?}", stage.model.layers) };
    assert_eq!(dialog.service, name("api"));
}

pub(super) fn freed_of_a_holder(mut stage: Stage) {
    assert_eq!(stage.press(), []);
    assert!(stage.model.layers.is_empty(), "nobody holds the port of api");
    stage.model.table.selected = Some(name("postgres"));
    assert_eq!(stage.press(), [], "it asks first");
    assert!(matches!(stage.model.layers[..], [Layer::Holder(_)]));
}

pub(super) fn sent_a_line(mut stage: Stage) {
    assert!(matches!(stage.opened(), Layer::Line(_)));
    let requests = [stage.type_in("hi"), stage.enter()].concat();
    assert_eq!(requests, [Request::Send { service: name("api"), bytes: b"hi\n".to_vec() }]);
}

pub(super) fn seen_in_a_terminal(mut stage: Stage) {
    assert_eq!(stage.press(), []);
    assert!(stage.model.layers.is_empty(), "api has none");
    let described = Arc::make_mut(stage.facts.description.as_mut().expect("the shop has one"));
    described.services.iter_mut().for_each(|service| service.tty = true);
    let requests = stage.press();
    let [Request::WatchTerminal(Some((service, _)))] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!(*service, name("api"));
    assert!(matches!(stage.model.layers[..], [Layer::Terminal(_)]));
}

pub(super) fn searched_for_problems(mut stage: Stage) {
    for problem in ["worker", "search", "worker"] {
        stage.press();
        assert_eq!(*stage.selected(), name(problem));
    }
}

pub(super) fn marked(mut stage: Stage) {
    stage.press();
    assert_eq!(stage.model.logs.source, Source::Marked);
    assert!(stage.model.logs.marked.contains(&name("api")));
    stage.press();
    assert_eq!(stage.model.logs.source, Source::All);
}

pub(super) fn shown_together(mut stage: Stage) {
    stage.model.logs.source = Source::One(name("api"));
    stage.press();
    assert_eq!(stage.model.logs.source, Source::All);
}

pub(super) fn shown_in_turn(mut stage: Stage, neighbour: &str) {
    stage.model.logs.source = Source::One(name("api"));
    stage.press();
    assert_eq!(stage.model.logs.source, Source::One(name(neighbour)));
    assert_eq!(*stage.selected(), name(neighbour));
}
