//! "Why is it not up?": the answer of the stack, as lines.

use crate::stack::ServiceSnapshot;
use crate::ui::facts::Facts;
use crate::ui::model::Model;
use crate::ui::theme::{Glyph, Role, Theme, face};
use crate::ui::view::finding::Told;
use crate::ui::view::{paragraph, words};

use super::fit::{Section, Span, Weight};

/// Lines of one text at most.
const MOST: usize = 3;

/// The service with its state, the reason, and each finding with what shows it and what to do.
pub(super) fn sections(
    theme: &Theme,
    facts: &Facts,
    model: &Model,
    service: &ServiceSnapshot,
    cells: usize,
) -> Vec<Section> {
    let mut sections = vec![Section { weight: Weight::Heading, lines: vec![heading(theme, facts, service)] }];
    let Some(why) = facts.snapshot.explain(&service.name) else { return sections };
    let cut = theme.glyphs.get(Glyph::Cut);
    let role = match service.state.is_up() {
        true => Role::Text,
        false => face(service.state).role,
    };
    let style = theme.style(role);
    let summary = paragraph::lines(&why.summary, cells.saturating_sub(2), MOST, cut);
    let lines = summary.into_iter().map(|line| vec![(format!("  {line}"), style)]).collect();
    sections.push(Section { weight: Weight::Heading, lines });
    let hand = facts.finding_at_hand(model);
    for (n, finding) in why.findings.iter().enumerate() {
        let at_hand =
            hand.as_ref().is_some_and(|hand| hand.service == service.name && hand.finding == *finding);
        let told = Told { theme, model, service: &service.name, finding, at_hand, cells };
        // What the summary has said is not said again.
        let is_title_said = why.summary.starts_with(&finding.title);
        let title = if is_title_said { Vec::new() } else { told.title() };
        // In a low pane the first one keeps its title, and then what to do; of the others the last goes first.
        let weigh = |weight| if n == 0 { weight } else { Weight::Identity };
        let evidence = told.evidence(|evidence| said(&why.summary, evidence));
        let parts = [
            (Weight::Heading, title),
            (Weight::Cause, told.attempt()),
            (Weight::Relations, evidence),
            (Weight::Relations, told.place()),
            (Weight::Cause, told.remedy()),
            (Weight::Cause, told.action()),
        ];
        sections.extend(parts.map(|(weight, lines)| Section { weight: weigh(weight), lines }));
    }
    sections
}

fn heading(theme: &Theme, facts: &Facts, service: &ServiceSnapshot) -> Vec<Span> {
    let state = face(service.state);
    let (style, muted) = (theme.style(state.role), theme.style(Role::Muted));
    let index = facts.snapshot.services.iter().position(|other| other.name == service.name);
    let since = words::span(facts.now.0.saturating_sub(service.since.0));
    let restarts = match service.restarts {
        0 => String::new(),
        1 => ", 1 restart".to_owned(),
        many => format!(", {many} restarts"),
    };
    vec![
        (format!("{} ", theme.sign(service.state, facts.frame)), style),
        (service.name.to_string(), theme.palette.service(index.unwrap_or(0))),
        ("   ".to_owned(), muted),
        (state.word.to_owned(), style),
        (format!(" for {since}{restarts}"), muted),
    ]
}

/// Whether `summary` has said it: as it is, but for the full stop.
fn said(summary: &str, text: &str) -> bool {
    summary.contains(text.trim_end_matches('.'))
}
