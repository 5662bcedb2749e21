//! The findings of the stack, and which of them keys act on.

use super::Facts;
use crate::stack::ServiceFinding;
use crate::ui::keymap::Scope;
use crate::ui::model::{FindingKey, Model, Screen};

impl Facts {
    /// What is wrong with the stack, the gravest first.
    pub(crate) fn findings(&self) -> Vec<ServiceFinding> {
        self.snapshot.all_findings()
    }

    /// The lit one of these findings: the selected one, or what stands where it was.
    pub(crate) fn lit_finding(findings: &[ServiceFinding], model: &Model) -> Option<usize> {
        let last = findings.len().checked_sub(1)?;
        let Some(selected) = &model.findings.selected else { return Some(0) };
        let keys = || findings.iter().map(FindingKey::of);
        let same = keys().position(|key| key == *selected);
        let like = || keys().position(|key| key.is_like(selected));
        Some(same.or_else(like).unwrap_or(model.findings.row.min(last)))
    }

    /// The finding that keys act on: the lit one where findings have the focus, else the one of the selected service that
    /// something can be done about.
    pub(crate) fn finding_at_hand(&self, model: &Model) -> Option<ServiceFinding> {
        if self.scope(model) == Scope::Findings {
            let mut findings = self.findings();
            let lit = Self::lit_finding(&findings, model)?;
            return Some(findings.swap_remove(lit));
        }
        let service = model.table.selected.clone()?;
        // Where to look is an answer, too, so what only tells of another service counts.
        let mut findings = self.snapshot.explain(&service)?.findings;
        if findings.is_empty() {
            return None;
        }
        let best = findings.iter().position(|finding| finding.mending_action().is_some()).unwrap_or(0);
        Some(ServiceFinding { service, finding: findings.swap_remove(best) })
    }

    /// Where keys count now: among the findings while there are any and they have the focus.
    pub(crate) fn scope(&self, model: &Model) -> Scope {
        let findings = model.screen == Screen::Events && !model.findings.in_events;
        if findings && !self.findings().is_empty() { Scope::Findings } else { model.scope() }
    }
}
