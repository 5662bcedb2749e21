//! One thing that was found, and what can be done about it without asking for more than a yes.

use crate::stack::Finding;

use super::fix::{Fix, Plan};

/// A finding, and its fix if there is a safe one.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// What is wrong.
    pub finding: Finding,
    /// What mends it.
    pub fixes: Vec<Fix>,
    /// What it is about: the variable, module or file by which one of several findings of a rule is named.
    pub subject: String,
}

impl Diagnosis {
    /// A finding that somebody else made, without a fix.
    pub fn of(finding: Finding) -> Self {
        let subject = finding.place.clone().unwrap_or_default();
        Self { finding, fixes: Vec::new(), subject }
    }

    pub(super) fn new(subject: impl Into<String>, finding: Finding) -> Self {
        Self { finding, fixes: Vec::new(), subject: subject.into() }
    }

    /// The same with fixes, none of which does without the others.
    #[must_use]
    pub(super) fn fixed_by(mut self, fixes: impl IntoIterator<Item = Fix>) -> Self {
        self.fixes.extend(fixes);
        self
    }

    /// Whether it may be mended by the program.
    pub fn is_fixable(&self) -> bool {
        !self.fixes.is_empty()
    }
}

/// Gives every finding with a fix the command that applies it, says each thing once, and sorts: errors first, then
/// in the order of the rules' discovery.
pub(super) fn finished(mut all: Vec<Diagnosis>) -> Vec<Diagnosis> {
    let mut seen: Vec<(String, String, Option<String>)> = Vec::new();
    all.retain(|diagnosis| {
        let key =
            (diagnosis.finding.rule.clone(), diagnosis.subject.clone(), diagnosis.finding.place.clone());
        let is_new = !seen.contains(&key) && !diagnosis.finding.evidence.is_empty();
        seen.push(key);
        is_new
    });
    // What cannot be mended without harm is not offered.
    for diagnosis in all.iter_mut().filter(|one| !Plan::can_make(&one.fixes)) {
        diagnosis.fixes.clear();
    }
    let fixable: Vec<String> =
        all.iter().filter(|one| one.is_fixable()).map(|one| one.finding.rule.clone()).collect();
    for diagnosis in all.iter_mut().filter(|one| one.is_fixable()) {
        let rule = &diagnosis.finding.rule;
        let alone = fixable.iter().filter(|other| *other == rule).count() == 1;
        diagnosis.finding.action = Some(match alone {
            true => format!("portolan doctor --fix {rule}"),
            false => format!("portolan doctor --fix {rule} {}", shell_words::quote(&diagnosis.subject)),
        });
    }
    all.sort_by_key(|diagnosis| std::cmp::Reverse(diagnosis.finding.severity));
    all
}
