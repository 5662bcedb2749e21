//! The last line: the prompt while one is open, a message for a moment, else the keys that matter most now.

use ratatui::layout::{Position, Rect};

use crate::stack::State;
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::keymap::{Scope, TABLE};
use crate::ui::layers::{Command, Context};
use crate::ui::model::{Ending, Focus, Model, Prompt, Screen, Welcome};
use crate::ui::text::{self, width};
use crate::ui::theme::{Glyph, Role};

use super::canvas::Canvas;
use super::layers;

/// Draws the line, and says where the cursor is in a prompt.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) -> Option<Position> {
    if let Some(prompt) = &model.logs.prompt {
        return prompt_line(canvas, area, prompt, facts);
    }
    let toast = model.toast.as_ref();
    let said = toast.map(|toast| format!(" {} ", toast.text)).unwrap_or_default();
    let reserved = width(&said).min(usize::from(area.width));
    let left = Rect { width: area.width - u16::try_from(reserved).unwrap_or(area.width), ..area };
    match model.welcome.filter(|_| toast.is_none()) {
        Some(Welcome::Worker) => {
            let text = " Enter: one service's logs   Shift-drag: select as ever   ? all keys   q quits";
            let mut row = canvas.row(left, 0);
            let style = row.style(Role::Accent);
            row.put(text, style);
        }
        Some(Welcome::Visitor) => tour(canvas, left, model),
        None => hints(canvas, left, facts, model),
    }
    if let Some(toast) = toast {
        let mut row = canvas.row(Rect { x: left.right(), width: area.width - left.width, ..area }, 0);
        let style = row.style(if toast.grave { Role::Error } else { Role::Accent });
        row.cell(&said, reserved, style);
    }
    None
}

fn hints(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let scope = facts.scope(model);
    let useful = ranked(facts, model).into_iter().filter(|action| can(*action, facts, model));
    let shows = facts.finding_at_hand(model).is_some_and(|found| found.finding.mending_action().is_none());
    let hints = useful.filter_map(|action| match action {
        // Not all of them do something.
        Action::Apply if shows => hint(model, scope, action).map(|(key, _)| (key, "show".to_owned())),
        _ => hint(model, scope, action),
    });
    keys(canvas, area, hints, hint(model, scope, Action::Help));
}

/// What to try in a stack that is there for trying things, each with its live key.
fn tour(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let worth = [
        (Action::NextError, "next error"),
        (Action::Zoom, "one service"),
        (Action::Filter, "filter"),
        (Action::Reassign, "new port"),
        (Action::OpenUrl, "open page"),
        (Action::Quit, "quit"),
    ];
    let named = |(action, word): (Action, &str)| {
        let (keys, _) = hint(model, model.scope(), action)?;
        Some((keys, word.to_owned()))
    };
    let help = named((Action::Help, "all keys"));
    keys(canvas, area, worth.into_iter().filter_map(named), help);
}

/// As many of `all` as there is room for, and `help` in any case.
fn keys(
    canvas: &mut Canvas<'_>,
    area: Rect,
    all: impl Iterator<Item = (String, String)>,
    help: Option<(String, String)>,
) {
    let mut row = canvas.row(area, 0);
    let (key, word) = (row.style(Role::Accent), row.style(Role::Muted));
    row.put(" ", word);
    for (keys, text) in all {
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

/// Whether an action would do something now.
fn can(action: Action, facts: &Facts, model: &Model) -> bool {
    Command::Do(action).obstacle(Context { facts, model }).is_none()
}

/// The live key of an action and its word.
fn hint(model: &Model, scope: Scope, action: Action) -> Option<(String, String)> {
    let fits = |entry: &&crate::ui::keymap::Entry| entry.scope == scope || entry.scope == Scope::Anywhere;
    let entry = TABLE.iter().filter(|entry| entry.action == action).find(fits)?;
    let key = model.keymap.keys_of(entry).first()?;
    let word = match (action, model.logs.follows()) {
        (Action::Follow, true) => "pause",
        (Action::Interrupt, _) => "kill",
        _ => entry.hint,
    };
    Some((key.to_string(), word.to_owned()))
}

/// What is worth pressing now, the best first.
fn ranked(facts: &Facts, model: &Model) -> Vec<Action> {
    if model.ending != Ending::Not {
        return vec![Action::Interrupt, Action::NextError, Action::Filter];
    }
    if facts.scope(model) == Scope::Findings {
        return vec![
            Action::Apply,
            Action::ShowLine,
            Action::Fold,
            Action::Copy,
            Action::Restart,
            Action::NextPane,
            Action::ShowMain,
            Action::Palette,
        ];
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
            let of_failed = [
                Action::Apply,
                Action::Restart,
                Action::Details,
                Action::ShowEvents,
                Action::Reassign,
                Action::Zoom,
                Action::NextError,
            ];
            of_failed.to_vec()
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

/// The line in which a query is typed, with what is wrong about it, or what it finds. What is typed comes first; help
/// has what is left.
fn prompt_line(canvas: &mut Canvas<'_>, area: Rect, prompt: &Prompt, facts: &Facts) -> Option<Position> {
    let what = if prompt.find { "find: " } else { "filter: " };
    let total = usize::from(area.width);
    let typed = width(prompt.input.value()) + 2;
    let spare = total.saturating_sub(width(what) + typed);
    let note = note(prompt, facts, canvas.theme.glyphs.get(Glyph::Elided), spare.saturating_sub(2));
    let beside = if note.is_empty() { 0 } else { width(&note) + 2 };
    let room = total.saturating_sub(width(what) + beside).max(1);
    let (text, cursor) = layers::field(&prompt.input, room);
    let mut row = canvas.row(area, 0);
    let (accent, plain, wrong) = (row.style(Role::Accent), row.style(Role::Text), row.style(Role::Error));
    row.put(what, accent);
    let start = row.x();
    match fault_in(prompt, &text) {
        Some(at) => row.put(&text[..at], plain).put(if at < text.len() { &text[at..] } else { "^" }, wrong),
        None => row.put(&text, plain),
    };
    let mut row = canvas.row(area, 0);
    row.skip(total.saturating_sub(beside.saturating_sub(1)));
    row.put(&note, if prompt.fault.is_some() { wrong } else { row.style(Role::Muted) });
    let x = start.saturating_add(u16::try_from(cursor).unwrap_or(u16::MAX));
    Some(Position { x: x.min(area.right().saturating_sub(1)), y: area.y })
}

/// What stands beside the query: as many of its parts as fit, the most important first.
fn note(prompt: &Prompt, facts: &Facts, more: &str, room: usize) -> String {
    if let Some((_, message)) = &prompt.fault {
        return if width(message) <= room { message.clone() } else { text::cut(message, room, more) };
    }
    let counting = if facts.counts.done { "" } else { more };
    let count = format!("{}{counting} match", super::words::count(facts.counts.hits));
    let other = if prompt.find { "ctrl-f filters" } else { "ctrl-f finds" };
    let mut note = String::new();
    for part in [count.as_str(), other, "Enter keeps", "Esc drops"] {
        let gap = if note.is_empty() { "" } else { "   " };
        if width(&note) + gap.len() + width(part) > room {
            break;
        }
        note.push_str(gap);
        note.push_str(part);
    }
    note
}

/// Where the fault is in the part of the query that is shown.
fn fault_in(prompt: &Prompt, shown: &str) -> Option<usize> {
    let (at, _) = prompt.fault.as_ref()?;
    let hidden = prompt.input.value().find(shown)?;
    let at = at.checked_sub(hidden)?.min(shown.len());
    shown.is_char_boundary(at).then_some(at)
}
