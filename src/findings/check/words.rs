//! Last words: what a service, or a command before it, printed before it ended.

use crate::logs::Stream;

use super::super::case::Case;
use super::Draft;

/// So many of the last lines are shown.
const LAST: usize = 3;

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
        Some(line) => format!("saying: {}", line.text.trim()),
        None => "without a word".to_owned(),
    };
    draft.set("words", words);
    Some(())
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
}
