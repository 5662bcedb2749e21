//! Which service an action is about where the table is not in sight: that of the row which is lit.

use crate::stack::ServiceName;
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::keymap::Scope;
use crate::ui::model::{Model, Screen, Toast};

/// Selects the service of the lit row if the action is about a service; false, said in a message, if that row is of none
/// of this stack.
pub(super) fn aim(model: &mut Model, facts: &Facts, action: Action) -> bool {
    if !action.is_about_a_service() {
        return true;
    }
    let row = match model.screen {
        Screen::Main | Screen::Waterfall | Screen::Graph | Screen::Environment => return true,
        Screen::Ports | Screen::Events => facts.lit_row(model),
    };
    let service = match model.screen {
        Screen::Ports => facts.ports.as_ref().and_then(|report| report.ports.get(row)).and_then(|row| {
            let ours = row.pid == facts.snapshot.identity.pid;
            ours.then(|| row.service.name.clone())
        }),
        Screen::Events if facts.scope(model) == Scope::Findings => {
            facts.finding_at_hand(model).map(|found| found.service)
        }
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
