//! What a service complained of and got over: it went on for long, or ended by another failure.

use super::case::Case;

/// Who prints this much after a complaint was not ended by it; the frames of a failure are fewer.
const LONG: usize = 200;

/// Whether the process that has ended by itself had gone on after what it printed in line `at`.
pub(super) fn was_survived(case: &Case<'_>, at: usize) -> bool {
    if !case.has_ended() {
        return false;
    }
    let text = |n: usize| case.log.get(n).map_or("", |line| line.text.as_str());
    let begins = |n: usize| {
        let line = text(n);
        if line.starts_with("Traceback (most recent call last)") {
            // Python prints a chain of failures the first first; the first is the cause.
            let before = [n.checked_sub(1), n.checked_sub(2)];
            let link = |line: &str| {
                line.ends_with("another exception occurred:")
                    || line.ends_with("direct cause of the following exception:")
            };
            return !before.into_iter().flatten().any(|n| link(text(n)));
        }
        // Node marks the place first; Python, which marks places within a traceback, goes on in the next line.
        let marked = line.trim();
        (!marked.is_empty() && marked.bytes().all(|byte| byte == b'^') && text(n + 1).is_empty())
            || (line.starts_with("thread '") && line.contains("panicked at "))
    };
    let after = at + 1..case.log.len();
    after.len() > LONG || after.into_iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::super::case::samples::Scene;
    use super::*;

    #[test]
    fn what_another_failure_follows_was_survived() {
        let survived = |lines: &[&str]| was_survived(&Scene::printing(lines).case(), 0);
        let refused = "telemetry: connect ECONNREFUSED 127.0.0.1:4318";
        assert!(!survived(&[refused]));
        assert!(survived(&[refused, "Traceback (most recent call last):", "KeyError: 'a'"]));
        assert!(survived(&[refused, "/app/server.js:4", "  x.y.z", "      ^", "", "TypeError: x"]));
        assert!(survived(&[refused, "thread 'main' (7) panicked at src/main.rs:1:1:", "no"]));
    }

    #[test]
    fn the_first_of_a_chain_is_the_cause() {
        let chain = [
            "ConnectionRefusedError: [Errno 111] Connection refused",
            "",
            "During handling of the above exception, another exception occurred:",
            "",
            "Traceback (most recent call last):",
            "    raise Unavailable()",
            "    ^^^^^^^^^^^^^^^^^^^",
            "Unavailable",
        ];
        assert!(!was_survived(&Scene::printing(&chain).case(), 0));
    }

    #[test]
    fn who_runs_has_survived_nothing_yet() {
        let mut scene = Scene::printing(&["a", "Traceback (most recent call last):"]);
        scene.snapshot.services[0].state = crate::stack::State::Unhealthy;
        assert!(!was_survived(&scene.case(), 0));
    }
}
