//! What layers take, and what comes of it: they say it, this does it.

use ratatui::layout::Size;

use crate::ui::facts::Facts;
use crate::ui::keys::Key;
use crate::ui::layers::{Ask, Change, Context, Layer, Outcome, Question};
use crate::ui::model::{Ending, Looking, Model, Screen, Toast};
use crate::ui::msg::{Answer, Request};

use super::{act, findings, logs, services};

/// Words that are kept lit at once.
const PINS: usize = 4;

/// Gives a key to the topmost layer; `None` if there is none.
pub(super) fn press(model: &mut Model, facts: &Facts, key: Key) -> Option<Vec<Request>> {
    let told_before = model.told_down;
    let requests = in_topmost(model, facts, |layer, context| layer.key(key, context));
    model.interrupted |= model.told_down && !told_before && key == Key::ctrl('c');
    requests
}

/// Gives pasted text to the topmost layer; `None` if there is none.
pub(super) fn paste(model: &mut Model, facts: &Facts, text: &str) -> Option<Vec<Request>> {
    in_topmost(model, facts, |layer, context| layer.paste(text, context))
}

/// Gives an answer to all layers, since the one that asked may be covered.
pub(super) fn answered(model: &mut Model, facts: &Facts, answer: &Answer) -> Vec<Request> {
    let mut requests = Vec::new();
    for mut layer in std::mem::take(&mut model.layers) {
        let outcome = layer.answer(answer);
        if !outcome.close {
            model.layers.push(layer);
        }
        requests.extend(done(model, facts, outcome));
    }
    requests
}

/// Tells all layers of the window's new size.
pub(super) fn resized(model: &Model, window: Size) -> Vec<Request> {
    model.layers.iter().filter_map(|layer| layer.resized(window)).collect()
}

/// Lets the topmost layer do something; it comes back unless it is done.
fn in_topmost(
    model: &mut Model,
    facts: &Facts,
    take: impl FnOnce(&mut Layer, Context<'_>) -> Outcome,
) -> Option<Vec<Request>> {
    let mut layer = model.layers.pop()?;
    let outcome = take(&mut layer, Context { facts, model });
    if !outcome.close {
        model.layers.push(layer);
    }
    Some(done(model, facts, outcome))
}

fn done(model: &mut Model, facts: &Facts, outcome: Outcome) -> Vec<Request> {
    let Outcome { close: _, select, changes, action, requests } = outcome;
    if let Some(name) = select {
        services::select(model, name);
    }
    let mut all: Vec<Request> = changes.into_iter().flat_map(|change| make(model, facts, change)).collect();
    if let Some(action) = action {
        all.extend(act::act(model, facts, action));
    }
    all.extend(requests);
    all
}

fn make(model: &mut Model, facts: &Facts, change: Change) -> Vec<Request> {
    match change {
        Change::Pin(word) => pin(model, word),
        Change::SaveFilter { name, text } => {
            model.toast =
                Some(Toast::said(format!("kept as {name}: filter {name} in the palette"), facts.now));
            model.settings.filters.insert(name.clone(), text.clone());
            model.settings.remembered.filters.insert(name, text);
            vec![Request::Remember]
        }
        Change::Filter(text) => {
            act::remember(model);
            model.screen = Screen::Main;
            model.logs.looking = Some(Looking { text, find: false });
            vec![logs::look(model)]
        }
        Change::Theme(name) => {
            model.settings.remembered.theme = Some(name.clone());
            vec![Request::Theme(name), Request::Remember]
        }
        Change::ShowDetails => {
            model.screen = Screen::Main;
            model.details = Some(true);
            Vec::new()
        }
        Change::Apply { service, action } => findings::agreed(model, facts, service, action),
        Change::AskToStop => {
            if model.ending == Ending::Not {
                let question = Question::Quit { running: facts.running(), attached: facts.attached };
                model.layers.push(Layer::Ask(Ask { question }));
            }
            Vec::new()
        }
        Change::Used(command) => {
            model.recent.used(command);
            Vec::new()
        }
        Change::Sent { service, line } => {
            model.recent.sent(service, line);
            Vec::new()
        }
    }
}

/// Lights a word, or no longer; the oldest one gives way.
fn pin(model: &mut Model, word: String) -> Vec<Request> {
    act::remember(model);
    let pins = &mut model.logs.pins;
    match pins.iter().position(|pin| *pin == word) {
        Some(at) => drop(pins.remove(at)),
        None => pins.push(word),
    }
    let surplus = pins.len().saturating_sub(PINS);
    pins.drain(..surplus);
    model.settings.remembered.pins = pins.clone();
    vec![Request::Remember]
}
