//! Last words: what a service, or a command before it, printed before it ended.

use std::sync::LazyLock;

use regex::Regex;

use crate::logs::Stream;

use super::super::case::Case;
use super::Draft;

/// So many of the last lines are shown.
const LAST: usize = 3;

/// So many characters of the last one are said.
const LONGEST: usize = 120;

/// Adds the last lines that it printed, those on standard error where there are any, and says the last one.
pub(super) fn last(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let is_said = |line: &&super::super::LogLine| !line.text.trim().is_empty();
    let said: Vec<_> = case.log.iter().filter(is_said).collect();
    let errors: Vec<_> = said.iter().copied().filter(|line| line.stream == Stream::Stderr).collect();
    let chosen = if errors.is_empty() { said } else { errors };
    let last = &chosen[chosen.len().saturating_sub(LAST)..];
    for line in last {
        draft.evidence.push(line.text.trim().chars().take(300).collect());
        draft.lines.push(line.seq);
    }
    let words = match last.last() {
        Some(line) => format!("saying: {}", brief(&line.text)),
        None => {
            draft.evidence.push("it printed nothing".to_owned());
            "without a word".to_owned()
        }
    };
    draft.set("words", words);
    Some(())
}

/// The text without the time before it, which is another one each time, and no longer than a title may be.
fn brief(text: &str) -> String {
    static TIME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ]?)?(?:\d\d:\d\d:\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?\]?\s+",
        )
        .expect("a constant that a test compiles")
    });
    let text = text.trim();
    let said = TIME.replace(text, "");
    let said = if said.trim().is_empty() { text } else { said.trim() };
    match said.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples;
    use super::*;

    #[test]
    fn the_last_lines_are_shown_and_silence_is_said() {
        let words = |lines: &[&str]| {
            let scene = samples::Scene::printing(lines);
            let case = scene.case();
            let mut draft = Draft::new(&case, Vec::new());
            last(&case, &mut draft).unwrap();
            (draft.value("words").unwrap(), draft.lines)
        };
        assert_eq!(words(&[]), ("without a word".to_owned(), Vec::new()));
        let (said, lines) = words(&["one", "two", "three", "cannot go on", ""]);
        assert_eq!(said, "saying: cannot go on");
        assert_eq!(lines, [1, 2, 3]);
    }

    #[test]
    fn what_is_said_is_brief_and_without_the_time() {
        for (text, said) in [
            ("2026-01-02 03:04:05,678 ERROR no", "ERROR no"),
            ("[2026-01-02T03:04:05.678Z] no", "no"),
            ("03:04:05 no", "no"),
            ("2026/01/02 03:04:05 no", "no"),
            ("404 is no answer", "404 is no answer"),
        ] {
            assert_eq!(brief(text), said);
        }
        let long = "é".repeat(500);
        assert_eq!(brief(&long).chars().count(), LONGEST + 1);
    }
}
