//! Rounds summed up: per check how often it passed, and everything that was wrong. Pure.

use std::time::Duration;

use super::outcome::{CheckId, Detail, Round, Verdict};

/// One check over all rounds.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) check: CheckId,
    pub(super) passed: usize,
    pub(super) failed: usize,
    /// What was seen in the last round, or why there was nothing to see.
    pub(super) told: String,
    /// With the number of the round.
    pub(super) details: Vec<(u32, Detail)>,
}

impl Row {
    /// Whether it holds; `None` if it was never checked.
    pub(super) fn ok(&self) -> Option<bool> {
        (self.passed + self.failed > 0).then_some(self.failed == 0)
    }
}

/// A check over all rounds.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    pub(super) stack: String,
    pub(super) rounds: Vec<Round>,
    pub(super) rows: Vec<Row>,
    /// Out of how many rounds, if they were cut short.
    pub(super) cut_short_of: Option<u32>,
}

impl Summary {
    pub(super) fn of(rounds: Vec<Round>) -> Self {
        let row = |check| {
            let outcomes = || {
                rounds.iter().flat_map(move |round| {
                    let own = round.outcomes.iter().filter(move |outcome| outcome.check == check);
                    own.map(|outcome| (round.number, outcome))
                })
            };
            let with = |verdict| outcomes().filter(|(_, outcome)| outcome.verdict == verdict).count();
            let told = outcomes().last().map(|(_, outcome)| outcome.told.clone()).unwrap_or_default();
            let details = outcomes().flat_map(|(number, outcome)| {
                outcome.details.iter().map(move |detail| (number, detail.clone()))
            });
            Row {
                check,
                passed: with(Verdict::Passed),
                failed: with(Verdict::Failed),
                told,
                details: details.collect(),
            }
        };
        let rows = CheckId::ALL.map(row).into();
        let stack = rounds.last().map(|round| round.stack.clone()).unwrap_or_default();
        Self { stack, rows, rounds, cut_short_of: None }
    }

    /// Of rounds after which a signal came, or a failure: nothing is missing if `asked` of them were done.
    pub(super) fn of_some(rounds: Vec<Round>, asked: u32) -> Self {
        let is_short = rounds.len() < asked as usize;
        Self { cut_short_of: is_short.then_some(asked), ..Self::of(rounds) }
    }

    /// Rounds that were not done prove nothing.
    pub(super) fn ok(&self) -> bool {
        self.cut_short_of.is_none() && self.passed() == self.rounds.len()
    }

    /// How many rounds passed.
    pub(super) fn passed(&self) -> usize {
        self.rounds.iter().filter(|round| round.passed()).count()
    }

    /// `interrupted after 3 of 20 rounds`, if it was.
    pub(super) fn interruption(&self) -> Option<String> {
        self.cut_short_of.map(|asked| format!("interrupted after {} of {asked} rounds", self.rounds.len()))
    }

    pub(super) fn took(&self) -> Duration {
        self.rounds.iter().map(|round| round.took).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Outcome;
    use super::*;
    use crate::stack::ServiceName;

    #[test]
    fn rounds_are_counted_and_details_keep_theirs() {
        let api = ServiceName::new("api").unwrap();
        let round = |number, details| Round {
            number,
            stack: "notes".into(),
            began: 0,
            took: Duration::from_secs(2),
            outcomes: vec![
                Outcome::of(CheckId::Health, vec![api.clone()], "1 service", details),
                Outcome::unchecked(CheckId::Gone, "not stopped"),
            ],
        };
        let bad = vec![Detail::error(&api, "GET /health answered 503")];
        let summary = Summary::of(vec![round(1, Vec::new()), round(2, bad), round(3, Vec::new())]);
        let health = &summary.rows[2];
        assert_eq!((health.passed, health.failed, health.ok()), (2, 1, Some(false)));
        assert_eq!(health.details[0].0, 2);
        assert_eq!(summary.rows[7].ok(), None);
        assert!(!summary.ok());
        assert_eq!(summary.took(), Duration::from_secs(6));
    }

    #[test]
    fn rounds_that_were_cut_short_prove_nothing() {
        let round = |number| Round {
            number,
            stack: "notes".into(),
            began: 0,
            took: Duration::from_secs(2),
            outcomes: Vec::new(),
        };
        assert!(Summary::of(vec![round(1), round(2)]).ok());
        let cut = Summary::of_some(vec![round(1), round(2)], 5);
        assert!(!cut.ok());
        assert_eq!(cut.passed(), 2);
        assert_eq!(cut.interruption().unwrap(), "interrupted after 2 of 5 rounds");
        let after_the_last = Summary::of_some(vec![round(1), round(2)], 2);
        assert!(after_the_last.ok() && after_the_last.interruption().is_none());
    }
}
