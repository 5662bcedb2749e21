//! Why a command can do nothing now, in a few words.

use crate::stack::{ServiceName, State};
use crate::ui::action::Action;
use crate::ui::layers::Context;

use super::Command;

impl Command {
    /// What stands in the way of it; `None` if nothing does.
    pub(crate) fn obstacle(&self, context: Context<'_>) -> Option<&'static str> {
        match self {
            Self::Do(action) => of_action(*action, context),
            Self::To(verb, service) => of_service(verb.action(), service, context),
            Self::Filter(name) => {
                let known = context.model.settings.filters.contains_key(name);
                (!known).then_some("there is no such filter any more")
            }
            Self::Theme(_) => None,
        }
    }
}

/// Actions on the selected service that may not be possible with it.
const OF_SELECTED: [Action; 10] = [
    Action::Restart,
    Action::RestartWithDependents,
    Action::Start,
    Action::Stop,
    Action::Reassign,
    Action::EndHolder,
    Action::OpenUrl,
    Action::SendLine,
    Action::Terminal,
    Action::CopyUrl,
];

fn of_action(action: Action, context: Context<'_>) -> Option<&'static str> {
    let Context { model, facts } = context;
    if OF_SELECTED.contains(&action) {
        return match &model.table.selected {
            Some(service) => of_service(action, service, context),
            None => Some("no service is selected"),
        };
    }
    if matches!(action, Action::Apply | Action::ShowLine) {
        return of_finding(action, context);
    }
    let looking = model.logs.looking.is_some();
    let wanting = [
        (Action::NextMatch, looking, "nothing is looked for"),
        (Action::PreviousMatch, looking, "nothing is looked for"),
        (Action::SaveFilter, looking, "there is no filter"),
        (Action::NextMarker, !model.logs.markers.is_empty(), "there is no marker"),
        (Action::Undo, !model.undo.is_empty(), "there is nothing to undo"),
        (Action::Leave, facts.attached, "this console started the stack"),
    ];
    first_missing(action, &wanting)
}

fn of_finding(action: Action, context: Context<'_>) -> Option<&'static str> {
    let Some(found) = context.facts.finding_at_hand(context.model) else {
        return Some("nothing is wrong with it");
    };
    let wanting = [
        (Action::Apply, found.finding.action.is_some(), "no command does it"),
        (Action::Apply, context.model.findings.applying.is_none(), "another is not done yet"),
        (Action::ShowLine, !found.finding.lines.is_empty(), "no line of the log shows it"),
    ];
    first_missing(action, &wanting)
}

fn of_service(action: Action, service: &ServiceName, context: Context<'_>) -> Option<&'static str> {
    let Some(snapshot) = context.facts.snapshot.service(service) else {
        return Some("there is no such service any more");
    };
    let enabled = snapshot.state != State::Disabled;
    let tty = context.facts.described(service).is_some_and(|described| described.tty);
    let has_port = snapshot.port.is_some() || snapshot.preferred_port.is_some();
    let wanting = [
        (Action::Restart, enabled, "it is disabled"),
        (Action::RestartWithDependents, enabled, "it is disabled"),
        (Action::Start, enabled, "it is disabled"),
        (Action::Start, !snapshot.state.is_up(), "it runs"),
        (Action::Stop, !snapshot.state.is_at_rest(), "it does not run"),
        (Action::Reassign, has_port, "it has no port of its own"),
        (Action::EndHolder, snapshot.held_by.is_some(), "nobody else holds its port"),
        (Action::OpenUrl, snapshot.url.is_some(), "it has no URL"),
        (Action::SendLine, snapshot.pid.is_some(), "it does not run"),
        (Action::Terminal, tty, "it has no terminal: tty = true"),
    ];
    first_missing(action, &wanting)
}

/// Why `action` cannot be done: the first thing it wants and does not have.
fn first_missing(action: Action, wanting: &[(Action, bool, &'static str)]) -> Option<&'static str> {
    wanting.iter().find(|(of, there, _)| *of == action && !there).map(|(_, _, why)| *why)
}
