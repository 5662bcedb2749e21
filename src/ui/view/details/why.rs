//! "Why is it not up?": the answer of the stack, as lines.

use crate::stack::{Finding, ServiceSnapshot};
use crate::ui::facts::Facts;
use crate::ui::theme::{Glyph, Role, Theme, face};
use crate::ui::view::{paragraph, words};

use super::fit::{Section, Span, Weight};

/// Lines of one text at most.
const MOST: usize = 3;

/// The service with its state, the reason, and each finding with what shows it and what to do.
pub(super) fn sections(
    theme: &Theme,
    facts: &Facts,
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
    for finding in &why.findings {
        let lines = told(theme, finding, &why.summary, cells);
        sections.push(Section { weight: Weight::Cause, lines });
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

/// A finding in lines; what the summary has said is not said again.
fn told(theme: &Theme, finding: &Finding, summary: &str, cells: usize) -> Vec<Vec<Span>> {
    let cut = theme.glyphs.get(Glyph::Cut);
    let mut lines: Vec<Vec<Span>> = Vec::new();
    let mut say = |indent: &str, text: &str, role: Role| {
        let room = cells.saturating_sub(indent.len());
        for (n, line) in paragraph::lines(text, room, MOST, cut).into_iter().enumerate() {
            let lead = if n == 0 { indent.to_owned() } else { " ".repeat(indent.len()) };
            lines.push(vec![(lead, theme.style(Role::Accent)), (line, theme.style(role))]);
        }
    };
    if !summary.starts_with(&finding.title) {
        say("  ", &finding.title, Role::Warn);
    }
    for evidence in finding.evidence.iter().filter(|evidence| !said(summary, evidence)) {
        say("    ", evidence, Role::Text);
    }
    if let Some(place) = &finding.place {
        say("    at ", place, Role::Accent);
    }
    if let Some(remedy) = &finding.remedy {
        say("  > ", remedy, Role::Text);
    }
    if let Some(action) = &finding.action {
        say("    $ ", action, Role::Accent);
    }
    lines
}

/// Whether `summary` has said it: as it is, but for the full stop.
fn said(summary: &str, text: &str) -> bool {
    summary.contains(text.trim_end_matches('.'))
}
