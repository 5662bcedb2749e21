//! The line in which a filter is typed: every change takes effect at once, a fault leaves the last good one.

use crossterm::event::KeyCode;
use tui_input::Input;

use crate::logs::Query;
use crate::ui::facts::Facts;
use crate::ui::field;
use crate::ui::keys::Key;
use crate::ui::model::{Looking, Model, Prompt};
use crate::ui::msg::Request;

use super::logs;

/// Queries that are kept to be recalled.
const KEPT: usize = 50;

/// Opens the line with what is looked for now.
pub(super) fn open(model: &mut Model) -> Vec<Request> {
    let before = model.logs.looking.clone();
    let text = before.as_ref().map(|looking| looking.text.clone()).unwrap_or_default();
    let find = before.as_ref().map_or(model.settings.remembered.find, |looking| looking.find);
    super::act::remember(model);
    let input = Input::new(text);
    model.logs.prompt =
        Some(Prompt { input, find, fault: None, before, recalled: None, draft: String::new() });
    Vec::new()
}

/// Takes a key while the line is open.
pub(super) fn key(model: &mut Model, facts: &Facts, key: Key) -> Vec<Request> {
    let Some(mut prompt) = model.logs.prompt.take() else { return Vec::new() };
    if key == Key::code(KeyCode::Esc) || key == Key::ctrl('c') {
        model.logs.looking = prompt.before;
        model.undo.pop();
        return vec![logs::look(model)];
    }
    if key == Key::code(KeyCode::Enter) {
        if prompt.fault.is_some() {
            model.logs.prompt = Some(prompt);
            return Vec::new();
        }
        return accept(model, &prompt);
    }
    if key == Key::ctrl('f') {
        prompt.find = !prompt.find;
    } else if key == Key::code(KeyCode::Up) || key == Key::code(KeyCode::Down) {
        recall(&mut prompt, &model.history, key == Key::code(KeyCode::Up));
    } else {
        field::edit(&mut prompt.input, key);
        prompt.recalled = None;
    }
    changed(model, facts, prompt)
}

/// Takes text that was pasted.
pub(super) fn paste(model: &mut Model, facts: &Facts, text: &str) -> Vec<Request> {
    let Some(mut prompt) = model.logs.prompt.take() else { return Vec::new() };
    field::insert(&mut prompt.input, text);
    changed(model, facts, prompt)
}

/// Keeps what was typed, to be recalled, and whether it was to find or to filter.
fn accept(model: &mut Model, prompt: &Prompt) -> Vec<Request> {
    if model.logs.looking == prompt.before {
        // Nothing to undo.
        model.undo.pop();
    }
    let text = prompt.input.value().trim().to_owned();
    if text.is_empty() {
        return Vec::new();
    }
    model.history.retain(|kept| *kept != text);
    model.history.insert(0, text);
    model.history.truncate(KEPT);
    model.settings.remembered.find = prompt.find;
    vec![Request::Remember]
}

/// Shows an earlier query, or on the way back the one that was being typed.
fn recall(prompt: &mut Prompt, history: &[String], older: bool) {
    let next = match (prompt.recalled, older) {
        (None, false) => return,
        (None, true) if history.is_empty() => return,
        (None, true) => {
            prompt.draft = prompt.input.value().to_owned();
            Some(0)
        }
        (Some(0), false) => None,
        (Some(n), true) => Some((n + 1).min(history.len().saturating_sub(1))),
        (Some(n), false) => Some(n - 1),
    };
    let text = next.and_then(|n| history.get(n)).unwrap_or(&prompt.draft);
    prompt.input = Input::new(text.clone());
    prompt.recalled = next;
}

fn changed(model: &mut Model, facts: &Facts, mut prompt: Prompt) -> Vec<Request> {
    let text = prompt.input.value().trim_end();
    match Query::parse(text, facts.system_now()) {
        Ok(_) => {
            prompt.fault = None;
            let looking = Looking { text: text.to_owned(), find: prompt.find };
            model.logs.looking = Some(looking).filter(|looking| !looking.text.trim().is_empty());
            model.logs.prompt = Some(prompt);
            vec![logs::look(model)]
        }
        Err(fault) => {
            prompt.fault = Some((fault.at, fault.message));
            model.logs.prompt = Some(prompt);
            Vec::new()
        }
    }
}
