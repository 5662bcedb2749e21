//! The findings: which one is selected, whether it is open, what is being applied and what came of the last attempt.

use crate::stack::{ServiceFinding, ServiceName};

/// What the user did to the findings.
#[derive(Clone, Debug, Default)]
pub(crate) struct FindingsState {
    /// The selected one, by what it says, so that others that come or go do not move the selection.
    pub(crate) selected: Option<FindingKey>,
    /// The row where it was: taken when it has gone.
    pub(crate) row: usize,
    /// Whether the selected one shows its title only.
    pub(crate) folded: bool,
    /// Whether keys go to the events below them.
    pub(crate) in_events: bool,
    /// What is being applied.
    pub(crate) applying: Option<Attempt>,
    /// The latest attempt that failed, and what was said then.
    pub(crate) failed: Option<(Attempt, String)>,
}

/// What tells one finding from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FindingKey {
    service: ServiceName,
    rule: String,
    title: String,
}

/// An action that was applied for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) service: ServiceName,
    pub(crate) action: String,
}

impl FindingKey {
    pub(crate) fn of(found: &ServiceFinding) -> Self {
        let ServiceFinding { service, finding } = found;
        Self { service: service.clone(), rule: finding.rule.clone(), title: finding.title.clone() }
    }

    /// Whether it is of the same rule and service: the same finding, told with other figures perhaps.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.service == other.service && self.rule == other.rule
    }
}

impl FindingsState {
    /// Selects a finding, which stands in this row.
    pub(crate) fn select(&mut self, row: usize, found: &ServiceFinding) {
        self.row = row;
        self.selected = Some(FindingKey::of(found));
    }

    /// What was said when this action was tried for the service, if that failed.
    pub(crate) fn failure_of(&self, service: &ServiceName, action: &str) -> Option<&str> {
        let (attempt, said) = self.failed.as_ref()?;
        (attempt.service == *service && attempt.action == action).then_some(said.as_str())
    }

    /// Whether this action is being applied for the service.
    pub(crate) fn applies(&self, service: &ServiceName, action: &str) -> bool {
        let attempt = self.applying.as_ref();
        attempt.is_some_and(|attempt| attempt.service == *service && attempt.action == action)
    }
}
