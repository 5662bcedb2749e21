//! Python tracebacks: whether anybody caught the exception.

use crate::stack::State;

use super::super::case::Case;
use super::Draft;

/// So far above its last line a traceback may begin.
const LONGEST: usize = 200;

/// What Python prints above the traceback of an exception that ended a child process or a thread.
const UNCAUGHT: [&str; 2] = ["Process ", "Exception in thread "];

/// What it prints between the tracebacks of one exception.
const CHAINED: [&str; 2] =
    ["During handling of the above exception", "The above exception was the direct cause"];

/// A service that is given up, or ended, may well have died of an exception. While one starts, exceptions that it
/// printed may be caught: only those count that ended a part of it, as under a development server that lives on.
pub(super) fn uncaught(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    if case.service.state != State::Starting {
        return Some(());
    }
    let at = draft.line?;
    let own = case.log[at].stream;
    let above = case.log[at.saturating_sub(LONGEST)..at].iter().rev().filter(|line| line.stream == own);
    let mut lines = above.map(|line| line.text.trim_end());
    while let Some(line) = lines.next() {
        if !line.starts_with("Traceback (most recent call last)") {
            continue;
        }
        let before = lines.find(|line| !line.is_empty())?;
        if CHAINED.iter().any(|words| before.starts_with(words)) {
            continue;
        }
        let is_uncaught = UNCAUGHT.iter().any(|words| before.starts_with(words)) && before.ends_with(':');
        return is_uncaught.then_some(());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples;
    use super::*;

    fn is_uncaught(state: State, lines: &[&str]) -> bool {
        let mut scene = samples::Scene::printing(lines);
        scene.snapshot.services[0].state = state;
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(lines.len() - 1);
        uncaught(&case, &mut draft).is_some()
    }

    #[test]
    fn while_a_service_starts_only_exceptions_that_ended_a_part_of_it_count() {
        let logged =
            ["WARNING trying again", "Traceback (most recent call last):", "  File", "OSError: refused"];
        assert!(!is_uncaught(State::Starting, &logged));
        assert!(is_uncaught(State::Failed, &logged));
        let child =
            ["Process SpawnProcess-1:", "Traceback (most recent call last):", "  File", "ValueError: x"];
        assert!(is_uncaught(State::Starting, &child));
        let chained = [
            "Process SpawnProcess-1:",
            "Traceback (most recent call last):",
            "KeyError: 'x'",
            "",
            "During handling of the above exception, another exception occurred:",
            "",
            "Traceback (most recent call last):",
            "ValueError: x",
        ];
        assert!(is_uncaught(State::Starting, &chained));
        assert!(!is_uncaught(State::Starting, &["ValueError: x"]));
    }
}
