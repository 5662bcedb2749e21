//! The shutdown as it goes: which services are down, which are not yet, and since when.

use ratatui::layout::Rect;

use crate::stack::{ServiceSnapshot, State};
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::model::{Ending, Model};
use crate::ui::text::width;
use crate::ui::theme::{Role, face};
use crate::ui::view::canvas::Canvas;
use crate::ui::view::words;

use super::sheet::{Line, Part, Sheet};

/// The widest name that gets a column of its own.
const NAME: usize = 24;

/// Draws it over whatever is there.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let services = &facts.snapshot.services;
    let up: Vec<&ServiceSnapshot> = services.iter().filter(|service| !is_down(service)).collect();
    let stack = &facts.snapshot.identity.stack;
    let title = match model.ending {
        Ending::Killing => format!("killing {stack}"),
        Ending::Not | Ending::Stopping | Ending::Over => format!("stopping {stack}"),
    };
    let mut sheet = Sheet::new(title);
    let down = services.len() - up.len();
    let said = match up.len() {
        0 => "All services are down.".to_owned(),
        _ => format!("{down} of {} services are down.", services.len()),
    };
    sheet.say(said, Role::Text).blank();
    // What still runs is never cut for what does not.
    let room = usize::from(area.height).saturating_sub(6).max(1);
    let all = services.len() <= room;
    let column = services.iter().map(|service| width(service.name.as_str())).max().unwrap_or(0).min(NAME);
    for service in services.iter().filter(|service| all || !is_down(service)).take(room) {
        sheet.add(row(canvas, service, facts, column, model.ending == Ending::Killing));
    }
    let hidden = up.len().saturating_sub(room);
    if !all && hidden > 0 {
        sheet.say(format!("and {hidden} more"), Role::Muted);
    }
    let key = model.keymap.key_of(Action::Interrupt).map(|key| key.to_string());
    match (model.ending, key) {
        (Ending::Stopping, Some(key)) => sheet.key(format!("{key} again"), "kills what is left"),
        (Ending::Stopping | Ending::Killing | Ending::Not | Ending::Over, _) => &mut sheet,
    };
    sheet.draw(canvas, area);
}

fn row(canvas: &Canvas<'_>, service: &ServiceSnapshot, facts: &Facts, column: usize, killing: bool) -> Line {
    let face = face(service.state);
    let sign = canvas.theme.sign(service.state, facts.frame);
    let took = facts.now.0.saturating_sub(service.since.0);
    let more = match service.state {
        State::Stopping if killing => format!("for {}", words::span(took)),
        State::Stopping => stopping(service, took, facts),
        State::Completed | State::Failed | State::Stopped => {
            service.exit.map_or_else(String::new, |exit| exit.to_string())
        }
        State::Running | State::Healthy | State::Unhealthy => "after what needs it".to_owned(),
        State::Disabled | State::Waiting | State::Preparing | State::Starting | State::Backoff => {
            String::new()
        }
    };
    let name = if is_down(service) { Role::Muted } else { Role::Text };
    let role = if service.state == State::Stopping { Role::Starting } else { face.role };
    Line::row(vec![
        Part::new(sign, role),
        Part::new(" ", Role::Text),
        Part::column(service.name.as_str(), name, column + 2),
        Part::column(face.word, role, 11),
        Part::column(more, Role::Muted, 24),
    ])
}

/// How long it has been asked, and when it will not be asked any more.
fn stopping(service: &ServiceSnapshot, took: u64, facts: &Facts) -> String {
    let grace = facts.described(&service.name).map(|described| described.grace_ms);
    match grace.map(|grace| grace.saturating_sub(took)) {
        Some(0) => format!("for {}, killed", words::span(took)),
        Some(left) => {
            format!("for {}, killed in {}", words::span(took), words::span(left.saturating_add(999)))
        }
        None => format!("for {}", words::span(took)),
    }
}

fn is_down(service: &ServiceSnapshot) -> bool {
    match service.state {
        State::Disabled | State::Stopped | State::Completed | State::Failed => true,
        // It waits for what will not come: nothing of it runs.
        State::Waiting | State::Backoff => true,
        State::Preparing
        | State::Starting
        | State::Running
        | State::Healthy
        | State::Unhealthy
        | State::Stopping => false,
    }
}
