//! A question, and what it is about.

use crate::ui::facts::Facts;
use crate::ui::layers::{Ask, Question};
use crate::ui::theme::Role;

use super::sheet::Sheet;

/// The question with its answers in one line, and under it what runs.
pub(super) fn sheet(ask: &Ask, facts: &Facts) -> Sheet {
    let title = match &ask.question {
        Question::Quit { .. } => format!("quit {}", facts.snapshot.identity.stack),
        Question::Apply { service, .. } => format!("mend {service}"),
    };
    let mut sheet = Sheet::new(title);
    sheet.say(ask.text(), Role::Text);
    for (key, does) in ask.choices() {
        sheet.key(*key, *does);
    }
    match &ask.question {
        Question::Quit { .. } => say_what_runs(&mut sheet, facts),
        Question::Apply { service, action } => {
            let findings = facts.snapshot.findings_of(service);
            let found = findings.iter().find(|finding| finding.action.as_deref() == Some(action));
            if let Some(found) = found {
                sheet.say(found.title.clone(), Role::Muted);
            }
        }
    }
    sheet
}

fn say_what_runs(sheet: &mut Sheet, facts: &Facts) {
    let running: Vec<&str> = facts
        .snapshot
        .services
        .iter()
        .filter(|service| !service.state.is_at_rest())
        .map(|service| service.name.as_str())
        .collect();
    if !running.is_empty() {
        sheet.say(named(&running), Role::Muted);
    }
}

/// The first names, and how many there are besides.
pub(super) fn named(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
