//! Which service an action is about where the table is not in sight: that of the row which is lit.

use crate::stack::ServiceName;
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::model::{Model, Screen, Toast};
use crate::ui::view::list_rows;

/// Selects the service of the lit row if the action is about a service; false, said in a message, if that row is of none
/// of this stack.
pub(super) fn aim(model: &mut Model, facts: &Facts, action: Action) -> bool {
    if !is_about_a_service(action) {
        return true;
    }
    let row = match model.screen {
        Screen::Main | Screen::Waterfall | Screen::Graph | Screen::Environment => return true,
        Screen::Ports | Screen::Events => lit_row(model, facts),
    };
    let service = match model.screen {
        Screen::Ports => facts.ports.as_ref().and_then(|report| report.ports.get(row)).and_then(|row| {
            let ours = row.pid == facts.snapshot.identity.pid;
            ours.then(|| row.service.name.clone())
        }),
        Screen::Events => facts.happenings.all().nth(row).map(|entry| entry.notice.service.clone()),
        Screen::Main | Screen::Waterfall | Screen::Graph | Screen::Environment => None,
    };
    let known = |name: &ServiceName| facts.snapshot.service(name).is_some();
    match service.filter(known) {
        Some(name) => {
            model.table.selected = Some(name);
            true
        }
        None => {
            let text = format!("{action}: this row is no service of this stack");
            model.toast = Some(Toast::grave(text, facts.now));
            false
        }
    }
}

/// The lit row of the list that fills the window; the last one of events that follow.
fn lit_row(model: &Model, facts: &Facts) -> usize {
    let last = list_rows(facts, model.screen).saturating_sub(1);
    let resting = if model.screen == Screen::Events { last } else { 0 };
    model.lists.get(&model.screen).map_or(resting, |list| list.selected.min(last))
}

fn is_about_a_service(action: Action) -> bool {
    match action {
        Action::Restart
        | Action::RestartWithDependents
        | Action::Start
        | Action::Stop
        | Action::Reassign
        | Action::EndHolder
        | Action::OpenUrl
        | Action::SendLine
        | Action::Terminal
        | Action::CopyUrl
        | Action::Details
        | Action::ShowEnvironment
        | Action::Mark => true,
        Action::Down
        | Action::Up
        | Action::PageDown
        | Action::PageUp
        | Action::HalfDown
        | Action::HalfUp
        | Action::Top
        | Action::End
        | Action::Left
        | Action::Right
        | Action::Zoom
        | Action::Fold
        | Action::NextPane
        | Action::Close
        | Action::Reload
        | Action::NextProblem
        | Action::AllLogs
        | Action::NextService
        | Action::PreviousService
        | Action::Filter
        | Action::NextMatch
        | Action::PreviousMatch
        | Action::NextError
        | Action::PreviousError
        | Action::Follow
        | Action::Wrap
        | Action::Timestamps
        | Action::Level
        | Action::ClearView
        | Action::Marker
        | Action::NextMarker
        | Action::SelectLines
        | Action::PinHighlight
        | Action::SaveFilter
        | Action::Copy
        | Action::CopyBlock
        | Action::Pager
        | Action::Scrollback
        | Action::Undo
        | Action::ShowMain
        | Action::ShowWaterfall
        | Action::ShowGraph
        | Action::ShowPorts
        | Action::ShowEvents
        | Action::GrowTable
        | Action::ShrinkTable
        | Action::Mouse
        | Action::Theme
        | Action::Palette
        | Action::Help
        | Action::Repaint
        | Action::Interrupt
        | Action::Quit
        | Action::StopAll
        | Action::Leave => false,
    }
}
