//! The first line: which stack, how its services are, what went wrong, what it costs.

use ratatui::layout::Rect;

use crate::stack::State;
use crate::ui::facts::{Facts, Link};
use crate::ui::model::{Ending, Model};
use crate::ui::text::width;
use crate::ui::theme::{Role, face};

use super::canvas::Canvas;
use super::{finding, findings, words};

/// The states in the order in which they are counted: what is wrong comes last, where the eye stops.
const COUNTED: [State; 11] = [
    State::Healthy,
    State::Running,
    State::Completed,
    State::Unhealthy,
    State::Failed,
    State::Backoff,
    State::Waiting,
    State::Preparing,
    State::Starting,
    State::Stopping,
    State::Stopped,
];

/// Draws the header.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let theme = canvas.theme;
    let wide = area.width >= 110;
    let right = totals(facts, area.width);
    let mut row = canvas.row(area, 0);
    let (accent, muted) = (row.style(Role::Focus), row.style(Role::Muted));
    row.put(" ", muted).put(&facts.snapshot.identity.stack, accent);
    if let Some(branch) = &facts.branch {
        row.put("  ", muted).put(branch, muted);
    }
    row.put("   ", muted);
    let reserved = right.iter().map(|(text, _)| width(text) + 2).sum::<usize>();
    let counts = if wide { counts(facts) } else { by_sign(counts(facts)) };
    for (state, many) in counts {
        let face = face(state);
        let text = match wide {
            true => format!("{many} {}  ", face.word),
            false => format!("{} {many}  ", theme.sign(state, facts.frame)),
        };
        if usize::from(row.left()) < width(&text) {
            break;
        }
        let style = row.style(face.role);
        row.put(&text, style);
    }
    for (text, role) in news(facts, model) {
        if usize::from(row.left()) >= width(&text) + 2 {
            let style = row.style(role);
            row.put(&text, style).put("  ", style);
        }
    }
    // What does not fit beside the counts is dropped whole, from the left.
    let left = usize::from(row.left());
    let mut dropped = 0;
    let mut needed = reserved;
    while needed > left && dropped < right.len() {
        needed -= width(&right[dropped].0) + 2;
        dropped += 1;
    }
    row.skip(left.saturating_sub(needed));
    for (text, role) in &right[dropped..] {
        let style = row.style(*role);
        row.put(text, style).put("  ", style);
    }
}

fn counts(facts: &Facts) -> Vec<(State, usize)> {
    let services = &facts.snapshot.services;
    let many = |state| services.iter().filter(|service| service.state == state).count();
    COUNTED.into_iter().map(|state| (state, many(state))).filter(|(_, many)| *many > 0).collect()
}

/// The counts of states that share a sign and a colour, added up under the first of them.
fn by_sign(counts: Vec<(State, usize)>) -> Vec<(State, usize)> {
    let mut signs: Vec<(State, usize)> = Vec::new();
    for (state, many) in counts {
        let same =
            |other: &State| (face(*other).glyph, face(*other).role) == (face(state).glyph, face(state).role);
        match signs.iter_mut().find(|(other, _)| same(other)) {
            Some((_, sum)) => *sum += many,
            None => signs.push((state, many)),
        }
    }
    signs
}

/// What a person should know at once.
fn news(facts: &Facts, model: &Model) -> Vec<(String, Role)> {
    let mut news = Vec::new();
    if facts.attached {
        news.push(("attached".to_owned(), Role::Accent));
    }
    match model.ending {
        Ending::Not => {}
        Ending::Stopping | Ending::Over => news.push(("stopping".to_owned(), Role::Warn)),
        Ending::Killing => news.push(("killing".to_owned(), Role::Error)),
    }
    if let Link::Lost(since) = facts.link {
        let at = words::time_of_day(since, facts.utc_offset, false);
        news.push((format!("data from {at}, reconnecting"), Role::Error));
    }
    let findings = facts.findings();
    if let Some(text) = findings::counted(findings.len(), "finding") {
        let gravest = findings.iter().map(|found| found.finding.severity).max().unwrap_or_default();
        news.push((text, finding::manner(gravest).1));
    }
    let moved = facts.snapshot.services.iter().filter(|service| super::table::is_moved(service)).count();
    match moved {
        0 => {}
        1 => news.push(("1 port moved".to_owned(), Role::Warn)),
        many => news.push((format!("{many} ports moved"), Role::Warn)),
    }
    let errors: u64 = facts.snapshot.services.iter().map(|service| facts.errors(&service.name)).sum();
    match errors {
        0 => {}
        1 => news.push(("1 error".to_owned(), Role::Error)),
        many => news.push((format!("{} errors", words::count(many)), Role::Error)),
    }
    news
}

/// What stands at the right end, the least important first.
fn totals(facts: &Facts, width: u16) -> Vec<(String, Role)> {
    let mut totals = Vec::new();
    if width >= 160 {
        let urls = facts.snapshot.services.iter().filter(|service| service.state.is_up());
        let urls = urls.filter_map(|service| Some(format!("{} {}", service.name, service.url.as_ref()?)));
        totals.extend(urls.take(2).map(|text| (text, Role::Accent)));
    }
    if let Some(vitals) = &facts.vitals {
        let total = vitals.total();
        if let Some(cpu) = total.cpu {
            totals.push((format!("cpu {cpu:.0}%"), Role::Muted));
        }
        if let Some(memory) = total.memory {
            totals.push((format!("mem {}", words::bytes(memory)), Role::Muted));
        }
    }
    let up = facts.now.0.saturating_sub(facts.snapshot.identity.started_at.0);
    totals.push((format!("up {}", words::clock(up)), Role::Muted));
    if width >= 110 {
        totals.push((words::time_of_day(facts.now, facts.utc_offset, false), Role::Muted));
    }
    totals
}
