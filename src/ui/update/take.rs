//! Where a message goes: to the layer on top, to the prompt, to an action.

use super::{act, answers, events, layers, logs, mouse, prompt};
use crate::ui::facts::Facts;
use crate::ui::keys::Key;
use crate::ui::model::{Ending, Model, Screen};
use crate::ui::msg::{Msg, Request};

/// Between two questions for the same view, in milliseconds.
const ASKED_APART: u64 = 1000;

/// Takes one message. Facts are already those after it.
pub(crate) fn update(model: &mut Model, facts: &Facts, msg: Msg) -> Vec<Request> {
    let requests = match msg {
        Msg::Key(key) => press(model, facts, key),
        Msg::Mouse { event, under, near } => mouse::mouse(model, facts, event, under, near),
        Msg::Paste(text) => paste(model, facts, &text),
        Msg::Resize(size) => {
            model.size = size;
            layers::resized(model, size)
        }
        Msg::Focused(focused) => {
            model.focused = focused;
            if focused { vec![Request::Repaint] } else { Vec::new() }
        }
        Msg::Event(entry) => {
            events::tell(model, facts, &entry);
            Vec::new()
        }
        Msg::Landed(landing) => {
            logs::land(model, facts, landing);
            Vec::new()
        }
        Msg::Answered(answer) => answers::answered(model, facts, &answer),
        Msg::Tick => refresh(model, facts),
    };
    settle(model, facts);
    requests
}

/// Asks again for what a full-window view shows, when the stack has changed since, at most once a second.
fn refresh(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let (version, at) = model.asked;
    let newer = facts.snapshot.version != version && facts.now.0 >= at.0 + ASKED_APART;
    let request = match model.screen {
        Screen::Ports => Request::Ports,
        Screen::Environment => match &model.table.selected {
            Some(service) => Request::Environment { service: service.clone(), reveal: false },
            None => return Vec::new(),
        },
        Screen::Main | Screen::Waterfall | Screen::Graph | Screen::Events => return Vec::new(),
    };
    if !newer {
        return Vec::new();
    }
    model.asked = (facts.snapshot.version, facts.now);
    vec![request]
}

/// Brings the model in line with facts that have changed: a selection of what is gone, a message whose time is over.
fn settle(model: &mut Model, facts: &Facts) {
    if model.toast.as_ref().is_some_and(|toast| toast.until <= facts.now) {
        model.toast = None;
    }
    let known = |name: &crate::stack::ServiceName| facts.snapshot.service(name).is_some();
    if model.table.selected.as_ref().is_none_or(|selected| !known(selected)) {
        model.table.selected = facts.snapshot.services.first().map(|service| service.name.clone());
    }
    model.logs.marked.retain(known);
    let begun = facts.snapshot.services.iter().any(|service| service.epoch.0 > 0);
    if !model.touched
        && !model.started
        && let Some(failed) = facts.first_failure()
    {
        model.table.selected = Some(failed.clone());
    }
    model.started |= begun && !facts.is_starting();
    if facts.is_over() {
        model.ending = Ending::Over;
    }
}

fn press(model: &mut Model, facts: &Facts, key: Key) -> Vec<Request> {
    model.touched = true;
    model.welcome = None;
    if let Some(requests) = layers::press(model, facts, key) {
        return requests;
    }
    if model.logs.prompt.is_some() {
        return prompt::key(model, facts, key);
    }
    match model.keymap.action(facts.scope(model), key) {
        Some(action) => act::act(model, facts, action),
        None => Vec::new(),
    }
}

/// Only fields take what is pasted: a pasted text must not press keys.
fn paste(model: &mut Model, facts: &Facts, text: &str) -> Vec<Request> {
    if let Some(requests) = layers::paste(model, facts, text) {
        return requests;
    }
    match model.logs.prompt {
        Some(_) => prompt::paste(model, facts, text),
        None => Vec::new(),
    }
}
