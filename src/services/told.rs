//! What was reported of a service, and what of it holds though the log that is read no longer shows it.

use std::path::Path;

use crate::findings::Rules;
use crate::stack::{Finding, UnixMillis};

/// Of each rule no more findings are told at once than this; newer ones take the place of older ones.
const MOST_OF_RULE: usize = 3;

/// A finding that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) finding: Finding,
    /// When its lines were last among those that were read.
    seen: UnixMillis,
}

/// What is to be told from now on: what was found, and of what was told before what is about services that are well,
/// was said in lines that have gone by, and has not been mended since. `first_line` is the first one that was read.
pub(super) fn renewed(
    rules: &Rules,
    folder: &Path,
    found: Vec<Finding>,
    before: &[Told],
    first_line: Option<u64>,
    now: UnixMillis,
) -> Vec<Told> {
    let mut told: Vec<Told> = found.into_iter().map(|finding| Told { finding, seen: now }).collect();
    for old in before {
        let finding = &old.finding;
        let of_rule = || told.iter().filter(|new| new.finding.rule == finding.rule);
        let again = of_rule().any(|new| new.finding.title == finding.title);
        let full = of_rule().count() >= MOST_OF_RULE;
        let gone_by = finding.lines.iter().any(|line| first_line.is_some_and(|first| *line < first));
        let holds = rules.is_about_healthy_ones(&finding.rule) && !rules.is_mended(finding, folder, old.seen);
        if !again && !full && gone_by && holds {
            told.push(old.clone());
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Severity;

    fn finding(rule: &str, title: &str, line: u64, place: &str) -> Finding {
        Finding {
            rule: rule.into(),
            severity: Severity::Warning,
            title: title.into(),
            evidence: Vec::new(),
            lines: vec![line],
            place: Some(place.into()),
            remedy: None,
            action: None,
        }
    }

    fn titles(told: &[Told]) -> Vec<&str> {
        told.iter().map(|told| told.finding.title.as_str()).collect()
    }

    #[test]
    fn what_has_gone_by_holds_and_of_each_rule_the_newest() {
        let rules = Rules::own().unwrap();
        let mut told = Vec::new();
        for number in 0..20 {
            let raised = finding("request-raised", &format!("raised {number}"), number, "main.py:1");
            let found = vec![raised, finding("cors-refused", "refused", number, "main.py:1")];
            told = renewed(&rules, Path::new("/nowhere"), found, &told, Some(number), UnixMillis(1));
        }
        assert_eq!(titles(&told), ["raised 19", "refused", "raised 18", "raised 17"]);
        told = renewed(&rules, Path::new("/nowhere"), Vec::new(), &told, Some(19), UnixMillis(1));
        assert_eq!(
            titles(&told),
            ["raised 18", "raised 17"],
            "lines that are read and say nothing more count"
        );
    }

    #[test]
    fn an_exception_that_has_gone_by_falls_when_its_file_is_written_and_others_do_not() {
        let rules = Rules::own().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.py"), "x = 1\n").unwrap();
        let written = std::fs::metadata(folder.path().join("main.py")).unwrap().modified().unwrap();
        let written = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let written = u64::try_from(written).unwrap();
        let after = |seen: u64| {
            let found = vec![
                finding("request-raised", "raised", 3, "main.py:1"),
                finding("cors-refused", "refused", 3, "main.py:1"),
            ];
            let told = renewed(&rules, folder.path(), found, &[], Some(0), UnixMillis(seen));
            renewed(&rules, folder.path(), Vec::new(), &told, Some(9), UnixMillis(written + 5_000))
        };
        assert_eq!(titles(&after(written + 1)), ["raised", "refused"]);
        assert_eq!(titles(&after(written - 1)), ["refused"]);
    }
}
