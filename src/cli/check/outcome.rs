//! What came of one check in one round, and the names of the checks. Data only.

use std::time::Duration;

use serde::Serialize;

use crate::stack::ServiceName;

/// What is proved, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CheckId {
    Started,
    Variables,
    Health,
    Ports,
    Logs,
    Dependencies,
    Findings,
    Gone,
}

impl CheckId {
    pub(super) const ALL: [Self; 8] = [
        Self::Started,
        Self::Variables,
        Self::Health,
        Self::Ports,
        Self::Logs,
        Self::Dependencies,
        Self::Findings,
        Self::Gone,
    ];

    /// The name that reports and scripts know it by.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Started => "SC-001",
            Self::Variables => "SC-002",
            Self::Health => "SC-003",
            Self::Ports => "SC-004",
            Self::Logs => "SC-005",
            Self::Dependencies => "dependencies",
            Self::Findings => "findings",
            Self::Gone => "gone",
        }
    }

    /// What is true if it passes.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Started => "every service started without errors",
            Self::Variables => "required variables arrived within 5s",
            Self::Health => "every health endpoint answers 2xx",
            Self::Ports => "every port is owned by its service",
            Self::Logs => "no exception in the logs",
            Self::Dependencies => "every dependency is reachable",
            Self::Findings => "nothing was found to be wrong",
            Self::Gone => "everything is gone after the stop",
        }
    }
}

/// How much a detail weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Grade {
    /// Fails the check.
    Error,
    /// Is shown; fails only if warnings are to.
    Warning,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// The service that it is about; `None` for the whole stack.
    pub(super) service: Option<ServiceName>,
    pub(super) grade: Grade,
    /// What, in a sentence without full stop and without a secret.
    pub(super) text: String,
    /// Where: `file:line`, relative to the folder of portolan.toml where it lies in it.
    pub(super) place: Option<String>,
}

impl Detail {
    pub(super) fn error(service: &ServiceName, text: impl Into<String>) -> Self {
        Self { service: Some(service.clone()), grade: Grade::Error, text: text.into(), place: None }
    }

    pub(super) fn warning(service: &ServiceName, text: impl Into<String>) -> Self {
        Self { grade: Grade::Warning, ..Self::error(service, text) }
    }

    /// About the stack as a whole.
    pub(super) fn of_stack(text: impl Into<String>) -> Self {
        Self { service: None, grade: Grade::Error, text: text.into(), place: None }
    }

    #[must_use]
    pub(super) fn at(mut self, place: Option<String>) -> Self {
        self.place = place;
        self
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    /// There was nothing to check it by.
    Unchecked,
}

/// One check of one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) check: CheckId,
    pub(super) verdict: Verdict,
    /// The services that it was about, in the order of the stack.
    pub(super) subjects: Vec<ServiceName>,
    /// What was seen, in a few words, or why it was not checked.
    pub(super) told: String,
    pub(super) details: Vec<Detail>,
}

impl Outcome {
    /// Failed if any detail is an error.
    pub(super) fn of(
        check: CheckId,
        subjects: Vec<ServiceName>,
        told: impl Into<String>,
        details: Vec<Detail>,
    ) -> Self {
        let failed = details.iter().any(|detail| detail.grade == Grade::Error);
        let verdict = if failed { Verdict::Failed } else { Verdict::Passed };
        Self { check, verdict, subjects, told: told.into(), details }
    }

    pub(super) fn unchecked(check: CheckId, why: impl Into<String>) -> Self {
        let verdict = Verdict::Unchecked;
        Self { check, verdict, subjects: Vec::new(), told: why.into(), details: Vec::new() }
    }

    /// The same with every warning taken for an error.
    #[must_use]
    pub(super) fn strictly(mut self) -> Self {
        for detail in &mut self.details {
            detail.grade = Grade::Error;
        }
        if !self.details.is_empty() {
            self.verdict = Verdict::Failed;
        }
        self
    }
}

/// One round: all checks, in order.
#[derive(Clone, Debug)]
pub(super) struct Round {
    /// From 1.
    pub(super) number: u32,
    /// The stack's name as it was displayed.
    pub(super) stack: String,
    /// When it began, milliseconds since 1970.
    pub(super) began: u64,
    pub(super) took: Duration,
    pub(super) outcomes: Vec<Outcome>,
}

impl Round {
    pub(super) fn passed(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.verdict != Verdict::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_fail_only_where_they_are_to() {
        let api = ServiceName::new("api").unwrap();
        let outcome = Outcome::of(CheckId::Logs, vec![api.clone()], "", vec![Detail::warning(&api, "x")]);
        assert_eq!(outcome.verdict, Verdict::Passed);
        assert_eq!(outcome.strictly().verdict, Verdict::Failed);
        let clean = Outcome::of(CheckId::Logs, vec![api], "", Vec::new());
        assert_eq!(clean.strictly().verdict, Verdict::Passed);
    }
}
