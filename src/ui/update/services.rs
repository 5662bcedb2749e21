//! Actions on the selected service, and the selection itself.

use crate::handle::CommandRequest;
use crate::stack::{ServiceName, ServiceSnapshot, State};
use crate::ui::facts::Facts;
use crate::ui::layers::{Layer, LineFor};
use crate::ui::model::{Focus, Model, Screen, Source, Toast};
use crate::ui::msg::{CopyWhat, Request};

/// The order that takes everything down.
pub(super) fn down() -> Request {
    Request::Order { what: "stop all".to_owned(), order: CommandRequest::Down {} }
}

/// The order that ends everything at once.
pub(super) fn kill() -> Request {
    Request::Order { what: "kill all".to_owned(), order: CommandRequest::Kill {} }
}

/// Selects a service. In the logs of one service, it is the one that they are of.
pub(super) fn select(model: &mut Model, name: ServiceName) {
    if matches!(model.logs.source, Source::One(_)) {
        model.logs.show(Source::One(name.clone()));
    }
    model.table.selected = Some(name);
}

pub(super) fn move_by(model: &mut Model, facts: &Facts, by: i64) {
    let shown = facts.in_order(model);
    let selected = model.table.selected.as_ref();
    let at = shown.iter().position(|name| Some(name) == selected).unwrap_or(0);
    let by = isize::try_from(by).unwrap_or(if by < 0 { isize::MIN } else { isize::MAX });
    let to = at.saturating_add_signed(by).min(shown.len().saturating_sub(1));
    if let Some(name) = shown.get(to) {
        model.table.selected = Some(name.clone());
    }
}

/// Shows the logs of the selected service over the whole window.
pub(super) fn zoom(model: &mut Model) -> Vec<Request> {
    if let Some(name) = model.table.selected.clone() {
        model.logs.show(Source::One(name));
    }
    model.logs.zoomed = true;
    model.focus = Focus::Logs;
    Vec::new()
}

/// Back from [`zoom`].
pub(super) fn unzoom(model: &mut Model) -> Vec<Request> {
    model.logs.zoomed = false;
    model.focus = Focus::Services;
    model.logs.show(if model.logs.marked.is_empty() { Source::All } else { Source::Marked });
    Vec::new()
}

pub(super) fn all_logs(model: &mut Model) -> Vec<Request> {
    super::act::remember(model);
    model.logs.marked.clear();
    model.logs.show(Source::All);
    Vec::new()
}

pub(super) fn mark(model: &mut Model) -> Vec<Request> {
    let Some(name) = model.table.selected.clone() else { return Vec::new() };
    super::act::remember(model);
    if !model.logs.marked.remove(&name) {
        model.logs.marked.insert(name);
    }
    model.logs.show(if model.logs.marked.is_empty() { Source::All } else { Source::Marked });
    Vec::new()
}

/// The logs of the service before or after, in the order of the table.
pub(super) fn neighbour(model: &mut Model, facts: &Facts, by: i64) -> Vec<Request> {
    if matches!(model.logs.source, Source::One(_)) {
        move_by(model, facts, by);
    }
    if let Some(name) = model.table.selected.clone() {
        model.logs.show(Source::One(name));
    }
    if model.screen == Screen::Environment { environment(model) } else { Vec::new() }
}

pub(super) fn restart(model: &mut Model, facts: &Facts, with_dependents: bool) -> Vec<Request> {
    let Some(name) = model.table.selected.clone() else { return Vec::new() };
    let shared = facts.snapshot.service(&name).is_some_and(|service| service.state == State::Disabled);
    if shared {
        model.toast = Some(Toast::grave(format!("{name} is disabled in portolan.toml"), facts.now));
        return Vec::new();
    }
    let also = if with_dependents { " and all that need it" } else { "" };
    let order = CommandRequest::Restart { services: vec![name.clone()], with_dependents };
    vec![Request::Order { what: format!("restart {name}{also}"), order }]
}

pub(super) fn start(model: &mut Model) -> Vec<Request> {
    let Some(name) = model.table.selected.clone() else { return Vec::new() };
    let order = CommandRequest::Start { services: vec![name.clone()], no_deps: false };
    vec![Request::Order { what: format!("start {name}"), order }]
}

pub(super) fn stop(model: &mut Model) -> Vec<Request> {
    let Some(name) = model.table.selected.clone() else { return Vec::new() };
    let order = CommandRequest::Stop { services: vec![name.clone()] };
    vec![Request::Order { what: format!("stop {name}"), order }]
}

pub(super) fn reassign(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(service) = selected(model, facts) else { return Vec::new() };
    if service.preferred_port.is_none() && service.port.is_none() {
        model.toast = Some(Toast::grave(format!("{} has no port of its own", service.name), facts.now));
        return Vec::new();
    }
    let name = service.name.clone();
    model.layers.push(Layer::port(name.clone()));
    vec![Request::PortOptions(name)]
}

pub(super) fn end_holder(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(service) = selected(model, facts) else { return Vec::new() };
    let name = &service.name;
    match (&service.held_by, service.preferred_port) {
        (Some(holder), Some(port)) => {
            model.layers.push(Layer::holder(name.clone(), port, holder.clone()));
            Vec::new()
        }
        (None, _) | (_, None) => {
            model.toast = Some(Toast::said(format!("nobody else holds the port of {name}"), facts.now));
            Vec::new()
        }
    }
}

pub(super) fn open(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(service) = selected(model, facts) else { return Vec::new() };
    match &service.url {
        Some(url) => vec![Request::Open(url.clone())],
        None => {
            model.toast = Some(Toast::grave(format!("{} has no URL", service.name), facts.now));
            Vec::new()
        }
    }
}

pub(super) fn copy_address(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(service) = selected(model, facts) else { return Vec::new() };
    let port = service.port.map(|port| port.to_string());
    let text = service.url.clone().or(port).or(service.pid.map(|pid| pid.to_string()));
    match text {
        Some(text) => vec![Request::Copy(CopyWhat::Text(text))],
        None => {
            model.toast = Some(Toast::grave(format!("{} has nothing to copy yet", service.name), facts.now));
            Vec::new()
        }
    }
}

pub(super) fn send_line(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(service) = selected(model, facts) else { return Vec::new() };
    if service.pid.is_none() {
        model.toast = Some(Toast::grave(format!("{} does not run", service.name), facts.now));
        return Vec::new();
    }
    model.layers.push(Layer::line(LineFor::Stdin(service.name.clone())));
    Vec::new()
}

pub(super) fn terminal(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(service) = selected(model, facts) else { return Vec::new() };
    let name = service.name.clone();
    let Some(tty) = facts.described(&name).map(|described| described.tty) else { return Vec::new() };
    if !tty {
        let text = format!("{name} has no terminal: give it tty = true, or send a line with S");
        model.toast = Some(Toast::grave(text, facts.now));
        return Vec::new();
    }
    let (layer, size) = Layer::terminal(name.clone(), model.size);
    model.layers.push(layer);
    vec![Request::WatchTerminal(Some((name, size)))]
}

pub(super) fn environment(model: &Model) -> Vec<Request> {
    let service = model.table.selected.clone();
    service.into_iter().map(|service| Request::Environment { service, reveal: false }).collect()
}

/// Selects the next service that is not well, going round.
pub(super) fn next_problem(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let services = &facts.snapshot.services;
    let at = model.table.index(&facts.snapshot);
    let round = (1..=services.len()).filter_map(|n| services.get((at + n) % services.len()));
    match round.into_iter().find(|service| facts.is_problem(service)) {
        Some(service) => select(model, service.name.clone()),
        None => model.toast = Some(Toast::said("all services are well", facts.now)),
    }
    Vec::new()
}

pub(super) fn pin(model: &mut Model) -> Vec<Request> {
    model.layers.push(Layer::line(LineFor::Pin));
    Vec::new()
}

pub(super) fn save_filter(model: &mut Model, facts: &Facts) -> Vec<Request> {
    match &model.logs.looking {
        Some(looking) => model.layers.push(Layer::line(LineFor::FilterName(looking.text.clone()))),
        None => model.toast = Some(Toast::grave("there is no filter to keep: / sets one", facts.now)),
    }
    Vec::new()
}

fn selected<'a>(model: &Model, facts: &'a Facts) -> Option<&'a ServiceSnapshot> {
    model.table.selected.as_ref().and_then(|name| facts.snapshot.service(name))
}
