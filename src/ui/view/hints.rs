//! The last line: the prompt while one is open, a message for a moment, else the keys that matter most now.

use ratatui::layout::{Position, Rect};

use crate::stack::State;
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::keymap::{Scope, TABLE};
use crate::ui::model::{Ending, Focus, Model, Prompt, Screen};
use crate::ui::text::width;
use crate::ui::theme::{Glyph, Role};

use super::canvas::Canvas;

/// Draws the line, and says where the cursor is in a prompt.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) -> Option<Position> {
    if let Some(prompt) = &model.logs.prompt {
        return prompt_line(canvas, area, prompt, facts);
    }
    let toast = model.toast.as_ref();
    let said = toast.map(|toast| format!(" {} ", toast.text)).unwrap_or_default();
    let reserved = width(&said).min(usize::from(area.width));
    let left = Rect { width: area.width - u16::try_from(reserved).unwrap_or(area.width), ..area };
    if model.newcomer && toast.is_none() {
        let text = " Enter = one service's logs. Shift-drag = your terminal's own selection. ? = all keys";
        let mut row = canvas.row(left, 0);
        let style = row.style(Role::Accent);
        row.put(text, style);
    } else {
        hints(canvas, left, facts, model);
    }
    if let Some(toast) = toast {
        let mut row = canvas.row(Rect { x: left.right(), width: area.width - left.width, ..area }, 0);
        let style = row.style(if toast.grave { Role::Error } else { Role::Accent });
        row.cell(&said, reserved, style);
    }
    None
}

fn hints(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let help = hint(model, Action::Help);
    let mut row = canvas.row(area, 0);
    let (key, word) = (row.style(Role::Accent), row.style(Role::Muted));
    row.put(" ", word);
    for action in ranked(facts, model) {
        let Some((keys, text)) = hint(model, action) else { continue };
        let needed = width(&keys) + width(&text) + 3;
        let kept = help.as_ref().map_or(0, |(keys, text)| width(keys) + width(text) + 1);
        if usize::from(row.left()) < needed + kept {
            break;
        }
        row.put(&keys, key).put(" ", word).put(&text, word).put("  ", word);
    }
    if let Some((keys, text)) = help {
        row.put(&keys, key).put(" ", word).put(&text, word);
    }
}

/// The live key of an action and its word.
fn hint(model: &Model, action: Action) -> Option<(String, String)> {
    let scope = model.scope();
    let fits = |entry: &&crate::ui::keymap::Entry| entry.scope == scope || entry.scope == Scope::Anywhere;
    let entry = TABLE.iter().filter(|entry| entry.action == action).find(fits)?;
    let key = model.keymap.keys_of(entry).first()?;
    let word = match (action, model.logs.follows()) {
        (Action::Follow, true) => "pause",
        _ => entry.hint,
    };
    Some((key.to_string(), word.to_owned()))
}

/// What is worth pressing now, the best first.
fn ranked(facts: &Facts, model: &Model) -> Vec<Action> {
    if model.ending != Ending::Not {
        return vec![Action::Interrupt, Action::NextError, Action::Filter];
    }
    if model.screen != Screen::Main {
        return vec![
            Action::ShowMain,
            Action::ShowWaterfall,
            Action::ShowGraph,
            Action::ShowPorts,
            Action::ShowEnvironment,
            Action::ShowEvents,
            Action::Palette,
        ];
    }
    let selected = model.table.selected.as_ref().and_then(|name| facts.snapshot.service(name));
    let state = selected.map(|service| service.state);
    let mut actions = match (model.focus, state) {
        (Focus::Logs, _) => {
            vec![Action::Filter, Action::NextError, Action::Follow, Action::Fold, Action::Copy, Action::Level]
        }
        (Focus::Services, Some(State::Failed | State::Unhealthy | State::Backoff)) => {
            vec![Action::Restart, Action::Details, Action::Reassign, Action::Zoom, Action::NextError]
        }
        (Focus::Services, Some(State::Stopped | State::Completed)) => {
            vec![Action::Start, Action::Details, Action::Zoom, Action::Filter]
        }
        (Focus::Services, Some(State::Waiting | State::Preparing | State::Starting)) => {
            vec![Action::Details, Action::Zoom, Action::ShowWaterfall, Action::Stop, Action::NextError]
        }
        (
            Focus::Services,
            Some(State::Healthy | State::Running | State::Stopping | State::Disabled) | None,
        ) => vec![
            Action::Restart,
            Action::Stop,
            Action::Reassign,
            Action::OpenUrl,
            Action::Details,
            Action::Zoom,
        ],
    };
    if selected.is_some_and(|service| service.held_by.is_some()) {
        actions.insert(1, Action::EndHolder);
    }
    let rest = [
        Action::NextError,
        Action::Filter,
        Action::Follow,
        Action::NextPane,
        Action::Palette,
        Action::Wrap,
        Action::Timestamps,
        Action::ShowWaterfall,
        Action::ShowGraph,
        Action::ShowPorts,
        Action::ShowEnvironment,
        Action::ShowEvents,
        Action::Quit,
    ];
    for action in rest {
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    actions
}

/// The line in which a query is typed, with what is wrong about it, and the count of what it finds.
fn prompt_line(canvas: &mut Canvas<'_>, area: Rect, prompt: &Prompt, facts: &Facts) -> Option<Position> {
    let what = if prompt.find { "find: " } else { "filter: " };
    let other = if prompt.find { "ctrl-f filters" } else { "ctrl-f finds" };
    let text = prompt.input.value();
    let more = canvas.theme.glyphs.get(Glyph::Elided);
    let note = match &prompt.fault {
        Some((at, message)) => {
            format!("at {}: {message}", text.get(..*at).unwrap_or(text).chars().count() + 1)
        }
        None => {
            let (hits, more) =
                (super::words::count(facts.counts.hits), if facts.counts.done { "" } else { more });
            format!("{hits}{more} match   {other}   Enter keeps   Esc drops")
        }
    };
    let mut row = canvas.row(area, 0);
    let (accent, plain) = (row.style(Role::Accent), row.style(Role::Text));
    let fault = row.style(Role::Error);
    row.put(what, accent);
    let start = row.x();
    let room = usize::from(row.left()).saturating_sub(width(&note) + 3).max(8);
    let scroll = prompt.input.visual_scroll(room.saturating_sub(1));
    let mut skipped = 0;
    let from = text
        .char_indices()
        .find(|(_, c)| {
            let stop = skipped >= scroll;
            skipped += width(c.encode_utf8(&mut [0; 4]));
            stop
        })
        .map_or(text.len(), |(at, _)| at);
    match &prompt.fault {
        Some((at, _)) if *at >= from && *at <= text.len() && text.is_char_boundary(*at) => {
            row.put(&text[from..*at], plain);
            let wrong = if *at < text.len() { &text[*at..] } else { "^" };
            row.put(wrong, fault);
        }
        Some(_) | None => {
            row.put(&text[from..], plain);
        }
    }
    let cursor = prompt.input.visual_cursor().saturating_sub(scroll);
    let cursor = start.saturating_add(u16::try_from(cursor).unwrap_or(u16::MAX));
    let mut row = canvas.row(area, 0);
    row.skip(usize::from(area.width).saturating_sub(width(&note) + 1));
    let style = row.style(if prompt.fault.is_some() { Role::Error } else { Role::Muted });
    row.put(&note, style);
    Some(Position { x: cursor.min(area.right().saturating_sub(1)), y: area.y })
}
