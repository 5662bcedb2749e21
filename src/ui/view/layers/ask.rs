//! A question, and what it is about.

use crate::ui::facts::Facts;
use crate::ui::layers::Ask;
use crate::ui::theme::Role;

use super::sheet::Sheet;

/// The question with its answers in one line, and under it what runs.
pub(super) fn sheet(ask: &Ask, facts: &Facts) -> Sheet {
    let mut sheet = Sheet::new(format!("quit {}", facts.snapshot.identity.stack));
    sheet.say(ask.text(), Role::Text);
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
    for (key, does) in ask.choices() {
        sheet.key(*key, *does);
    }
    sheet
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
