//! One finding in lines: its title with its sign, what shows it, where it is, what to do and which key does it.

use ratatui::style::Style;

use crate::stack::{Finding, ServiceName, Severity};
use crate::ui::action::Action;
use crate::ui::model::Model;
use crate::ui::theme::{Glyph, Role, Theme};

use super::paragraph;

/// Lines of one text at most.
const MOST: usize = 3;
/// Pieces of evidence that are shown; copying takes all along.
const EVIDENCE: usize = 6;
/// Lines of what a failed attempt said last.
const SAID: usize = 6;
/// Cells before the lines under a title.
const INDENT: usize = 2;

/// A stretch of text in one style.
pub(super) type Span = (String, Style);

/// A finding that is to be told in so many cells.
pub(super) struct Told<'a> {
    pub(super) theme: &'a Theme,
    pub(super) model: &'a Model,
    pub(super) service: &'a ServiceName,
    pub(super) finding: &'a Finding,
    /// Whether keys act on it: then its action stands behind its key.
    pub(super) at_hand: bool,
    pub(super) cells: usize,
}

/// The sign and the colour of what is this grave.
pub(super) fn manner(severity: Severity) -> (Glyph, Role) {
    match severity {
        Severity::Error => (Glyph::Failed, Role::Error),
        Severity::Warning => (Glyph::Unhealthy, Role::Warn),
    }
}

impl Told<'_> {
    /// The sign, and the title beside it.
    pub(super) fn title(&self) -> Vec<Vec<Span>> {
        let (glyph, role) = manner(self.finding.severity);
        let style = self.theme.style(role);
        let sign = format!("{} ", self.theme.glyphs.get(glyph));
        self.hung(&sign, style, &self.finding.title, role)
    }

    /// What shows it, without what was said already.
    pub(super) fn evidence(&self, said: impl Fn(&str) -> bool) -> Vec<Vec<Span>> {
        let finding = self.finding;
        let muted = self.theme.style(Role::Muted);
        let mut lines = Vec::new();
        let evidence: Vec<&String> = finding.evidence.iter().filter(|evidence| !said(evidence)).collect();
        for evidence in evidence.iter().take(EVIDENCE) {
            lines.extend(self.hung(&" ".repeat(INDENT), muted, evidence, Role::Text));
        }
        if let Some(more) = evidence.len().checked_sub(EVIDENCE + 1) {
            let elided = self.theme.glyphs.get(Glyph::Elided);
            lines.push(vec![(format!("  {elided} {} more", more + 1), muted)]);
        }
        lines
    }

    /// Where it is.
    pub(super) fn place(&self) -> Vec<Vec<Span>> {
        self.labelled("  at   ", self.finding.place.as_ref(), Role::Accent)
    }

    /// What to do.
    pub(super) fn remedy(&self) -> Vec<Vec<Span>> {
        self.labelled("  do   ", self.finding.remedy.as_ref(), Role::Text)
    }

    /// The command that does it.
    pub(super) fn action(&self) -> Vec<Vec<Span>> {
        self.finding.action.as_deref().map(|action| self.tried(action)).unwrap_or_default()
    }

    fn labelled(&self, label: &str, text: Option<&String>, role: Role) -> Vec<Vec<Span>> {
        text.map(|text| self.hung(label, self.theme.style(Role::Muted), text, role)).unwrap_or_default()
    }

    /// The command that does it behind its live key.
    fn tried(&self, action: &str) -> Vec<Vec<Span>> {
        let (muted, accent) = (self.theme.style(Role::Muted), self.theme.style(Role::Accent));
        let key = self.model.keymap.key_of(Action::Apply).filter(|_| self.at_hand);
        let key = key.map(|key| format!("{key} ")).unwrap_or_default();
        let lead = format!("  try  {key}");
        let mut lines = self.hung(&lead, muted, action, Role::Text);
        if let Some(first) = lines.first_mut() {
            first.splice(..1, [("  try  ".to_owned(), muted), (key, accent)]);
        }
        lines
    }

    /// What became of the command that does it: above all else, since a window may not have room for the rest.
    pub(super) fn attempt(&self) -> Vec<Vec<Span>> {
        let mut lines = Vec::new();
        let Some(action) = &self.finding.action else { return lines };
        let findings = &self.model.findings;
        if findings.applies(self.service, action) {
            let lead = format!("  {} applying ", self.theme.glyphs.get(Glyph::Starting));
            lines.extend(self.hung(&lead, self.theme.style(Role::Starting), action, Role::Text));
        }
        if let Some(said) = findings.failure_of(self.service, action) {
            let style = self.theme.style(Role::Error);
            let sign = self.theme.glyphs.get(Glyph::Failed);
            lines.push(vec![(format!("  {sign} it was tried and failed:"), style)]);
            let said: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
            for line in &said[said.len().saturating_sub(SAID)..] {
                lines.extend(self.hung("    ", style, line, Role::Text));
            }
        }
        lines
    }

    /// A text behind a lead, its further lines under its first.
    fn hung(&self, lead: &str, style: Style, text: &str, role: Role) -> Vec<Vec<Span>> {
        let indent = crate::ui::text::width(lead);
        let cut = self.theme.glyphs.get(Glyph::Cut);
        let lines = paragraph::lines(text, self.cells.saturating_sub(indent).max(1), MOST, cut);
        let lines = lines.into_iter().enumerate().map(|(n, line)| {
            let lead = if n == 0 { lead.to_owned() } else { " ".repeat(indent) };
            vec![(lead, style), (line, self.theme.style(role))]
        });
        lines.collect()
    }
}
